"""The Web API's door: token, scope, checks, the method, and Slack's way of answering."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.guard import bearer
from bot.sandbox.workspace.installation import App
from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.workspace.methods.call import Call, Method, Reply, missing_scope, ok
from bot.sandbox.workspace.rates import PostingRate
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import read_arguments
from bot.sandbox.workspace.striking import AFTER, lose_or_delay, strike
from bot.sandbox.workspace.trace import Direction
from bot.sandbox.workspace.world import World

_CONNECT = "apps.connections.open"
_POST = "chat.postMessage"


class WebApi:
    """Serves ``/api/<method>`` for GET and POST."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rate = PostingRate()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call. Business errors are HTTP 200, as Slack has it."""
        name = request.match_info["method"]
        args = await read_arguments(request)
        fault = self._world.faults.take(name, self._channel(args)) or self._too_fast(name, args)
        if fault is not None and fault.kind not in AFTER:
            self._world.trace.add(Direction.IN, name, 0, _traced(args), fault.kind.name)
            return strike(request, fault)
        reply = args if isinstance(args, Refusal) else self._run(name, args, bearer(request))
        body = reply.as_json() if isinstance(reply, Refusal) else reply
        self._world.trace.add(Direction.IN, name, HTTPStatus.OK, _traced(args), body)
        if fault is not None:
            await lose_or_delay(self._world, request, fault)
        return web.json_response(body, headers=self._headers())

    def _channel(self, args: Json | Refusal) -> str | None:
        """The id of the conversation a call is about, for faults that strike only there."""
        if isinstance(args, Refusal):
            return None
        wanted = args.get("channel") or args.get("channel_id")
        directory = self._world.directory
        if not isinstance(wanted, str):
            return None
        found = directory.im_with(wanted) or directory.named(wanted)
        return found.id if found else wanted

    def _run(self, name: str, args: Json, sent: str) -> Reply:
        given = args.pop("token", "")
        token = sent or (given if isinstance(given, str) else "")
        if name == "api.test" and not token:
            return ok(args=args)
        app = self._owner(token)
        if isinstance(app, Refusal):
            return app
        is_app_token = token == app.installation.app_token
        if name == _CONNECT:
            return self._open_socket(app) if is_app_token else _wrong_token()
        method = METHODS.get(name)
        if method is None:
            return Refusal(ErrorCode.UNKNOWN_METHOD, {"req_method": name})
        return _wrong_token() if is_app_token else _call(method, Call(self._world, app, args))

    def _owner(self, token: str) -> App | Refusal:
        app = self._world.app
        if not token:
            return Refusal(ErrorCode.NOT_AUTHED)
        if app is None or token not in (app.installation.bot_token, app.installation.app_token):
            return Refusal(ErrorCode.INVALID_AUTH)
        # "For a deleted user or workspace when using a bot token" (docs.slack.dev, 2026-08);
        # token_revoked is for the tokens of people, and an app-level token is not revoked.
        is_dead = self._world.is_token_revoked and token == app.installation.bot_token
        return Refusal(ErrorCode.ACCOUNT_INACTIVE) if is_dead else app

    def _open_socket(self, app: App) -> Reply:
        if not app.manifest.socket_mode:
            return Refusal(ErrorCode.SOCKET_MODE_NOT_ENABLED)
        ticket = self._world.tickets.issue_socket(self._world.clock())
        address = self._world.url.replace("http://", "ws://", 1)
        return ok(url=f"{address}/link/{ticket}")

    def _too_fast(self, name: str, args: Json | Refusal) -> Fault | None:
        if name != _POST or not self._world.pace.limit_posts or isinstance(args, Refusal):
            return None
        wait_s = self._rate.wait_s(str(self._channel(args)), self._world.clock())
        if wait_s == 0:
            return None
        return Fault(name, FaultKind.RATE_LIMITED, retry_after_s=math.ceil(wait_s))

    def _headers(self) -> Mapping[str, str]:
        app = self._world.app
        return {"X-OAuth-Scopes": ",".join(app.manifest.scopes)} if app else {}


def _call(method: Method, call: Call) -> Reply:
    if method.scopes and not any(map(call.has_scope, method.scopes)):
        return missing_scope(call, method.scopes)
    if method.takes_names:
        call = call.with_channel_id()
    for check in method.checks:
        refused = check(call)
        if refused is not None:
            return refused
    return method.run(call)


def _wrong_token() -> Refusal:
    return Refusal(ErrorCode.NOT_ALLOWED_TOKEN_TYPE)


def _traced(args: Json | Refusal) -> object:
    return args.as_json() if isinstance(args, Refusal) else args
