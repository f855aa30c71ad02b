"""Status callbacks: the payload, what counts as success, three attempts, and order."""

from datetime import timedelta

import pytest

from tests.sandbox.tencent.callers import Caller, Clock, Receiver, idle
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"


async def test_a_callback_has_the_vendors_fields_in_shanghai_time(
    caller: Caller, receiver: Receiver
) -> None:
    (row,) = await caller.send(NUMBER, SessionContext="ctx")
    posts = await receiver.wait_for(1)
    assert posts == [
        [
            {
                "user_receive_time": "2026-11-23 12:00:00",
                "nationcode": "86",
                "mobile": "13800000001",
                "report_status": "SUCCESS",
                "errmsg": "DELIVRD",
                "description": "用户短信送达成功",
                "sid": row["SerialNo"],
            }
        ]
    ]


async def test_the_context_comes_along_only_where_it_was_enabled(
    start: Start, receiver: Receiver
) -> None:
    caller = await start(callback_ext=True)
    await caller.send(NUMBER, SessionContext="ctx")
    ((row,),) = await receiver.wait_for(1)
    assert row["ext"] == "ctx"


FAILURES = [
    (500, '{"result":0}'),
    (307, '{"result":0}'),  # to itself, where the repeated POST would succeed
    (200, '{"result":1}'),
    (200, '{"result":false}'),
    (200, '{"result":"0"}'),
    (200, "[]"),
    (200, "OK"),
    (200, "[" * 50_000),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failed_push_is_repeated_until_the_third_attempt(
    caller: Caller, receiver: Receiver, failure: tuple[int, str]
) -> None:
    receiver.answers = [failure] * 3
    await caller.send(NUMBER)
    posts = await receiver.wait_for(3)
    await idle(caller.sandbox)
    assert len(posts) == 3
    assert posts[0] == posts[1] == posts[2]


async def test_a_push_that_succeeds_the_second_time_is_not_repeated(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.answers = [(503, "busy")]
    await caller.send(NUMBER)
    await receiver.wait_for(2)
    await idle(caller.sandbox)
    assert len(receiver.posts) == 2


async def test_an_endpoint_that_is_not_there_is_given_up_after_three_attempts(
    start: Start,
) -> None:
    caller = await start(callback_url="http://127.0.0.1:1/nobody")
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    (attempt,) = caller.sandbox.world.state.ledger.of(NUMBER)
    assert attempt.reported_success is True


async def test_without_a_callback_url_the_report_is_only_kept(start: Start) -> None:
    caller = await start(callback_url=None)
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    (attempt,) = caller.sandbox.world.state.ledger.of(NUMBER)
    assert attempt.reported_code == "DELIVRD"


async def test_a_callback_url_set_later_is_used(start: Start, receiver: Receiver) -> None:
    caller = await start(callback_url=None)
    await caller.sandbox.set_callback_url(receiver.url)
    await caller.send(NUMBER)
    assert len(await receiver.wait_for(1)) == 1


async def test_at_most_a_hundred_results_travel_in_one_push(
    caller: Caller, receiver: Receiver
) -> None:
    rows = await caller.send(*(f"+861390000{position:04d}" for position in range(150)))
    posts = await receiver.wait_for(2)
    assert sorted(len(post) for post in posts) == [50, 100]
    assert {each["sid"] for post in posts for each in post} == {row["SerialNo"] for row in rows}


async def test_reports_wait_for_their_delay(start: Start, clock: Clock) -> None:
    caller = await start(report_delay_s=2.0)
    await caller.send(NUMBER)
    (pending,) = caller.sandbox.world.state.pending
    due = clock.now + timedelta(seconds=2)
    assert pending.due_at_ms == round(due.timestamp() * 1000)
