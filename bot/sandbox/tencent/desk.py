"""The reviewer's desk in the admin API: what waits for a verdict, and giving one.

Ours: the vendor's reviewers have no such interface, and their verdicts are found by polling.
"""

from typing import Any

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, read_object
from bot.sandbox.tencent.contacts import AlertKind
from bot.sandbox.tencent.content import Qualification, Qualified, Review
from bot.sandbox.tencent.records import RecordError, decode, encode, is_unicode
from bot.sandbox.tencent.review import Content, approve, approve_unusable, reject
from bot.sandbox.tencent.world import World

MAX_REASON = 200
PENDING = (Review.REVIEWING, Review.NOT_YET_EFFECTIVE)


class Desk:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """All doors of the desk."""
        return [
            web.get(f"{PREFIX}reviews", self.pending),
            web.post(f"{PREFIX}reviews/templates/{{id:\\d{{1,15}}}}", self.judge_template),
            web.post(f"{PREFIX}reviews/signatures/{{id:\\d{{1,15}}}}", self.judge_signature),
            web.post(f"{PREFIX}qualifications", self.put_qualification),
        ]

    async def pending(self, request: web.Request) -> web.StreamResponse:
        """Templates and signatures in review or not yet in effect, and all qualifications."""
        state = self._world.state
        return web.json_response(
            {
                "templates": _waiting(state.templates),
                "signatures": _waiting(state.signatures),
                "qualifications": [encode(each) for each in state.account.qualifications.values()],
            }
        )

    async def judge_template(self, request: web.Request) -> web.StreamResponse:
        """``{"verdict": "approve" | "approve_unusable" | "reject", "reason": "…"}``."""
        return await self._judge(request, self._world.state.templates)

    async def judge_signature(self, request: web.Request) -> web.StreamResponse:
        """As for a template; an approved one of the mainland still waits for the carriers."""
        return await self._judge(request, self._world.state.signatures)

    async def put_qualification(self, request: web.Request) -> web.StreamResponse:
        """``{"qualification_id": 6002, "name": "…", "status": 1}``; one that exists is replaced."""
        account = self._world.state.account
        row = await read_object(request)
        number = row.get("qualification_id")
        known = account.qualifications.get(number) if type(number) is int else None
        defaults = encode(known) if known else {"status": Qualified.PENDING}
        qualification = decode(Qualification, row, defaults)
        account.qualifications[qualification.qualification_id] = qualification
        self._world.save()
        return web.json_response(encode(qualification))

    async def _judge(self, request: web.Request, rows: dict[int, Content]) -> web.StreamResponse:
        content = rows.get(int(request.match_info["id"]))
        if content is None:
            raise web.HTTPNotFound
        judged = self._verdict(content, await read_object(request))
        rows[int(request.match_info["id"])] = judged
        self._world.state.alert(self._world.now_ms, AlertKind.REVIEW, judged.name)
        self._world.settle()
        self._world.save()
        return web.json_response(encode(rows[int(request.match_info["id"])]))

    def _verdict(self, content: Content, row: dict[str, Any]) -> Content:
        reason = row.get("reason", "")
        if not isinstance(reason, str) or not is_unicode(reason) or len(reason) > MAX_REASON:
            raise RecordError(f"reason: a string of at most {MAX_REASON} characters")
        match row.get("verdict"):
            case "approve":
                return approve(content, self._world.config, self._world.now_ms)
            case "approve_unusable":
                return approve_unusable(content)
            case "reject" if reason:
                return reject(content, reason)
            case "reject":
                raise RecordError("reason: missing")
            case _:
                raise RecordError("verdict: one of approve, approve_unusable, reject")


def _waiting(rows: dict[int, Content]) -> list[dict[str, Any]]:
    return [encode(each) for each in rows.values() if each.status in PENDING]
