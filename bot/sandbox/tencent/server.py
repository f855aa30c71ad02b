"""The sandbox as a whole: one port with API 3.0, legacy v5 and the admin API on it."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.sandbox.tencent.admin import LOOPBACK, PREFIX, Admin, Handler, guard
from bot.sandbox.tencent.config import Credentials, SandboxConfig
from bot.sandbox.tencent.console import Console
from bot.sandbox.tencent.desk import Desk
from bot.sandbox.tencent.exchange import MAX_BODY_BYTES
from bot.sandbox.tencent.faults_admin import FaultsAdmin
from bot.sandbox.tencent.gateway import Gateway
from bot.sandbox.tencent.handset import Handset
from bot.sandbox.tencent.journal import Entry
from bot.sandbox.tencent.phones import Phones
from bot.sandbox.tencent.review_pace import ReviewPace
from bot.sandbox.tencent.v5 import V5
from bot.sandbox.tencent.voice_admin import VoiceAdmin
from bot.sandbox.tencent.world import World, build_world, utc_now

#: Request lines may be this long, so that a GET beyond the vendor's 32 KB gets the vendor's answer.
MAX_LINE_BYTES = 64 * 1024
SHUTDOWN_S = 0.5


class Unreadable(logging.Filter):
    """Makes one line of what the HTTP parser cannot read: it is the client's fault, and its
    traceback tells nobody anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "not HTTP: %s", (type(error).__name__,)
            record.exc_info = None
        return True


log = logging.getLogger(__name__)
log.addFilter(Unreadable())


class TencentSandbox:
    """A Tencent Cloud SMS account that lives in this process, over real HTTP."""

    def __init__(
        self,
        *,
        config: SandboxConfig | None = None,
        clock: Callable[[], datetime] = utc_now,
        state_path: Path | None = None,
    ) -> None:
        """`clock` gives aware UTC times. A state file that cannot be read is set aside."""
        self._world = build_world(config or SandboxConfig(), clock, state_path)
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def world(self) -> World:
        """What the sandbox holds: state, faults, journal."""
        return self._world

    @property
    def credentials(self) -> Credentials:
        """What a client needs."""
        return self._world.config.credentials

    @property
    def phones(self) -> Phones:
        """The handsets."""
        return self._world.phones

    @property
    def requests(self) -> list[Entry]:
        """The latest requests to API 3.0 and v5, oldest first."""
        return self._world.journal.entries()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, on this machine only, go on with reports still to push, and return the url.

        Raises ValueError for a host that is not loopback, OSError.
        """
        if host not in LOOPBACK:
            raise ValueError(f"{host}: the sandbox listens on loopback only")
        await self._world.start()
        if self._world.keeper is not None:
            self._world.keeper.start()
        runner = web.AppRunner(
            self._application(),
            access_log=None,
            logger=log,
            auto_decompress=False,  # signatures are over the bytes as sent
            max_line_size=MAX_LINE_BYTES,
            shutdown_timeout=SHUTDOWN_S,
        )
        self._runner = runner
        try:
            await runner.setup()
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await self.stop()
            raise
        bound_port: int = runner.addresses[0][1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{bound_port}"
        return self.url

    async def stop(self) -> None:
        """Stop listening and pushing, and save; what is pending goes on after the next start."""
        self._world.phones.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._world.stop()
        if self._world.keeper is not None:
            await self._world.keeper.stop()

    async def set_callback_url(self, url: str | None) -> None:
        """Where status callbacks of the first application go from now on; None for nowhere."""
        self._world.app.status_url = url
        self._world.save()

    async def set_voice_url(self, url: str | None) -> None:
        """Where what is told of the first application's calls goes from now on; None: nowhere."""
        self._world.app.voice_url = url
        self._world.save()

    async def set_reply_url(self, url: str | None) -> None:
        """Where replies to the whole account go from now on; None for nowhere."""
        self._world.state.account.reply_url = url
        self._world.save()

    def _application(self) -> web.Application:
        admin = Admin(self._world, lambda: self.url)
        app = web.Application(
            client_max_size=MAX_BODY_BYTES,
            middlewares=[guard(self._world.config), _settling(self._world)],
        )
        app.router.add_route("*", "/v5/{tail:.*}", V5(self._world).handle)
        app.router.add_routes(admin.routes())
        for doors in (
            Console(self._world),
            Desk(self._world),
            FaultsAdmin(self._world),
            Handset(self._world),
            ReviewPace(self._world),
            VoiceAdmin(self._world),
        ):
            app.router.add_routes(doors.routes())
        app.router.add_route("*", f"{PREFIX}{{tail:.*}}", admin.unknown)
        app.router.add_route("*", "/{tail:.*}", Gateway(self._world).handle)
        return app


def _settling(world: World) -> Any:
    """The middleware that lets due reviews end before anybody looks."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        world.settle()
        return await handler(request)

    return middleware
