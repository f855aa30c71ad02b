"""Tencent's callbacks over HTTP: who may post, how much, how fast, how long. Hostile until read.

What is answered with 200 is on disk. Whatever cannot be taken now is answered 503, and Tencent
pushes it again, twice in all (cloud.tencent.com/document/product/382/59178, 2026-01-05); taken
twice it is one row.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from aiohttp import hdrs, web

from bot.errors import StorageError
from bot.meters import Meters
from bot.mounts.told import Told
from bot.rules.callers import Caller, Entry, Stranger, stranger
from bot.tencent.callbacks import BadCallback, BadCallbackReason

log = logging.getLogger("smsops.http")
#: A hundred reports are about 21 KB.
BODY_MAX = 256 * 1024
#: Seconds a body may be on its way, and its storing may take.
BODY_WITHIN_S, STORED_WITHIN_S = 10.0, 10.0
#: POSTs that may be under way: their bodies together are no more than 128 MB.
AT_ONCE = 512
#: Tencent's acknowledgement: cloud.tencent.com/document/product/382/59178 (2026-01-05).
TAKEN = b'{"result":0,"errmsg":"OK"}'


class Door(Protocol):
    """What takes the body of a callback: how much it held, or why it is none."""

    async def take(self, app: str, body: bytes) -> int | BadCallback: ...


class Gate:
    """How many POSTs may be under way, and how many may come in a second; one for all addresses."""

    def __init__(
        self, per_s: int, at_once: int = AT_ONCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every_s = 1 / per_s
        # A thousandth of a POST is a rounding error, not a debt.
        self._ahead_s = 1 + self._every_s / 1000
        self._at_once = at_once
        self._clock = clock
        self._under_way = 0
        self._full_at = clock()
        """When nothing is owed any more: GCRA, as in `bot.rules.pace`, with a second's burst."""

    def enter(self) -> bool:
        """Whether one more may come in; it must leave again then."""
        now = self._clock()
        full_at = max(self._full_at, now) + self._every_s
        if self._under_way >= self._at_once or full_at - now > self._ahead_s:
            return False
        self._full_at = full_at
        self._under_way += 1
        return True

    def leave(self) -> None:
        self._under_way -= 1


class CallbackRoute:
    """Takes what is posted to one address: that of an application, or the account's."""

    def __init__(self, door: Door, app: str, gate: Gate, entry: Entry, meters: Meters) -> None:
        self._door = door
        self._app = app
        self._gate = gate
        self._entry = None if entry.is_open else entry
        self._posts, self._reports = meters.callbacks, meters.reports
        self._strangers = Told(log, "callbacks turned away", "callback_stranger")
        self._shed = Told(log, "callbacks turned away", "callback_shed")
        self._refused = {
            reason: Told(log, "callbacks turned away", "callback_refused")
            for reason in BadCallbackReason
        }

    async def take(self, request: web.BaseRequest) -> web.Response:
        if self._entry is not None:
            self._let_in(self._entry, request)
        # Before the body is read: what is turned away must cost nothing.
        if not self._gate.enter():
            self._shed.note()
            self._posts.add("shed")
            return _try_again()
        try:
            return await self._take(request)
        finally:
            self._gate.leave()

    def _let_in(self, entry: Entry, request: web.BaseRequest) -> None:
        """Raises the answer a stranger gets: but for a password, that of a wrong address."""
        why = stranger(entry, _caller(entry, request))
        if why is None:
            return
        self._strangers.note(reason=why.value)
        self._posts.add("stranger")
        if why is Stranger.PASSWORD:
            challenge = {hdrs.WWW_AUTHENTICATE: 'Basic realm="callbacks"'}
            raise web.HTTPUnauthorized(headers=challenge)
        raise web.HTTPNotFound

    async def _take(self, request: web.BaseRequest) -> web.Response:
        try:
            body = await bounded(request, BODY_MAX)
        except TimeoutError:
            self._posts.add("refused")
            return _answer(408, "too slow")
        if body is None:
            self._posts.add("refused")
            return _answer(413, "too large")
        try:
            async with asyncio.timeout(STORED_WITHIN_S):
                taken = await self._door.take(self._app, body)
        except (StorageError, TimeoutError) as error:
            # Not stored, or nobody knows: in neither case taken.
            log.error("not stored", extra={"event": "callback_not_stored", "reason": str(error)})
            self._posts.add("not_stored")
            return _try_again()
        if isinstance(taken, BadCallback):
            self._refused[taken.reason].note(reason=taken.reason.value, detail=taken.detail)
            self._posts.add("refused")
            return _answer(400, taken.reason.value)
        self._posts.add("taken")
        self._reports.add(self._app, n=taken)
        return web.Response(body=TAKEN, content_type="application/json")


async def bounded(request: web.BaseRequest, most: int) -> bytes | None:
    """The body, or None once it is longer than `most` bytes, however it is sent.

    Raises TimeoutError where it does not come to its end in time.
    """
    content = request.content
    try:
        if content.is_eof():
            # All here, as small ones are: collecting it costs a twentieth of the whole exchange.
            body = content.read_nowait()
            return body if len(body) <= most else None
        if (request.content_length or 0) > most:
            return None
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in content.iter_any():
                size += len(part)
                if size > most:
                    return None
                parts.append(part)
    except web.RequestPayloadError as error:
        # It says gzip and is none, or its chunks are broken.
        raise web.HTTPBadRequest from error
    return b"".join(parts)


def _caller(entry: Entry, request: web.BaseRequest) -> Caller:
    headers = request.headers
    named = entry.certificate.header if entry.certificate else ""
    return Caller(
        peer=request.remote or "",
        forwarded=",".join(headers.getall(hdrs.X_FORWARDED_FOR, ())),
        authorization=headers.get(hdrs.AUTHORIZATION, ""),
        # Twice there, it is not the proxy's alone.
        certificate=",".join(headers.getall(named, ())) if named else "",
    )


def _try_again() -> web.Response:
    answer = _answer(503, "try again")
    answer.headers[hdrs.RETRY_AFTER] = "1"
    return answer


def _answer(status: int, why: str) -> web.Response:
    return web.json_response({"result": 1, "errmsg": why}, status=status)
