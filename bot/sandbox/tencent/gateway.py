"""API 3.0 at ``/``: who is calling, which action, with what; and the two envelopes."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.locales import Locale, locale_of
from bot.sandbox.tencent.actions import ACTIONS, Answer
from bot.sandbox.tencent.exchange import Reply, begin_fault, read_raw, respond
from bot.sandbox.tencent.fates import Ending
from bot.sandbox.tencent.faults import Fault
from bot.sandbox.tencent.fields import printable, read_json, read_query
from bot.sandbox.tencent.journal import Entry, excerpt
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.tc3 import RawRequest, verify
from bot.sandbox.tencent.world import World

VERSION = "2021-01-11"
MAX_QUERY_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A believed request."""

    action: str
    parameters: Mapping[str, object]


class Gateway:
    """Answers whatever is not v5 or admin, always with HTTP 200 and an envelope."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One exchange."""
        locale = locale_of(request.headers.get("X-TC-Language"))
        raw: RawRequest | None = None
        fault: Fault | None = None
        try:
            raw = await read_raw(request)
            if request.path != "/":
                raise CallError("InvalidRequest")
            call = open_call(self._world, raw)
            fault = self._world.faults.take(call.action)
            if (ended := await begin_fault(request, fault)) is not None:
                self._note(request, raw, fault.kind.value if fault else "")
                return ended
            reply = _success(ACTIONS[call.action](self._world, call.parameters))
        except CallError as refused:
            reply = _failure(refused, locale)
        self._note(request, raw, reply.outcome)
        return await respond(self._world, request, reply, fault)

    def _note(self, request: web.Request, raw: RawRequest | None, outcome: str) -> None:
        entry = Entry(
            at_ms=self._world.now_ms,
            method=request.method,
            path=request.path,
            action=printable(request.headers.get("X-TC-Action", "")),
            timestamp=printable(request.headers.get("X-TC-Timestamp", "")),
            body=excerpt((raw.body or raw.query.encode("utf-8", "replace")) if raw else b""),
            outcome=outcome,
        )
        self._world.journal.add(entry)


def open_call(world: World, raw: RawRequest) -> Call:
    """The call in a request, after every check the gateway makes. Raises CallError."""
    if raw.method not in ("GET", "POST"):
        raise CallError("UnsupportedProtocol")
    if raw.method == "GET" and len(raw.query) > MAX_QUERY_BYTES:
        raise CallError("RequestSizeLimitExceeded")
    for name in ("Action", "Version", "Timestamp", "Region"):
        if not raw.headers.get(f"x-tc-{name.lower()}"):
            raise CallError("MissingParameter", name=name)
    credentials = world.config.credentials
    if fault := verify(raw, {credentials.secret_id: credentials.secret_key}, world.clock()):
        raise CallError(fault.value)
    if raw.headers["x-tc-version"] != VERSION:
        raise CallError("NoSuchVersion")
    action = raw.headers["x-tc-action"]
    if action not in ACTIONS:
        raise CallError("InvalidAction", name=printable(action))
    return Call(action, _parameters(raw))


def _parameters(raw: RawRequest) -> dict[str, object]:
    if raw.method == "GET":
        return read_query(raw.query)
    content_type = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
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
