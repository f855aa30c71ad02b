import asyncio
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from bot.errors import WrongDataKey
from bot.rules.alerts import AlertKind
from bot.rules.delivery import MessageState
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent.client import TencentClient
from bot.tencent.signing import Credentials
from handlers.jobs import send_messages
from storage import alerts
from storage.db import connect
from storage.messages import Message
from tests.handlers.jobs.conftest import Bell, Stage
from tests.storage.rows import NUMBER, OTHER_NUMBER

#: Tencent refuses any message to it: the number has had its day.
DAILY_LIMIT = "+8613800000007"


async def send(stage: Stage) -> None:
    await send_messages.run(stage.services, stage.now)


async def state(stage: Stage, message: Message) -> MessageState:
    return (await stage.get(message)).state


async def test_what_is_queued_is_sent_once(stage: Stage) -> None:
    messages = [await stage.queue(number) for number in (NUMBER, "+8613800001234")]
    await send(stage)
    await send(stage)
    assert [await state(stage, m) for m in messages] == [MessageState.ACCEPTED] * 2
    assert [stage.sent(m.number) for m in messages] == [1, 1]
    assert stage.asked("SendSms") == 2


async def test_two_workers_at_once_send_once(stage: Stage) -> None:
    messages = [await stage.queue(f"+861380000{n}") for n in range(1000, 1020)]
    await asyncio.gather(*(send(stage) for _ in range(4)))
    assert [stage.sent(m.number) for m in messages] == [1] * len(messages)
    assert stage.asked("SendSms") == len(messages)


async def test_a_refused_number_is_refused(stage: Stage) -> None:
    message = await stage.queue("+8613800000004")
    await send(stage)
    after = await stage.get(message)
    assert (after.state, after.code) == (
        MessageState.REFUSED,
        "FailedOperation.PhoneNumberInBlacklist",
    )


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (FaultKind.DROP_BEFORE_ACCEPT, 0),
        (FaultKind.DROP_AFTER_ACCEPT, 1),
        (FaultKind.HALF_BODY, 1),
        (FaultKind.NOT_JSON, 1),
        (FaultKind.HTTP_500, 0),
    ],
)
async def test_without_an_answer_it_is_in_doubt_and_left_alone(
    stage: Stage, kind: FaultKind, sent: int
) -> None:
    message = await stage.queue()
    stage.sandbox.world.faults.add(Fault("SendSms", kind))
    await send(stage)
    await send(stage)
    assert await state(stage, message) is MessageState.IN_DOUBT
    assert stage.asked("SendSms") == 1
    assert stage.sent() == sent


async def test_what_never_left_waits_and_is_sent_later(stage: Stage) -> None:
    message = await stage.queue()
    nowhere = TencentClient(
        endpoint="http://127.0.0.1:1", credentials=Credentials("a", "b"), region="ap-guangzhou"
    )
    await send_messages.run(replace(stage.services, tencent=nowhere), stage.now)
    await nowhere.close()
    assert await state(stage, message) is MessageState.QUEUED
    await stage.change("UPDATE messages SET due_at_ms = 0")
    await send(stage)
    assert await state(stage, message) is MessageState.ACCEPTED
    assert stage.sent() == 1


async def test_the_second_message_to_a_number_waits_for_the_doubt_about_the_first(
    stage: Stage,
) -> None:
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.DROP_AFTER_ACCEPT))
    first, second = await stage.queue(), await stage.queue()
    await send(stage)
    ends = {await state(stage, first), await state(stage, second)}
    assert ends == {MessageState.IN_DOUBT, MessageState.QUEUED}
    assert stage.asked("SendSms") == 1


async def test_an_app_taken_out_of_the_settings_sends_nothing_and_keeps_nobody(
    stage: Stage,
) -> None:
    orphan, other = await stage.queue(), await stage.queue(OTHER_NUMBER)
    await stage.change("UPDATE messages SET app = 'gone' WHERE id = :id", id=orphan.id)
    await send(stage)
    assert await state(stage, orphan) is MessageState.QUEUED
    assert await state(stage, other) is MessageState.ACCEPTED
    assert stage.sent() == 0


async def test_an_answer_is_saved_as_soon_as_the_file_takes_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_messages, "SAVE_AGAIN_S", 0.01)
    monkeypatch.setattr(send_messages.log, "handlers", [bell := Bell("answer not saved")])
    message = await stage.queue()
    stage.services.db._writer_conn.execute("PRAGMA busy_timeout=1")
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.LATENCY_MS, latency_ms=600))
    sending = asyncio.create_task(send(stage))
    await stage.services.cards_due.wait()
    assert await state(stage, message) is MessageState.IN_FLIGHT
    with closing(connect(stage.services.db.path)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        await asyncio.wait_for(bell.rung.wait(), 30)
        assert await state(stage, message) is MessageState.IN_FLIGHT
        stranger.execute("ROLLBACK")
        await sending
    assert await state(stage, message) is MessageState.ACCEPTED
    assert (stage.sent(), stage.asked("SendSms")) == (1, 1)


async def test_an_answer_about_a_damaged_row_is_not_saved_again_and_again(stage: Stage) -> None:
    message = await stage.queue("+8613800000004")
    stage.sandbox.world.faults.add(Fault("SendSms", FaultKind.LATENCY_MS, latency_ms=200))
    sending = asyncio.create_task(send(stage))
    await stage.services.cards_due.wait()
    await stage.change("UPDATE messages SET number = 'broken' WHERE id = :id", id=message.id)
    with suppress(WrongDataKey):
        await asyncio.wait_for(sending, 5)
    await stage.queue("+8613800001234")
    with suppress(WrongDataKey):
        await send(stage)
    assert stage.sent("+8613800001234") == 1


async def test_what_was_declared_and_cannot_be_read_undoes_no_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_messages.log, "handlers", [bell := Bell("no look for drift")])
    await stage.change(
        "INSERT INTO limit_declarations (app, nth, caps, evidence, declared_by, declared_at_ms,"
        " confirmed_by, request_id) VALUES ('demo', 1, 'damaged', '', '', 0, '', '')"
    )
    message = await stage.queue()
    await send(stage)
    await asyncio.wait_for(bell.rung.wait(), 30)
    assert await state(stage, message) is MessageState.ACCEPTED


async def test_a_refusal_by_a_limit_of_tencent_is_an_alert(stage: Stage) -> None:
    await stage.queue(DAILY_LIMIT)
    await send(stage)
    await asyncio.wait_for(stage.services.alerts_due.wait(), 30)
    (alert,) = await stage.services.db.read(alerts.find_open)
    assert (alert.kind, alert.count) == (AlertKind.LIMIT_TENCENT, 1)


async def test_an_alert_that_cannot_be_kept_undoes_no_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_messages.log, "handlers", [bell := Bell("no look for refusals")])
    await stage.queue(DAILY_LIMIT)
    await send(stage)
    await asyncio.wait_for(stage.services.alerts_due.wait(), 30)
    await stage.change("DROP TABLE alert_counts")
    message = await stage.queue(DAILY_LIMIT)
    await send(stage)
    await asyncio.wait_for(bell.rung.wait(), 30)
    assert (await stage.get(message)).code == "LimitExceeded.PhoneNumberDailyLimit"
