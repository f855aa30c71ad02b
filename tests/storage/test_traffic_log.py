"""The log that a simulation replays: what was wanted, by time, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.policies import policy_of
from bot.rules.replay import Attempted
from bot.rules.simulation import simulate
from storage import limit_counts, message_attempts, messages, traffic_log
from storage.db import Tx
from storage.ids import AttemptId, MessageId, to_ms
from storage.limit_counts import LimitRefusal
from storage.messages import Settlement
from storage.vault import SealedNumber
from tests.rules import naive_replay
from tests.storage.rows import NOW, NUMBER, OTHER_NUMBER, add_message, add_request, later, start

SINCE, UNTIL = NOW - timedelta(days=30), NOW + timedelta(days=1)
CODES, NOTICES = TemplateClass.OTP, TemplateClass.NOTICE
REFUSAL = LimitRefusal(
    app="demo",
    at=NOW,
    request_id="R-GONE",
    number=SealedNumber("k1:nobody"),
    content="hash",
    class_=NOTICES,
    country="CN",
    rule="per_day",
)


def log(tx: Tx, since: datetime = SINCE, until: datetime = UNTIL) -> list[Attempted]:
    return [Attempted(*each) for each in traffic_log.attempts(tx.conn, "demo", since, until)]


def settled(tx: Tx, state: MessageState, fee: int | None, number: str = NUMBER) -> MessageId:
    message = start(tx, number)
    settlement = Settlement(state, "answer", fee_segments=fee, serial=None)
    assert messages.settle(tx, message, settlement, NOW) is not None
    return message.id


def change(tx: Tx, message_id: str, **values: object) -> None:
    """What no function of ours would do."""
    for name, value in values.items():
        tx.run(f"UPDATE messages SET {name} = :value WHERE id = :id", value=value, id=message_id)


def test_what_went_out_and_what_a_limit_refused_stand_together_by_time(tx: Tx) -> None:
    add_message(tx, now=later(s=2), class_=CODES)
    add_message(tx, OTHER_NUMBER, now=later(s=4))
    limit_counts.add_refusals(tx, [replace(REFUSAL, at=later(s=each)) for each in (5, 1, 3)])
    found = log(tx)
    assert [(each.at_ms - to_ms(NOW)) // 1000 for each in found] == [1, 2, 3, 4, 5]
    assert found[0] == Attempted(to_ms(later(s=1)), "k1:nobody", "hash", "notice", "CN", 1, 1)
    assert found[1].number == tx.vault.seal_number(NUMBER)
    assert (found[1].class_, found[1].country, found[1].counts) == ("otp", "CN", 1)


def test_a_message_counts_from_when_it_left(tx: Tx) -> None:
    message = add_message(tx)
    message_attempts.start(tx, [(message, AttemptId("a"))], later(minutes=5))
    assert [each.at_ms for each in log(tx)] == [to_ms(later(minutes=5))]


@pytest.mark.parametrize(
    ("state", "fee", "segments", "counts"),
    [
        (MessageState.ACCEPTED, 3, 3, 1),
        (MessageState.IN_DOUBT, None, 1, 1),
        # Tencent's refusal is billed nothing, and takes no place of its number.
        (MessageState.REFUSED, None, 0, 0),
    ],
)
def test_what_became_of_it_says_what_it_counts_for(
    tx: Tx, state: MessageState, fee: int | None, segments: int, counts: int
) -> None:
    settled(tx, state, fee)
    assert [(each.segments, each.counts) for each in log(tx)] == [(segments, counts)]


def test_what_nobody_was_billed_for_counts_as_its_class_does_lately(tx: Tx) -> None:
    settled(tx, MessageState.ACCEPTED, 3)
    settled(tx, MessageState.ACCEPTED, 2, OTHER_NUMBER)
    limit_counts.add_refusals(
        tx, [replace(REFUSAL, at=later(s=1)), replace(REFUSAL, at=later(s=2), class_=CODES)]
    )
    assert [each.segments for each in log(tx)][2:] == [3, 1]


@pytest.mark.parametrize("state", [MessageState.SKIPPED, MessageState.CANCELLED])
def test_what_was_let_go_unsent_was_not_wanted_here(tx: Tx, state: MessageState) -> None:
    """What a limit skipped is among the refusals; the others stopped for reasons of their own."""
    change(tx, add_message(tx), state=state.value)
    assert log(tx) == []


def test_a_row_of_a_job_was_not_wanted_before_its_turn(tx: Tx) -> None:
    message = add_message(tx)
    change(tx, message, file_row=1)
    assert log(tx) == []
    message_attempts.start(tx, [(message, AttemptId("a"))], later(minutes=1))
    assert len(log(tx)) == 1


def test_rows_of_an_earlier_program_have_the_country_their_signature_tells(tx: Tx) -> None:
    change(tx, add_message(tx), country="")
    change(tx, add_message(tx, OTHER_NUMBER, now=later(s=1)), country="", signature="")
    assert [each.country for each in log(tx)] == ["CN", ""]


def test_only_the_app_and_the_time_that_are_asked_for(tx: Tx) -> None:
    change(tx, add_message(tx), app="other")
    limit_counts.add_refusals(tx, [replace(REFUSAL, app="other")])
    for second in range(4):
        add_message(tx, now=later(s=second))
        limit_counts.add_refusals(tx, [replace(REFUSAL, at=later(s=second))])
    found = log(tx, later(s=1), later(s=3))
    assert sorted(each.at_ms - to_ms(NOW) for each in found) == [1000, 1000, 2000, 2000]


def test_of_one_moment_they_stand_in_the_order_they_were_asked_for(tx: Tx) -> None:
    numbers = [f"+86138000000{nth:02}" for nth in range(20)]
    for number in numbers:
        add_message(tx, number)
    assert [each.number for each in log(tx)] == [tx.vault.seal_number(each) for each in numbers]


def test_a_message_of_a_job_that_was_made_long_before_is_found(tx: Tx) -> None:
    message = add_message(tx, now=SINCE - timedelta(days=35))
    change(tx, message, file_row=1)
    message_attempts.start(tx, [(message, AttemptId("a"))], NOW)
    assert len(log(tx)) == 1


def test_what_is_older_is_not_even_looked_at(tx: Tx) -> None:
    values = {"first": "0", "app": "", "since": 0, "until": 0}
    values |= dict.fromkeys(("otp", "notice", "marketing", "alert"), 1)
    plan = tx.conn.execute(f"EXPLAIN QUERY PLAN {traffic_log.BEGUN}", values).fetchall()
    assert "id>?" in plan[0]["detail"]


#: Where the clock stood at each attempt: it goes on, stands still, and is put back.
steps = st.sampled_from((0, 0, 1, 15_000, 30_000, 3_600_000, 40_000_000, -1, -20_000, -3_600_000))
rows = st.lists(
    st.tuples(
        steps,
        st.sampled_from((NUMBER, NUMBER, OTHER_NUMBER)),
        st.sampled_from("xy"),
        st.sampled_from((CODES, NOTICES)),
        st.booleans(),
    ),
    max_size=15,
)
KEYS = ("number.30s", "number.hour", "number.day", "otp.day", "same.30s", "mainland.stop")
caps = st.dictionaries(st.sampled_from(KEYS), st.sampled_from((1, 1, 2, 3)), max_size=4)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, caps, caps)
def test_a_simulation_of_what_is_stored_is_what_counting_by_hand_comes_to(
    tx: Tx,
    rows: Sequence[tuple[int, str, str, TemplateClass, bool]],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    tx.conn.execute("SAVEPOINT example")
    expected = [each for _, each in sorted(stored(tx, rows))]
    policies = policy_of(before), policy_of(after)
    attempts = traffic_log.attempts(tx.conn, "demo", SINCE, NOW + timedelta(days=60))
    found = simulate(attempts, *policies, frozenset(), from_at=NOW, to_at=NOW)
    tx.conn.execute("ROLLBACK TO example")
    by_hand = naive_replay.figures(expected, before, after, frozenset())
    assert found.blocked == by_hand.blocked
    assert found.blocked_by == by_hand.blocked_by
    assert found.newly_let == by_hand.newly_let
    assert (found.sends, found.numbers) == (by_hand.sends, by_hand.numbers)


def stored(
    tx: Tx, rows: Sequence[tuple[int, str, str, TemplateClass, bool]]
) -> list[tuple[tuple[int, bool, str], Attempted]]:
    """Stores them one after the other; each with what it is sorted by."""
    now, found = NOW, list[tuple[tuple[int, bool, str], Attempted]]()
    for step, number, text, class_, is_refused in rows:
        now += timedelta(milliseconds=step)
        sealed, content = tx.vault.seal_number(number), tx.vault.fingerprint("content", text)
        attempted = Attempted(to_ms(now), sealed, content, class_.value, "CN")
        nth: str
        if is_refused:
            nth = add_request(tx, now=now)
            refusal = LimitRefusal("demo", now, nth, sealed, content, class_, "CN", "per_day")
            limit_counts.add_refusals(tx, [refusal])
        else:
            nth = add_message(tx, number, class_=class_, now=now, text=text)
        found.append(((to_ms(now), is_refused, nth), attempted))
    return found
