import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.delivery import MessageState
from bot.sandbox.tencent.faults import Fault, FaultKind
from bot.tencent.legacy import LegacyClient
from handlers.jobs import check_coverage, fetch_receipts, send_messages
from storage import alerts, traffic
from storage.db import Tx
from storage.messages import Message
from tests.handlers.jobs.conftest import Stage
from tests.journeys.clock import HandClock

RECORDS, REPORTS = "DescribeSendRecordList", "PullSmsSendStatusByPhoneNumber"
LATE = timedelta(minutes=6)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def accept(stage: Stage, *numbers: str) -> list[Message]:
    """Messages Tencent accepted; nobody posts callbacks here, so no receipt comes."""
    queued = [await stage.queue(number) for number in numbers]
    await send_messages.run(stage.services, stage.now)
    found = [await stage.get(message) for message in queued]
    assert {message.state for message in found} == {MessageState.ACCEPTED}
    return found


def numbers(many: int) -> list[str]:
    return [f"+86139000000{nth:02d}" for nth in range(many)]


def receipts(tx: Tx) -> list[tuple[int, int]]:
    return [(row["success"], row["came_by"]) for row in tx.all("SELECT * FROM receipts")]


async def test_a_receipt_that_does_not_come_is_fetched(stage: Stage, clock: HandClock) -> None:
    (message,) = await accept(stage, *numbers(1))
    await fetch_receipts.run(stage.services, stage.now)
    assert stage.asked(RECORDS) == 0
    clock.advance(LATE)
    await fetch_receipts.run(stage.services, stage.now)
    after = await stage.get(message)
    assert (after.state, after.carrier_code) == (MessageState.DELIVERED, "DELIVRD")
    assert await stage.services.db.read(receipts) == [(1, 1)]
    clock.advance(timedelta(hours=1))
    await fetch_receipts.run(stage.services, stage.now)
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (1, 0)


async def test_a_failure_is_fetched_with_its_code(stage: Stage, clock: HandClock) -> None:
    (message,) = await accept(stage, "+8613800000002")
    clock.advance(LATE)
    await fetch_receipts.run(stage.services, stage.now)
    after = await stage.get(message)
    assert (after.state, after.carrier_code) == (MessageState.UNDELIVERED, "MK:0001")


async def test_carriers_reports_do_where_there_are_no_records(
    stage: Stage, clock: HandClock
) -> None:
    (message,) = await accept(stage, *numbers(1))
    clock.advance(LATE)
    stage.sandbox.world.faults.add(Fault(RECORDS, FaultKind.NOT_JSON))
    await fetch_receipts.run(stage.services, stage.now)
    assert (await stage.get(message)).state is MessageState.DELIVERED
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (1, 1)


async def test_it_asks_a_few_at_a_time_however_many_are_missing(
    stage: Stage, clock: HandClock
) -> None:
    await accept(stage, *numbers(10))
    clock.advance(LATE)
    asked = []
    for _ in range(4):
        await fetch_receipts.run(stage.services, stage.now)
        asked.append(stage.asked(RECORDS))
    assert asked == [4, 8, 10, 10]


async def test_tencent_that_cannot_answer_is_asked_once_and_left_alone(
    stage: Stage, clock: HandClock
) -> None:
    sent = await accept(stage, *numbers(3))
    clock.advance(LATE)
    for action in (RECORDS, REPORTS):
        stage.sandbox.world.faults.add(Fault(action, FaultKind.NOT_JSON))
    for _ in range(3):
        await fetch_receipts.run(stage.services, stage.now)
    assert (stage.asked(RECORDS), stage.asked(REPORTS)) == (1, 1)
    clock.advance(timedelta(seconds=31))
    await fetch_receipts.run(stage.services, stage.now)
    ends = [(await stage.get(message)).state for message in sent]
    assert sorted(ends) == [MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.DELIVERED]
    clock.advance(timedelta(minutes=20))
    await fetch_receipts.run(stage.services, stage.now)
    assert (await stage.get(sent[0])).state is MessageState.DELIVERED


async def test_sending_does_not_wait_for_books_that_hang(stage: Stage, clock: HandClock) -> None:
    await accept(stage, *numbers(3))
    clock.advance(LATE)
    stage.sandbox.world.faults.add(Fault(RECORDS, FaultKind.HANG))
    fetching = asyncio.create_task(fetch_receipts.run(stage.services, stage.now))
    async with asyncio.timeout(30):
        while stage.sandbox.world.faults.ordered():  # noqa: ASYNC110 - it is used up by the call
            await asyncio.sleep(0.005)
    assert len(await accept(stage, "+8613900000099")) == 1
    assert not fetching.done()
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)


async def test_nothing_is_begun_once_the_process_is_to_end(stage: Stage, clock: HandClock) -> None:
    await accept(stage, *numbers(2))
    clock.advance(LATE)
    stage.services.stopping.set()
    await fetch_receipts.run(stage.services, stage.now)
    assert stage.asked(RECORDS) == 0


async def test_an_app_that_is_gone_is_not_asked_about(stage: Stage, clock: HandClock) -> None:
    await accept(stage, *numbers(1))
    await stage.change("UPDATE messages SET app = 'gone'")
    clock.advance(LATE)
    await fetch_receipts.run(stage.services, stage.now)
    assert stage.asked(RECORDS) == 0


def test_questions_stay_well_below_what_tencent_answers() -> None:
    """Tencent answers 20 of these a second (cloud.tencent.com/document/product/382/52077)."""
    a_second = fetch_receipts.QUESTIONS_A_RUN / fetch_receipts.EVERY_S
    assert a_second * 2 <= 20 / 2


async def test_v5_is_asked_in_its_own_words(stage: Stage, clock: HandClock) -> None:
    (message,) = await accept(stage, *numbers(1))
    known = stage.sandbox.credentials
    legacy = LegacyClient(
        endpoint=stage.sandbox.url, app_keys={known.sdk_app_id: known.app_key}, clock=clock
    )
    services = replace(stage.services, tencent=legacy)
    clock.advance(LATE)
    await fetch_receipts.run(services, stage.now)
    assert (await stage.get(message)).state is MessageState.DELIVERED
    await stage.services.db.write(traffic.note_watched, ["demo"], stage.now - timedelta(days=1))
    clock.advance(timedelta(hours=18))
    await check_coverage.run(services, stage.now)
    await legacy.close()
    asked = {entry.action for entry in stage.sandbox.requests} - {"SendSms"}
    assert asked == {"querysms4mobile", "pullsendstatus", "pullcallbackstatus"}
    assert await stage.services.db.read(alerts.find_open) == []
