"""A card is posted once and shown in the end, whatever Slack does meanwhile."""

import pytest

from bot.cli.local import Local
from bot.sandbox.workspace import Fault, FaultKind
from bot.settings import SlackMode
from storage import cards
from tests.journeys.people import MAYA, Page, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
LINE = "/sms send +8613800000001 1110 code=123456"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", FaultKind.RATE_LIMITED, times=2, retry_after_s=1),
        Fault("chat.postMessage", FaultKind.SERVER_ERROR),
        Fault("chat.postMessage", FaultKind.DROP_BEFORE),
        Fault("chat.postMessage", FaultKind.DROP_AFTER),
        Fault("chat.update", FaultKind.RATE_LIMITED, retry_after_s=1),
        Fault("chat.update", FaultKind.SERVER_ERROR),
        Fault("chat.update", FaultKind.DROP_AFTER),
    ],
    ids=lambda fault: f"{fault.target}-{fault.kind.name}",
)
async def test_the_card_is_there_once_and_true(local: Local, page: Page, fault: Fault) -> None:
    local.workspace.faults.add(fault)
    await page.send(MAYA, LINE)
    await page.see_card("Delivered in")
    assert len(page.cards()) == 1
    assert len(sends_of(local)) == 1
    await page.eventually(lambda: _nothing_waits(local))


async def test_slack_being_away_stops_no_sms(local: Local, page: Page) -> None:
    preview = await page.type(MAYA, LINE)
    local.workspace.faults.add(Fault("chat.postMessage", FaultKind.SERVER_ERROR, times=None))
    await page.press(MAYA, preview, "send.confirm")
    await page.eventually(lambda: _arrived(local))
    assert page.cards() == []
    local.workspace.faults.clear()
    assert "Delivered in" in words_of(await page.see_card("Delivered in"))


async def _nothing_waits(local: Local) -> bool:
    return await local.bot.services.db.read(cards.count_waiting) == 0


async def _arrived(local: Local) -> bool:
    return bool(local.sandbox.phones.messages("+8613800000001"))
