"""The admin API under ``/_sandbox``: what only the console, a handset or a test can do.

Ours, not the vendor's. Open to programs on this machine and to web pages of the allowed origins.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.content import Signature, Template
from bot.sandbox.tencent.exchange import cut
from bot.sandbox.tencent.packages import Package, package_defaults
from bot.sandbox.tencent.records import RecordError, decode, encode
from bot.sandbox.tencent.state import is_http_url, seed_state, state_from_json, state_to_json
from bot.sandbox.tencent.world import World

PREFIX = "/_sandbox/"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEARTBEAT_S = 15.0
#: The shortest wait for an event: with a clock that stands still a review stays due for ever.
MIN_WAIT_S = 0.05

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(config: SandboxConfig) -> Any:
    """The middleware in front of everything: browsers are checked, refusals become JSON."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith(PREFIX):
                return await _guard_admin(config, request, handler)
            return await handler(request)
        except ConnectionError:  # the client went away; there is nobody to answer
            return cut(request)

    return middleware


async def _guard_admin(
    config: SandboxConfig, request: web.Request, handler: Handler
) -> web.StreamResponse:
    origin = request.headers.get("Origin")
    if origin is not None and origin not in config.allowed_origins:
        return web.json_response({"error": "origin not allowed"}, status=403)
    # A page that rebinds its own name to 127.0.0.1 sends no Origin, but it does send its name.
    if _host_name(request) not in LOOPBACK:
        return web.json_response({"error": "host not allowed"}, status=403)
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=_cors(origin, preflight=True))
    if origin is not None:
        request[ORIGIN] = origin
    response = await _refusals_as_json(request, handler)
    if not response.prepared:
        response.headers.update(_cors(origin))
    return response


async def _refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return web.json_response({"error": refused.reason}, status=refused.status)
    except RecordError as bad:
        return web.json_response({"error": str(bad)}, status=400)


ORIGIN: web.RequestKey[str] = web.RequestKey("origin", str)


class Admin:
    """The handlers; every answer is JSON but for the stream of events."""

    def __init__(self, world: World, url: Callable[[], str]) -> None:
        self._world = world
        self._url = url

    def routes(self) -> list[web.RouteDef]:
        """All doors of the admin API."""
        return [
            web.get(f"{PREFIX}ids", self.ids),
            web.get(f"{PREFIX}phones", self.phones),
            web.get(f"{PREFIX}events", self.events),
            web.put(f"{PREFIX}callback", self.set_callback),
            web.get(f"{PREFIX}state", self.state),
            web.post(f"{PREFIX}state", self.load),
            web.post(f"{PREFIX}reset", self.reset),
            web.get(f"{PREFIX}requests", self.requests),
            web.post(f"{PREFIX}templates", self.put_template),
            web.post(f"{PREFIX}signatures", self.put_signature),
            web.post(f"{PREFIX}package", self.put_package),
        ]

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """Any other door, or another method."""
        raise web.HTTPNotFound

    async def ids(self, request: web.Request) -> web.StreamResponse:
        """Everything a client needs: keys, ids, and what content there is."""
        state = self._world.state
        return web.json_response(
            {
                **identity(self._world.config, self._url()),
                "callback_url": self._world.app.status_url,
                "apps": [app_row(self._world, each) for each in state.apps.values()],
                "templates": [encode(each) for each in state.templates.values()],
                "signatures": [encode(each) for each in state.signatures.values()],
                "packages": [encode(each) for each in state.packages],
            }
        )

    async def phones(self, request: web.Request) -> web.StreamResponse:
        """The book of handsets."""
        return web.json_response({"phones": self._world.phones.book()})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: messages, replies and calls on the handsets, and what changes on the
        reviewer's desk."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers={**headers, **_cors(request.get(ORIGIN))})
        with self._world.phones.listen() as queue:
            await response.prepare(request)
            await response.write(b": listening\n\n")
            while (frame := await self._next_frame(queue)) is not None:
                await response.write(frame)
        return response

    async def _next_frame(self, queue: asyncio.Queue[dict[str, Any] | None]) -> bytes | None:
        """The next event, or a sign of life; reviews that are due end while somebody listens."""
        due_at_ms = self._world.next_review_at_ms
        left_s = HEARTBEAT_S if due_at_ms is None else (due_at_ms - self._world.now_ms) / 1000
        try:
            event = await asyncio.wait_for(queue.get(), min(HEARTBEAT_S, max(MIN_WAIT_S, left_s)))
        except TimeoutError:
            self._world.settle()
            return b": still here\n\n"
        return None if event is None else f"data: {json.dumps(event)}\n\n".encode()

    async def set_callback(self, request: web.Request) -> web.StreamResponse:
        """``{"url": "http://…"}``, or null for no callbacks; ``"app"`` for another application."""
        row = await read_object(request)
        url, app = row.get("url"), app_of(self._world, row.get("app"))
        if url is not None and not is_http_url(url):
            raise RecordError("url: not an http or https address")
        app.status_url = url
        self._world.save()
        return web.json_response({"url": url})

    async def state(self, request: web.Request) -> web.StreamResponse:
        """The whole state, for POST to take back later."""
        return web.json_response(state_to_json(self._world.state))

    async def load(self, request: web.Request) -> web.StreamResponse:
        """Go on from a saved state."""
        row, credentials = await read_object(request), self._world.config.credentials
        await self._world.replace_state(state_from_json(row, credentials))
        return web.json_response({"ok": True})

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Back to a new sandbox, the review's pace included; the callback addresses of account and
        first application stay."""
        self._world.config = self._world.given
        before = self._world.app
        fresh = seed_state(self._world.config, self._world.now_ms)
        app = fresh.apps[before.sdk_app_id]
        app.status_url, app.voice_url = before.status_url, before.voice_url
        fresh.account.reply_url = self._world.state.account.reply_url
        await self._world.replace_state(fresh)
        self._world.faults.clear()
        self._world.journal.clear()
        self._world.rates.clear()
        return web.json_response({"ok": True})

    async def requests(self, request: web.Request) -> web.StreamResponse:
        """The latest requests to either API, oldest first."""
        return web.json_response({"requests": self._world.journal.to_json()})

    async def put_template(self, request: web.Request) -> web.StreamResponse:
        """A template as /ids shows them; an id that exists is replaced."""
        defaults = {"review_reply": "", "created_at_ms": self._world.now_ms}
        template = decode(Template, await read_object(request), defaults)
        self._world.state.templates[template.template_id] = template
        self._world.save()
        return web.json_response(encode(template))

    async def put_signature(self, request: web.Request) -> web.StreamResponse:
        """A signature as /ids shows them; an id that exists is replaced."""
        defaults = {"review_reply": "", "created_at_ms": self._world.now_ms}
        signature = decode(Signature, await read_object(request), defaults)
        self._world.state.signatures[signature.signature_id] = signature
        self._world.save()
        return web.json_response(encode(signature))

    async def put_package(self, request: web.Request) -> web.StreamResponse:
        """A package as /ids shows them; an id that exists is replaced."""
        defaults = package_defaults(self._world.now_ms)
        package = decode(Package, await read_object(request), defaults)
        state = self._world.state
        others = [each for each in state.packages if each.package_id != package.package_id]
        state.packages = [*others, package]
        self._world.save()
        return web.json_response(encode(package))


def identity(config: SandboxConfig, url: str) -> dict[str, str]:
    """What ``smsops sandbox --json`` prints first: the permanent keys, and the first temporary ones
    if there are any."""
    shown = {"url": url, **encode(config.credentials)}
    for each in config.temporary[:1]:
        shown["temporary_secret_id"] = each.secret_id
        shown["temporary_secret_key"] = each.secret_key
        shown["temporary_token"] = each.token
    return shown


def app_of(world: World, sdk_app_id: object) -> Application:
    """The application with this id, for None the first one. Raises HTTPNotFound."""
    if sdk_app_id is None:
        return world.app
    app = world.state.apps.get(sdk_app_id) if isinstance(sdk_app_id, str) else None
    if app is None:
        raise web.HTTPNotFound
    return app


def app_row(world: World, app: Application) -> dict[str, Any]:
    """An application as the lists show it."""
    return {
        "sdk_app_id": app.sdk_app_id,
        "app_key": app.app_key,
        "name": app.name,
        "enabled": app.enabled,
        "is_default": app is world.app,
    }


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a body. Raises RecordError for anything else."""
    try:
        value = json.loads(await request.read())
    except (ValueError, RecursionError, web.RequestPayloadError):
        raise RecordError("not JSON") from None
    if not isinstance(value, dict):
        raise RecordError("not an object")
    return value


def _cors(origin: str | None, *, preflight: bool = False) -> dict[str, str]:
    if origin is None:
        return {}
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if preflight:
        headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
        headers["Access-Control-Allow-Headers"] = "Content-Type"
    return headers


def _host_name(request: web.Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        return None
