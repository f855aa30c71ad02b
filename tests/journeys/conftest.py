"""The whole bot with both stand-ins, over real HTTP, for one test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from bot.cli.local import Local, Plan, running_locally
from bot.locales import Locale
from bot.rules.lanes import UNPACED
from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.workspace import Pace
from bot.settings import SlackMode
from tests.journeys.clock import HandClock
from tests.journeys.people import Page
from tests.policies import PLAIN

APP_YAML = Path(__file__).parents[2] / "app.yaml"
QUICK = SandboxConfig(report_delay_s=0.0, delay_scale=0.0, callback_retry_s=0.05)


@pytest.fixture(params=[SlackMode.HTTP, SlackMode.SOCKET], ids=["http", "socket"])
def mode(request: pytest.FixtureRequest) -> SlackMode:
    """Both transports."""
    mode: SlackMode = request.param
    return mode


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk would take this machine's own address to the proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> HandClock:
    """One clock for the bot and both stand-ins: 11:00 in Shanghai, a Monday."""
    return HandClock()


@pytest.fixture
def language(request: pytest.FixtureRequest) -> Locale:
    """What is said in channels; people have their own."""
    language: Locale = getattr(request, "param", Locale.EN)
    return language


@pytest.fixture
def overrides() -> Mapping[str, object]:
    """What a file of journeys has otherwise in app.yaml."""
    return {}


@pytest.fixture
async def local(
    tmp_path: Path,
    mode: SlackMode,
    clock: HandClock,
    language: Locale,
    overrides: Mapping[str, object],
) -> AsyncIterator[Local]:
    plan = Plan(
        APP_YAML,
        tmp_path,
        slack_pace=UNPACED,
        mode=mode,
        sandbox=QUICK,
        pace=Pace(),
        clock=clock,
        # Nothing is posted beside what a journey is about.
        overrides={"language": language, "summaries": [], **PLAIN, **overrides},
    )
    async with running_locally(plan) as running:
        yield running


@pytest.fixture
async def page(local: Local) -> AsyncIterator[Page]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        yield Page(local.workspace, http)
