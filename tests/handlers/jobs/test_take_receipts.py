"""Receipts off Tencent's queue, which hands out each once."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind
from bot.rules.delivery import MessageState
from bot.sandbox.tencent.account import QueuedReport
from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.flows import backfills
from handlers.jobs import fetch_receipts, send_messages, take_receipts
from handlers.services import Services
from storage import alerts
from storage.db import Tx
from storage.messages import Message
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock

QUEUE = "PullSmsSendStatus"
MINUTE = timedelta(minutes=1)
#: SQLite gives the whole transaction up, as it does where the disk is full.
NO_ROOM = """
CREATE TRIGGER no_room BEFORE INSERT ON receipts BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END
"""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def pulling(stage: Stage) -> Services:
    """What app.yaml has to say before anything is taken."""
    callbacks = stage.services.settings.callbacks.model_copy(update={"pull": True})
    settings = stage.services.settings.model_copy(update={"callbacks": callbacks})
    return replace(stage.services, settings=settings)


def open_queue(stage: Stage) -> None:
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, pulls_enabled=True)


def queued(stage: Stage) -> list[QueuedReport]:
    return stage.sandbox.world.state.account.report_queue


async def accept(stage: Stage, many: int = 1) -> list[Message]:
    """Messages with their reports in the queue."""
    numbers = [f"+86139000000{nth:02d}" for nth in range(many)]
    messages = [await stage.queue(number) for number in numbers]
    await send_messages.run(stage.services, stage.now)
    async with asyncio.timeout(30):
        while len(queued(stage)) < many:  # noqa: ASYNC110 - the carrier rings no bell
            await asyncio.sleep(0.005)
    return [await stage.get(message) for message in messages]


def came_by(tx: Tx) -> list[int]:
    return [row["came_by"] for row in tx.all("SELECT came_by FROM receipts")]


async def test_nothing_is_taken_unless_app_yaml_says_so(stage: Stage) -> None:
    open_queue(stage)
    await accept(stage)
    await take_receipts.run(stage.services, stage.now)
    assert (stage.asked(QUEUE), len(queued(stage))) == (0, 1)


async def test_what_is_in_the_queue_is_taken_and_kept(stage: Stage) -> None:
    open_queue(stage)
    messages = await accept(stage, 3)
    await take_receipts.run(pulling(stage), stage.now)
    ends = {(await stage.get(message)).state for message in messages}
    assert ends == {MessageState.DELIVERED}
    assert await stage.services.db.read(came_by) == [2, 2, 2]
    assert (queued(stage), stage.asked(QUEUE)) == ([], 1)


async def test_a_full_answer_is_followed_by_the_next_question(stage: Stage) -> None:
    open_queue(stage)
    await accept(stage)
    (report,) = queued(stage)
    stage.sandbox.world.state.account.report_queue = [report] * 230
    await take_receipts.run(pulling(stage), stage.now)
    assert (queued(stage), stage.asked(QUEUE)) == ([], 3)
    assert await stage.services.db.read(came_by) == [2]


async def test_of_two_processes_one_takes(stage: Stage) -> None:
    open_queue(stage)
    await accept(stage)
    services, now = pulling(stage), stage.now
    assert await services.db.write(backfills.begin_taking, "demo", "other", MINUTE, now)
    await take_receipts.run(services, now)
    assert (stage.asked(QUEUE), len(queued(stage))) == (0, 1)
    await services.db.write(backfills.end_taking, "demo", "other")
    await take_receipts.run(services, now)
    assert (stage.asked(QUEUE), len(queued(stage))) == (1, 0)


async def test_what_was_taken_is_kept_before_anything_more_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_queue(stage)
    await accept(stage)
    (report,) = queued(stage)
    stage.sandbox.world.state.account.report_queue = [report] * 130
    monkeypatch.setattr(take_receipts, "AGAIN_S", 0.01)
    failing = asyncio.Event()
    monkeypatch.setattr(take_receipts.log, "handlers", [Ringing(failing)])
    await stage.change(NO_ROOM)
    taking = asyncio.create_task(take_receipts.run(pulling(stage), stage.now))
    async with asyncio.timeout(30):
        await failing.wait()
    assert (stage.asked(QUEUE), len(queued(stage))) == (1, 30)
    await stage.change("DROP TRIGGER no_room")
    async with asyncio.timeout(30):
        await taking
    assert await stage.services.db.read(came_by) == [2]
    assert (stage.asked(QUEUE), len(queued(stage))) == (2, 0)


class Ringing(logging.Handler):
    """Rings when anything is logged."""

    def __init__(self, bell: asyncio.Event) -> None:
        super().__init__()
        self._bell = bell

    def emit(self, record: logging.LogRecord) -> None:
        self._bell.set()


async def test_a_closed_queue_is_one_alert_and_left_alone(stage: Stage, clock: HandClock) -> None:
    await accept_without_queue(stage)
    services = pulling(stage)
    for _ in range(3):
        await take_receipts.run(services, stage.now)
    assert stage.asked(QUEUE) == 1
    clock.advance(MINUTE)
    await take_receipts.run(services, stage.now)
    assert stage.asked(QUEUE) == 2
    (alert,) = await stage.services.db.read(alerts.find_open)
    assert alert.kind is AlertKind.PULL_REFUSED
    assert alert.facts == {"code": "UnauthorizedOperation.RequestPermissionDeny"}
    assert services.alerts_due.is_set()


async def accept_without_queue(stage: Stage) -> None:
    await stage.queue()
    await send_messages.run(stage.services, stage.now)


async def test_a_lost_answer_is_found_by_number_later(stage: Stage, clock: HandClock) -> None:
    open_queue(stage)
    (message,) = await accept(stage)
    stage.sandbox.world.faults.add(Fault(QUEUE, FaultKind.DROP_AFTER_ACCEPT))
    await take_receipts.run(pulling(stage), stage.now)
    assert queued(stage) == []
    assert (await stage.get(message)).state is MessageState.ACCEPTED
    clock.advance(timedelta(minutes=6))
    await fetch_receipts.run(stage.services, stage.now)
    assert (await stage.get(message)).state is MessageState.DELIVERED
