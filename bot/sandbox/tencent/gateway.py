"""API 3.0 at ``/``: who is calling, which action, with what; and the two envelopes."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiohttp import web

from bot.locales import Locale, locale_of
from bot.sandbox.tencent.actions import ACTIONS, Answer
from bot.sandbox.tencent.actions_2019 import ACTIONS_2019, VERSION_2019
from bot.sandbox.tencent.belief import believe
from bot.sandbox.tencent.exchange import Reply, begin_fault, read_raw, respond
from bot.sandbox.tencent.fates import Ending
from bot.sandbox.tencent.faults import Fault
from bot.sandbox.tencent.fields import printable, read_json, read_query
from bot.sandbox.tencent.journal import Entry, excerpt
from bot.sandbox.tencent.multipart import FORM_DATA, read_multipart
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.tc3 import RawRequest
from bot.sandbox.tencent.v1 import unfold
from bot.sandbox.tencent.voice_actions import VOICE_ACTIONS, VOICE_VERSION
from bot.sandbox.tencent.world import World

Run = Callable[[World, Mapping[str, object]], Answer]
VERSION = "2021-01-11"
#: The version alone says which service is meant: the Node SDK on loopback signs for neither.
VERSIONS: Mapping[str, Mapping[str, Run]] = MappingProxyType(
    {VERSION: ACTIONS, VERSION_2019: ACTIONS_2019, VOICE_VERSION: VOICE_ACTIONS}
)
MAX_QUERY_BYTES = 32 * 1024
#: How SMS, version 2019-07-11 and voice spell the parameter that names the application.
APP_NAMES = ("SmsSdkAppId", "SmsSdkAppid", "VoiceSdkAppid")


@dataclass(frozen=True, slots=True)
class Call:
    """A believed request."""

    action: str
    run: Run
    parameters: Mapping[str, object]

    @property
    def app(self) -> str:
        """The application it names, "" if it names none: not every action has to."""
        named = (self.parameters.get(name) for name in APP_NAMES)
        return next((each for each in named if isinstance(each, str)), "")


class Gateway:
    """Answers whatever is not v5 or admin, always with HTTP 200 and an envelope."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One exchange."""
        locale = locale_of(request.headers.get("X-TC-Language"))
        raw: RawRequest | None = None
        fault: Fault | None = None
        app = ""
        try:
            raw = unfold(await read_raw(request))
            locale = locale_of(raw.headers.get("x-tc-language"))
            if request.path != "/":
                raise CallError("InvalidRequest")
            call = open_call(self._world, raw)
            app = call.app
            fault = self._world.faults.take(call.action, app)
            if (ended := await begin_fault(request, fault)) is not None:
                self._note(request, raw, app, fault.kind.value if fault else "")
                return ended
            reply = _success(call.run(self._world, call.parameters))
        except CallError as refused:
            reply = _failure(refused, locale)
        self._note(request, raw, app, reply.outcome)
        return await respond(self._world, request, reply, fault)

    def _note(self, request: web.Request, raw: RawRequest | None, app: str, outcome: str) -> None:
        entry = Entry(
            at_ms=self._world.now_ms,
            method=request.method,
            path=request.path,
            action=printable(raw.headers.get("x-tc-action", "") if raw else ""),
            timestamp=printable(raw.headers.get("x-tc-timestamp", "") if raw else ""),
            body=excerpt((raw.body or raw.query.encode("utf-8", "replace")) if raw else b""),
            outcome=outcome,
            app=printable(app),
        )
        self._world.journal.add(entry)


def open_call(world: World, raw: RawRequest) -> Call:
    """The call in a request, after every check the gateway makes. Raises CallError."""
    if raw.method not in ("GET", "POST"):
        raise CallError("UnsupportedProtocol")
    if raw.method == "GET" and len(raw.query) > MAX_QUERY_BYTES:
        raise CallError("RequestSizeLimitExceeded", limit="32 KB")
    # 2019-07-11 is documented to go without a region.
    regional = raw.headers.get("x-tc-version") != VERSION_2019
    for name in ("Action", "Version", "Timestamp", *(["Region"] if regional else [])):
        if not raw.headers.get(f"x-tc-{name.lower()}"):
            raise CallError("MissingParameter", name=name)
    believe(world, raw)
    actions = VERSIONS.get(raw.headers["x-tc-version"])
    if actions is None:
        raise CallError("NoSuchVersion")
    action = raw.headers["x-tc-action"]
    if action not in actions:
        raise CallError("InvalidAction", name=printable(action))
    region = raw.headers.get("x-tc-region", "")
    if world.config.api_rates and world.rates.exceeded(action, region, world.now_ms):
        raise CallError("RequestLimitExceeded")
    return Call(action, actions[action], _parameters(raw))


def _parameters(raw: RawRequest) -> dict[str, object]:
    if raw.method == "GET" or raw.pairs is not None:
        return read_query(raw.query)
    content_type = raw.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM_DATA:
        return read_multipart(content_type, raw.body)
    if kind != "application/json":
        raise CallError("InvalidRequest")
    return read_json(raw.body)


def _success(answer: Answer) -> Reply:
    body = _envelope(answer.payload)
    if answer.outcome is None:
        return Reply(body, "ok")
    sent = answer.outcome
    if sent.ending is Ending.DROP_BEFORE_ACCEPT:
        return Reply(b"", sent.ending.value, sent.ending)
    codes = sorted({attempt.code for attempt in sent.attempts})
    return Reply(body, ",".join(codes), sent.ending, sent.early_batch, sent.batch)


def _failure(refused: CallError, locale: Locale) -> Reply:
    message = sentence(refused.code, locale, **refused.values)
    return Reply(_envelope({"Error": {"Code": refused.code, "Message": message}}), refused.code)


def _envelope(payload: Mapping[str, Any]) -> bytes:
    return json.dumps({"Response": {**payload, "RequestId": str(uuid.uuid4())}}).encode()
