import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.sandbox.tencent.content import Review, Side, SmsType, Template
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent.client import TencentClient
from bot.tencent.signing import Credentials
from handlers.flows import delivery
from handlers.flows import jobs as running
from handlers.jobs import run_jobs, send_messages
from storage import jobs
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows import sends
from tests.handlers.flows.job_lists import NOTICE, number, request_of
from tests.handlers.flows.running import start_job
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import LIN

SLOW = Fault("SendSms", FaultKind.LATENCY_MS, latency_ms=200)
STALLED = Fault("SendSms", FaultKind.LATENCY_MS, latency_ms=1_500)


def numbers(count: int) -> list[str]:
    """Ones that the sandbox keeps no fate for."""
    return [number(1_000 + nth) for nth in range(count)]


async def begin(stage: Stage, count: int, *, is_equal: bool = False) -> RequestId:
    """A job that runs, of a template that Tencent has."""
    stage.sandbox.world.state.templates[int(NOTICE.template_id)] = Template(
        template_id=int(NOTICE.template_id),
        name=NOTICE.name,
        content=NOTICE.content,
        sms_type=SmsType.NOTICE,
        international=Side.MAINLAND,
        status=Review.USABLE,
        review_reply="",
        created_at_ms=stage.sandbox.world.now_ms,
    )

    def start(tx: Tx) -> RequestId:
        return start_job(tx, numbers(count), is_equal=is_equal, now=stage.now)

    return await stage.services.db.write(start)


async def send(stage: Stage) -> None:
    await send_messages.run(stage.services, stage.now)


async def counts(stage: Stage, request_id: RequestId) -> dict[MessageState, int]:
    return await stage.services.db.read(jobs.counts, request_id)


async def state(stage: Stage, request_id: RequestId) -> RequestState:
    return (await stage.services.db.read(request_of, request_id)).state


async def until(condition: Callable[[], bool]) -> None:
    """Until something is so at the other end of a wire, which rings no bell here."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def committed(stage: Stage, request_id: RequestId, most: int) -> None:
    """Until so many messages are committed in flight."""
    async with asyncio.timeout(30):
        while (await counts(stage, request_id)).get(MessageState.IN_FLIGHT, 0) < most:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def full_at(stage: Stage) -> datetime:
    bucket = stage.services.pace.get("demo")
    return stage.now if bucket is None else bucket.full_at


def received(stage: Stage, count: int) -> Counter[int]:
    """How many of the numbers got how many messages."""
    return Counter(stage.sent(each) for each in numbers(count))


async def test_equal_texts_go_out_in_few_requests_once_to_each(stage: Stage) -> None:
    request_id = await begin(stage, 120, is_equal=True)
    await send(stage)
    assert await counts(stage, request_id) == {MessageState.ACCEPTED: 120}
    assert stage.asked("SendSms") == 3
    assert received(stage, 120) == {1: 120}
    await run_jobs.run(stage.services, stage.now)
    assert await state(stage, request_id) is RequestState.DONE


async def test_texts_of_their_own_go_out_one_by_one(stage: Stage) -> None:
    request_id = await begin(stage, 100)
    await send(stage)
    assert await counts(stage, request_id) == {MessageState.ACCEPTED: 100}
    assert stage.asked("SendSms") == 100
    assert received(stage, 100) == {1: 100}


async def test_a_package_that_runs_dry_holds_the_job_and_a_person_lets_it_go_on(
    stage: Stage,
) -> None:
    request_id = await begin(stage, 60)
    world = stage.sandbox.world
    (package,) = world.state.packages
    dry = replace(package, amount_segments=package.used_segments + 7)
    world.state.packages = [dry]
    await send(stage)
    assert await state(stage, request_id) is RequestState.PAUSED
    before = await counts(stage, request_id)
    assert before[MessageState.ACCEPTED] == 7
    assert MessageState.REFUSED not in before
    assert MessageState.IN_DOUBT not in before

    world.state.packages = [package]
    await stage.services.db.write(running.resume, request_id, LIN, stage.now)
    await send(stage)
    assert await counts(stage, request_id) == {MessageState.ACCEPTED: 60}
    assert received(stage, 60) == {1: 60}


@pytest.mark.parametrize("act", [running.pause, running.cancel], ids=["pause", "cancel"])
async def test_after_a_pause_or_cancellation_only_what_is_under_way_ends(
    stage: Stage, act: Callable[..., object]
) -> None:
    request_id = await begin(stage, 100)
    for _ in range(100):
        stage.sandbox.world.faults.add(SLOW)
    sending = asyncio.create_task(send(stage))
    await until(lambda: stage.asked("SendSms") > 0)
    await stage.services.db.write(act, request_id, LIN, stage.now)
    committed = await counts(stage, request_id)
    await sending
    after = await counts(stage, request_id)
    assert after[MessageState.HELD] == committed[MessageState.HELD] > 0
    assert after[MessageState.ACCEPTED] == 100 - after[MessageState.HELD]


async def test_a_code_does_not_wait_behind_a_job(stage: Stage) -> None:
    await begin(stage, 100)
    for _ in range(100):
        stage.sandbox.world.faults.add(SLOW)
    sending = asyncio.create_task(send(stage))
    await until(lambda: stage.asked("SendSms") > 0)
    code = await stage.queue("+8613900000001", TemplateClass.OTP)
    stage.services.messages_due.set()
    await until(lambda: stage.sent(code.number) == 1)
    assert stage.asked("SendSms") < 100
    await sending


async def test_a_code_goes_out_at_once_where_no_answer_comes(stage: Stage) -> None:
    """All calls that a job may have under way wait for one; two are kept for what is urgent."""
    request_id = await begin(stage, 100)
    most = stage.services.settings.sending.calls_at_once - send_messages.KEPT_CALLS
    for _ in range(most):
        stage.sandbox.world.faults.add(STALLED)
    sending = asyncio.create_task(send(stage))
    await committed(stage, request_id, most)
    code = await stage.queue("+8613900000001", TemplateClass.OTP)
    stage.services.messages_due.set()
    await until(lambda: stage.sent(code.number) == 1)
    assert MessageState.ACCEPTED not in await counts(stage, request_id)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "shut down"])
async def test_no_call_begins_long_after_it_was_committed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, is_cancelled: bool
) -> None:
    """What was committed ahead and could not begin is taken back: it is not in doubt either."""
    monkeypatch.setattr(send_messages, "READY_FOR_S", 0.4)
    request_id = await begin(stage, 100)
    for _ in range(100):
        stage.sandbox.world.faults.add(replace(SLOW, latency_ms=1_000))
    sending = asyncio.create_task(send(stage))
    most = stage.services.settings.sending.calls_at_once - send_messages.KEPT_CALLS
    await committed(stage, request_id, most + 1)
    if is_cancelled:
        await stage.services.db.write(running.cancel, request_id, LIN, stage.now)
    else:
        stage.services.stopping.set()
    await sending
    assert stage.asked("SendSms") == most
    found = await counts(stage, request_id)
    waiting = found[MessageState.HELD] + found.get(MessageState.QUEUED, 0)
    assert (found[MessageState.ACCEPTED], waiting) == (most, 100 - most)


async def test_tokens_given_back_do_not_end_the_rest_of_an_app(stage: Stage) -> None:
    """A claim that took tokens before the rest began gives back after it did."""
    message = await stage.services.db.write(sends.begin)
    sender = send_messages._Sender(stage.services)
    taken = sender._take_tokens(stage.now)
    (end,) = delivery.read_outcome([sends.attempt_of(message)], sends.NOT_CONNECTED, stage.now)
    sender._slow_down("demo", end)
    sender._give_back(taken, send_messages.NOTHING)
    assert full_at(stage) > stage.now + timedelta(seconds=1.2)


async def test_a_kill_puts_no_more_in_doubt_than_may_be_under_way(stage: Stage) -> None:
    request_id = await begin(stage, 400, is_equal=True)
    for _ in range(9):
        stage.sandbox.world.faults.add(replace(SLOW, latency_ms=5_000))
    most = stage.services.settings.sending.numbers_at_once
    sending = asyncio.create_task(send(stage))
    await committed(stage, request_id, 1)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert 0 < await stage.services.db.write(delivery.recover, stage.now) <= most
    found = await counts(stage, request_id)
    assert found[MessageState.IN_DOUBT] <= most
    assert found[MessageState.HELD] >= 400 - most


async def test_a_program_that_is_to_end_claims_nothing_more(stage: Stage) -> None:
    request_id = await begin(stage, 100)
    for _ in range(100):
        stage.sandbox.world.faults.add(SLOW)
    sending = asyncio.create_task(send(stage))
    await until(lambda: stage.asked("SendSms") > 0)
    stage.services.stopping.set()
    await sending
    found = await counts(stage, request_id)
    assert MessageState.IN_FLIGHT not in found
    assert found[MessageState.HELD] > 0


async def test_a_job_leaves_an_app_alone_that_cannot_be_reached(stage: Stage) -> None:
    request_id = await begin(stage, 400)
    nowhere = TencentClient(
        endpoint="http://127.0.0.1:1", credentials=Credentials("a", "b"), region="ap-guangzhou"
    )
    services = replace(stage.services, tencent=nowhere)
    sending = asyncio.create_task(send_messages.run(services, stage.now))
    # A second's worth is owed by a bucket that rests, and half a second of rest.
    await until(lambda: full_at(stage) > stage.now + timedelta(seconds=1.2))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await nowhere.close()
    found = await counts(stage, request_id)
    assert found[MessageState.HELD] > 300


async def test_a_job_writes_no_line_a_message(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await begin(stage, 9)
    with caplog.at_level(logging.INFO):
        await send(stage)
    assert [line for line in caplog.messages if "send" in line] == []
