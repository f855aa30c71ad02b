"""The jobs with both stand-ins over real HTTP, and nobody but the test to run them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from bot.app import utc_now
from bot.cli.local import Plan, install, settings_for, start_stand_ins
from bot.rules.classes import TemplateClass
from bot.rules.lanes import UNPACED
from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.workspace import Workspace
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.lanes import Lanes
from bot.slack.people import People
from bot.tencent.client import TencentClient
from bot.tencent.signing import Credentials
from handlers import registry
from handlers.services import Services
from storage.db import Database, Tx, open_database
from storage.messages import Message
from tests.handlers.flows import sends
from tests.storage.rows import NUMBER, VAULT, must_get

APP_YAML = Path(__file__).parents[3] / "app.yaml"
QUICK = SandboxConfig(report_delay_s=0.0, delay_scale=0.0)


async def at_once(_: float) -> None:
    """Between two tries of a question."""


@dataclass
class Stage:
    """What a job is given, and the other ends of its wires."""

    services: Services
    sandbox: TencentSandbox
    workspace: Workspace

    @property
    def now(self) -> datetime:
        return self.services.clock()

    async def queue(
        self, number: str = NUMBER, class_: TemplateClass = TemplateClass.NOTICE
    ) -> Message:
        """A confirmed message with its card."""
        return await self.services.db.write(sends.queue, number, class_, self.now)

    async def get(self, message: Message) -> Message:
        return await self.services.db.read(must_get, message.id)

    async def change(self, sql: str, **values: object) -> None:
        """What no function of ours would do."""

        def run(tx: Tx) -> None:
            tx.run(sql, **values)

        await self.services.db.write(run)

    def sent(self, number: str = NUMBER) -> int:
        return len(self.sandbox.phones.messages(number))

    def asked(self, action: str) -> int:
        """How often Tencent was asked."""
        return sum(entry.action == action for entry in self.sandbox.requests)

    def cards(self, channel: str = "C0SMS") -> list[str]:
        return [m["text"] for m in self.workspace.messages(channel) if m.get("bot_id")]


def held_by_law(services: Services) -> Services:
    """The same under `retention.legal_hold`."""
    retention = services.settings.retention.model_copy(update={"legal_hold": True})
    return replace(services, settings=services.settings.model_copy(update={"retention": retention}))


class Bell(logging.Handler):
    """Rings when a line with these words is logged."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.rung = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._words:
            self.rung.set()


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """The time, for the bot and for Tencent; a module may put a hand-moved one here."""
    return utc_now


@pytest.fixture
async def stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Callable[[], datetime]
) -> AsyncIterator[Stage]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    plan = Plan(APP_YAML, tmp_path, sandbox=QUICK, clock=clock)
    async with AsyncExitStack() as stack:
        sandbox, workspace = await start_stand_ins(stack, plan)
        settings = settings_for(plan, sandbox, workspace)
        install(workspace, plan, "http://127.0.0.1:1")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        db = open_database(settings.database, VAULT)
        stack.callback(db.close)
        services = make_services(settings, db, session, clock)
        stack.push_async_callback(services.tencent.close)
        yield Stage(services, sandbox, workspace)


def make_services(
    settings: Settings,
    db: Database,
    session: aiohttp.ClientSession,
    clock: Callable[[], datetime],
) -> Services:
    secrets = settings.secrets
    slack = SlackClient(secrets.slack_bot_token.get_secret_value(), settings.slack.api_url, session)
    tencent = TencentClient(
        endpoint=settings.tencent.endpoint,
        credentials=Credentials(
            secrets.tencent_secret_id.get_secret_value(),
            secrets.tencent_secret_key.get_secret_value(),
        ),
        region=settings.tencent.region,
        clock=clock,
        pause=at_once,
    )
    people = People(slack, settings.grants, clock)
    return Services(db, tencent, slack, people, settings, registry(), clock, lanes=Lanes(UNPACED))
