"""The files' own addresses: where uploads go, where the app reads, and Slack's login page."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote, urlencode

from aiohttp import BodyPartReader, web

from bot.locales import locale_of, text
from bot.sandbox.workspace.faults import Fault
from bot.sandbox.workspace.file_types import file_type
from bot.sandbox.workspace.files import FILE_LIMIT_BYTES, File
from bot.sandbox.workspace.guard import bearer
from bot.sandbox.workspace.people import TEAM_ID
from bot.sandbox.workspace.sharing import app_may_read
from bot.sandbox.workspace.striking import AFTER, lose_or_delay, strike
from bot.sandbox.workspace.trace import Direction
from bot.sandbox.workspace.world import World

UPLOAD, DOWNLOAD = "files.upload", "files.download"
_CHUNK_BYTES = 64 * 1024
_PAGE = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    "<title>{title}</title></head><body><h1>{title}</h1><p>{why}</p></body></html>\n"
)


class FileDoors:
    """What Slack serves at files.slack.com, and the page it sends everybody else to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.post("/upload/v1/{token}", self.upload),
            web.get("/files-pri/{key}/{name}", self.read),
            web.get("/files-pri/{key}/download/{name}", self.download),
            web.get("/signin", self.sign_in),
        ]

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """An announced file's bytes, as the whole body or as a multipart field.

        Slack answers 200 with ``OK - <size>``, anything else is a failure (docs.slack.dev,
        files.getUploadURLExternal, 2026-08). No token is asked for: the address is the secret.
        """
        fault = self._struck(UPLOAD)
        if fault is not None and fault.kind not in AFTER:
            return strike(request, fault)
        token = request.match_info["token"]
        file = self._world.files.announced(token)
        if file is None:
            return self._uploaded(HTTPStatus.NOT_FOUND, None, "no such upload")
        body = await read_upload(request)
        if body is None or len(body) != file.size:
            said = f"{file.size} bytes were announced"
            return self._uploaded(HTTPStatus.BAD_REQUEST, file, said)
        self._world.files.receive(token, body)
        answer = self._uploaded(HTTPStatus.OK, file, f"OK - {file.size}")
        if fault is not None:
            await lose_or_delay(self._world, request, fault)
        return answer

    def _uploaded(self, status: HTTPStatus, file: File | None, said: str) -> web.Response:
        asked = {"file": file.id, "bytes": file.size} if file else {}
        self._world.trace.add(Direction.IN, UPLOAD, status, asked, said)
        return web.Response(status=status, text=said)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """``url_private``."""
        return await self._serve(request, "inline")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """``url_private_download``."""
        return await self._serve(request, "attachment")

    async def _serve(self, request: web.Request, disposition: str) -> web.StreamResponse:
        fault = self._struck(DOWNLOAD)
        if fault is not None and fault.kind not in AFTER:
            return strike(request, fault)
        file_id = request.match_info["key"].removeprefix(f"{TEAM_ID}-")
        file, body = self._world.files.find(file_id), self._world.files.contents.get(file_id)
        if not self._is_the_app(request) or file is None or body is None:
            return self._sent_to_sign_in(request, file_id)
        if not app_may_read(self._world, file):
            return self._sent_to_sign_in(request, file_id)
        self._world.trace.add(Direction.IN, DOWNLOAD, HTTPStatus.OK, {"file": file_id}, len(body))
        if fault is not None:
            await lose_or_delay(self._world, request, fault)
        headers = {
            "Content-Type": file_type(file.name).mimetype,
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name)}",
        }
        return web.Response(body=body, headers={**headers, **UNTRUSTED})

    def _is_the_app(self, request: web.Request) -> bool:
        app = self._world.app
        return (
            app is not None
            and not self._world.is_token_revoked
            and bearer(request) == app.installation.bot_token
            and "files:read" in app.manifest.scopes
        )

    def _sent_to_sign_in(self, request: web.Request, file_id: str) -> web.Response:
        """Slack never says 401 here: it redirects, and what follows that gets a page with 200.

        Seen in slackapi/deno-slack-sdk#285 and slackapi/bolt-js#2585.
        """
        status = HTTPStatus.FOUND
        self._world.trace.add(Direction.IN, DOWNLOAD, status, {"file": file_id}, "/signin")
        to = f"/signin?{urlencode({'redir': request.path})}"
        return web.Response(
            status=status, headers={"Location": to}, text="Found", content_type="text/html"
        )

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """The page everybody gets who has no right to a file."""
        locale = locale_of(request.headers.get("Accept-Language"))
        title, why = text(locale, "workspace.sign_in.title"), text(locale, "workspace.sign_in.why")
        page = _PAGE.format(language=locale.value.replace("_", "-"), title=title, why=why)
        return web.Response(text=page, content_type="text/html", headers=UNTRUSTED)

    def _struck(self, target: str) -> Fault | None:
        fault = self._world.faults.take(target)
        if fault is not None and fault.kind not in AFTER:
            self._world.trace.add(Direction.IN, target, 0, {}, fault.kind.name)
        return fault


# What people uploaded must not run as a page of ours, whatever it holds.
UNTRUSTED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def read_upload(request: web.Request) -> bytes | None:
    """The bytes of an upload; None where they are too many or the form has no file in it."""
    if request.content_type != "multipart/form-data":
        return await _read_all(request.content.read)
    try:
        reader = await request.multipart()
        async for part in reader:
            # slack_sdk sends raw bytes; curl -F and other clients name the field as they like.
            if isinstance(part, BodyPartReader) and part.filename is not None:
                return await _read_all(part.read_chunk)
    except (ValueError, AssertionError, LookupError):
        return None
    return None


async def _read_all(read: Callable[[int], Awaitable[bytes]]) -> bytes | None:
    body = bytearray()
    while chunk := await read(_CHUNK_BYTES):
        body += chunk
        if len(body) > FILE_LIMIT_BYTES:
            return None
    return bytes(body)
