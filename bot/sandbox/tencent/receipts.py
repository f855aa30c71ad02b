"""Delivery reports: settled when due, then pushed to the callback URL as real POSTs."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import aiohttp

from bot.sandbox.tencent.callbacks import push
from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.disturbance import Disturbance
from bot.sandbox.tencent.fates import Arrival, fate_of
from bot.sandbox.tencent.faults import STATUS_CALLBACK, Faults
from bot.sandbox.tencent.frequency import SHANGHAI, from_ms, to_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.pending import PendingReport
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.tencent.pulls import queue_report
from bot.sandbox.tencent.state import State

#: Results in one push (cloud.tencent.com/document/product/382/59178, 2026-01-05).
MAX_RESULTS = 100

log = logging.getLogger(__name__)


class Receipts:
    """Works off `state.pending`, one task a batch; what is left at a stop goes on after a start."""

    def __init__(
        self,
        config: SandboxConfig,
        state: State,
        phones: Phones,
        clock: Callable[[], datetime],
        save: Callable[[], None],
        faults: Faults,
    ) -> None:
        self._disturbance = Disturbance(faults, STATUS_CALLBACK)
        self._config = config
        self._state = state
        self._phones = phones
        self._clock = clock
        self._save = save
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin with every batch that is still pending."""
        timeout = aiohttp.ClientTimeout(total=self._config.callback_timeout_s)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        for batch in self._state.pending.batches():
            self.begin(batch)

    async def stop(self) -> None:
        """Stop where it stands."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def begin(self, batch: str) -> None:
        """Work off one batch, in the background; a second call changes nothing."""
        if batch in self._tasks or self._session is None:
            return
        task = asyncio.create_task(self._work(batch))
        self._tasks[batch] = task
        task.add_done_callback(lambda _: self._tasks.pop(batch, None))

    async def wait(self, batch: str) -> None:
        """Wait for a batch that was begun, but no longer than one push may take."""
        if task := self._tasks.get(batch):
            await asyncio.wait({task}, timeout=self._config.callback_timeout_s)

    async def _work(self, batch: str) -> None:
        while group := self._next_group(batch):
            # A clock that stands still (in a test) must not make a report wait for ever.
            await asyncio.sleep(max(0.0, (group[0].due_at_ms - to_ms(self._clock())) / 1000))
            self._settle(group)
            self._state.pending.remove(batch, await self._send(group))
            self._save()

    def _next_group(self, batch: str) -> list[PendingReport]:
        waiting = self._state.pending.of(batch)
        if not waiting:
            return []
        first = min((each.due_at_ms, each.wave) for each in waiting)
        group = [each for each in waiting if (each.due_at_ms, each.wave) == first]
        return group[:MAX_RESULTS]

    def _settle(self, group: list[PendingReport]) -> None:
        now_ms = to_ms(self._clock())
        for report in group:
            attempt = self._state.ledger.by_serial(report.serial)
            if attempt is None or report.tries:
                continue
            if (
                attempt.arrived_at_ms is None
                and fate_of(attempt.number).arrival is Arrival.WITH_REPORT
            ):
                self._phones.arrive(attempt, now_ms)
                attempt = self._state.ledger.by_serial(report.serial) or attempt
            self._state.ledger.reported(
                attempt, success=report.success, code=report.code, now_ms=now_ms
            )
            queue_report(self._state, report, now_ms)

    async def _send(self, group: list[PendingReport]) -> list[PendingReport]:
        async def push() -> None:
            nonlocal group
            group = await self._push(group)

        await self._disturbance.send(push, group[0].app)
        return group

    async def _push(self, group: list[PendingReport]) -> list[PendingReport]:
        assert self._session is not None
        while True:
            app = self._state.apps.get(group[0].app)
            url = app.status_url if app else None
            if url is None or await push(self._session, url, self._payload(group)):
                return group
            group = self._count_try(group)
            if group[0].tries >= self._config.callback_attempts:
                log.info("gave up on a status callback after %d attempts", group[0].tries)
                return group
            await asyncio.sleep(self._config.callback_retry_s)

    def _count_try(self, group: list[PendingReport]) -> list[PendingReport]:
        counted = [replace(each, tries=each.tries + 1) for each in group]
        self._state.pending.remove(group[0].batch, group)
        self._state.pending.add(counted)
        self._save()
        return counted

    def _payload(self, group: list[PendingReport]) -> list[dict[str, str]]:
        rows = ((report, self._state.ledger.by_serial(report.serial)) for report in group)
        return [
            report_row(report, attempt, with_ext=self._config.callback_ext)
            for report, attempt in rows
            if attempt is not None
        ]


def report_row(report: PendingReport, attempt: Attempt, *, with_ext: bool) -> dict[str, str]:
    """One element of a status callback; times are local to Shanghai, as the vendor's seem to be."""
    number = read_number(attempt.number)
    assert number is not None
    received = from_ms(attempt.reported_at_ms or report.due_at_ms).astimezone(SHANGHAI)
    row = {
        "user_receive_time": received.strftime("%Y-%m-%d %H:%M:%S"),
        "nationcode": number.country_code,
        "mobile": number.subscriber,
        "report_status": "SUCCESS" if report.success else "FAIL",
        "errmsg": report.code,
        "description": report.description,
        "sid": report.serial,
    }
    return {**row, "ext": attempt.context} if with_ext else row
