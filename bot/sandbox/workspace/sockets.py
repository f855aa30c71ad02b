"""Socket Mode: the app's web sockets, envelopes out, acknowledgements in."""

import asyncio
import contextlib
import uuid
from enum import StrEnum

from aiohttp import WSMsgType, web

from bot.sandbox.workspace.delivery import (
    Answered,
    Delivery,
    DeliveryKind,
    Failed,
    Outcome,
    RetryReason,
)
from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.strict_json import read_json
from bot.sandbox.workspace.trace import Direction, Trace

_FRAME_LIMIT_BYTES = 1_000_000
_CONNECTION_LIMIT = 10
# How long clients that were asked to come back are expected to.
_RETURN_WITHIN_S = 10.0


class Goodbye(StrEnum):
    """Why a client is told to go (slack.md §2.4). The first two ask it to come back at once."""

    WARNING = "warning"
    REFRESH_REQUESTED = "refresh_requested"
    LINK_DISABLED = "link_disabled"
    TOO_MANY_WEBSOCKETS = "too_many_websockets"


COME_BACK = frozenset({Goodbye.WARNING, Goodbye.REFRESH_REQUESTED})


class SocketCarrier:
    """Sends each envelope over one of the open sockets, in turn."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._open: list[web.WebSocketResponse] = []
        # Told to come back over a new one: what they still acknowledge is taken.
        self._leaving: list[web.WebSocketResponse] = []
        self._came = asyncio.Event()
        self._expected_until_s = 0.0
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def serve(self, request: web.Request, app_id: str) -> web.WebSocketResponse:
        """One socket's life: hello, then acknowledgements until it closes."""
        # Pings are answered with the same bytes by aiohttp; slack_sdk reconnects otherwise.
        socket = web.WebSocketResponse(autoping=True, max_msg_size=_FRAME_LIMIT_BYTES)
        await socket.prepare(request)
        if len(self._open) >= _CONNECTION_LIMIT:
            await socket.send_json(_disconnect(Goodbye.TOO_MANY_WEBSOCKETS))
            await socket.close()
            return socket
        await socket.send_json(_hello(len(self._open) + 1, app_id))
        self._open.append(socket)
        self._came.set()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._take(frame.data)
        finally:
            (self._open if socket in self._open else self._leaving).remove(socket)
        return socket

    async def refresh(self, reason: Goodbye) -> None:
        """Ask every client for a new socket. What is to be sent meanwhile waits for the first."""
        asked, self._open = self._open, []
        self._leaving += asked
        if asked:
            self._expected_until_s = asyncio.get_running_loop().time() + _RETURN_WITHIN_S
        for socket in asked:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await socket.send_json(_disconnect(reason))

    async def deliver(self, delivery: Delivery, within_s: float) -> Outcome:
        """One envelope, one acknowledgement; a failure is a value."""
        outcome = await self._deliver(delivery, within_s)
        status = 200 if isinstance(outcome, Answered) else 0
        said = outcome.payload if isinstance(outcome, Answered) else outcome.reason.value
        self._trace.add(Direction.OUT, delivery.what, status, delivery.payload, said)
        return outcome

    async def stop(self) -> None:
        """Tell every client to go, and close."""
        for socket in [*self._open, *self._leaving]:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await socket.send_json(_disconnect(Goodbye.LINK_DISABLED))
                await socket.close()

    async def _deliver(self, delivery: Delivery, within_s: float) -> Outcome:
        if not self._open and asyncio.get_running_loop().time() >= self._expected_until_s:
            return Failed(RetryReason.CONNECTION_FAILED)
        envelope = _envelope(delivery)
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = future
        try:
            async with asyncio.timeout(within_s):
                socket = await self._next()
                await socket.send_json(envelope)
                return Answered(await future)
        except TimeoutError:
            return Failed(RetryReason.HTTP_TIMEOUT)
        except ConnectionError:
            return Failed(RetryReason.CONNECTION_FAILED)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def _next(self) -> web.WebSocketResponse:
        """The socket whose turn it is, once there is one."""
        while not self._open:
            self._came.clear()
            await self._came.wait()
        self._open.append(self._open.pop(0))
        return self._open[-1]

    def _take(self, frame: str) -> None:
        try:
            said = read_json(frame.encode())
        except ValueError:
            return
        envelope_id = said.get("envelope_id") if isinstance(said, dict) else None
        future = self._waiting.get(envelope_id) if isinstance(envelope_id, str) else None
        if future is not None and not future.done():
            payload = said.get("payload")
            future.set_result(payload if isinstance(payload, dict) else {})


def _envelope(delivery: Delivery) -> Json:
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "type": delivery.kind.value,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind is not DeliveryKind.EVENT,
    }
    if delivery.kind is DeliveryKind.EVENT:
        retry = delivery.retry
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason.value if retry else ""
    return envelope


def _hello(connections: int, app_id: str) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {
            "host": "local",
            "build_number": 1,
            "approximate_connection_time": 18_060,
        },
        "connection_info": {"app_id": app_id},
    }


def _disconnect(reason: Goodbye) -> Json:
    return {"type": "disconnect", "reason": reason.value, "debug_info": {"host": "local"}}
