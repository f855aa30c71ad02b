"""The local workspace: one loopback HTTP server that stands in for Slack during development."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from bot.sandbox.workspace import answers, state
from bot.sandbox.workspace.admin import Admin
from bot.sandbox.workspace.admin_doors import RESPONSE_URL, AdminDoors
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.file_doors import FileDoors
from bot.sandbox.workspace.guard import (
    LOOPBACK,
    content_security_policy,
    is_own_page,
    origins_of,
)
from bot.sandbox.workspace.installation import App, Installation, new_installation, read_manifest
from bot.sandbox.workspace.page_acts import PageActs
from bot.sandbox.workspace.page_files import PageFiles
from bot.sandbox.workspace.page_reads import PageReads
from bot.sandbox.workspace.refusals import ErrorCode, Json, Refusal
from bot.sandbox.workspace.requests import read_arguments
from bot.sandbox.workspace.showing import shown
from bot.sandbox.workspace.striking import AFTER, lose_or_delay, strike
from bot.sandbox.workspace.trace import Direction, Trace
from bot.sandbox.workspace.webapi import WebApi
from bot.sandbox.workspace.world import Pace, World

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGE = Path(__file__).parent / "page"
_BODY_LIMIT_BYTES = 1_000_000
_HOOK_STATUS = {
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.EXPIRED_URL: HTTPStatus.NOT_FOUND,
    ErrorCode.USED_URL: HTTPStatus.NOT_FOUND,
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Workspace:
    """A running workspace. Install an app before or after `start`, as often as its URLs change.

    `state_path` keeps messages and credentials across restarts. `sandbox_url` is the SMS
    sandbox the page shows phones of. `clock` gives aware UTC; `pace` is for tests.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = _utc_now,
        state_path: Path | None = None,
        sandbox_url: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._world = World(clock, pace or Pace())
        self._world.sandbox_url = sandbox_url
        self._admin = Admin(self._world)
        self._keeper = state.Keeper(self._world, state_path) if state_path else None
        self._runner: web.AppRunner | None = None
        if state_path is not None:
            state.restore(self._world, state_path)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end; empty before `start`."""
        return self._world.url

    @property
    def origins(self) -> frozenset[str]:
        """The page's origins, by every name a browser may open it; for whom it talks to."""
        return origins_of(self._world.url)

    @property
    def faults(self) -> Faults:
        """Faults to inject."""
        return self._world.faults

    @property
    def admin(self) -> Admin:
        """What an administrator does: archive channels, change groups, revoke the token."""
        return self._admin

    @property
    def trace(self) -> Trace:
        """What went over the wire, both ways."""
        return self._world.trace

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, on this machine only; the address of the page. Raises ValueError, OSError."""
        if host not in LOOPBACK:
            raise ValueError(f"{host}: the local workspace listens on loopback only")
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        await self._world.courier.http.start()
        bound = self._runner.addresses[0]
        name = f"[{host}]" if ":" in host else host
        self._world.url = f"http://{name}:{bound[1]}"
        if self._keeper is not None:
            self._keeper.start()
        return self._world.url

    async def stop(self) -> None:
        """Say goodbye to sockets and pages, save, close."""
        await self._world.courier.sockets.stop()
        self._world.stream.end()
        await self._world.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._world.courier.http.stop()
        if self._keeper is not None:
            await self._keeper.stop()

    def install(self, manifest: Mapping[str, object]) -> Installation:
        """Install or update the app. Raises ManifestError.

        Credentials stay the same for as long as the state is kept.
        """
        read = read_manifest(manifest)
        world = self._world
        installation = world.kept_installation or new_installation()
        world.kept_installation = installation
        world.app = App(read, installation)
        world.verified_urls.clear()
        world.directory.add_bot(read.bot_name, read.name)
        world.changes.note()
        return installation

    def show_phones_of(self, sandbox_url: str) -> None:
        """The SMS sandbox whose phones the page shows, where it started after this workspace."""
        self._world.sandbox_url = sandbox_url

    def messages(self, channel: str) -> list[Json]:
        """Everything in a channel, replies included, oldest first, as the Web API shows it."""
        threads = self._world.messages.threads(channel)
        rows = self._world.messages.in_channel(channel)
        return [self._world.show(m, threads.get(m.ts, [])) for m in rows]

    def ephemeral(self, user: str, channel: str) -> list[Json]:
        """What only that person sees in a channel, oldest first."""
        rows = self._world.messages.ephemeral(user, channel)
        return [self._world.show(m) for m in rows]

    def views(self, user: str) -> list[Json]:
        """The modals that person has open, bottom first."""
        app = self._world.app
        return [shown(app, view) for view in self._world.views.stack(user)] if app else []

    def home(self, user: str) -> Json | None:
        """What that person's home tab shows."""
        app, view = self._world.app, self._world.views.home(user)
        return shown(app, view) if app and view else None

    async def wait_for(self, predicate: Callable[[], T], timeout_s: float) -> T:
        """The predicate's first true value, asked again at every change.

        Raises TimeoutError, which names the last requests both ways.
        """
        try:
            return await self._world.changes.wait_for(predicate, timeout_s)
        except TimeoutError:
            last = [f"{e.direction} {e.what} {e.status}" for e in self.trace.exchanges()[-20:]]
            raise TimeoutError(f"not within {timeout_s} s; last seen: {last}") from None

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_BODY_LIMIT_BYTES, middlewares=[self._guard])
        api = WebApi(self._world)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_post("/response/{token}", self._respond)
        app.router.add_get("/link/{ticket}", self._link)
        app.router.add_routes(FileDoors(self._world).routes())
        app.router.add_routes(PageReads(self._world).routes())
        app.router.add_routes(PageActs(self._world).routes())
        app.router.add_routes(PageFiles(self._world).routes())
        app.router.add_routes(AdminDoors(self._world, self._admin).routes())
        app.router.add_get("/", self._file)
        app.router.add_get("/{name}", self._file)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/ui/") and not is_own_page(request):
            refusal = {"ok": False, "error": "not_our_page"}
            return web.json_response(refusal, status=HTTPStatus.FORBIDDEN)
        return await handler(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        path = _PAGE / name
        if "/" in name or "\\" in name or name.startswith(".") or not path.is_file():
            raise web.HTTPNotFound
        policy = content_security_policy(self._world.sandbox_url)
        # The document holds the policy, which is another one beside another sandbox.
        kept_s = self._world.pace.page_kept_s if name != "index.html" else 0
        return web.FileResponse(
            path,
            headers={
                "Content-Security-Policy": policy,
                "Cache-Control": f"max-age={kept_s}" if kept_s else "no-cache",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
            },
        )

    async def _link(self, request: web.Request) -> web.StreamResponse:
        world = self._world
        ticket = request.match_info["ticket"]
        if world.app is None or not world.tickets.redeem_socket(ticket, world.clock()):
            raise web.HTTPNotFound
        app_id = world.app.installation.app_id
        return await world.courier.sockets.serve(request, app_id)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        world = self._world
        said = await read_arguments(request)
        fault = world.faults.take(RESPONSE_URL)
        if fault is not None and fault.kind not in AFTER:
            world.trace.add(Direction.IN, RESPONSE_URL, 0, said, fault.kind.name)
            return strike(request, fault)
        refused = said if isinstance(said, Refusal) else self._place(request, said)
        status = HTTPStatus.OK
        if refused is not None:
            status = _HOOK_STATUS.get(refused.error, HTTPStatus.BAD_REQUEST)
        world.trace.add(Direction.IN, RESPONSE_URL, status, said, refused and refused.as_json())
        if fault is not None:
            await lose_or_delay(world, request, fault)
        if refused is not None:
            return web.json_response(refused.as_json(), status=status)
        return web.Response(text="ok")

    def _place(self, request: web.Request, said: Json) -> Refusal | None:
        world = self._world
        hook = world.tickets.redeem_hook(request.match_info["token"], world.clock())
        if isinstance(hook, Refusal):
            return hook
        if world.app is None:
            return Refusal(ErrorCode.NOT_FOUND)
        return answers.place(world, world.app, hook, said)
