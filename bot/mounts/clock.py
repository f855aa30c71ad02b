"""The clock: one tick a second, and every job a question put to a table.

APScheduler keeps no state of its own here: a job runs for whoever moves its row in `schedules`, so
a crash loses nothing and two processes run nothing twice. The workers, which send, submit, show
and say, are woken by their bells and by the tick.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.registry import Job
from handlers.jobs import (
    check_recipients,
    deliver_posts,
    post_cards,
    send_messages,
    simulate_limits,
    submit_changes,
)
from handlers.services import Services
from storage import schedules
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
            (post_cards.run, services.cards_due),
            (deliver_posts.run, services.posts_due),
        )
        self._jobs = {job.name: job for job in services.registry.jobs}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._workers: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def start(self) -> None:
        """Makes every job known, then ticks."""
        await self._services.db.write(_ensure, list(self._jobs), self._services.clock())
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
        self._ring()
        every_s = {name: job.every_s for name, job in self._jobs.items()}
        for name, slot_ms in await self._services.db.read(schedules.find_due, now, every_s):
            if name in self._running:
                continue
            job = self._jobs[name]
            next_at = now + timedelta(seconds=job.every_s)
            if await self._services.db.write(schedules.win, name, slot_ms, next_at):
                self._running[name] = task = asyncio.create_task(self._run(job, now))
                task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, _: "asyncio.Task[None]") -> None:
        self._running.pop(name, None)

    async def _run(self, job: Job, now: datetime) -> None:
        try:
            await job.run(self._services, now)
        except Exception:
            log.exception("job broke", extra={"event": "job_broke", "job": job.name})

    async def _work(self, run: Run, bell: asyncio.Event) -> None:
        """Runs whenever the bell rings, until the stop; a failure waits for the next ring."""
        due: datetime | None = None
        while not self._stopping:
            await self._rest(bell, due)
            bell.clear()
            try:
                due = await run(self._services, self._services.clock())
            except Exception:
                due = None
                log.exception("worker broke", extra={"event": "worker_broke"})

    async def _rest(self, bell: asyncio.Event, due: datetime | None) -> None:
        """Until the bell, or until `due`. What is overdue waits for the bell: it is held up."""
        wait_s = None if due is None else (due - self._services.clock()).total_seconds()
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), wait_s if wait_s and wait_s > 0 else None)

    def _ring(self) -> None:
        for _, bell in self._bells:
            bell.set()


def _ensure(tx: Tx, names: list[str], now: datetime) -> None:
    for name in names:
        schedules.ensure(tx, name, now)
