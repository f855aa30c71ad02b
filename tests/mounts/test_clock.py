"""The clock notes what breaks, and what runs again; every line of a job says whose it is."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.logs import JsonLines
from bot.mounts.clock import Clock
from bot.registry import Job
from handlers.services import Services
from storage import job_faults, schedules
from storage.db import Database, Tx, open_database
from tests.mounts.benches import NOW, Bench, serve, settings_of
from tests.storage.rows import VAULT


class Flaky:
    """A job that breaks while it is told to."""

    def __init__(self) -> None:
        self.breaks = True

    async def run(self, services: Services, now: datetime) -> None:
        logging.getLogger("smsops.flaky").warning("at work", extra={"event": "at_work"})
        await services.db.read(self.look)
        if self.breaks:
            raise KeyError("a number: +8613800000001")

    def look(self, tx: Tx) -> None:
        logging.getLogger("smsops.flaky").warning("looked", extra={"event": "looked"})


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    db: Database = open_database(tmp_path / "smsops.db", VAULT)
    async with AsyncExitStack() as stack:
        stack.callback(db.close)
        yield await serve(db, stack, settings_of())


async def run_once(bench: Bench, flaky: Flaky) -> None:
    """A start, the first tick, and a stop that lets the job end."""
    registry = replace(bench.services.registry, jobs=(Job("flaky", 60, flaky.run),))
    await bench.services.db.write(forget_slot)
    clock = Clock(replace(bench.services, registry=registry))
    await clock.start()
    await clock.stop()
    bench.services.stopping.clear()


def forget_slot(tx: Tx) -> None:
    tx.run("DELETE FROM schedules")
    schedules.ensure(tx, "flaky", NOW)


async def test_a_job_that_breaks_is_counted_until_it_runs_again(bench: Bench) -> None:
    flaky, db = Flaky(), bench.services.db
    for times in (1, 2, 3):
        # Each from a start of its own: what is counted outlives the process.
        await run_once(bench, flaky)
        (fault,) = await db.read(job_faults.find)
        assert (fault.job, fault.failures, fault.since) == ("flaky", times, NOW)
        # Its type alone: an error's words may hold anything.
        assert fault.reason == "KeyError"
    figures = await bench.figures()
    assert figures["smsops_job_seconds_count", "broke flaky"] == 3
    assert figures["smsops_job_failures", "flaky"] == 3
    assert figures["smsops_ailment", "jobs"] == 1

    flaky.breaks = False
    await run_once(bench, flaky)
    assert await db.read(job_faults.find) == []
    assert (await bench.figures())["smsops_ailment", "jobs"] == 0


async def test_every_line_of_a_job_names_it_on_whatever_thread(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[dict[str, object]] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JsonLines().format(record)))

    keeper, root = Keeper(), logging.getLogger("smsops")
    root.addHandler(keeper)
    try:
        await run_once(bench, Flaky())
    finally:
        root.removeHandler(keeper)
    told = {str(line["event"]): line.get("job") for line in lines}
    assert told == {"at_work": "flaky", "looked": "flaky", "job_broke": "flaky"}
