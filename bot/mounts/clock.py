"""The clock: one tick a second, and every job a question put to a table.

APScheduler keeps no state of its own here: a job runs for whoever moves its row in `schedules`, so
a crash loses nothing and two processes run nothing twice. The workers, which send, submit, show
and say, are woken by their bells and by the tick.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import trail
from bot.errors import StorageError
from bot.registry import Job
from handlers.jobs import (
    check_recipients,
    deliver_posts,
    escalate,
    post_cards,
    send_messages,
    simulate_limits,
    submit_changes,
    watch_alerts,
)
from handlers.services import Services
from storage import job_faults, schedules
from storage.db import Tx

log = logging.getLogger("smsops.clock")
TICK_S = 1
#: A send under way at a stop is given this long to come to its end; then it is left in flight.
STOP_WITHIN_S = 20.0

#: A worker's run; returns when it has something to do next, if it knows.
Run = Callable[[Services, datetime], Awaitable[datetime | None]]


class Clock:
    """The tick, the jobs and the workers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._bells: tuple[tuple[Run, asyncio.Event], ...] = (
            (send_messages.run, services.messages_due),
            (submit_changes.run, services.changes_due),
            (check_recipients.run, services.files_due),
            (simulate_limits.run, services.limits_due),
            (watch_alerts.run, services.alerts_due),
            (escalate.run, services.calls_due),
            (post_cards.run, services.cards_due),
            (deliver_posts.run, services.posts_due),
        )
        self._jobs = {job.name: job for job in services.registry.jobs}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._workers: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.Task[None]] = {}
        #: Jobs and workers whose last run broke, as stored.
        self._broken: set[str] = set()
        self._stopping = False

    async def start(self) -> None:
        """Makes every job known, then ticks."""
        self._services.watch.began_at = self._services.clock()
        await self._services.db.write(_ensure, list(self._jobs), self._services.clock())
        self._broken = {each.job for each in await self._services.db.read(job_faults.find)}
        self._workers = [asyncio.create_task(self._work(run, bell)) for run, bell in self._bells]
        self._scheduler.add_job(self.tick, "interval", seconds=TICK_S, coalesce=True)
        self._scheduler.start()
        await self.tick()

    async def stop(self) -> None:
        """No new work; what is under way may end."""
        self._stopping = True
        self._services.stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._ring()
        tasks = [*self._workers, *self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def tick(self) -> None:
        """Starts the jobs that are due and wakes the workers."""
        now = self._services.clock()
        self._services.meters.note_tick(now, asyncio.get_running_loop().time())
        self._ring()
        every_s = {name: job.every_s for name, job in self._jobs.items()}
        due = await self._services.db.read(schedules.find_due, now, every_s)
        slots = {name: slot_ms for name, slot_ms in due if name not in self._running}
        if not slots:
            return
        # In one write: each in its own would wait for the disk by itself.
        for name in await self._services.db.write(_win, slots, every_s, now):
            self._running[name] = task = asyncio.create_task(self._run(self._jobs[name], now))
            task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, _: "asyncio.Task[None]") -> None:
        self._running.pop(name, None)

    async def _run(self, job: Job, now: datetime) -> None:
        began_s, end = time.perf_counter(), "broke"
        with trail.following(job=job.name):
            try:
                await job.run(self._services, now)
                end = "ok"
                await self._note_well(job.name)
            except Exception as error:
                log.exception("job broke", extra={"event": "job_broke"})
                await self._note_broken(job.name, error)
            finally:
                self._services.meters.jobs.note(time.perf_counter() - began_s, job.name, end)

    async def _work(self, run: Run, bell: asyncio.Event) -> None:
        """Runs whenever the bell rings, until the stop; a failure waits for the next ring."""
        name = run.__module__.rpartition(".")[2]
        with trail.following(job=name):
            due: datetime | None = None
            while not self._stopping:
                await self._rest(bell, due)
                bell.clear()
                end = "broke"
                try:
                    due = await run(self._services, self._services.clock())
                    end = "ok"
                    await self._note_well(name)
                except Exception as error:
                    due = None
                    log.exception("worker broke", extra={"event": "worker_broke"})
                    await self._note_broken(name, error)
                self._services.meters.workers.add(name, end)

    async def _note_well(self, name: str) -> None:
        if name in self._broken:
            await self._services.db.write(job_faults.clear, name)
            self._broken.discard(name)

    async def _note_broken(self, name: str, error: Exception) -> None:
        """So that it is told of where it goes on; where nothing can be stored, it cannot be."""
        self._broken.add(name)
        reason, now = type(error).__name__, self._services.clock()
        with suppress(StorageError):
            await self._services.db.write(job_faults.note, name, reason, now)

    async def _rest(self, bell: asyncio.Event, due: datetime | None) -> None:
        """Until the bell, or until `due`. What is overdue waits for the bell: it is held up."""
        wait_s = None if due is None else (due - self._services.clock()).total_seconds()
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), wait_s if wait_s and wait_s > 0 else None)

    def _ring(self) -> None:
        for _, bell in self._bells:
            bell.set()


def _win(
    tx: Tx, slots: Mapping[str, int], every_s: Mapping[str, float], now: datetime
) -> list[str]:
    """The jobs whose slots are ours."""
    return [
        name
        for name, slot_ms in slots.items()
        if schedules.win(tx, name, slot_ms, now + timedelta(seconds=every_s[name]))
    ]


def _ensure(tx: Tx, names: list[str], now: datetime) -> None:
    for name in names:
        schedules.ensure(tx, name, now)
