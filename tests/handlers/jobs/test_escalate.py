"""The worker that calls people: what it cannot hear keeps it from calling nobody."""

import pytest

from bot.rules.alerts import AlertKind, Severity
from handlers.flows import alerts
from handlers.jobs import escalate
from handlers.services import Services
from storage import escalations, voice_calls
from storage.db import Tx
from storage.escalations import StepTaken
from storage.ids import AttemptId
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
    ],
)
async def test_what_cannot_be_heard_keeps_no_step_from_being_taken(stage: Stage, harm: str) -> None:
    services = stage.services
    await services.db.write(call, services)
    await stage.change(harm)
    group_id = await services.db.write(begin, services)
    await escalate.run(services, services.clock())
    assert await services.db.read(steps_of, group_id)
