"""Delivery reports: stored before they are answered, whatever they are about."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from bot.tencent.callbacks import BadCallback, StatusReport, parse_status_reports
from handlers.flows import delivery
from handlers.services import Services
from storage.db import Tx
from storage.receipts import Receipt


@dataclass(slots=True)
class Waiting:
    """The reports of one POST, until they are on disk."""

    app: str
    reports: tuple[StatusReport, ...]
    at: datetime
    done: "asyncio.Future[int]"


class StatusDoor:
    """Takes what Tencent posts; POSTs that come while the disk is busy share the next write."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        """Stores the reports in `body`; returns how many were new, or why it is no callback.

        Raises StorageError where nothing could be stored: Tencent must then be told to try again.
        """
        reports = parse_status_reports(body)
        if isinstance(reports, BadCallback):
            return reports
        if not reports:
            return 0
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(app, reports, self._services.clock(), done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                counts = await self._services.db.write(store, batch)
            except Exception as error:
                for waiting in batch:
                    if not waiting.done.done():
                        waiting.done.set_exception(error)
                continue
            for waiting, count in zip(batch, counts, strict=True):
                if not waiting.done.done():
                    waiting.done.set_result(count)
            self._services.cards_due.set()


def store(tx: Tx, batch: list[Waiting]) -> list[int]:
    """Keeps every report of the batch in one transaction; how many were new, POST by POST."""
    return [
        delivery.take_receipts(tx, each.app, map(_receipt, each.reports), each.at) for each in batch
    ]


def _receipt(report: StatusReport) -> Receipt:
    return Receipt(
        serial=report.serial,
        number=report.number,
        success=report.success,
        carrier_code=report.carrier_code,
        description=report.description,
        carrier_at=report.received_at,
    )
