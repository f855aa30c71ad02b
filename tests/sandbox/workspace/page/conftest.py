"""A real Chromium, and a real workspace with a real Bolt app installed in it."""

import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Pace, Workspace
from tests.sandbox.tencent.callers import Caller, Receiver
from tests.sandbox.workspace.driver import AppServer
from tests.sandbox.workspace.driver import manifest as app_manifest
from tests.sandbox.workspace.page.stage import (
    Duo,
    Heard,
    OpenPage,
    OtherEnd,
    Stage,
    Watch,
    listen,
    manifest,
)

PATIENCE_MS = 5_000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("SMSOPS_BROWSER_REQUIRED") == "1":
            pytest.fail("SMSOPS_BROWSER_REQUIRED=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """A workspace and its app, both on ports the system chose."""
    workspace = Workspace()
    await workspace.start()
    door = socket.create_server(("127.0.0.1", 0))
    app_url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
    installation = workspace.install(manifest(app_url))
    client = AsyncWebClient(token=installation.bot_token, base_url=f"{workspace.url}/api/")
    heard = Heard()
    app = AsyncApp(client=client, signing_secret=installation.signing_secret)
    listen(app, heard)
    runner = web.AppRunner(app.web_app(path="/slack/events"), shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, door).start()
    yield Stage(workspace, client, heard)
    await runner.cleanup()
    await workspace.stop()


@pytest.fixture
def watch() -> Watch:
    """The clock of the SMS sandbox."""
    return Watch()


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """The settings of the SMS sandbox."""
    return SandboxConfig(report_delay_s=0.0, delay_scale=0.0, callback_retry_s=0.0)


@pytest.fixture
def pace() -> Pace:
    """Slack's waiting times."""
    return Pace(answer_within_s=0.3, event_retries_s=(0.0, 0.0, 0.0))


@pytest_asyncio.fixture(loop_scope="session")
async def duo(watch: Watch, sandbox_config: SandboxConfig, pace: Pace) -> AsyncIterator[Duo]:
    """Two stand-ins that know each other's address: the workspace moves in on its old port."""
    scout = Workspace()
    url = await scout.start()
    await scout.stop()
    config = replace(sandbox_config, allowed_origins=frozenset({url}))
    sandbox = TencentSandbox(config=config, clock=watch)
    workspace = Workspace(sandbox_url=await sandbox.start(), pace=pace)
    await workspace.start(port=int(url.rpartition(":")[2]))
    yield Duo(sandbox, workspace)
    await workspace.stop()
    await sandbox.stop()


@pytest.fixture
def sandbox_and_url(duo: Duo) -> tuple[TencentSandbox, str]:
    """The SMS sandbox, and the address of the page beside it."""
    return duo.sandbox, duo.workspace.url


@pytest_asyncio.fixture(loop_scope="session")
async def line() -> AsyncIterator[aiohttp.ClientSession]:
    """The connections of whoever calls the stand-ins."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def caller(duo: Duo, line: aiohttp.ClientSession) -> Caller:
    """A client of the SMS sandbox."""
    return Caller(duo.sandbox, line)


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    """Where the SMS sandbox reports to, for tests that tell it so."""
    async with Receiver() as receiver:
        yield receiver


@pytest_asyncio.fixture(loop_scope="session")
async def other_end(duo: Duo, line: aiohttp.ClientSession) -> AsyncIterator[OtherEnd]:
    """An app that answers whatever a test wants, installed beside the SMS sandbox."""
    server = AppServer()
    app = web.Application()
    app.router.add_post("/slack/events", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    installation = duo.workspace.install(app_manifest(server.url))
    client = AsyncWebClient(
        token=installation.bot_token,
        base_url=f"{duo.workspace.url}/api/",
        session=line,
        retry_handlers=[],
    )
    yield OtherEnd(duo.workspace, installation, server, client)
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, stage: Stage) -> AsyncIterator[OpenPage]:
    """Opens the page as somebody; at the end, no page may have had a script error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def open_as(user: str, url: str | None = None) -> Page:
        # A context each: a page behind another one in its window gets no animation frames.
        # What moves is waited for, and costs: a test that is about motion asks for it.
        context = await chromium.new_context(
            viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        await page.goto(f"{url or stage.workspace.url}/?as={user}")
        await page.locator("[data-role=composer]").wait_for()
        return page

    yield open_as
    for context in contexts:
        await context.close()
    assert not faults
