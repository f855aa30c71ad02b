"""Tencent's statistics of a day beside ours."""

from datetime import timedelta

import pytest

from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.jobs import check_coverage, deliver_posts, fetch_receipts, send_messages
from storage import traffic
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock

SENDS, REPORTS = "SendStatusStatistics", "CallbackStatusStatistics"
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> HandClock:
    """11:00 in Shanghai."""
    return HandClock()


async def live(stage: Stage) -> None:
    """The bot ran the day before, too."""
    await stage.services.db.write(traffic.note_watched, ["demo"], stage.now - DAY)


async def send(stage: Stage, many: int) -> None:
    for nth in range(many):
        await stage.queue(f"+86139000000{nth:02d}")
    await send_messages.run(stage.services, stage.now)


async def said(stage: Stage) -> list[str]:
    await deliver_posts.run(stage.services, stage.now)
    messages = stage.workspace.messages("C0ALERTS")
    return [str(message["blocks"]) for message in messages if message.get("bot_id")]


async def test_a_day_that_agrees_is_asked_about_once_and_nothing_is_said(
    stage: Stage, clock: HandClock
) -> None:
    await live(stage)
    await send(stage, 4)
    clock.advance(timedelta(minutes=6))
    await fetch_receipts.run(stage.services, stage.now)
    clock.advance(timedelta(hours=18))
    for _ in range(2):
        await check_coverage.run(stage.services, stage.now)
    assert (stage.asked(SENDS), stage.asked(REPORTS)) == (1, 1)
    assert await said(stage) == []


async def test_receipts_that_tencent_has_and_we_do_not_are_told(
    stage: Stage, clock: HandClock
) -> None:
    await live(stage)
    await send(stage, 3)
    clock.advance(timedelta(hours=18))
    await check_coverage.run(stage.services, stage.now)
    (text,) = await said(stage)
    assert "`demo`: Tencent's figures of 2026-11-23 are not ours." in text
    assert "Tencent 3 · ours 0 (+3)" in text
    assert "Is the callback address in the console still the bot's?" in text


async def test_statistics_that_cannot_be_had_are_asked_for_again(
    stage: Stage, clock: HandClock
) -> None:
    await live(stage)
    clock.advance(timedelta(hours=18))
    stage.sandbox.world.faults.add(Fault(REPORTS, FaultKind.NOT_JSON))
    for _ in range(2):
        await check_coverage.run(stage.services, stage.now)
    assert (stage.asked(SENDS), stage.asked(REPORTS)) == (1, 1)
    clock.advance(timedelta(minutes=1))
    await check_coverage.run(stage.services, stage.now)
    assert (stage.asked(SENDS), stage.asked(REPORTS)) == (2, 2)
