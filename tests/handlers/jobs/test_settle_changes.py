from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import WrongDataKey
from bot.rules.changes import TemplateChange
from bot.rules.delivery import SETTLE_TIME
from bot.rules.requests import RequestState
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent import wire
from handlers.jobs import refresh_content
from tests.handlers.jobs.conftest import Stage
from tests.handlers.jobs.submitting import (
    REJECTED_ID,
    TEXT,
    approve,
    base_of,
    change_of,
    made,
    posts,
    settle,
    state,
    submit,
)
from tests.journeys.clock import HandClock

LIST = "DescribeSmsTemplateList"
ADD = "AddSmsTemplate"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def doubt(
    stage: Stage, kind: FaultKind, change: TemplateChange | None = None, action: str = ADD
) -> str:
    """A change whose answer was lost."""
    stage.sandbox.world.faults.add(Fault(action, kind))
    request_id = await approve(stage, change or TemplateChange(text=TEXT))
    await submit(stage)
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    return request_id


async def wait(stage: Stage, clock: HandClock, by: timedelta) -> None:
    """Time passes; job and worker look."""
    clock.advance(by)
    await settle(stage)
    await submit(stage)


async def test_a_damaged_doubt_keeps_no_other_from_being_settled_and_is_told_of(
    stage: Stage, clock: HandClock
) -> None:
    damaged = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    other = await doubt(
        stage, FaultKind.DROP_AFTER_ACCEPT, TemplateChange(text=replace(TEXT, name="another"))
    )
    await stage.change("UPDATE requests SET payload = 'broken' WHERE id = :id", id=damaged)
    clock.advance(timedelta(seconds=2))
    with pytest.raises(WrongDataKey):
        await settle(stage)
    assert await state(stage, other) is RequestState.DONE


async def test_an_add_whose_answer_was_lost_is_found_and_not_made_twice(
    stage: Stage, clock: HandClock
) -> None:
    request_id = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await wait(stage, clock, timedelta(seconds=2))
    assert await state(stage, request_id) is RequestState.DONE
    (template,) = made(stage)
    change = await change_of(stage, request_id)
    assert (change.content_id, change.settled_by) == (str(template.template_id), "record")
    assert stage.asked(ADD) == 1


async def test_an_add_that_was_lost_is_made_once_the_lists_prove_it(
    stage: Stage, clock: HandClock
) -> None:
    request_id = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    for _ in range(14):
        await wait(stage, clock, timedelta(minutes=1))
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    assert stage.asked(ADD) == 1
    for _ in range(3):
        await wait(stage, clock, timedelta(minutes=1))
    assert await state(stage, request_id) is RequestState.DONE
    assert len(made(stage)) == 1
    assert stage.asked(ADD) == 2
    kinds = [each.kind for each in await posts(stage, "change.")]
    assert kinds == ["change.in_doubt", "change.again", "change.done"]


async def test_an_add_that_is_lost_every_time_is_given_up(stage: Stage, clock: HandClock) -> None:
    stage.sandbox.world.faults.add(Fault(ADD, FaultKind.DROP_BEFORE_ACCEPT, times=99))
    request_id = await approve(stage)
    await submit(stage)
    for _ in range(12):
        await wait(stage, clock, SETTLE_TIME)
    assert await state(stage, request_id) is RequestState.FAILED
    assert stage.asked(ADD) == 3
    assert made(stage) == []


async def test_each_list_is_read_once_for_all_doubts(stage: Stage, clock: HandClock) -> None:
    other = TemplateChange(text=replace(TEXT, name="别名"))
    ids = [await doubt(stage, FaultKind.DROP_AFTER_ACCEPT, each) for each in (None, other)]
    await wait(stage, clock, timedelta(seconds=5))
    assert [await state(stage, each) for each in ids] == [RequestState.DONE] * 2
    assert stage.asked(LIST) == 1
    await settle(stage)
    assert stage.asked(LIST) == 1


async def test_a_change_whose_answer_was_lost_is_found(stage: Stage, clock: HandClock) -> None:
    change = TemplateChange(REJECTED_ID, base_of(stage), TEXT)
    request_id = await doubt(stage, FaultKind.HALF_BODY, change, "ModifySmsTemplate")
    await wait(stage, clock, timedelta(seconds=2))
    assert await state(stage, request_id) is RequestState.DONE
    assert (await change_of(stage, request_id)).content_id == REJECTED_ID


async def test_a_deletion_whose_answer_was_lost_is_found(stage: Stage, clock: HandClock) -> None:
    await refresh_content.run(stage.services, stage.now)
    change = TemplateChange("1113", base_of(stage, "1113"))
    request_id = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT, change, "DeleteSmsTemplate")
    for _ in range(2):
        await wait(stage, clock, timedelta(seconds=5))
    assert await state(stage, request_id) is RequestState.DONE
    assert stage.asked("DeleteSmsTemplate") == 1


async def test_lists_that_cannot_be_read_settle_nothing(stage: Stage, clock: HandClock) -> None:
    request_id = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    stage.sandbox.world.faults.add(Fault(LIST, FaultKind.NOT_JSON, times=99))
    for _ in range(4):
        await wait(stage, clock, SETTLE_TIME)
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    assert stage.asked(ADD) == 1
    assert [each.kind for each in await posts(stage, "change.asked")] == ["change.asked"]


async def test_an_account_that_may_not_list_asks_a_person(stage: Stage, clock: HandClock) -> None:
    request_id = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    account = stage.sandbox.world.state.account
    account.settings = replace(account.settings, sub_account=True)
    await wait(stage, clock, SETTLE_TIME)
    (asked,) = await posts(stage, "change.asked")
    assert asked.request_id == request_id
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    assert len(made(stage)) == stage.asked(ADD) == 1


async def test_a_full_list_of_many_pages_is_read_whole(stage: Stage, clock: HandClock) -> None:
    templates = stage.sandbox.world.state.templates
    pattern = templates[1110]
    for number in range(5000, 5250):
        templates[number] = replace(pattern, template_id=number)
    stage.sandbox.world.state.account.next_id = 90_000
    object.__setattr__(stage.sandbox.world.config, "max_templates", 999)
    request_id = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await wait(stage, clock, timedelta(seconds=2))
    assert await state(stage, request_id) is RequestState.DONE
    assert len(made(stage)) == 1


async def test_what_a_list_leaves_out_was_not_deleted(
    stage: Stage, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = TemplateChange("1113", base_of(stage, "1113"))
    request_id = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT, change, "DeleteSmsTemplate")

    async def nothing(*, international: bool) -> tuple[wire.Template, ...]:
        return ()

    with monkeypatch.context() as lists:
        lists.setattr(stage.services.tencent, "list_templates", nothing)
        for _ in range(3):
            await wait(stage, clock, timedelta(minutes=1))
    assert await state(stage, request_id) is RequestState.IN_DOUBT
    for _ in range(3):
        await wait(stage, clock, SETTLE_TIME)
    assert await state(stage, request_id) is RequestState.DONE
    assert stage.asked("DeleteSmsTemplate") == 2
    assert 1113 not in stage.sandbox.world.state.templates
