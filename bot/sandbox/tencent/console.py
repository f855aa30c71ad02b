"""What the vendor has only in its web console: the applications, their settings, the account's.

Ours, not the vendor's: no public API does any of this. Each page is read with GET and changed with
PUT; a PUT names only what it changes. ``?app=<id>`` says which application is meant, if not the
first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from bot.sandbox.tencent.admin import PREFIX, Handler, app_of, app_row, read_object
from bot.sandbox.tencent.apps import (
    APP_KEY,
    MAX_APPS,
    SDK_APP_ID,
    Application,
    app_key_of,
    free_app_id,
)
from bot.sandbox.tencent.console_account import ACCOUNT_PAGES
from bot.sandbox.tencent.console_app import APP_PAGES, Change, Page, check_name
from bot.sandbox.tencent.records import RecordError, decode
from bot.sandbox.tencent.world import World

PAGES: Mapping[str, Page] = MappingProxyType({**APP_PAGES, **ACCOUNT_PAGES})


@dataclass(frozen=True, slots=True)
class NewApp:
    """What an application can be created with; id and key are made up where they are null."""

    name: str
    sdk_app_id: str | None = None
    app_key: str | None = None
    enabled: bool = True


class Console:
    """The handlers; every answer is JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The list of applications, and all pages."""
        apps = f"{PREFIX}console/apps"
        return [
            web.get(apps, self.apps),
            web.post(apps, self.create_app),
            web.delete(f"{apps}/{{sdk_app_id}}", self.delete_app),
            *(route for name, page in PAGES.items() for route in self._doors(name, page)),
        ]

    async def apps(self, request: web.Request) -> web.StreamResponse:
        """All applications, the first one first."""
        apps = self._world.state.apps.values()
        return web.json_response({"apps": [app_row(self._world, each) for each in apps]})

    async def create_app(self, request: web.Request) -> web.StreamResponse:
        """``{"name": "…"}``, and if wanted ``sdk_app_id``, ``app_key``, ``enabled``."""
        wanted, apps = decode(NewApp, await read_object(request)), self._world.state.apps
        if len(apps) >= MAX_APPS:
            raise RecordError(f"apps: at most {MAX_APPS}")
        sdk_app_id = free_app_id(apps) if wanted.sdk_app_id is None else wanted.sdk_app_id
        if not SDK_APP_ID.fullmatch(sdk_app_id) or sdk_app_id in apps:
            raise RecordError("sdk_app_id: ten digits that begin with 1400, and not taken")
        app_key = app_key_of(sdk_app_id) if wanted.app_key is None else wanted.app_key
        if not APP_KEY.fullmatch(app_key):
            raise RecordError("app_key: 32 hexadecimal digits in lower case")
        app = Application(sdk_app_id, app_key, check_name(wanted.name), wanted.enabled)
        apps[sdk_app_id] = app
        self._world.save()
        return web.json_response(app_row(self._world, app))

    async def delete_app(self, request: web.Request) -> web.StreamResponse:
        """One that is disabled, as the vendor has it; what it sent stays."""
        app = app_of(self._world, request.match_info["sdk_app_id"])
        if app is self._world.app:
            raise RecordError("sdk_app_id: the first application stays")
        if app.enabled:
            raise RecordError("enabled: disable it first")
        del self._world.state.apps[app.sdk_app_id]
        self._world.save()
        return web.json_response({"ok": True})

    def _doors(self, name: str, page: Page) -> list[web.RouteDef]:
        """Those of one page."""
        path = f"{PREFIX}console/{name}"
        shown = web.get(path, self._shown(page))
        return [shown, web.put(path, self._changed(page, page.change))] if page.change else [shown]

    def _shown(self, page: Page) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return web.json_response(page.show(self._world, self._asked(request)))

        return handle

    def _changed(self, page: Page, change: Change) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            app = self._asked(request)
            change(self._world, app, await read_object(request))
            self._world.save()
            return web.json_response(page.show(self._world, app))

        return handle

    def _asked(self, request: web.Request) -> Application:
        return app_of(self._world, request.query.get("app"))
