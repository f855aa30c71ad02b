"""Delivery reports: stored before they are answered, whatever they are about."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.tencent.callbacks import StatusReport
from handlers.flows import delivery
from storage import jobs, receipts
from storage.db import Database, Tx
from storage.messages import Message
from storage.receipts import Arrival, Receipt

log = logging.getLogger("smsops.callbacks")
#: Turns of the event loop a write waits for company. A group costs about 400 µs beside its rows;
#: POSTs that are on the machine already come in within these turns, which take 50 µs when idle.
COMPANY_TURNS = 16
#: Carriers have some 2,000 codes. Who makes up more of them gets no further help to store them.
MAX_CODES = 10_000


@dataclass(slots=True)
class Waiting:
    """The reports of one POST, until they are on disk."""

    arrival: Arrival
    words: list[tuple[str, str]]
    """Codes that were not met before, and what they came with."""
    done: "asyncio.Future[None]"


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a batch: in how many POSTs a report may be about a message of ours, and which
    messages of nobody's job moved, as they were before."""

    related: int
    moved: Sequence[Message]


class StatusDoor:
    """Takes what Tencent posts; POSTs that come while the disk is busy share the next write.

    Under load the same connections come back as soon as they are answered. A write waits for as
    many, a few turns at the most, so that one disk sync serves them all: smaller groups that
    overlap cost more than the disk's time they save. A lone POST waits for nobody.
    """

    def __init__(
        self, db: Database, clock: Callable[[], datetime], cards_due: asyncio.Event
    ) -> None:
        self._db = db
        self._clock = clock
        self._cards_due = cards_due
        self._waiting: list[Waiting] = []
        self._codes: set[str] = set()
        """Met since the start; what they come with is stored, or will be at the next start."""
        self._expected = 1
        self._busy = False
        """A write gathers company or is under way; what comes meanwhile joins it or the next."""

    async def take(self, app: str, reports: Sequence[StatusReport]) -> int:
        """Stores the reports; returns how many there were.

        Raises StorageError where nothing could be stored: Tencent must then be told to try again.
        """
        if not reports:
            return 0
        # The first six fields are the receipt's, in its order.
        came = [Receipt._make(report[:6]) for report in reports]
        arrival = Arrival(app, came, self._clock())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(arrival, self._new_words(reports), done))
        if not self._busy:
            self._busy = True
            self._gather(COMPANY_TURNS)
        await done
        return len(reports)

    def _new_words(self, reports: Sequence[StatusReport]) -> list[tuple[str, str]]:
        codes = {each.carrier_code: each.description for each in reports if each.description}
        new = codes.keys() - self._codes
        if new and len(self._codes) < MAX_CODES:
            self._codes |= new
            return [(code, codes[code]) for code in new]
        return []

    def _gather(self, turns: int) -> None:
        if turns and len(self._waiting) < self._expected:
            asyncio.get_running_loop().call_soon(self._gather, turns - 1)
            return
        batch, self._waiting = self._waiting, []
        written = self._db.submit(store, batch)
        written.add_done_callback(lambda written: self._answer(batch, written))

    def _answer(self, batch: list[Waiting], written: "asyncio.Future[Stored]") -> None:
        error = written.exception()
        for waiting in batch:
            if waiting.done.done():
                continue
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)
        # Strangers' reports change no card, and the cards' worker reads whenever it is rung.
        if error is None and written.result().related:
            self._cards_due.set()
            _log(written.result().moved)
        self._expected = len(batch) + len(self._waiting)
        self._busy = bool(self._waiting)
        if self._busy:
            self._gather(COMPANY_TURNS)


def store(tx: Tx, batch: list[Waiting]) -> Stored:
    """Keeps every report of the batch."""
    words = [each for waiting in batch for each in waiting.words]
    if words:
        receipts.add_words(tx, words)
    related = receipts.add_unrelated(tx, [waiting.arrival for waiting in batch])
    moved: list[Message] = []
    for arrival in related:
        delivery.take_receipts(tx, arrival.app, arrival.receipts, arrival.at, moved=moved)
    # Not for jobs: their card counts, and a million lines say no more.
    return Stored(len(related), [m for m in moved if jobs.get(tx, m.request_id) is None])


def _log(moved: Sequence[Message]) -> None:
    """The end of the way that began with a command: under the same request."""
    for message in moved:
        log.info(
            "report taken",
            extra={
                "event": "report_taken",
                "request": message.request_id,
                "message_id": message.id,
                "attempt": message.attempt,
                "serial": message.serial,
            },
        )
