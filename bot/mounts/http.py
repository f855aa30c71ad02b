"""The HTTP routes: Slack's envelopes, Tencent's callbacks, health. Everything is hostile here."""

import logging
import re
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.errors import StorageError
from bot.mounts.front import Methods, make_server
from bot.settings import REPLIES
from bot.tencent.callbacks import BadCallback
from handlers.callbacks.reply import ReplyDoor
from handlers.callbacks.status import StatusDoor
from handlers.services import Services

log = logging.getLogger("smsops.http")
#: Slack's largest payloads are views of a hundred blocks, well below this.
SLACK_BODY_MAX = 1024 * 1024
#: A hundred reports are about 21 KB.
CALLBACK_BODY_MAX = 256 * 1024
# Bolt answers a traceback to headers it cannot read, and logs the body of a bad signature.
TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
#: Tencent's acknowledgement: cloud.tencent.com/document/product/382/59178 (2026-01-05).
TAKEN = b'{"result":0,"errmsg":"OK"}'


def make_web_server(
    bolt: AsyncApp | None, services: Services, callback_secrets: Sequence[str]
) -> web.Server:
    """The bot's own HTTP server; `bolt` is None in Socket Mode, where Slack calls nobody."""
    routes: dict[str, Methods] = {"/healthz": {"GET": healthy, "HEAD": healthy}}
    if bolt is not None:
        routes["/slack/events"] = {"POST": SlackRoute(bolt).take}
    door = StatusDoor(services.db, services.clock, services.cards_due)
    replies = ReplyDoor(services.db, services.clock)
    for secret in callback_secrets:
        for each in services.settings.apps:
            # Each address as a whole, found by its hash: no secret is compared letter by letter,
            # and a wrong one is a wrong address like any other.
            path = f"/callbacks/{secret}/{each.name}"
            routes[path] = {"POST": CallbackRoute(door, each.name).take}
        routes[f"/callbacks/{secret}/{REPLIES}"] = {"POST": CallbackRoute(replies, "").take}
    return make_server(routes)


async def healthy(_: web.BaseRequest) -> web.Response:
    """The process runs and its loop turns."""
    return web.json_response({"ok": True})


class SlackRoute:
    """Hands Slack's POSTs to Bolt, after what would make Bolt stumble was turned away."""

    def __init__(self, bolt: AsyncApp) -> None:
        self._bolt = bolt

    async def take(self, request: web.BaseRequest) -> web.Response:
        headers = request.headers
        if not TIMESTAMP.fullmatch(headers.get("X-Slack-Request-Timestamp", "")):
            return _refused(401)
        if not SIGNATURE.fullmatch(headers.get("X-Slack-Signature", "")):
            return _refused(401)
        body = await _bounded(request, SLACK_BODY_MAX)
        if body is None:
            return _refused(413)
        try:
            # Bolt reads the body before it checks the signature, and stumbles over what is no
            # envelope: not UTF-8, not JSON, not an object.
            envelope = AsyncBoltRequest(
                body=body.decode(), query=request.query_string, headers=dict(headers)
            )
        except (ValueError, TypeError, AttributeError):
            return _refused(400)
        response = await self._bolt.async_dispatch(envelope)
        return await to_aiohttp_response(response)


class Door(Protocol):
    """What takes the body of a callback: how many reports it held, or why it is none."""

    async def take(self, app: str, body: bytes) -> int | BadCallback: ...


class CallbackRoute:
    """Takes the delivery reports of one application, or the replies of the account."""

    def __init__(self, door: Door, app: str) -> None:
        self._door = door
        self._app = app

    async def take(self, request: web.BaseRequest) -> web.Response:
        body = await _bounded(request, CALLBACK_BODY_MAX)
        if body is None:
            return _answer(413, "too large")
        try:
            taken = await self._door.take(self._app, body)
        except StorageError as error:
            # Not stored, so not taken: Tencent pushes again.
            log.error("not stored", extra={"event": "callback_not_stored", "reason": str(error)})
            return _answer(503, "try again")
        if isinstance(taken, BadCallback):
            log.warning(
                "bad callback",
                extra={
                    "event": "callback_refused",
                    "reason": taken.reason.value,
                    "detail": taken.detail,
                },
            )
            return _answer(400, taken.reason.value)
        return web.Response(body=TAKEN, content_type="application/json")


async def _bounded(request: web.BaseRequest, most: int) -> bytes | None:
    """The body, or None once it is longer than `most` bytes, however it is sent."""
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
        async for part in content.iter_any():
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    except web.RequestPayloadError as error:
        # It says gzip and is none, or its chunks are broken.
        raise web.HTTPBadRequest from error
    return b"".join(parts)


def _refused(status: int) -> web.Response:
    return web.json_response({"error": "invalid request"}, status=status)


def _answer(status: int, why: str) -> web.Response:
    return web.json_response({"result": 1, "errmsg": why}, status=status)
