"""The load: keep-alive HTTP/1.1 connections at full speed, each with one request under way.

Written on bare sockets: it must cost less for a request than any of the servers it measures, or
what is measured is the load. An HTTP client library, and asyncio too, cost more than some of them.
"""

import asyncio
import re
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)\r\n")
#: A server that answers less than this in a round hangs.
ROUND_WITHIN_S = 60.0
RECEIVED_AT_ONCE = 65_536


class WrongAnswerError(Exception):
    """A server said something else than 200: what was measured would mean nothing."""


@dataclass(frozen=True, slots=True)
class Played:
    """Seconds the whole round took, and each of its exchanges."""

    whole_s: float
    each_s: list[float]


async def play(port: int, requests: Iterator[bytes], connections: int) -> Played:
    """Sends every request, `connections` at once.

    Raises WrongAnswerError for anything but a 200, TimeoutError for a server that hangs.
    """
    return await asyncio.to_thread(_play, port, requests, connections)


@dataclass(slots=True)
class Connection:
    """Sends a request, waits for the whole answer, sends the next."""

    line: socket.socket
    requests: Iterator[bytes]
    times_s: list[float]
    received: bytes = b""
    sent_at: float = 0.0

    def send_next(self) -> bool:
        """False where nothing is left to send."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.sent_at = time.perf_counter()
        self.line.sendall(request)
        return True

    def take(self) -> bool:
        """Takes what has come; whether the answer is whole now. Raises WrongAnswerError."""
        part = self.line.recv(RECEIVED_AT_ONCE)
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found and part:
            return False
        length = LENGTH.search(head + b"\r\n")
        if not part or not head.startswith(b"HTTP/1.1 200 ") or length is None:
            raise WrongAnswerError(self.received[:400].decode(errors="replace"))
        if len(body) < int(length[1]):
            return False
        self.times_s.append(time.perf_counter() - self.sent_at)
        self.received = b""
        return True


def _play(port: int, requests: Iterator[bytes], connections: int) -> Played:
    times_s: list[float] = []
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        opened = []
        for _ in range(connections):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.settimeout(None)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.append(Connection(line, requests, times_s))
        began = time.perf_counter()
        for connection in opened:
            if connection.send_next():
                selector.register(connection.line, selectors.EVENT_READ, connection)
        while selector.get_map():
            ready = selector.select(began + ROUND_WITHIN_S - time.perf_counter())
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                if key.data.take() and not key.data.send_next():
                    selector.unregister(key.fileobj)
        return Played(time.perf_counter() - began, times_s)
