"""Legacy v5 under ``/v5/``: one door for SMS and one for voice, and the two error envelopes.

Any Content-Type is taken and bodies may be chunked: the old SDKs send both oddly.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from bot.locales import Locale
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.exchange import Reply, begin_fault, read_raw, respond
from bot.sandbox.tencent.faults import Fault
from bot.sandbox.tencent.fields import Fields, printable, read_json
from bot.sandbox.tencent.journal import Entry, excerpt
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.tc3 import RawRequest
from bot.sandbox.tencent.v5_answers import Command, Result
from bot.sandbox.tencent.v5_codes import RESULTS, VOICE_RESULTS, result_of
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from bot.sandbox.tencent.v5_signing import believe
from bot.sandbox.tencent.v5_voice_files import believe_upload, upload_file
from bot.sandbox.tencent.world import World

UPLOAD = "uploadvoicefile"


@dataclass(frozen=True, slots=True)
class Door:
    """One of the two services: its path, its commands, its result codes."""

    prefix: str
    commands: Mapping[str, Command]
    results: Mapping[str, int]


SMS = Door("/v5/tlssmssvr/", SMS_COMMANDS, RESULTS)
VOICE = Door("/v5/tlsvoicesvr/", VOICE_COMMANDS, VOICE_RESULTS)


class V5:
    """Answers every request under ``/v5/`` with HTTP 200 and one of the two envelopes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One exchange."""
        door, command = _place(request)
        raw: RawRequest | None = None
        fault: Fault | None = None
        try:
            raw = await read_raw(request)
            run = self._open(door, command, raw)
            fault = self._world.faults.take(command, _asked_app(raw))
            if (ended := await begin_fault(request, fault)) is not None:
                self._note(request, raw, fault.kind.value if fault else "")
                return ended
            reply = _success(run())
        except CallError as refused:
            reply = Reply(json.dumps(failure(refused, door.results)).encode(), refused.code)
        self._note(request, raw, reply.outcome)
        return await respond(self._world, request, reply, fault)

    def _open(self, door: Door, command: str, raw: RawRequest) -> Callable[[], Result]:
        """What a believed request asks for. Raises CallError."""
        if raw.method != "POST":
            raise CallError("60002")
        uploads = door is VOICE and command == UPLOAD
        if not uploads and command not in door.commands:
            raise CallError("60009")
        sdk_app_id = _asked_app(raw)
        if not sdk_app_id:
            raise CallError("60012")
        app = self._app(sdk_app_id)
        query = parse_qs(raw.query, errors="replace")
        random, time = query.get("random", [""])[0], query.get("time", [""])[0]
        if uploads:
            believe_upload(self._world, app, raw, random, time)
            return lambda: upload_file(self._world, raw)
        return self._open_body(app, door.commands[command], raw.body, random)

    def _app(self, sdk_app_id: str) -> Application:
        app = self._world.state.apps.get(sdk_app_id)
        if app is None:
            raise CallError("60006")
        return app

    def _open_body(
        self, app: Application, command: Command, body: bytes, random: str
    ) -> Callable[[], Result]:
        try:
            found = read_json(body)
        except CallError:
            raise CallError("60003") from None
        fields = Fields(found, optional=found.keys())
        sig, time_s = fields.text("sig"), fields.integer("time", -1)
        believe(self._world, app, sig, random, time_s, lambda: command.tail(fields))
        # Looked up again: a fault may have let time pass, in which the application went away.
        return lambda: command.run(self._world, self._app(app.sdk_app_id), fields)

    def _note(self, request: web.Request, raw: RawRequest | None, outcome: str) -> None:
        body = raw.body if raw else b""
        found = re.search(rb'"time"\s*:\s*(\d{1,20})', body[:100_000])
        entry = Entry(
            at_ms=self._world.now_ms,
            method=request.method,
            path=printable(request.path),
            action=printable(_place(request)[1]),
            timestamp=found[1].decode() if found else printable(request.query.get("time", "")),
            body=excerpt(body),
            outcome=outcome,
            app=printable(_asked_app(raw)) if raw else "",
        )
        self._world.journal.add(entry)


def _asked_app(raw: RawRequest) -> str:
    """The application in the URL, "" if there is none."""
    return parse_qs(raw.query, errors="replace").get("sdkappid", [""])[0]


def _place(request: web.Request) -> tuple[Door, str]:
    """The door and the command in the path, or what else is there in its place."""
    door = VOICE if request.path.startswith(VOICE.prefix) else SMS
    return door, request.path.removeprefix(door.prefix)


def failure(refused: CallError, results: Mapping[str, int] = RESULTS) -> dict[str, Any]:
    """The envelope of a refusal: the gateway's own when it is the gateway that refuses."""
    gateway_code = GATEWAY_CODES.get(refused.code, refused.code)
    if gateway_code.isdigit():
        info = sentence(gateway_code, Locale.EN)
        return {"ActionStatus": "FAIL", "ErrorInfo": info, "ErrorCode": int(gateway_code)}
    message = sentence(refused.code, Locale.EN, **refused.values)
    return {"result": result_of(refused.code, results), "errmsg": message, "ext": ""}


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
