"""Jobs and changes that were approved a while ago, with both stand-ins at the other end."""

from datetime import timedelta

import pytest

from bot.errors import WrongDataKey
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.people import Standing
from handlers import backing
from handlers.flows import jobs
from handlers.jobs import run_jobs, start_approved
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import attempts, test_backing
from tests.handlers.flows.job_lists import request_of
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.submitting import CREATE, approve, made, submit
from tests.handlers.jobs.submitting import state as change_state
from tests.journeys.clock import HandClock
from tests.storage.rows import MAYA, NOW

BO = "U0BO"


@pytest.fixture
def clock() -> HandClock:
    """A minute after what was approved is due."""
    return HandClock(test_backing.AT + timedelta(minutes=1))


async def approved(stage: Stage) -> RequestId:
    return await stage.services.db.write(test_backing.approved)


async def look(stage: Stage) -> None:
    """Both jobs, once."""
    await run_jobs.run(stage.services, stage.now)
    await start_approved.run(stage.services, stage.now)


async def state(stage: Stage, request_id: RequestId) -> RequestState:
    return (await stage.services.db.read(request_of, request_id)).state


async def test_a_send_starts_once_slack_says_that_its_approvers_still_are(stage: Stage) -> None:
    request_id = await approved(stage)
    await run_jobs.run(stage.services, stage.now)
    assert await state(stage, request_id) is RequestState.APPROVED
    await look(stage)
    assert await state(stage, request_id) is RequestState.EXECUTING


@pytest.mark.parametrize("how", [None, Standing.GUEST, Standing.DEACTIVATED])
async def test_a_send_does_not_start_by_the_word_of_somebody_who_is_gone(
    stage: Stage, how: Standing | None
) -> None:
    request_id = await approved(stage)
    if how is None:
        stage.workspace.admin.regroup("S0APPROVERS", [BO])
    else:
        stage.workspace.admin.restand(MAYA, how)
    await look(stage)
    assert await state(stage, request_id) is RequestState.AWAITING_APPROVAL


async def test_a_send_waits_for_slacks_word_and_starts_with_it(
    stage: Stage, clock: HandClock
) -> None:
    request_id = await approved(stage)
    stage.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR))
    await look(stage)
    await look(stage)
    assert await state(stage, request_id) is RequestState.APPROVED
    clock.advance(timedelta(seconds=11))
    await look(stage)
    assert await state(stage, request_id) is RequestState.EXECUTING


async def test_those_under_the_same_entries_are_asked_about_together(stage: Stage) -> None:
    one, other = await approved(stage), await approved(stage)
    stage.workspace.admin.regroup("S0APPROVERS", [BO])
    due = await stage.services.db.read(jobs.find_to_ask, stage.now)
    found = await backing.ask(stage.services, due)
    assert {each: told.still for each, told in found.items()} == {
        one: frozenset({BO}),
        other: frozenset({BO}),
    }
    assert len(stage.workspace.trace.exchanges("usergroups.list")) == 1


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE requests SET payload = 'broken' WHERE id = :id",
        "UPDATE jobs SET source_file = 'broken' WHERE request_id = :id",
    ],
)
async def test_a_damaged_job_keeps_no_other_from_starting_and_is_told_of(
    stage: Stage, broken: str
) -> None:
    damaged, other = await approved(stage), await approved(stage)
    await stage.change(broken, id=damaged)
    with pytest.raises(WrongDataKey):
        await run_jobs.run(stage.services, stage.now)
    await start_approved.run(stage.services, stage.now)
    assert await state(stage, other) is RequestState.EXECUTING
    (row,) = await stage.services.db.read(
        lambda tx: tx.all("SELECT state FROM requests WHERE id = :id", id=damaged)
    )
    assert row["state"] == RequestState.APPROVED.value


async def test_a_damaged_job_keeps_no_other_from_its_end(stage: Stage) -> None:
    damaged, other = await approved(stage), await approved(stage)
    await start_approved.run(stage.services, stage.now)
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    await stage.change("UPDATE messages SET state = :sent", sent=MessageState.DELIVERED.value)
    with pytest.raises(WrongDataKey):
        await run_jobs.run(stage.services, stage.now)
    assert await state(stage, other) is RequestState.DONE


async def a_day_ago(stage: Stage) -> RequestId:
    """A change that Maya approved, and that is due at Tencent only now."""

    def write(tx: Tx) -> RequestId:
        return attempts.approve(tx, CREATE, NOW, rule=attempts.RULE)

    return await stage.services.db.write(write)


async def test_a_change_is_submitted_while_who_approved_it_still_may(stage: Stage) -> None:
    request_id = await a_day_ago(stage)
    await submit(stage)
    assert await change_state(stage, request_id) is RequestState.DONE


async def test_a_change_approved_by_somebody_who_left_waits_again(stage: Stage) -> None:
    request_id = await a_day_ago(stage)
    stage.workspace.admin.regroup("S0APPROVERS", [BO])
    await submit(stage)
    assert await change_state(stage, request_id) is RequestState.AWAITING_APPROVAL
    assert made(stage) == []


async def test_a_change_waits_for_slacks_word_and_goes_with_it(
    stage: Stage, clock: HandClock
) -> None:
    request_id = await a_day_ago(stage)
    stage.workspace.faults.add(Fault("usergroups.list", FaultKind.SERVER_ERROR))
    await submit(stage)
    assert await change_state(stage, request_id) is RequestState.APPROVED
    assert made(stage) == []
    clock.advance(timedelta(seconds=16))
    await submit(stage)
    assert await change_state(stage, request_id) is RequestState.DONE


async def test_a_change_approved_just_now_asks_slack_nothing(stage: Stage) -> None:
    request_id = await approve(stage, CREATE, attempts.RULE)
    await submit(stage)
    assert await change_state(stage, request_id) is RequestState.DONE
    assert stage.workspace.trace.exchanges("usergroups.list") == []
