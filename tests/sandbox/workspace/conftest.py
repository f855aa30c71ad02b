"""A running workspace, an app's end that records, and a page, all on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Pace, Workspace
from tests.sandbox.workspace.driver import AppServer, Installed, Page, manifest


@pytest.fixture
def pace() -> Pace:
    return Pace(answer_within_s=2.0, event_retries_s=(0.0, 0.0, 0.0), save_after_s=0.0)


@pytest.fixture
async def workspace(pace: Pace) -> AsyncIterator[Workspace]:
    running = Workspace(pace=pace)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def app_server() -> AsyncIterator[AppServer]:
    server = AppServer()
    app = web.Application()
    app.router.add_post("/slack/events", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield server
    await runner.cleanup()


@pytest.fixture
def page(workspace: Workspace, http: aiohttp.ClientSession) -> Page:
    return Page(http, workspace.url)


@pytest.fixture
def installed(workspace: Workspace, app_server: AppServer, page: Page) -> Installed:
    installation = workspace.install(manifest(app_server.url))
    return Installed(workspace, installation, app_server, page)


@pytest.fixture
def client(installed: Installed, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(
        token=installed.installation.bot_token,
        base_url=f"{installed.workspace.url}/api/",
        session=http,
        retry_handlers=[],
    )


@pytest.fixture
def api(
    installed: Installed, http: aiohttp.ClientSession
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Calls a method as a form, the style of every client but slack_sdk for Python."""

    async def call(method: str, **args: str) -> dict[str, Any]:
        form = {"token": installed.installation.bot_token, **args}
        async with http.post(f"{installed.workspace.url}/api/{method}", data=form) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    return call


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk obeys these and ignores NO_PROXY, even for loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
