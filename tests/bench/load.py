"""The load: keep-alive HTTP/1.1 connections at full speed, each with one request under way.

Written on asyncio's protocols: an HTTP client library would be slower than the servers it measures.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
#: A server that answers less than this in a round hangs.
ROUND_WITHIN_S = 60.0


class WrongAnswerError(Exception):
    """A server said something else than 200: what was measured would mean nothing."""


@dataclass(slots=True)
class Round:
    """Requests still to be sent, and what their answers took."""

    requests: Iterator[bytes]
    open: int
    done: "asyncio.Future[None]"
    times_s: list[float] = field(default_factory=list)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def leave(self) -> None:
        """A connection found nothing more to send."""
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)


class Connection(asyncio.Protocol):
    """Sends a request, waits for the whole answer, sends the next."""

    def __init__(self, round_: Round) -> None:
        self._round = round_
        self._received = b""
        self._sent_at = 0.0
        self._finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._round.requests, None)
        if request is None:
            self._finished = True
            self._transport.close()
            self._round.leave()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = LENGTH.search(head + b"\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or length is None:
            self._round.fail(WrongAnswerError(self._received[:400].decode(errors="replace")))
            self._transport.close()
        elif len(body) >= int(length[1]):
            self._round.times_s.append(time.perf_counter() - self._sent_at)
            self._received = b""
            self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished:
            self._round.fail(WrongAnswerError(f"the connection ended: {exc}"))


@dataclass(frozen=True, slots=True)
class Played:
    """Seconds the whole round took, and each of its exchanges."""

    whole_s: float
    each_s: list[float]


async def play(port: int, requests: Iterator[bytes], connections: int) -> Played:
    """Sends every request, `connections` at once.

    Raises WrongAnswerError for anything but a 200, TimeoutError for a server that hangs.
    """
    loop = asyncio.get_running_loop()
    round_ = Round(requests, connections, loop.create_future())
    opened = [
        await loop.create_connection(lambda: Connection(round_), "127.0.0.1", port)
        for _ in range(connections)
    ]
    began = time.perf_counter()
    for _, connection in opened:
        connection.send_next()
    try:
        await asyncio.wait_for(round_.done, ROUND_WITHIN_S)
    finally:
        took_s = time.perf_counter() - began
        for transport, _ in opened:
            transport.close()
    return Played(took_s, round_.times_s)
