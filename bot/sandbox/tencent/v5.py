"""Legacy v5 under ``/v5/tlssmssvr/``: the AppKey signature and the two error envelopes.

Any Content-Type is taken and bodies may be chunked: the old SDKs send both oddly.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from bot.locales import Locale
from bot.sandbox.tencent.exchange import Reply, begin_fault, read_raw, respond
from bot.sandbox.tencent.faults import Fault
from bot.sandbox.tencent.fields import Fields, printable, read_json
from bot.sandbox.tencent.journal import Entry, excerpt
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.tc3 import RawRequest
from bot.sandbox.tencent.v5_codes import result_of
from bot.sandbox.tencent.v5_commands import COMMANDS, Result, read_tel
from bot.sandbox.tencent.world import World

MAX_SKEW_S = 600
PREFIX = "/v5/tlssmssvr/"


class V5:
    """Answers every request under ``/v5/`` with HTTP 200 and one of the two envelopes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One exchange."""
        command = _command(request)
        raw: RawRequest | None = None
        fault: Fault | None = None
        try:
            raw = await read_raw(request)
            fields = self._open(request, raw)
            fault = self._world.faults.take(command)
            if (ended := await begin_fault(request, fault)) is not None:
                self._note(request, raw, fault.kind.value if fault else "")
                return ended
            reply = _success(COMMANDS[command](self._world, fields))
        except CallError as refused:
            reply = Reply(json.dumps(failure(refused)).encode(), refused.code)
        self._note(request, raw, reply.outcome)
        return await respond(self._world, request, reply, fault)

    def _open(self, request: web.Request, raw: RawRequest) -> Fields:
        """The body of a believed request. Raises CallError."""
        command = _command(request)
        if raw.method != "POST":
            raise CallError("60002")
        if command not in COMMANDS:
            raise CallError("60009")
        query = parse_qs(raw.query, errors="replace")
        app = query.get("sdkappid", [""])[0]
        if not app:
            raise CallError("60012")
        if app != self._world.config.credentials.sdk_app_id:
            raise CallError("60006")
        try:
            body = read_json(raw.body)
        except CallError:
            raise CallError("60003") from None
        fields = Fields(body, optional=body.keys())
        self._believe(command, fields, query.get("random", [""])[0])
        return fields

    def _believe(self, command: str, fields: Fields, random: str) -> None:
        sig, time_s = fields.text("sig"), fields.integer("time", -1)
        if not sig or time_s < 0 or not re.fullmatch(r"[0-9]{1,20}", random):
            raise CallError("InternalError.SigFieldMissing")
        if abs(self._world.now_ms / 1000 - time_s) > MAX_SKEW_S:
            raise CallError("InternalError.RequestTimeException")
        tail = signed_tail(command, fields)
        expected = signature(self._world.config.credentials.app_key, random, time_s, tail)
        if not hmac.compare_digest(expected.encode(), sig.encode()):
            raise CallError("InternalError.SigVerificationFail")

    def _note(self, request: web.Request, raw: RawRequest | None, outcome: str) -> None:
        body = raw.body if raw else b""
        found = re.search(rb'"time"\s*:\s*(\d{1,20})', body[:100_000])
        entry = Entry(
            at_ms=self._world.now_ms,
            method=request.method,
            path=printable(request.path),
            action=printable(_command(request)),
            timestamp=found[1].decode() if found else "",
            body=excerpt(body),
            outcome=outcome,
        )
        self._world.journal.add(entry)


def _command(request: web.Request) -> str:
    """The command in the path, or what else is there in its place, which no command is named."""
    return request.path.removeprefix(PREFIX)


def signature(app_key: str, random: str, time_s: int, tail: str) -> str:
    """The hex digest a request must carry. Source: the vendor's v5 documentation, 2021 snapshot."""
    text = f"appkey={app_key}&random={random}&time={time_s}{tail}"
    return hashlib.sha256(text.encode()).hexdigest()


def signed_tail(command: str, fields: Fields) -> str:
    """What of the body is signed besides the time: the numbers, in the shape of the command."""
    match command:
        case "sendsms":
            return f"&mobile={read_tel(fields.mapping('tel'))[1]}"
        case "sendmultisms2":
            numbers = ",".join(read_tel(each)[1] for each in fields.mappings("tel"))
            return f"&mobile={numbers}"
        case "sendisms":
            return f"&tel={fields.text('tel')}"
        case _:
            return ""


def failure(refused: CallError) -> dict[str, Any]:
    """The envelope of a refusal: the gateway's own when it is the gateway that refuses."""
    gateway_code = GATEWAY_CODES.get(refused.code, refused.code)
    if gateway_code.isdigit():
        info = sentence(gateway_code, Locale.EN)
        return {"ActionStatus": "FAIL", "ErrorInfo": info, "ErrorCode": int(gateway_code)}
    message = sentence(refused.code, Locale.EN, **refused.values)
    return {"result": result_of(refused.code), "errmsg": message, "ext": ""}


#: Refusals found before any command looks at the request.
GATEWAY_CODES: Mapping[str, str] = MappingProxyType(
    {
        "RequestLimitExceeded": "60007",
        "RequestSizeLimitExceeded": "60008",
        "InvalidRequest": "60008",
    }
)


def _success(result: Result) -> Reply:
    body = json.dumps(result.payload).encode()
    if result.outcome is None:
        return Reply(body, "ok")
    sent = result.outcome
    codes = ",".join(sorted({attempt.code for attempt in sent.attempts})) or sent.ending.value
    return Reply(body, codes, sent.ending, sent.early_batch, sent.batch)
