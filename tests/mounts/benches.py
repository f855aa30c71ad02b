"""The bot's own server over real clients that nobody answers, and what is behind it."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import httpx
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from bot.mounts.http import make_web_server
from bot.settings import Settings, load
from bot.slack.client import SlackClient
from bot.slack.people import People
from bot.tencent.client import TencentClient
from bot.tencent.signing import Credentials
from handlers import registry
from handlers.services import Services
from storage.db import Database
from tests.handlers.flows.conftest import ENVIRON, ROOT

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
SECRET = "s" * 40


@dataclass
class Bench:
    """The server with what is behind it; `ask` is over HTTP."""

    services: Services
    http: httpx.AsyncClient
    session: aiohttp.ClientSession

    async def figures(self) -> dict[tuple[str, str], float]:
        """Every sample by its name and the values of its labels."""
        answer = await self.http.get("/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        samples = [sample for family in families for sample in family.samples]
        return {(each.name, _values(each.labels)): each.value for each in samples}


def _values(labels: Mapping[str, str]) -> str:
    return " ".join(labels[name] for name in sorted(labels))


def settings_of(**changes: object) -> Settings:
    settings = load(ROOT / "app.yaml", ENVIRON, changes)
    assert isinstance(settings, Settings), settings
    return settings


async def serve(db: Database, stack: AsyncExitStack, settings: Settings) -> Bench:
    session = await stack.enter_async_context(aiohttp.ClientSession())
    slack = SlackClient("xoxb-1", f"{NOWHERE}/api/", session)
    people = People(slack, settings.grants, lambda: NOW)
    tencent = TencentClient(
        endpoint=NOWHERE, credentials=Credentials("id", "key"), region="ap-guangzhou"
    )
    stack.push_async_callback(tencent.close)
    services = Services(db, tencent, slack, people, settings, registry(), lambda: NOW)
    services.meters.note_tick(NOW - timedelta(days=1), 0.0)
    # No clock ticks here, however long a test takes.
    services.meters.ticked_at_s = asyncio.get_running_loop().time() + 3_600
    runner = web.ServerRunner(make_web_server(None, services, [SECRET]))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    http = httpx.AsyncClient(trust_env=False, base_url=f"http://{host}:{port}")
    return Bench(services, await stack.enter_async_context(http), session)
