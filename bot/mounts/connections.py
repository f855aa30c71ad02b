"""The connections of a server: how many there may be, and how long one may say nothing whole.

Told by aiohttp (3.14) of each connection and each piece that comes in; once a second those that
were too slow are closed. So a request costs one comparison.
"""

import asyncio
import logging
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.mounts.told import Told

log = logging.getLogger("smsops.http")
#: From its first byte, or the beginning of the connection, until the head of a request is whole.
HEAD_WITHIN_S = 5.0
#: For so long answers may lie here that nobody fetches: none of ours takes a second to read.
READ_WITHIN_S = 10.0
LOOK_EVERY_S = 1.0


class Connection(RequestHandler):
    """One of them: since when it has owed the rest of a head, and since when it has not read what
    it was answered; None where it has not."""

    __slots__ = ("deaf_since_s", "owing_since_s")

    def __init__(self, manager: web.Server, *, loop: asyncio.AbstractEventLoop, **how: Any) -> None:
        super().__init__(manager, loop=loop, **how)
        self.owing_since_s: float | None = loop.time()
        self.deaf_since_s: float | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self.deaf_since_s = self._loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.deaf_since_s = None

    def data_received(self, data: bytes) -> None:
        # By its name: a look-up less on every piece.
        RequestHandler.data_received(self, data)
        if self._messages:
            self.owing_since_s = None
        elif self.owing_since_s is None and self.is_idle:
            self.owing_since_s = self._loop.time()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is refused without a word of it: aiohttp would log all of it, a secret
        in an address included."""
        if status >= 500 or not isinstance(self._manager, BoundedServer):
            return super().handle_error(request, status, exc, message)
        self._manager.garbage.note()
        answer = web.Response(status=status, text="no HTTP")
        answer.force_close()
        return answer

    def give_way(self) -> None:
        """Closes it, at once: what lies here unread would keep it open."""
        if self.is_deaf and self.transport is not None:
            self.transport.abort()
        self.force_close()

    @property
    def is_idle(self) -> bool:
        """Whether a request is waited for."""
        return self._waiter is not None and not self._messages

    @property
    def is_deaf(self) -> bool:
        """Whether more lies here for it than it reads."""
        return self.deaf_since_s is not None

    @property
    def worth(self) -> tuple[bool, bool, float]:
        """What does not read its answers goes first, then what has never brought a request, then
        what has brought none for longest."""
        return not self.is_deaf, self._request_count > 0, self._next_keepalive_close_time


class BoundedServer(web.Server):
    """At most so many connections. Where there is no room for a new one, one that is idle, or does
    not read its answers, gives way to it; where none is, it is closed itself."""

    def __init__(self, handler: Any, *, most: int, **how: Any) -> None:
        super().__init__(handler, **how)
        self._most = most
        self.garbage = Told(log, "no HTTP", "http_garbage")
        self._look: asyncio.TimerHandle | None = None

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._most:
            self._make_room(handler)
        if self._look is None:
            self._look = self._loop.call_later(LOOK_EVERY_S, self._close_slow)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        if self._look is not None:
            self._look.cancel()
        await super().shutdown(timeout)

    def _make_room(self, new: RequestHandler) -> None:
        # What was closed a moment ago is still among them.
        there = [each for each in self._connections if each.transport is not None]
        if len(there) <= self._most:
            return
        known = [each for each in there if isinstance(each, Connection)]
        idle = [each for each in known if each.is_idle or each.is_deaf]
        if idle:
            min(idle, key=lambda each: each.worth).give_way()
        else:
            new.force_close()

    def _close_slow(self) -> None:
        self._look = None
        if not self._connections:
            return
        now_s = self._loop.time()
        owing_s, deaf_s = now_s - HEAD_WITHIN_S, now_s - READ_WITHIN_S
        for each in self.connections:
            if not isinstance(each, Connection):
                continue
            if (each.owing_since_s or now_s) < owing_s or (each.deaf_since_s or now_s) < deaf_s:
                each.give_way()
        self._look = self._loop.call_later(LOOK_EVERY_S, self._close_slow)
