from dataclasses import replace

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import SETTLE_TIME, MessageState
from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.jobs import send_messages, settle_doubts
from storage.messages import Message
from tests.handlers.jobs.conftest import Stage

RECORDS = "DescribeSendRecordList"


async def doubt(
    stage: Stage, kind: FaultKind, class_: TemplateClass = TemplateClass.NOTICE
) -> Message:
    message = await stage.queue(class_=class_)
    stage.sandbox.world.faults.add(Fault("SendSms", kind))
    await send_messages.run(stage.services, stage.now)
    doubted = await stage.get(message)
    assert doubted.state is MessageState.IN_DOUBT
    return doubted


async def test_tencents_books_prove_what_the_answer_did_not(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await settle_doubts.run(stage.services, stage.now)
    after = await stage.get(message)
    assert (after.state, after.settled_by) == (MessageState.ACCEPTED, "record")
    assert after.serial == stage.sandbox.phones.messages(message.number)[0].serial


async def test_no_record_is_no_proof(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    await settle_doubts.run(stage.services, stage.now)
    assert await stage.get(message) == message
    assert stage.asked(RECORDS) == 1


async def test_books_prove_nothing_where_somebody_else_sends_too(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    shared = stage.services.settings.apps[0].model_copy(update={"exclusive": False})
    settings = stage.services.settings.model_copy(update={"apps": (shared,)})
    await settle_doubts.run(replace(stage.services, settings=settings), stage.now)
    assert await stage.get(message) == message
    assert stage.asked(RECORDS) == 0


async def test_books_that_cannot_be_read_are_read_the_next_time(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    stage.sandbox.world.faults.add(Fault(RECORDS, FaultKind.NOT_JSON, times=3))
    await settle_doubts.run(stage.services, stage.now)
    assert await stage.get(message) == message
    stage.sandbox.world.faults.clear()
    await settle_doubts.run(stage.services, stage.now)
    assert (await stage.get(message)).state is MessageState.ACCEPTED


@pytest.mark.parametrize(
    ("class_", "state", "is_asked"),
    [
        (TemplateClass.OTP, MessageState.DROPPED, False),
        (TemplateClass.NOTICE, MessageState.IN_DOUBT, True),
    ],
)
async def test_when_its_time_is_up_the_class_decides(
    stage: Stage, class_: TemplateClass, state: MessageState, is_asked: bool
) -> None:
    message = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT, class_)
    await settle_doubts.run(stage.services, stage.now + SETTLE_TIME)
    after = await stage.get(message)
    assert (after.state, after.asked_at is not None) == (state, is_asked)
    assert stage.services.cards_due.is_set()
