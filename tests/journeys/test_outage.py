"""Slack is away for ten minutes: people and the bot go on, and all of it arrives, in order."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest

from bot.cli.local import Local
from bot.rules.alerts.traffic import Held, limit_hit
from bot.sandbox.workspace import Fault, FaultKind
from bot.settings import SlackMode
from handlers.flows import alerts
from storage import cards, posts
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.people import ALERTS, MAYA, SMS, Page, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
NUMBERS = tuple(f"+861380000000{nth}" for nth in range(1, 5))
EVERY, MINUTES = timedelta(seconds=15), 10


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """Each alert at once, on a card of its own."""
    return {"alerts": {"route": {"group_by": ["..."], "group_wait": "0s"}}}


async def test_what_slack_was_not_there_to_hear_arrives_once_and_in_order(
    local: Local, page: Page, clock: HandClock
) -> None:
    services, faults = local.bot.services, local.workspace.faults
    previews = [await page.type(MAYA, f"/sms send {number} 1110 code=123456") for number in NUMBERS]
    faults.add(Fault("*", FaultKind.SERVER_ERROR, times=None))
    for nth, preview in enumerate(previews):
        await page.press(MAYA, preview, "send.confirm")

        def refuse(tx: Tx, nth: int = nth) -> None:
            signal = limit_hit(Held(f"app-{nth}", "otp.hour", 5, 1, "R-7K3Q"))
            alerts.raise_event(tx, signal, services.settings, clock())

        await services.db.write(refuse)
        services.alerts_due.set()
        await page.eventually(partial(_sent, local, nth + 1))
        clock.advance(timedelta(seconds=1))
    for _ in range(MINUTES * 60 // int(EVERY.total_seconds())):
        clock.advance(EVERY)
        services.wake()
        await page.eventually(lambda: _tried(local))
    assert (page.cards(SMS), page.cards(ALERTS)) == ([], [])
    faults.clear()
    await page.eventually(lambda: _all_told(local, clock), timeout_s=20)
    told = [words_of(card) for card in page.cards(SMS)]
    assert [number[-4:] in said for number, said in zip(NUMBERS, told, strict=True)] == [True] * 4
    roots = [words_of(card) for card in page.cards(ALERTS) if "Firing" in words_of(card)]
    assert [f"app-{nth}" in said for nth, said in enumerate(roots)] == [True] * 4
    assert len(sends_of(local)) == len(NUMBERS)


async def _sent(local: Local, many: int) -> bool:
    return len(sends_of(local)) == many


async def _tried(local: Local) -> bool:
    """Whether everything that was due has met with a refusal."""
    services = local.bot.services
    now = services.clock()
    found = await services.db.read(posts.find_due, now, 9)
    return not found and not await services.db.read(cards.find_due, now, 9)


async def _all_told(local: Local, clock: HandClock) -> bool:
    """No longer than it takes: the next tries may be a minute away."""
    clock.advance(timedelta(seconds=2))
    local.bot.services.wake()
    waiting = [await local.bot.services.db.read(each.count_waiting) for each in (posts, cards)]
    return not any(waiting)
