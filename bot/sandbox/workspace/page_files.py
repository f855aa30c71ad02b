"""Files on the page: what a person attaches, and what they look at and download."""

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.workspace.file_doors import UNTRUSTED, read_upload
from bot.sandbox.workspace.file_types import picture_type
from bot.sandbox.workspace.files import FILE_LIMIT_BYTES, NAME_LIMIT, new_file
from bot.sandbox.workspace.people import User
from bot.sandbox.workspace.refusals import ErrorCode, Refusal
from bot.sandbox.workspace.sharing import person_may_read
from bot.sandbox.workspace.world import World, page_file

_NO_BREAKS = str.maketrans("", "", "\r\n\0/\\")


class PageFiles:
    """``/ui/upload`` and ``/ui/file/<id>``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [web.post("/ui/upload", self.upload), web.get("/ui/file/{id}", self.read)]

    async def upload(self, request: web.Request) -> web.Response:
        """A chosen file, as the whole body: kept as that person's, shown to nobody yet."""
        user = self._world.directory.person(request.query.get("user"))
        if user is None:
            return web.json_response(Refusal(ErrorCode.USER_NOT_FOUND).as_json())
        name = request.query.get("name", "").translate(_NO_BREAKS).strip()[-NAME_LIMIT:]
        body = await read_upload(request)
        if body is None:
            return self._refused(user, "file_too_big", limit=FILE_LIMIT_BYTES // 1_000_000)
        if not name or not body:
            return self._refused(user, "file_empty")
        created_s = int(self._world.clock().timestamp())
        file = self._world.files.add(new_file(user.id, name, len(body), created_s), body)
        self._world.changes.note()
        return web.json_response({"ok": True, "file": page_file(file)})

    def _refused(self, user: User, why: str, **values: object) -> web.Response:
        said = self._world.words(user.id, f"upload.{why}", values)
        return web.json_response({"ok": False, "error": why, "message": said})

    async def read(self, request: web.Request) -> web.Response:
        """What a file holds: pictures to look at, everything else to save."""
        file_id = request.match_info["id"]
        user = self._world.directory.person(request.query.get("user"))
        file, body = self._world.files.find(file_id), self._world.files.contents.get(file_id)
        if file is None or body is None or user is None:
            return web.Response(status=HTTPStatus.NOT_FOUND, headers=UNTRUSTED)
        if not person_may_read(self._world, user.id, file):
            return web.Response(status=HTTPStatus.NOT_FOUND, headers=UNTRUSTED)
        picture = picture_type(body[:16])
        shows = picture is not None and "download" not in request.query
        kept = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = {
            "Content-Type": picture or "application/octet-stream",
            "Content-Disposition": "inline" if shows else kept,
        }
        return web.Response(body=body, headers={**headers, **UNTRUSTED})
