"""What a person does at a handset, through the admin API: answering a message."""

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, read_object
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.records import RecordError, encode, is_unicode
from bot.sandbox.tencent.world import World

MAX_TEXT = 500


class Handset:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The doors of a handset."""
        return [web.post(f"{PREFIX}phones/{{number}}/reply", self.reply)]

    async def reply(self, request: web.Request) -> web.StreamResponse:
        """``{"text": "R", "sign": "…"}``; without a sign, to the latest message."""
        number = read_number(request.match_info["number"])
        row = await read_object(request)
        text, sign = row.get("text"), row.get("sign")
        if number is None:
            raise RecordError("number: not a phone number")
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT or not is_unicode(text):
            raise RecordError(f"text: a string of 1 to {MAX_TEXT} characters")
        if not isinstance(sign, str | None):
            raise RecordError("sign: a string or null")
        reply = self._world.replies.receive(number.e164, text, sign)
        if reply is None:
            raise RecordError("sign: no message with it in the last 72 hours")
        shown = encode(reply)
        self._world.phones.tell({"type": "reply", "number": number.e164, "reply": shown})
        return web.json_response(shown)
