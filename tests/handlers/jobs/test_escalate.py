"""The worker that calls people: what it cannot hear keeps it from calling nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from bot.rules.alerts import AlertKind, Severity
from bot.settings.oncall import Voice
from bot.tencent.signing import Credentials
from bot.tencent.voice import VoiceClient
from handlers.flows import alerts, trials
from handlers.flows.trials import Wish
from handlers.jobs import escalate
from handlers.services import Services
from storage import escalations, oncall, voice_calls
from storage.db import Tx
from storage.escalations import StepTaken
from storage.ids import AttemptId, to_ms
from storage.oncall import OncallNumber
from storage.voice_events import VoiceEvent, VoiceEventKind, add
from tests.handlers.flows import alerting
from tests.handlers.jobs.conftest import Stage

NUMBER = "+8613900000001"


def begin(tx: Tx, services: Services) -> str:
    """Somebody is to be reached about a new alert; its id."""
    now = services.clock()
    signal = alerting.signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, code="x")
    alerts.raise_event(tx, signal, services.settings, now)
    group = alerting.only(tx)
    escalations.begin(tx, group.id, "default", now)
    tx.run("UPDATE alert_groups SET state = 1 WHERE id = :id", id=group.id)
    return group.id


def call(tx: Tx, services: Services) -> None:
    """A call, and a key that was pressed in it."""
    now, attempt = services.clock(), AttemptId("a1")
    voice_calls.add(
        tx, attempt, group_id="A-0", escalation=0, nth=0, user_id="U0OMAR", number=NUMBER, now=now
    )
    voice_calls.settle(tx, attempt, voice_calls.TAKEN, call_id="c1")
    add(tx, VoiceEvent("c1", NUMBER, VoiceEventKind.KEY, "1", "demo", now))


def steps_of(tx: Tx, group_id: str) -> list[StepTaken]:
    return escalations.steps_of(tx, group_id)


@pytest.mark.parametrize(
    "harm",
    [
        # Nobody can read whom it called.
        "UPDATE voice_calls SET number = 'odd'",
        # What is told of it cannot be kept.
        "CREATE TRIGGER odd BEFORE UPDATE ON voice_calls BEGIN SELECT raise(ABORT, 'odd'); END",
        # Nor can it be seen whether a number is to be tried.
        "ALTER TABLE voice_calls RENAME COLUMN asked_by TO odd",
    ],
)
async def test_what_cannot_be_heard_keeps_no_step_from_being_taken(stage: Stage, harm: str) -> None:
    services = stage.services
    await services.db.write(call, services)
    await stage.change(harm)
    group_id = await services.db.write(begin, services)
    await escalate.run(services, services.clock())
    assert await services.db.read(steps_of, group_id)


@dataclass
class Silent:
    """Takes a request, and answers nothing until it is let go."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        await self.free.wait()
        writer.close()


@pytest.fixture
async def silent() -> AsyncIterator[Silent]:
    made = Silent()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made
        made.free.set()


def calling(services: Services, silent: Silent) -> Services:
    """The same with calls, which go there."""
    voice = Voice(sdk_app_id="1400006666", template="4358", endpoint=silent.url, per_night=9)
    client = VoiceClient(credentials=Credentials("id", "key"), region="r", endpoint=silent.url)
    made = services.settings.oncall.model_copy(update={"voice": voice})
    settings = services.settings.model_copy(update={"oncall": made})
    return replace(services, settings=settings, voice=client)


def want_trial(tx: Tx, services: Services) -> None:
    now = services.clock()
    oncall.set_number(tx, "U0OMAR", NUMBER, "U0OMAR", now)
    wish = Wish("U0OMAR", to_ms(now), "U0OMAR", is_owner=False)
    assert isinstance(trials.ask(tx, wish, services.settings, now), OncallNumber)


async def test_a_trial_tencent_does_not_answer_delays_nobody_who_is_called_about_an_alert(
    stage: Stage, silent: Silent
) -> None:
    services = calling(stage.services, silent)
    assert services.voice is not None
    await services.db.write(want_trial, services)
    running = asyncio.create_task(escalate.run(services, services.clock()))
    try:
        async with asyncio.timeout(5):
            await silent.asked.wait()
            group_id = await services.db.write(begin, services)
            services.posts_due.clear()
            services.calls_due.set()
            await services.posts_due.wait()
        assert await services.db.read(steps_of, group_id)
        assert not running.done()
    finally:
        silent.free.set()
        await running
        await services.voice.close()
    assert await services.db.read(voice_calls.find_flying) == []
