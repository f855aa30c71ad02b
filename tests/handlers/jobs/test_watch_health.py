"""What the bot says of itself: fires while it is so, is over when it is not, and writes nothing
where nothing changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.rules.alerts import AlertKind
from handlers.jobs import watch_health
from storage import alerts, job_faults
from tests.handlers.jobs.conftest import Stage


async def firing(stage: Stage) -> dict[AlertKind, Mapping[str, str]]:
    found = await stage.services.db.read(alerts.find_open)
    return {each.signal.kind: each.signal.labels for each in found}


async def look(stage: Stage) -> None:
    """As the clock has it done, which ticks."""
    stage.services.alerts_due.clear()
    stage.services.meters.note_tick(stage.now, 0.0)
    await watch_health.run(stage.services, stage.now)


async def test_a_bot_that_is_well_says_and_writes_nothing(stage: Stage) -> None:
    writes = stage.services.db.writes
    await look(stage)
    assert (await firing(stage), stage.services.db.writes) == ({}, writes)
    assert not stage.services.alerts_due.is_set()


async def test_a_job_that_breaks_again_and_again_is_told_until_it_runs(stage: Stage) -> None:
    db = stage.services.db
    for _ in range(3):
        assert await firing(stage) == {}
        await db.write(job_faults.note, "poll_reviews", "KeyError", stage.now)
    await look(stage)
    assert await firing(stage) == {AlertKind.JOB_BROKEN: {"job": "poll_reviews"}}
    assert stage.services.alerts_due.is_set()
    await db.write(job_faults.note, "poll_reviews", "KeyError", stage.now)
    writes = db.writes
    await look(stage)
    assert db.writes == writes
    await db.write(job_faults.clear, "poll_reviews")
    await look(stage)
    assert await firing(stage) == {}


async def test_a_full_disk_and_a_wrong_clock_are_told(stage: Stage) -> None:
    services = stage.services
    health = services.settings.health.model_copy(update={"disk_free_mb": 10**9})
    settings = services.settings.model_copy(update={"health": health})
    services.slack.wire.dates.off_s = timedelta(minutes=2).total_seconds()
    changed = replace(stage, services=replace(services, settings=settings))
    await look(changed)
    assert set(await firing(stage)) == {AlertKind.DISK_LOW, AlertKind.CLOCK_WRONG}
    services.slack.wire.dates.off_s = 0.0
    await look(stage)
    assert await firing(stage) == {}


async def test_the_stand_ins_clocks_are_this_machines(stage: Stage) -> None:
    await stage.services.slack.groups()
    await stage.services.tencent.list_templates(international=False)
    for wire in (stage.services.slack.wire, stage.services.tencent.wire):
        assert wire.dates.off_s is not None
        assert abs(wire.dates.off_s) < 5
