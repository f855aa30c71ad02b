"""A client of ours at the local workspace, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.sandbox.workspace import Pace, Workspace
from bot.slack.client import SlackClient
from bot.slack.manifest import manifest
from handlers import registry


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    workspace = Workspace(pace=Pace())
    await workspace.start()
    yield workspace
    await workspace.stop()


@pytest.fixture
async def slack(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SlackClient]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = manifest(registry(), base_url="http://127.0.0.1:1", socket=False)
    installed = workspace.install(made)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield SlackClient(installed.bot_token, f"{workspace.url}/api/", session)
