from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.optouts import Optout, Scope, Source
from handlers.flows import claims, jobs
from handlers.flows.claims import Call
from storage import app_stops, optouts
from storage.db import Tx
from storage.ids import RequestId
from tests.handlers.flows.job_lists import number
from tests.handlers.flows.running import (
    ROOM,
    accepted,
    approve_job,
    claim,
    finish,
    look,
    of_job,
    settings_with,
    start_job,
)
from tests.handlers.flows.sends import NOT_CONNECTED, queue
from tests.storage.rows import LIN, NOW, later


def numbers(count: int, first: int = 1) -> list[str]:
    return [number(nth) for nth in range(first, first + count)]


def sizes(calls: Sequence[Call]) -> list[int]:
    return [len(call.numbers) for call in calls]


def states_of(tx: Tx, request_id: RequestId) -> list[MessageState]:
    return [message.state for message in of_job(tx, request_id)]


def test_equal_texts_share_calls_and_each_call_is_one_attempt(tx: Tx) -> None:
    request_id = start_job(tx, numbers(120))
    calls = claim(tx)
    assert sizes(calls) == [50, 50, 20]
    assert [each for call in calls for each in call.numbers] == numbers(120)
    flying = of_job(tx, request_id)
    assert {message.state for message in flying} == {MessageState.IN_FLIGHT}
    assert {message.attempt for message in flying} == {call.attempt for call in calls}
    assert all(message.signed_at == NOW for message in flying)
    assert claim(tx) == ()


def test_texts_of_their_own_have_calls_of_their_own(tx: Tx) -> None:
    start_job(tx, numbers(3), is_equal=False)
    calls = claim(tx)
    assert sizes(calls) == [1, 1, 1]
    assert [call.values for call in calls] == [("000000",), ("000001",), ("000002",)]


def test_mainland_and_abroad_never_share_a_call(tx: Tx) -> None:
    start_job(tx, [number(1), "+6591234567", number(2), "+6591234568"])
    assert {call.numbers: call.signature for call in claim(tx)} == {
        (number(1), number(2)): "腾讯云",
        ("+6591234567", "+6591234568"): "",
    }


def test_never_more_numbers_are_under_way_than_may_be(tx: Tx) -> None:
    """What one kill can put in doubt: the numbers that are under way, and no more."""
    settings = settings_with(numbers_at_once=60, batch=25)
    start_job(tx, numbers(200), settings=settings)
    room = replace(ROOM, numbers=60, job_numbers=54, most_numbers=54)
    assert sizes(claim(tx, room=room, settings=settings)) == [25, 25]
    full = replace(room, numbers=10, job_numbers=4)
    assert claim(tx, room=full, settings=settings) == ()


def test_never_more_calls_are_under_way_than_may_be(tx: Tx) -> None:
    start_job(tx, numbers(9), is_equal=False)
    assert sizes(claim(tx, room=replace(ROOM, job_calls=4))) == [1] * 4
    assert sizes(claim(tx, room=replace(ROOM, calls=3))) == [1] * 3


def test_no_token_no_call_and_what_is_missing_is_told(tx: Tx) -> None:
    start_job(tx, numbers(100))
    found = look(tx, room=replace(ROOM, tokens={"demo": 49}))
    assert found.calls == ()
    assert found.needs == {"demo": 50}
    assert sizes(claim(tx, room=replace(ROOM, tokens={"demo": 60}))) == [50]


def test_a_single_message_waits_for_no_job(tx: Tx) -> None:
    start_job(tx, numbers(100))
    code = queue(tx, "+8613900000001", TemplateClass.OTP)
    room = replace(ROOM, job_calls=0, job_numbers=0, tokens={"demo": 0})
    (call,) = claim(tx, room=room)
    assert call.attempts[0].id == code.id
    assert call.job is None


def test_codes_go_before_notices(tx: Tx) -> None:
    notice = queue(tx, "+8613900000001")
    code = queue(tx, "+8613900000002", TemplateClass.OTP, later(s=1))
    (first,) = claim(tx, later(s=2), replace(ROOM, calls=1))
    (second,) = claim(tx, later(s=2))
    assert (first.attempts[0].id, second.attempts[0].id) == (code.id, notice.id)


def test_jobs_take_turns(tx: Tx) -> None:
    one = start_job(tx, numbers(20), is_equal=False)
    two = start_job(tx, numbers(20, first=101), is_equal=False)
    turn = claim(tx, room=replace(ROOM, job_calls=10))
    assert [call.job for call in turn].count(one) == 5
    assert [call.job for call in turn].count(two) == 5


def test_who_was_served_last_comes_last(tx: Tx) -> None:
    both = {start_job(tx, numbers(9)), start_job(tx, numbers(9, first=101))}
    settings = settings_with(batch=3)
    room = replace(ROOM, job_calls=1)
    first = look(tx, room=room, settings=settings)
    second = look(tx, room=replace(room, after=first.after), settings=settings)
    assert {first.after, second.after} == both


def test_a_number_that_is_under_way_waits_for_its_fence(tx: Tx) -> None:
    queue(tx, number(2))
    request_id = start_job(tx, numbers(3))
    calls = claim(tx)
    assert sorted(sizes(calls)) == [1, 2]
    assert states_of(tx, request_id).count(MessageState.HELD) == 1
    assert claim(tx) == ()
    for nth, call in enumerate(calls):
        finish(tx, call, accepted(call, nth * 10))
    (call,) = claim(tx, later(s=31))
    assert call.numbers == (number(2),)


def test_who_opted_out_is_left_out(tx: Tx) -> None:
    request_id = start_job(tx, numbers(3))
    said = Optout(number(2), "腾讯云", Scope.ALL, Source.REPLY, "T", "", NOW)
    optouts.add(tx, said)
    (call,) = claim(tx)
    assert call.numbers == (number(1), number(3))
    (left_out,) = [m for m in of_job(tx, request_id) if m.state is MessageState.SKIPPED]
    assert (left_out.number, left_out.detail, left_out.settled_by) == (
        number(2),
        "opted_out",
        "rule",
    )


def test_who_has_had_enough_today_is_put_off_or_left_out(tx: Tx) -> None:
    """Five a day: whose job is over by midnight is left out, whose is not waits for it."""
    for nth in range(5):
        sent = start_job(tx, numbers(1), now=later(minutes=nth), is_equal=False)
        (call,) = claim(tx, later(minutes=nth))
        finish(tx, call, accepted(call, nth), later(minutes=nth))
        assert states_of(tx, sent) == [MessageState.ACCEPTED]
    today = start_job(tx, numbers(2), now=later(minutes=9), valid_for_s=3_600)
    tomorrow = start_job(tx, numbers(1), now=later(minutes=9), valid_for_s=86_400)
    (call,) = claim(tx, later(minutes=9))
    assert call.numbers == (number(2),)
    left_out, put_off = of_job(tx, today)[0], of_job(tx, tomorrow)[0]
    assert (left_out.state, left_out.detail) == (MessageState.SKIPPED, "per_day")
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert (put_off.state, put_off.detail, put_off.due_at) == (
        MessageState.QUEUED,
        "per_day",
        midnight,
    )
    assert claim(tx, midnight - timedelta(seconds=1)) == ()
    (call,) = claim(tx, midnight)
    assert call.job == tomorrow


def test_where_many_are_left_out_the_next_look_comes_at_once(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOKED_AT_ONCE", 5)
    start_job(tx, numbers(12))
    for out in numbers(10):
        optouts.add(tx, Optout(out, "", Scope.ALL, Source.REPLY, "T", "", NOW))
    looks = [look(tx) for _ in range(3)]
    assert [len(each.calls) for each in looks] == [0, 0, 1]
    assert [each.is_more for each in looks] == [True, True, False]
    assert looks[-1].calls[0].numbers == (number(11), number(12))


@pytest.mark.parametrize("is_job", [True, False], ids=["job", "single"])
def test_a_stopped_app_sends_nothing(tx: Tx, is_job: bool) -> None:
    if is_job:
        start_job(tx, numbers(2))
    else:
        queue(tx)
    app_stops.stop(tx, "demo", by=LIN, reason="wrong text", now=NOW)
    assert claim(tx) == ()
    app_stops.let(tx, "demo")
    assert len(claim(tx)) == 1


def test_nothing_is_claimed_of_a_job_that_waits_is_paused_or_cancelled(tx: Tx) -> None:
    request_id = approve_job(tx, numbers(200))
    assert claim(tx) == ()
    jobs.start_due(tx, settings_with(), NOW)
    room = replace(ROOM, job_calls=1)
    assert sizes(claim(tx, room=room)) == [50]
    jobs.pause(tx, request_id, LIN, NOW)
    assert claim(tx) == ()
    jobs.resume(tx, request_id, LIN, NOW)
    assert sizes(claim(tx, room=room)) == [50]
    jobs.cancel(tx, request_id, LIN, NOW)
    assert claim(tx) == ()


def test_what_waits_for_another_try_obeys_its_job(tx: Tx) -> None:
    request_id = start_job(tx, numbers(2))
    (call,) = claim(tx)
    finish(tx, call, NOT_CONNECTED)
    assert states_of(tx, request_id) == [MessageState.QUEUED] * 2
    jobs.pause(tx, request_id, LIN, NOW)
    assert claim(tx, later(s=60)) == ()
    jobs.resume(tx, request_id, LIN, NOW)
    (again,) = claim(tx, later(s=60))
    assert [attempt.attempts for attempt in again.attempts] == [2, 2]


def test_marketing_rests_at_night_and_its_validity_does_not(tx: Tx) -> None:
    """Noon; 21:59 and 22:00 by the mainland's clock; the next morning, past its time."""
    start_job(tx, numbers(60), template="2221", valid_for_s=80_000)
    room = replace(ROOM, job_calls=1)
    assert sizes(claim(tx, NOW + timedelta(hours=9, minutes=59), room)) == [50]
    assert claim(tx, NOW + timedelta(hours=10)) == ()
    assert claim(tx, NOW + timedelta(hours=19, minutes=59)) == ()
    assert sizes(claim(tx, NOW + timedelta(hours=20))) == [10]


def test_a_damaged_row_of_a_job_keeps_nobody_else_from_being_sent(tx: Tx) -> None:
    request_id = start_job(tx, numbers(3), is_equal=False)
    damaged = of_job(tx, request_id)[1]
    tx.run("UPDATE messages SET template_values = 'k1:xx' WHERE id = :id", id=damaged.id)
    calls = claim(tx)
    assert [call.numbers for call in calls] == [(number(1),), (number(3),)]
    row = tx.one("SELECT state, detail FROM messages WHERE id = :id", id=damaged.id)
    assert row is not None
    assert (row["state"], row["detail"]) == (MessageState.SKIPPED.value, "unreadable")


def test_nothing_is_claimed_after_its_time(tx: Tx) -> None:
    start_job(tx, numbers(2), valid_for_s=60)
    assert claim(tx, later(s=60)) == ()
    assert sizes(claim(tx, later(s=59))) == [2]
