"""The watch on what becomes of what was sent, with both wires as they are."""

from contextlib import suppress
from datetime import timedelta

import pytest

from bot.errors import SlackError, TencentError
from bot.rules.alerts import AlertKind
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.sandbox.workspace.faults import Fault as SlackFault
from bot.sandbox.workspace.faults import FaultKind as SlackFaultKind
from handlers.jobs import send_messages, watch_delivery
from storage import alerts
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock

LOOK = timedelta(seconds=watch_delivery.EVERY_S)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def watch(stage: Stage) -> list[AlertKind]:
    """One run, and what fires after it."""
    await watch_delivery.run(stage.services, stage.now)
    return [each.kind for each in await stage.services.db.read(alerts.find_open)]


async def ask_tencent(stage: Stage) -> None:
    with suppress(TencentError):
        await stage.services.tencent.list_templates(international=False)


async def ask_slack(stage: Stage) -> None:
    with suppress(SlackError):
        await stage.services.slack.groups()


async def test_before_anything_was_said_to_anybody_nothing_is_known(stage: Stage) -> None:
    assert await watch(stage) == []
    assert not stage.services.alerts_due.is_set()


async def test_tencent_that_does_not_answer_is_told_until_it_does(
    stage: Stage, clock: HandClock
) -> None:
    for _ in range(3):
        stage.sandbox.world.faults.add(Fault("*", FaultKind.HTTP_500))
        await ask_tencent(stage)
    assert await watch(stage) == []
    clock.advance(LOOK)
    assert await watch(stage) == [AlertKind.TENCENT_UNREACHABLE]
    assert stage.services.alerts_due.is_set()
    stage.services.alerts_due.clear()
    clock.advance(LOOK)
    assert await watch(stage) == [AlertKind.TENCENT_UNREACHABLE]
    assert not stage.services.alerts_due.is_set()
    await ask_tencent(stage)
    assert await watch(stage) == []


async def test_sends_that_come_to_nothing_are_as_good_a_sign(
    stage: Stage, clock: HandClock
) -> None:
    for nth in range(3):
        stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_BEFORE_ACCEPT))
        await stage.queue(f"+861390000000{nth}")
    await send_messages.run(stage.services, stage.now)
    await watch(stage)
    clock.advance(LOOK)
    assert await watch(stage) == [AlertKind.TENCENT_UNREACHABLE]


async def test_slack_that_takes_nothing_is_told_too(stage: Stage, clock: HandClock) -> None:
    fault = SlackFault("usergroups.list", SlackFaultKind.SERVER_ERROR, 3)
    stage.workspace.faults.add(fault)
    for _ in range(3):
        await ask_slack(stage)
    assert await watch(stage) == []
    clock.advance(LOOK)
    assert await watch(stage) == [AlertKind.SLACK_UNREACHABLE]
    await ask_slack(stage)
    assert await watch(stage) == []


async def test_a_token_that_was_revoked_is_no_slack_that_answers(
    stage: Stage, clock: HandClock
) -> None:
    stage.workspace.admin.revoke()
    for _ in range(3):
        await ask_slack(stage)
    await watch(stage)
    clock.advance(LOOK)
    assert await watch(stage) == [AlertKind.SLACK_UNREACHABLE]
