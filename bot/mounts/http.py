"""The HTTP routes: Slack's envelopes, Tencent's callbacks, health. Everything is hostile here."""

import asyncio
import hmac
import re
import time
from collections.abc import Callable, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.mounts.callback_route import BODY_WITHIN_S, CallbackRoute, Gate, bounded
from bot.mounts.envelope_shapes import is_envelope
from bot.mounts.front import Methods, make_server
from bot.mounts.health import MetricsRoute, ReadyRoute, healthy
from bot.settings import REPLIES
from handlers.callbacks.door import CallbackDoor
from handlers.services import Services

#: Slack's largest payloads are views of a hundred blocks, well below this.
SLACK_BODY_MAX = 1024 * 1024
#: Bodies that may be on their way to Slack's address: together no more than 128 MB.
SLACK_BODIES_AT_ONCE = 128
#: As Bolt and Slack have it: docs.slack.dev, verifying requests from Slack (2026-08).
SIGNED_WITHIN_S = 60 * 5
#: Tencent posts over a few; whoever holds more open wants something else.
CALLBACK_CONNECTIONS = 200
# Bolt answers a traceback to headers it cannot read.
TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def make_web_server(
    bolt: AsyncApp | None, services: Services, callback_secrets: Sequence[str]
) -> web.Server:
    """The bot's own HTTP server; `bolt` is None in Socket Mode, where Slack calls nobody."""
    ready, metrics = ReadyRoute(services).take, MetricsRoute(services).take
    routes: dict[str, Methods] = {
        "/healthz": {"GET": healthy, "HEAD": healthy},
        "/readyz": {"GET": ready, "HEAD": ready},
        "/metrics": {"GET": metrics},
    }
    if bolt is not None:
        secret = services.settings.secrets.slack_signing_secret
        key = secret.get_secret_value() if secret else ""
        routes["/slack/events"] = {"POST": SlackRoute(bolt, key).take}
    if services.settings.callbacks.listen is None:
        routes |= _callbacks(services, callback_secrets)
    return make_server(routes, probed=_counting(services))


def make_callback_server(services: Services, callback_secrets: Sequence[str]) -> web.Server:
    """The server for callbacks alone, where app.yaml wants one: whatever happens there, Slack finds
    the other one as it was."""
    routes = _callbacks(services, callback_secrets)
    return make_server(routes, CALLBACK_CONNECTIONS, _counting(services))


def _callbacks(services: Services, secrets: Sequence[str]) -> dict[str, Methods]:
    settings, routes = services.settings, dict[str, Methods]()
    door = CallbackDoor(services.db, services.clock, services.cards_due)
    gate = Gate(settings.callbacks.posts_per_s)
    entry = settings.callbacks.entry(
        tuple(each.get_secret_value() for each in settings.secrets.callback_auth)
    )
    for secret in secrets:
        # Each address as a whole, found by its hash: no secret is compared letter by letter, and a
        # wrong one is a wrong address like any other.
        for name, app in [(each.name, each.name) for each in settings.apps] + [(REPLIES, "")]:
            route = CallbackRoute(door, app, gate, entry, services.meters)
            routes[f"/callbacks/{secret}/{name}"] = {"POST": route.take}
    return routes


def _counting(services: Services) -> Callable[[], None]:
    return lambda: services.meters.callbacks.add("nowhere")


class SlackRoute:
    """Hands Slack's POSTs to Bolt, after what would make Bolt stumble was turned away.

    Bolt takes a body apart before it looks at the signature, which a megabyte of little fields
    makes last: so the signature is checked here as well, over the bytes as they came.
    """

    def __init__(self, bolt: AsyncApp, signing_secret: str) -> None:
        self._bolt = bolt
        self._key = signing_secret.encode()
        self._coming: dict[asyncio.Timeout, None] = {}

    async def take(self, request: web.BaseRequest) -> web.Response:
        headers = request.headers
        signed_at = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not _is_of_now(signed_at) or not SIGNATURE.fullmatch(signature):
            return _refused(401)
        try:
            body = await self._body_of(request)
        except TimeoutError:
            return _refused(408)
        if body is None:
            return _refused(413)
        if not hmac.compare_digest(signature, self._signature_of(signed_at, body)):
            return _refused(401)
        try:
            # Bolt stumbles over what is no envelope: not UTF-8, not JSON, not an object, or nested
            # without end.
            envelope = AsyncBoltRequest(
                body=body.decode(), query=request.query_string, headers=dict(headers)
            )
        except (ValueError, TypeError, AttributeError, RecursionError):
            return _refused(400)
        if not is_envelope(envelope.body):
            # Bolt still looks at the signature, which is over the bytes, and then finds nothing.
            envelope.body = {}
        response = await self._bolt.async_dispatch(envelope)
        return await to_aiohttp_response(response)

    async def _body_of(self, request: web.BaseRequest) -> bytes | None:
        """As `bounded`. Where too many are on their way, the one that has been for longest is not
        waited for any more: Slack's are there at once."""
        if request.content.is_eof():
            return await bounded(request, SLACK_BODY_MAX)
        if len(self._coming) >= SLACK_BODIES_AT_ONCE:
            slowest = next(iter(self._coming))
            del self._coming[slowest]
            # In this turn of the loop it may have run out by itself.
            if not slowest.expired():
                slowest.reschedule(0)
        async with asyncio.timeout(BODY_WITHIN_S) as waiting:
            self._coming[waiting] = None
            try:
                return await bounded(request, SLACK_BODY_MAX)
            finally:
                self._coming.pop(waiting, None)

    def _signature_of(self, signed_at: str, body: bytes) -> str:
        signed = b"v0:%b:%b" % (signed_at.encode(), body)
        return "v0=" + hmac.digest(self._key, signed, "sha256").hex()


def _is_of_now(signed_at: str) -> bool:
    """By the machine's clock, as Bolt judges it."""
    return bool(
        TIMESTAMP.fullmatch(signed_at) and abs(time.time() - int(signed_at)) <= SIGNED_WITHIN_S
    )


def _refused(status: int) -> web.Response:
    return web.json_response({"error": "invalid request"}, status=status)
