from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import WrongDataKey
from bot.rules.classes import TemplateClass
from bot.rules.delivery import SETTLE_TIME, MessageState
from bot.sandbox.tencent.faults import Fault, FaultKind
from handlers.flows import doubts as doubt_flow
from handlers.jobs import send_messages, settle_doubts
from handlers.services import Services
from storage import declarations, doubts, messages
from storage.damage import Damage
from storage.db import Tx
from storage.messages import Message
from tests.handlers.flows import sends
from tests.handlers.flows.declaring import declare
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import NUMBER, OTHER_NUMBER

RECORDS, REPORTS = "DescribeSendRecordList", "PullSmsSendStatusByPhoneNumber"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BROKEN_NUMBER = "UPDATE messages SET number = 'no number' WHERE id = :id"
BROKEN_REQUEST = "UPDATE requests SET payload = 'no payload' WHERE id = :id"


async def doubt(
    stage: Stage,
    kind: FaultKind,
    class_: TemplateClass = TemplateClass.NOTICE,
    number: str = NUMBER,
) -> Message:
    message = await stage.queue(number, class_)
    stage.sandbox.world.faults.add(Fault("SendSms", kind))
    await send_messages.run(stage.services, stage.now)
    doubted = await stage.get(message)
    assert doubted.state is MessageState.IN_DOUBT
    return doubted


def unreadable(stage: Stage, *actions: str) -> None:
    for action in actions:
        stage.sandbox.world.faults.add(Fault(action, FaultKind.NOT_JSON, times=3))


def shared(stage: Stage) -> Services:
    """Somebody else sends through the application too."""
    app = stage.services.settings.apps[0].model_copy(update={"exclusive": False})
    settings = stage.services.settings.model_copy(update={"apps": (app,)})
    return replace(stage.services, settings=settings)


async def test_tencents_books_prove_what_the_answer_did_not(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    unreadable(stage, REPORTS)
    await settle_doubts.run(stage.services, stage.now)
    after = await stage.get(message)
    assert (after.state, after.settled_by) == (MessageState.ACCEPTED, "record")
    assert after.serial == stage.sandbox.phones.messages(message.number)[0].serial


async def test_a_refusal_the_books_tell_of_is_held_against_what_is_declared(stage: Stage) -> None:
    settings, before = stage.services.settings, stage.now - MINUTE
    await stage.services.db.write(lambda tx: declare(tx, settings, {"number.day": 9}, now=before))
    await stage.queue()
    await send_messages.run(stage.services, stage.now)
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await settle_doubts.run(stage.services, stage.now)
    (drift,) = await stage.services.db.read(declarations.drifts, "demo")
    # The same text to the same number within 30 seconds.
    assert (drift.message_id, drift.cap_key) == (message.id, "same.30s")
    assert stage.services.alerts_due.is_set()


async def test_a_carriers_report_proves_it_where_the_records_cannot_be_had(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    unreadable(stage, RECORDS)
    await settle_doubts.run(stage.services, stage.now)
    after = await stage.get(message)
    assert (after.state, after.settled_by) == (MessageState.DELIVERED, "report")
    assert after.serial == stage.sandbox.phones.messages(message.number)[0].serial


async def test_no_record_is_no_proof(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    await settle_doubts.run(stage.services, stage.now)
    assert await stage.get(message) == message
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (1, 1)


async def test_books_prove_nothing_where_somebody_else_sends_too(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await settle_doubts.run(shared(stage), stage.now)
    assert await stage.get(message) == message
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (0, 1)
    facts = await stage.services.db.read(doubts.facts, message)
    assert facts is not None
    assert facts.fitting == 1


async def test_books_that_cannot_be_read_are_read_the_next_time(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    unreadable(stage, RECORDS, REPORTS)
    await settle_doubts.run(stage.services, stage.now)
    assert await stage.get(message) == message
    stage.sandbox.world.faults.clear()
    await settle_doubts.run(stage.services, stage.now + MINUTE)
    assert (await stage.get(message)).state is MessageState.DELIVERED


async def test_a_damaged_one_keeps_no_other_from_being_settled_and_is_told_of(
    stage: Stage,
) -> None:
    damaged, message = await stage.queue(), await stage.queue("+8613800000041")
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_AFTER_ACCEPT, times=2))
    await send_messages.run(stage.services, stage.now)
    broken = "UPDATE messages SET number = :broken WHERE id = :id"
    await stage.change(broken, broken="no number", id=damaged.id)
    late = stage.now + SETTLE_TIME + MINUTE
    with pytest.raises(WrongDataKey):
        await settle_doubts.run(stage.services, late)
    assert (await stage.get(message)).state is MessageState.DELIVERED


async def test_tencent_is_not_asked_again_with_every_tick(stage: Stage) -> None:
    await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    for _ in range(3):
        await settle_doubts.run(stage.services, stage.now)
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (1, 1)


def add_doubts(tx: Tx, count: int, now: datetime) -> None:
    for index in range(count):
        sends.queue(tx, f"+86138111{index:05}", now=now)
    tx.run("UPDATE messages SET state = 6, attempt = id, signed_at_ms = created_at_ms")


async def test_many_doubts_make_no_storm_of_questions(stage: Stage) -> None:
    many = 2 * settle_doubts.LOOKS_AT_ONCE + 1
    now = stage.now
    await stage.services.db.write(add_doubts, many, now)
    asked = []
    for _ in range(4):
        await settle_doubts.run(stage.services, now)
        asked.append(stage.asked(RECORDS))
    assert asked == [settle_doubts.LOOKS_AT_ONCE, 2 * settle_doubts.LOOKS_AT_ONCE, many, many]


async def test_a_damaged_request_keeps_no_doubt_from_being_settled(stage: Stage) -> None:
    damaged, message = await stage.queue(), await stage.queue("+8613800000041")
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_AFTER_ACCEPT, times=2))
    await send_messages.run(stage.services, stage.now)
    await stage.change(BROKEN_REQUEST, id=damaged.request_id)
    await settle_doubts.run(stage.services, stage.now)
    assert (await stage.get(damaged)).state is MessageState.DELIVERED
    assert (await stage.get(message)).state is MessageState.DELIVERED


async def test_by_the_rule_a_damaged_request_is_put_before_a_person_like_any_other(
    stage: Stage,
) -> None:
    damaged = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    message = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT, TemplateClass.OTP, OTHER_NUMBER)
    await stage.change(BROKEN_REQUEST, id=damaged.request_id)
    await stage.change(BROKEN_REQUEST, id=message.request_id)
    await settle_doubts.run(stage.services, stage.now + SETTLE_TIME)
    assert (await stage.get(damaged)).asked_at is not None
    assert (await stage.get(message)).state is MessageState.DROPPED


async def test_damaged_doubts_are_put_off_like_those_that_were_looked_at(stage: Stage) -> None:
    now = stage.now
    await stage.services.db.write(add_doubts, settle_doubts.LOOKS_AT_ONCE, now - MINUTE)
    await stage.change("UPDATE messages SET number = 'no number' || id")
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    for _ in range(2):
        with suppress(WrongDataKey):
            await settle_doubts.run(stage.services, now + MINUTE)
    assert (await stage.get(message)).state is MessageState.DELIVERED


async def test_damaged_doubts_that_are_ripe_keep_no_other_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt_flow, "CHUNK", 2)
    await stage.services.db.write(add_doubts, 4, stage.now - MINUTE)
    await settle_doubts.run(stage.services, stage.now)
    await stage.change("UPDATE messages SET number = 'no number' || id")
    message = await doubt(stage, FaultKind.DROP_BEFORE_ACCEPT)
    for _ in range(2):
        with pytest.raises(WrongDataKey):
            await settle_doubts.run(stage.services, stage.now + SETTLE_TIME)
    assert (await stage.get(message)).asked_at is not None


async def test_what_breaks_while_a_look_is_noted_is_undone_and_told_of(stage: Stage) -> None:
    damaged, message = await stage.queue(), await stage.queue("+8613800000041")
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_AFTER_ACCEPT, times=2))
    await send_messages.run(stage.services, stage.now)
    services = stage.services
    due = await services.db.read(lambda tx: [messages.get(tx, damaged.id)])
    await stage.change(BROKEN_NUMBER, id=damaged.id)
    damage = Damage()
    assert due[0] is not None
    await services.db.write(doubt_flow.gather, stage.now - DAY, stage.now, damage)
    noted = await services.db.write(doubt_flow.note_look, due[0], None, stage.now, damage)
    assert (noted, damage.rows) == (False, (f"messages {damaged.id}",))
    again = await services.db.read(doubt_flow.find_due, stage.now, 15, damage)
    assert [each.id for each in again] == [message.id]


async def test_a_send_lost_on_its_way_is_put_in_doubt_and_found(stage: Stage) -> None:
    message = await doubt(stage, FaultKind.DROP_AFTER_ACCEPT)
    await stage.change("UPDATE messages SET state = 3, detail = '' WHERE id = :id", id=message.id)
    deadline = timedelta(seconds=stage.services.settings.tencent.deadline_s)
    assert message.signed_at is not None
    late = message.signed_at + deadline + MINUTE
    await settle_doubts.run(stage.services, late)
    assert (await stage.get(message)).state is MessageState.IN_FLIGHT
    await settle_doubts.run(stage.services, late + timedelta(milliseconds=1))
    assert (await stage.get(message)).state is MessageState.DELIVERED


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
