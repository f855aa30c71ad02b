"""A delivery report that never came is fetched; one that comes by both ways counts once."""

from datetime import timedelta

import httpx
import pytest

from bot.cli.local import Local
from bot.sandbox.tencent.faults import CallbackFault, CallbackFaultKind
from bot.settings import SlackMode
from bot.tencent.wire import Answered
from storage.db import Tx
from tests.journeys.clock import HandClock
from tests.journeys.people import MAYA, Page, words_of
from tests.journeys.test_doors import callback_path, report
from tests.journeys.watching import see_alert
from tests.tencent.sandboxes import api3_for, order_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
LOST, GOOD, SILENT = "+8613912345601", "+8613912345602", "+8613800000006"
NOTICE = "1111 1=A1 2=9:00"
RECORDS, QUEUE = "DescribeSendRecordList", "PullSmsSendStatus"


def lose(local: Local, times: int = 1) -> None:
    """The next reports never arrive, however often Tencent pushes them."""
    fault = CallbackFault("StatusCallback", CallbackFaultKind.LOSE, times)
    local.sandbox.world.faults.add(fault)


async def pass_time(local: Local, clock: HandClock, by: timedelta) -> None:
    clock.advance(by)
    await local.bot.clock.tick()


def asked(local: Local, action: str) -> int:
    return sum(entry.action == action for entry in local.sandbox.requests)


def rows(tx: Tx) -> list[tuple[str, int, int]]:
    found = tx.all("SELECT serial, success, came_by FROM receipts ORDER BY stored_at_ms")
    return [(row["serial"], row["success"], row["came_by"]) for row in found]


async def test_a_lost_report_is_fetched_and_the_one_that_comes_after_all_changes_nothing(
    local: Local, page: Page, clock: HandClock
) -> None:
    lose(local)
    await page.send(MAYA, f"/sms send {LOST} {NOTICE}")
    await page.see_card("Accepted by Tencent, not delivered yet")
    await page.send(MAYA, f"/sms send {GOOD} {NOTICE}")
    await page.see_card("Delivered in")
    await page.send(MAYA, f"/sms send {SILENT} {NOTICE}")
    await page.eventually(lambda: _accepted(local, 3))

    await pass_time(local, clock, timedelta(minutes=6))
    await page.see(
        lambda: sum("*Delivered" in words_of(card) for card in page.cards()) == 2 or None
    )
    assert asked(local, RECORDS) >= 1
    shown = words_of(await page.type(MAYA, "/sms stats"))
    assert "*Receipts*\n33.3 % · 2 missing · 1 back-filled · 1 unknown" in shown

    # What was lost comes after all, and says the contrary the second time.
    kept = await local.bot.services.db.read(rows)
    serial = next(serial for serial, _, came_by in kept if came_by == 1)
    async with httpx.AsyncClient(trust_env=False) as tencent:
        for status, code in (("SUCCESS", "DELIVRD"), ("FAIL", "MK:0001")):
            said = report(
                sid=serial, mobile=LOST.removeprefix("+86"), report_status=status, errmsg=code
            )
            answer = await tencent.post(local.bot.url + callback_path(local), json=[said])
            assert answer.json()["result"] == 0
    assert "*Delivered*\n2 · 66.7 % of those sent" in words_of(await page.type(MAYA, "/sms stats"))
    again = words_of(await page.type(MAYA, "/sms stats"))
    assert "*Receipts*\n33.3 % · 2 missing · 1 back-filled · 1 unknown" in again


async def _accepted(local: Local, many: int) -> bool:
    found = await local.bot.services.db.read(
        lambda tx: tx.one("SELECT count(*) AS n FROM messages WHERE accepted_at_ms IS NOT NULL")
    )
    return found is not None and found["n"] == many


@pytest.mark.parametrize("overrides", [{"callbacks.pull": True}])
async def test_a_queue_gives_what_was_not_pushed_and_nothing_twice(
    local: Local, page: Page, clock: HandClock
) -> None:
    async with httpx.AsyncClient(trust_env=False) as console:
        opened = await console.put(
            f"{local.sandbox.url}/_sandbox/console/account", json={"pulls_enabled": True}
        )
        assert opened.is_success
    lose(local)
    await page.send(MAYA, f"/sms send {LOST} {NOTICE}")
    await page.send(MAYA, f"/sms send {GOOD} {NOTICE}")
    await page.eventually(lambda: _accepted(local, 2))
    # The queue was shut at the first look, and rests for half a minute.
    await pass_time(local, clock, timedelta(seconds=40))
    await page.see(
        lambda: sum("*Delivered" in words_of(card) for card in page.cards()) == 2 or None
    )
    kept = await local.bot.services.db.read(rows)
    assert sorted(came_by for _, _, came_by in kept) == [0, 2]
    assert asked(local, RECORDS) == 0
    assert "*Receipts*\n100 %" in words_of(await page.type(MAYA, "/sms stats"))


async def test_figures_that_are_not_tencents_are_told(
    local: Local, page: Page, clock: HandClock
) -> None:
    await pass_time(local, clock, timedelta(days=1))
    # Somebody else sends through an application that app.yaml says is the bot's alone.
    other = api3_for(local.sandbox)
    for nth in range(4):
        sent = await other.send_sms(
            order_of(local.sandbox, f"+861391234570{nth}"), signed_at=clock()
        )
        assert isinstance(sent, Answered), sent
    await other.close()
    await pass_time(local, clock, timedelta(hours=18))
    told = await see_alert(local, page, clock, "Tencent's figures of 2026-11-24 are not ours")
    said = words_of(told)
    assert "Accepted: Tencent 4 · ours 0 (+4)" in said
    assert "Does anything else send through this application?" in said
