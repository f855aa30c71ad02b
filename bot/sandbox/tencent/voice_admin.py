"""The admin API of the voice side: the phone that rings, recordings in review, the console's part.

Ours, not the vendor's, like everything under ``/_sandbox``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, read_object
from bot.sandbox.tencent.records import RecordError, decode, encode
from bot.sandbox.tencent.state import is_http_url
from bot.sandbox.tencent.voice_calls import DECLINED, FAILURES, Call
from bot.sandbox.tencent.voice_content import FileStatus, VoiceTemplate
from bot.sandbox.tencent.voice_fates import MANUAL, VOICE_FATES, VoiceFate
from bot.sandbox.tencent.voice_state import MAX_MINUTES
from bot.sandbox.tencent.voice_switchboard import CallFault
from bot.sandbox.tencent.world import World

KEYS = frozenset("0123456789*#")


class VoiceAdmin:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """All doors of the voice side."""
        call = f"{PREFIX}calls/{{callid}}/"
        return [
            web.get(f"{PREFIX}calls", self.calls),
            web.post(f"{call}answer", self.answer),
            web.post(f"{call}press", self.press),
            web.post(f"{call}hang_up", self.hang_up),
            web.post(f"{call}decline", self.decline),
            web.get(f"{PREFIX}voice", self.voice),
            web.put(f"{PREFIX}voice", self.set_voice),
            web.post(f"{PREFIX}voice/templates", self.put_template),
            web.post(f"{PREFIX}voice/files/{{fid}}", self.review_file),
        ]

    async def calls(self, request: web.Request) -> web.StreamResponse:
        """The book of calls, oldest first, and what the test numbers do."""
        return web.json_response(
            {
                "numbers": [_number_row(fate) for fate in (*VOICE_FATES, MANUAL)],
                "calls": [call.to_json() for call in self._world.state.voice.calls],
            }
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Pick up a phone that rings."""
        return _outcome(self._world.switchboard.answer(request.match_info["callid"]))

    async def press(self, request: web.Request) -> web.StreamResponse:
        """``{"key": "1"}``: one of 0 to 9, * and #."""
        key = (await read_object(request)).get("key")
        if not isinstance(key, str) or key not in KEYS:
            raise RecordError("key: one of 0 to 9, * and #")
        return _outcome(self._world.switchboard.press(request.match_info["callid"], key))

    async def hang_up(self, request: web.Request) -> web.StreamResponse:
        """End a call that was answered."""
        return _outcome(self._world.switchboard.hang_up(request.match_info["callid"]))

    async def decline(self, request: web.Request) -> web.StreamResponse:
        """Do not pick up. ``{"failure_code": 8}`` lets the call fail for another reason."""
        body = await read_object(request) if request.can_read_body else {}
        code = body.get("failure_code", DECLINED)
        if type(code) is not int or code not in FAILURES:
            raise RecordError("failure_code: not one of the vendor's")
        return _outcome(self._world.switchboard.decline(request.match_info["callid"], code))

    async def voice(self, request: web.Request) -> web.StreamResponse:
        """Settings, templates and recordings."""
        voice, now_ms = self._world.state.voice, self._world.now_ms
        return web.json_response(
            {
                **self._settings(),
                "templates": [encode(each) for each in voice.templates.values()],
                "files": [
                    {**encode(each), "status": int(each.status(now_ms))}
                    for each in voice.files.values()
                ],
            }
        )

    async def set_voice(self, request: web.Request) -> web.StreamResponse:
        """Any of ``callback_url`` (of the first application), ``prompts_enabled`` and
        ``minutes_left``."""
        changes = _read_settings(await read_object(request))
        voice, app = self._world.state.voice, self._world.app
        app.voice_url = changes.get("callback_url", app.voice_url)
        voice.prompts_enabled = changes.get("prompts_enabled", voice.prompts_enabled)
        voice.minutes_left = changes.get("minutes_left", voice.minutes_left)
        self._world.save()
        return web.json_response(self._settings())

    async def put_template(self, request: web.Request) -> web.StreamResponse:
        """A voice template as /voice shows them; an id that exists is replaced."""
        defaults = {"review_reply": "", "created_at_ms": self._world.now_ms}
        template = decode(VoiceTemplate, await read_object(request), defaults)
        self._world.state.voice.templates[template.template_id] = template
        self._world.save()
        return web.json_response(encode(template))

    async def review_file(self, request: web.Request) -> web.StreamResponse:
        """``{"status": 1}`` passes a recording, 2 rejects it."""
        status = (await read_object(request)).get("status")
        if type(status) is not int or status not in (FileStatus.PASSED, FileStatus.REJECTED):
            raise RecordError("status: 1 or 2")
        files, fid = self._world.state.voice.files, request.match_info["fid"]
        if fid not in files:
            raise web.HTTPNotFound
        files[fid] = replace(files[fid], decided=FileStatus(status))
        self._world.save()
        return web.json_response(encode(files[fid]))

    def _settings(self) -> dict[str, Any]:
        voice = self._world.state.voice
        return {
            "callback_url": self._world.app.voice_url,
            "prompts_enabled": voice.prompts_enabled,
            "minutes_left": voice.minutes_left,
        }


def _number_row(fate: VoiceFate) -> dict[str, Any]:
    return {"number": fate.number, "label_key": fate.label_key, "fate": fate.name}


def _outcome(found: Call | CallFault) -> web.StreamResponse:
    if isinstance(found, Call):
        return web.json_response(found.to_json())
    status = 404 if found is CallFault.NO_SUCH_CALL else 409
    return web.json_response({"error": found.value}, status=status)


def _read_settings(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if row.keys() - {"callback_url", "prompts_enabled", "minutes_left"}:
        raise RecordError("unknown field")
    url, minutes = row.get("callback_url"), row.get("minutes_left", 0)
    if url is not None and not is_http_url(url):
        raise RecordError("callback_url: not an http or https address")
    if type(row.get("prompts_enabled", False)) is not bool:
        raise RecordError("prompts_enabled: true or false")
    if type(minutes) is not int or not 0 <= minutes <= MAX_MINUTES:
        raise RecordError(f"minutes_left: 0 to {MAX_MINUTES}")
    return row
