"""Tencent's statistics of a day beside ours."""

from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind
from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.jobs import check_coverage, fetch_receipts, send_messages
from storage import alerts, traffic
from storage.alerts import Alert
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


async def found(stage: Stage) -> list[Alert]:
    return await stage.services.db.read(alerts.find_open)


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
    assert await found(stage) == []
    assert not stage.services.alerts_due.is_set()


async def test_receipts_that_tencent_has_and_we_do_not_are_told(
    stage: Stage, clock: HandClock
) -> None:
    await live(stage)
    await send(stage, 3)
    clock.advance(timedelta(hours=18))
    await check_coverage.run(stage.services, stage.now)
    (alert,) = await found(stage)
    assert alert.kind is AlertKind.COUNTS_DIFFER
    assert stage.services.alerts_due.is_set()
    (reported, delivered) = alert.facts["differences"]
    assert reported == {"measure": "reported", "theirs": 3, "ours": 0, "cause": "not_reached"}
    assert delivered["theirs"] == 3


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
