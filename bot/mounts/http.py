"""The HTTP routes: Slack's envelopes, Tencent's callbacks, health. Everything is hostile here."""

import re
from collections.abc import Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.mounts.callback_route import CallbackRoute, Gate, bounded
from bot.mounts.front import Methods, make_server
from bot.mounts.health import MetricsRoute, ReadyRoute, healthy
from bot.settings import REPLIES
from handlers.callbacks.door import CallbackDoor
from handlers.services import Services

#: Slack's largest payloads are views of a hundred blocks, well below this.
SLACK_BODY_MAX = 1024 * 1024
# Bolt answers a traceback to headers it cannot read, and logs the body of a bad signature.
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
        routes["/slack/events"] = {"POST": SlackRoute(bolt).take}
    settings = services.settings
    door = CallbackDoor(services.db, services.clock, services.cards_due)
    gate = Gate(settings.callbacks.posts_per_s)
    entry = settings.callbacks.entry(
        tuple(each.get_secret_value() for each in settings.secrets.callback_auth)
    )
    for secret in callback_secrets:
        # Each address as a whole, found by its hash: no secret is compared letter by letter, and a
        # wrong one is a wrong address like any other.
        for name, app in [(each.name, each.name) for each in settings.apps] + [(REPLIES, "")]:
            route = CallbackRoute(door, app, gate, entry, services.meters)
            routes[f"/callbacks/{secret}/{name}"] = {"POST": route.take}
    return make_server(routes)


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
        try:
            body = await bounded(request, SLACK_BODY_MAX)
        except TimeoutError:
            return _refused(408)
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


def _refused(status: int) -> web.Response:
    return web.json_response({"error": "invalid request"}, status=status)
