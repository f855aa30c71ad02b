"""Reads the recipients of drafts: fetch the list, read and seal it chunk by chunk, store each."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime

from bot.errors import SlackError
from bot.rules.recipients import CheckFault, WholeFault, is_first_row
from bot.sheets import Unreadable, read_rows
from bot.slack.files import FileFault
from handlers.flows import preflights, recipients
from handlers.flows.recipients import ListRefused, NobodyWaits, Order, Preparer, Rows
from handlers.services import Services
from storage.ids import RequestId

log = logging.getLogger("smsops.recipients")
#: Lists read beside one another, so that a short one need not wait for a long one.
AT_ONCE = 3
LOOK_AGAIN_S = 1.0
#: A list is refused for its rows before it is for its size.
FILE_BYTES_MAX = 512 * 1024 * 1024
IDLE_S = 30.0
#: So long a file may keep us waiting, and so much longer for each byte of it that came: what drips
#: gives its place to another list, and is tried again.
PATIENCE_S = 30.0
BYTES_PER_S_MIN = 50_000
FILE_FAULTS = {
    FileFault.FOREIGN: CheckFault.FILE_FOREIGN,
    FileFault.CLOSED: CheckFault.FILE_GONE,
    FileFault.TOO_LARGE: CheckFault.TOO_LARGE,
}


async def run(services: Services, now: datetime) -> datetime | None:
    """Reads until no list is left to be read now."""
    reading: dict[RequestId, asyncio.Task[None]] = {}
    try:
        while await _begin_due(services, reading):
            await asyncio.wait(
                reading.values(), timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
            )
            for request_id in [each for each, task in reading.items() if task.done()]:
                reading.pop(request_id).result()
    finally:
        for task in reading.values():
            task.cancel()
        await asyncio.gather(*reading.values(), return_exceptions=True)
    return None


async def _begin_due(services: Services, reading: dict[RequestId, "asyncio.Task[None]"]) -> bool:
    """Begins as many as may be read at once; whether any is being read."""
    for request_id in await services.db.read(recipients.find_due, services.clock()):
        if request_id not in reading and len(reading) < AT_ONCE:
            reading[request_id] = asyncio.create_task(check(services, request_id))
    return bool(reading)


async def check(services: Services, request_id: RequestId) -> None:
    """One list, from where it stands to its end; what is wrong with it is noted."""
    try:
        await _read(services, request_id)
    except NobodyWaits:
        log.info("draft ended", extra={"event": "check_ended", "request": request_id})
    except (ListRefused, Unreadable) as refused:
        await _refuse(services, request_id, _fault_of(refused))
    except SlackError as error:
        log.warning("list not fetched", extra={"event": "list_failed", "reason": error.code})
        await _put_off(services, request_id, CheckFault.UNREACHABLE)
    except Exception:
        log.exception("check broke", extra={"event": "check_broke", "request": request_id})
        await _put_off(services, request_id, CheckFault.BROKE)
    services.cards_due.set()


async def _read(services: Services, request_id: RequestId) -> None:
    order = await services.db.read(
        recipients.begin, request_id, services.settings, services.clock()
    )
    if order is None:
        return
    if isinstance(order, WholeFault):
        raise ListRefused(order)
    await read_list(services, order)
    found = await services.db.read(
        preflights.survey, request_id, services.settings, services.clock()
    )
    await services.db.write(recipients.end, request_id, found, services.settings, services.clock())


async def read_list(services: Services, order: Order) -> None:
    """Stores every row of a list that is not stored yet. Raises what ends the reading of it."""
    if order.source.get("kind") == "pasted":
        pasted = recipients.pasted_rows(str(order.source.get("text") or ""))
        await _store_all(services, order, Preparer(order, pasted))
    else:
        await _read_file(services, order)


async def _read_file(services: Services, order: Order) -> None:
    url = str(order.source.get("url") or "")
    pieces = services.slack.download_stream(url, FILE_BYTES_MAX, IDLE_S)
    inflow = Inflow(pieces, size_bytes=int(order.source.get("size_bytes") or 0))
    try:
        await _store_all(services, order, Preparer(order, _rows(inflow)))
    finally:
        await inflow.close()


async def _store_all(services: Services, order: Order, preparer: Preparer) -> None:
    """Stores chunk after chunk. One is not read while another is written: the two threads would
    take the interpreter from each other at every row."""
    while (chunk := await asyncio.to_thread(preparer.next)) is not None:
        await services.db.write(recipients.store, order, chunk, preparer.facts, services.clock())
        services.cards_due.set()


def _rows(inflow: "Inflow") -> Rows:
    """Nothing is read before the first row is asked for, and that on a thread."""
    yield from read_rows(inflow, is_first_row)


class Inflow:
    """What comes in on the loop, for a thread that takes it piece by piece and may wait.

    `size_bytes` is how long the whole is, 0 where nobody said. A connection that ends early without
    a word looks like the end of the file: only the size tells.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes | FileFault, None],
        *,
        size_bytes: int = 0,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._pieces = pieces
        self._size_bytes, self._patience_s = size_bytes, patience_s
        self._taken_bytes, self._waited_s = 0, 0.0
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Task[bytes | FileFault | None] | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Raises Unreadable for a file that cannot be had, SlackError for one that may come yet."""
        while True:
            piece = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            if piece is None:
                self._check_end()
                return
            if isinstance(piece, FileFault):
                raise Unreadable(FILE_FAULTS[piece], limit_mb=FILE_BYTES_MAX >> 20)
            self._taken_bytes += len(piece)
            yield piece

    def _check_end(self) -> None:
        if not self._size_bytes or self._taken_bytes == self._size_bytes:
            return
        if self._taken_bytes > self._size_bytes:
            raise Unreadable(CheckFault.FILE_CHANGED)
        raise SlackError("file", "cut_short", permanent=False)

    async def close(self) -> None:
        """The thread gets no more, and the connection is given back."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        await self._pieces.aclose()

    async def _next(self) -> bytes | FileFault | None:
        # A task of its own: it can be waited for once it is cancelled. A generator that is closed
        # has no next piece.
        self._waiting = asyncio.ensure_future(anext(self._pieces, None))
        begun_s = self._loop.time()
        left_s = self._patience_s + self._taken_bytes / BYTES_PER_S_MIN - self._waited_s
        try:
            async with asyncio.timeout(left_s):
                return await self._waiting
        except TimeoutError as error:
            raise SlackError("file", "too_slow", permanent=False) from error
        finally:
            self._waited_s += self._loop.time() - begun_s


def _fault_of(refused: ListRefused | Unreadable) -> WholeFault:
    if isinstance(refused, ListRefused):
        return refused.fault
    return WholeFault(refused.fault, refused.values)


async def _refuse(services: Services, request_id: RequestId, fault: WholeFault) -> None:
    log.info("list refused", extra={"event": "list_refused", "reason": fault.reason.value})
    await services.db.write(recipients.refuse, request_id, fault, services.clock())


async def _put_off(services: Services, request_id: RequestId, fault: CheckFault) -> None:
    await services.db.write(recipients.put_off, request_id, fault, services.clock())
