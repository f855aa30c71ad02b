"""What nobody answers for is told in one card, from its beginning to its end."""

from datetime import timedelta

import httpx
import pytest

from bot.cli.local import Local
from bot.registry import Json
from bot.rules.alerts import AlertKind
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.settings import SlackMode
from storage import alerts
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.people import MAYA, Page, buttons_of, words_of
from tests.journeys.watching import see_alert

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
UNREACHABLE = "Tencent cannot be reached since"
#: From one look of the watch to the next, and beyond.
LOOK = timedelta(seconds=16)
#: A template of class alert.
ALARM = "1109 1=db-3"
TREAT_AS_SENT = "doubt.treat_as_sent"


async def test_a_tencent_that_answers_nothing_is_one_card_until_it_answers(
    local: Local, page: Page, clock: HandClock
) -> None:
    local.sandbox.world.faults.add(Fault("*", FaultKind.HTTP_500, times=1_000))
    await page.send(MAYA, "/sms send +8613912345601 1111 1=A1 2=9:00")
    await page.see_card("In doubt")
    reach = local.bot.services.tencent.wire.reach
    while (found := reach.look(clock())) is None or found.in_a_row < 3:
        await pass_time(local, clock, LOOK)
    await pass_until(local, page, clock, AlertKind.TENCENT_UNREACHABLE, is_open=True)
    card = await see_alert(local, page, clock, UNREACHABLE)
    assert "does not answer in a usable way" in words_of(card)

    local.sandbox.world.faults.clear()
    await pass_until(local, page, clock, AlertKind.TENCENT_UNREACHABLE, is_open=False)
    over = await see_alert(local, page, clock, f"Resolved · critical · {UNREACHABLE}")
    assert over["ts"] == card["ts"]


async def test_an_alert_that_may_not_have_been_sent_reaches_whoever_is_on_call(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, f"/sms send +8613800000011 {ALARM}")
    await page.see_card("In doubt")
    await pass_time(local, clock, timedelta(minutes=18))
    await pass_until(local, page, clock, AlertKind.IN_DOUBT, is_open=True)
    card = await see_alert(local, page, clock, "demo: an alert in doubt since")
    assert "critical" in words_of(card)
    assert "Tell the person another way" in words_of(card)

    asked = await page.see(lambda: _asked(page))
    await page.press(MAYA, asked, TREAT_AS_SENT)
    await pass_until(local, page, clock, AlertKind.IN_DOUBT, is_open=False)


async def test_a_report_that_names_another_number_is_told_with_the_cure_until_none_comes(
    local: Local, page: Page, clock: HandClock
) -> None:
    await page.send(MAYA, "/sms send +8613800000006 1110 code=123456")
    await page.see_card("Accepted by Tencent")
    serial = await local.bot.services.db.read(_serial)
    made_up = {"nationcode": "86", "mobile": "13800000099", "report_status": "FAIL", "sid": serial}
    secret = local.settings.secrets.callback_secrets[0].get_secret_value()
    async with httpx.AsyncClient(trust_env=False, base_url=local.bot.url) as http:
        answer = await http.post(f"/callbacks/{secret}/demo", json=[made_up])
    assert answer.status_code == 200
    await pass_until(local, page, clock, AlertKind.RECEIPTS_CONTRADICT, is_open=True)
    wrong = "names a number that its message did not go to"
    card = await see_alert(local, page, clock, wrong)
    assert "went to `+86 138****0006`; the receipt says `+86 138****0099`" in words_of(card)
    assert "SMSOPS_CALLBACK_SECRET" in words_of(card)
    assert f"/sms why {serial}" in words_of(card)

    clock.advance(timedelta(hours=6))
    await pass_until(local, page, clock, AlertKind.RECEIPTS_CONTRADICT, is_open=False)


def _serial(tx: Tx) -> str:
    (row,) = tx.all("SELECT serial FROM messages")
    return str(row["serial"])


def _asked(page: Page) -> Json:
    """The card of the message, once a person is asked about it; empty before that."""
    (card,) = page.cards()
    return card if TREAT_AS_SENT in buttons_of(card) else {}


async def pass_until(
    local: Local, page: Page, clock: HandClock, kind: AlertKind, *, is_open: bool
) -> None:
    """Time passes, look by look, until an alert of the kind is open, or is not."""

    async def passes() -> bool:
        await pass_time(local, clock, LOOK)
        found = await local.bot.services.db.read(alerts.find_open)
        return any(each.kind is kind for each in found) == is_open

    await page.eventually(passes)


async def pass_time(local: Local, clock: HandClock, by: timedelta) -> None:
    clock.advance(by)
    await local.bot.clock.tick()
