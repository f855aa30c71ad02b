"""The page's switches: what an administrator does, and what goes wrong at Slack's end.

These are ours, not Slack's: there, an administrator clicks, and faults come by themselves.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.workspace.admin import Admin
from bot.sandbox.workspace.faults import EVERYTHING, FOR_CALLS, FOR_EVENTS, Fault, FaultKind
from bot.sandbox.workspace.file_doors import DOWNLOAD, UPLOAD
from bot.sandbox.workspace.installation import EVENT_SCOPES
from bot.sandbox.workspace.methods import METHODS
from bot.sandbox.workspace.people import Standing
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import read_object, truth
from bot.sandbox.workspace.sockets import COME_BACK, Goodbye
from bot.sandbox.workspace.world import World

RESPONSE_URL = "response_url"
MOST_TIMES, LONGEST_S = 10_000, 600
_ERROR_LIMIT = 60
_CALLS = (EVERYTHING, *sorted(METHODS), UPLOAD, DOWNLOAD, RESPONSE_URL)
_EVENTS = (*sorted(EVENT_SCOPES), "app_home_opened", "tokens_revoked")

Deed = Callable[[Json], Json]


class AdminDoors:
    """``/ui/admin/…`` and ``/ui/faults…``: every answer is JSON with HTTP 200 and ``ok``."""

    def __init__(self, world: World, admin: Admin) -> None:
        self._world = world
        self._admin = admin

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        deeds: Mapping[str, Deed] = {
            "/ui/admin/archive": self.archive,
            "/ui/admin/member": self.member,
            "/ui/admin/group": self.group,
            "/ui/admin/standing": self.standing,
            "/ui/admin/token": self.token,
            "/ui/admin/sockets": self.sockets,
            "/ui/faults/add": self.add_fault,
            "/ui/faults/remove": self.remove_fault,
            "/ui/faults/clear": self.clear_faults,
        }
        posts = [web.post(path, _handler(deed)) for path, deed in deeds.items()]
        return [web.get("/ui/faults", self.faults), *posts]

    def archive(self, body: Json) -> Json:
        """``{channel, archived}``."""
        self._admin.archive(_text(body, "channel"), archived=truth(body.get("archived")))
        return {"ok": True}

    def member(self, body: Json) -> Json:
        """``{channel, member, present}``: somebody comes into a channel, or goes."""
        act = self._admin.invite if truth(body.get("present")) else self._admin.remove
        act(_text(body, "channel"), _text(body, "member"))
        return {"ok": True}

    def group(self, body: Json) -> Json:
        """``{group, members}``: who is in a user group from now on."""
        members = body.get("members")
        if not isinstance(members, list):
            return Refusal(ErrorCode.INVALID_ARGUMENTS).as_json()
        known = self._world.directory.users
        wanted = [known[str(member)].id for member in members]
        self._admin.regroup(_text(body, "group"), dict.fromkeys(wanted))
        return {"ok": True}

    def standing(self, body: Json) -> Json:
        """``{person, standing}``."""
        self._admin.restand(_text(body, "person"), Standing(_text(body, "standing")))
        return {"ok": True}

    def token(self, body: Json) -> Json:
        """``{revoked}``: the bot's token stops working, or works again."""
        self._admin.revoke(revoked=truth(body.get("revoked")))
        return {"ok": True}

    def sockets(self, body: Json) -> Json:
        """``{reason}``: every socket is told to go; `sockets` says how many there are."""
        reason = Goodbye(_text(body, "reason"))
        if reason not in COME_BACK:
            return Refusal(ErrorCode.INVALID_ARGUMENTS).as_json()
        return {"ok": True, "sockets": self._admin.refresh_sockets(reason)}

    async def faults(self, request: web.Request) -> web.Response:
        """What waits to go wrong, and what could."""
        calls = [kind.name.lower() for kind in FaultKind if kind in FOR_CALLS]
        events = [kind.name.lower() for kind in FaultKind if kind in FOR_EVENTS]
        return web.json_response(
            {
                "faults": [waiting.as_json() for waiting in self._world.faults.listed()],
                "calls": {"targets": _CALLS, "kinds": calls},
                "events": {"targets": _EVENTS, "kinds": events},
                "token_revoked": self._world.is_token_revoked,
            }
        )

    def add_fault(self, body: Json) -> Json:
        """``{target, kind, times, channel, retry_after_s, delay_s, error}``, two of them needed."""
        fault = read_fault(body)
        if fault is None or (fault.channel and fault.channel not in self._world.directory.channels):
            return Refusal(ErrorCode.INVALID_ARGUMENTS).as_json()
        return {"ok": True, "fault": self._world.faults.add(fault).as_json()}

    def remove_fault(self, body: Json) -> Json:
        """``{id}``."""
        wanted = body.get("id")
        if not isinstance(wanted, int) or not self._world.faults.remove(wanted):
            return Refusal(ErrorCode.NOT_FOUND).as_json()
        return {"ok": True}

    def clear_faults(self, body: Json) -> Json:
        """Nothing waits any more."""
        self._world.faults.clear()
        return {"ok": True}


def read_fault(body: Json) -> Fault | None:
    """A fault as the page asks for it; None where it could never strike."""
    target, named = _text(body, "target"), _text(body, "kind")
    kind = next((kind for kind in FaultKind if kind.name.lower() == named), None)
    offered = FOR_EVENTS if target in _EVENTS else FOR_CALLS if target in _CALLS else frozenset()
    times = body.get("times", 1)
    if kind not in offered or not (times is None or _is_whole(times, 1, MOST_TIMES)):
        return None
    wait_s, delay_s = body.get("retry_after_s", 1), body.get("delay_s", 0)
    if not _is_whole(wait_s, 1, LONGEST_S) or not _is_number(delay_s, LONGEST_S):
        return None
    error = _text(body, "error")[:_ERROR_LIMIT] or Fault(target, kind).error
    channel = _text(body, "channel") or None
    return Fault(target, kind, times, channel, wait_s, float(delay_s), error)


def _handler(deed: Deed) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        body = await read_object(request)
        if isinstance(body, Refusal):
            return web.json_response(body.as_json())
        try:
            return web.json_response(deed(body))
        except (KeyError, ValueError):
            return web.json_response(Refusal(ErrorCode.NOT_FOUND).as_json())

    return handle


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _is_whole(value: Any, at_least: int, at_most: int) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and at_least <= value <= at_most


def _is_number(value: Any, at_most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= at_most
