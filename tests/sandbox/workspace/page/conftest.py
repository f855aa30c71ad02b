"""A real Chromium, and a real workspace with a real Bolt app installed in it."""

import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Pace, Workspace
from bot.sandbox.workspace.guard import origins_of
from tests.sandbox.tencent.callers import Caller, Receiver
from tests.sandbox.workspace.driver import AppServer
from tests.sandbox.workspace.driver import manifest as app_manifest
from tests.sandbox.workspace.page.lending import PATIENCE_MS, Lender
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

#: Longer than the tests take: what the page is made of is asked for once.
KEPT_S = 3600


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
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def ports() -> Iterator[list[int]]:
    """Two that nobody else is given: what the browser has read from an address, it keeps."""
    with ExitStack() as stack:
        doors = [stack.enter_context(closing(socket.socket())) for _ in range(2)]
        for door in doors:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("127.0.0.1", 0))
        numbers = [int(door.getsockname()[1]) for door in doors]
        if sys.platform != "linux":
            stack.close()  # elsewhere, what is only held keeps us out as well
        yield numbers


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lender(chromium: Browser) -> Lender:
    """Pages for everybody."""
    return Lender(chromium)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(ports: list[int]) -> AsyncIterator[Stage]:
    """A workspace and its app."""
    workspace = Workspace(pace=Pace(page_kept_s=KEPT_S))
    await workspace.start(port=ports[0])
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
    return Pace(answer_within_s=1.0, event_retries_s=(0.0, 0.0, 0.0), page_kept_s=KEPT_S)


@pytest_asyncio.fixture(loop_scope="session")
async def duo(
    watch: Watch, sandbox_config: SandboxConfig, pace: Pace, ports: list[int]
) -> AsyncIterator[Duo]:
    """Two stand-ins that know each other's address."""
    origins = origins_of(f"http://127.0.0.1:{ports[0]}")
    config = replace(sandbox_config, allowed_origins=origins)
    sandbox = TencentSandbox(config=config, clock=watch)
    workspace = Workspace(sandbox_url=await sandbox.start(port=ports[1]), pace=pace)
    await workspace.start(port=ports[0])
    yield Duo(sandbox, workspace)
    await workspace.stop()
    await sandbox.stop()


@pytest.fixture
def sandbox(duo: Duo) -> TencentSandbox:
    """The SMS sandbox beside the page."""
    return duo.sandbox


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


@pytest.fixture
def home(request: pytest.FixtureRequest) -> str:
    """Where pages are opened: beside the SMS sandbox, for a test that has one."""
    name = "duo" if "duo" in request.fixturenames else "stage"
    host: Duo | Stage = request.getfixturevalue(name)
    return host.workspace.url


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(lender: Lender, home: str) -> AsyncIterator[OpenPage]:
    """Opens the page as somebody; at the end, no page may have had a script error."""
    lent: list[Page] = []
    made: list[Page] = []

    async def open_as(user: str, url: str = home, *, once: bool = False) -> Page:
        """`once` is for what a page cannot be made to forget."""
        page = await lender.make() if once else await lender.lend()
        (made if once else lent).append(page)
        await page.goto(f"{url}/?as={user}")
        await page.locator("[data-role=composer]").wait_for()
        # What comes before the phones are loaded is history to the page, not news.
        await expect(page.locator(".phones[aria-busy=true]")).to_have_count(0)
        return page

    yield open_as
    for page in made:
        await page.context.close()
    for page in lent:
        await lender.take_back(page, home)
    faults = [*lender.faults]
    lender.faults.clear()
    assert not faults
