"""Changes of limits whose time has come, with the local Slack at the other end."""

from datetime import timedelta

import pytest

from bot.errors import WrongDataKey
from bot.rules.requests import RequestState
from bot.sandbox.workspace.faults import Fault, FaultKind
from handlers.flows import limits
from handlers.jobs import apply_limits, ask_limits
from storage import requests
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import limit_asks
from tests.handlers.flows.asks import settings_with
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock
from tests.storage.rows import NOW

BO = "U0BO"
AT = NOW + timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    """The moment at which what was agreed to begins."""
    return HandClock(AT)


async def agreed(stage: Stage, typed: str = "day=19") -> RequestId:
    """Nineteen a day and number from then on, by Maya's word of an hour ago."""
    settings = settings_with()

    def write(tx: Tx) -> RequestId:
        limits.seed(tx, settings, NOW)
        return limit_asks.agreed_once(tx, settings, typed, at=AT).id

    return await stage.services.db.write(write)


async def look(stage: Stage) -> int:
    """Both jobs, once; what a number may get in a day then."""
    await ask_limits.run(stage.services, stage.now)
    await apply_limits.run(stage.services, stage.now)
    known = await stage.services.db.read(limits.known_policy_of, "demo", stage.now)
    assert known is not None
    return known.as_mapping()["number.day"]


async def test_more_goes_through_once_slack_says_that_its_approvers_still_are(stage: Stage) -> None:
    await agreed(stage)
    assert await look(stage) == 19
    asked = len(stage.workspace.trace.exchanges("usergroups.list"))
    assert asked == 1
    assert await look(stage) == 19
    assert len(stage.workspace.trace.exchanges("usergroups.list")) == asked


async def test_no_more_goes_through_by_the_word_of_somebody_who_is_gone(stage: Stage) -> None:
    await agreed(stage)
    stage.workspace.admin.regroup("S0APPROVERS", [BO])
    assert await look(stage) == 10
    assert stage.services.posts_due.is_set()


async def test_it_waits_for_slacks_word_and_begins_with_it(stage: Stage, clock: HandClock) -> None:
    await agreed(stage)
    stage.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR))
    assert await look(stage) == 10
    clock.advance(timedelta(seconds=11))
    assert await look(stage) == 19


async def test_nothing_is_asked_long_before(stage: Stage, clock: HandClock) -> None:
    await agreed(stage)
    clock.advance(timedelta(minutes=-2))
    assert await look(stage) == 10
    assert stage.workspace.trace.exchanges("usergroups.list") == []


async def test_a_damaged_request_keeps_no_other_change_from_its_beginning_and_is_told_of(
    stage: Stage,
) -> None:
    damaged = await agreed(stage, "same=off")
    await agreed(stage)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    with pytest.raises(WrongDataKey):
        await look(stage)
    await apply_limits.run(stage.services, stage.now)
    known = await stage.services.db.read(limits.known_policy_of, "demo", stage.now)
    assert known is not None
    assert (known.as_mapping()["number.day"], known.as_mapping()["same.30s"]) == (19, 1)


async def test_a_damaged_request_for_limits_keeps_none_of_the_others_from_giving_way(
    stage: Stage,
) -> None:
    settings = settings_with()

    def write(tx: Tx) -> tuple[RequestId, RequestId]:
        limits.seed(tx, settings, NOW)
        waiting = [
            limit_asks.hand_in(tx, settings, limit_asks.draft(tx, settings, f"day={most}"))
            for most in (20, 21)
        ]
        limit_asks.agreed(tx, settings, "day=19", at=AT)
        return waiting[0].id, waiting[1].id

    damaged, other = await stage.services.db.write(write)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    await apply_limits.run(stage.services, stage.now)
    found = await stage.services.db.read(requests.get, other)
    assert found is not None
    assert found.state is RequestState.SUPERSEDED
