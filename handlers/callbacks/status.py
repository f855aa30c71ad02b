"""Delivery reports: stored before they are answered, whatever they are about."""

import asyncio
from dataclasses import dataclass

from bot.tencent.callbacks import BadCallback, StatusReport, parse_status_reports
from handlers.flows import delivery
from handlers.services import Services
from storage import receipts
from storage.db import Tx
from storage.receipts import Arrival, Receipt

#: Turns of the event loop a write waits for company. A group costs about 200 µs beside its rows;
#: POSTs that are on the machine already come in within these turns, which take 50 µs when idle.
COMPANY_TURNS = 16


@dataclass(slots=True)
class Waiting:
    """The reports of one POST, until they are on disk."""

    arrivals: list[Arrival]
    done: "asyncio.Future[None]"


class StatusDoor:
    """Takes what Tencent posts; POSTs that come while the disk is busy share the next write."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        """Stores the reports in `body`; returns how many it held, or why it is no callback.

        Raises StorageError where nothing could be stored: Tencent must then be told to try again.
        """
        reports = parse_status_reports(body)
        if isinstance(reports, BadCallback):
            return reports
        if not reports:
            return 0
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        now = self._services.clock()
        arrivals = [Arrival(app, _receipt(report), now) for report in reports]
        self._waiting.append(Waiting(arrivals, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done
        return len(reports)

    async def _write(self) -> None:
        while self._waiting:
            for _ in range(COMPANY_TURNS):
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting, []
            try:
                related = await self._services.db.write(store, batch)
            except Exception as error:
                for waiting in batch:
                    if not waiting.done.done():
                        waiting.done.set_exception(error)
                continue
            for waiting in batch:
                if not waiting.done.done():
                    waiting.done.set_result(None)
            # Strangers' reports change no card, and the cards' worker reads whenever it is rung.
            if related:
                self._services.cards_due.set()


def store(tx: Tx, batch: list[Waiting]) -> int:
    """Keeps every report of the batch; returns how many may be about a message of ours."""
    arrivals = [arrival for waiting in batch for arrival in waiting.arrivals]
    related = receipts.add_unrelated(tx, arrivals)
    for arrival in related:
        delivery.take_receipts(tx, arrival.app, [arrival.receipt], arrival.at)
    return len(related)


def _receipt(report: StatusReport) -> Receipt:
    return Receipt(
        serial=report.serial,
        number=report.number,
        success=report.success,
        carrier_code=report.carrier_code,
        description=report.description,
        carrier_at=report.received_at,
    )
