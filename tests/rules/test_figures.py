import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.carriers import RANGES, Carrier, carrier_of
from bot.rules.delivery import TRANSITIONS, MessageState
from bot.rules.figures import (
    COLUMNS,
    COUNTED,
    DAY_S,
    HOUR_S,
    WEEK_S,
    Counts,
    Coverage,
    changes,
    in_order,
    latency,
    latency_of,
    most_first,
    shift_s,
    step_of,
    whole_days,
)

STATES = st.sampled_from(MessageState)


def moved(before: MessageState, after: MessageState) -> dict[str, int]:
    return {COLUMNS[column]: many for column, many in changes(before, after)}


def test_every_state_is_counted_once_as_what_it_is() -> None:
    known = {state for move in TRANSITIONS for state in (move[0], TRANSITIONS[move])}
    assert known >= set(COUNTED)
    for state in COUNTED:
        one = Counts(**dict.fromkeys(COUNTED[state], 1))
        assert one.sent == 1
        assert one.in_flight == (state is MessageState.IN_FLIGHT)
        assert one.unheard == (state in {MessageState.ACCEPTED, MessageState.UNREPORTED})


@given(states=st.lists(STATES, min_size=2, max_size=8))
def test_moves_add_up_to_the_state_a_message_is_in(states: list[MessageState]) -> None:
    again = (MessageState.IN_DOUBT, MessageState.QUEUED)
    path = [move for move in pairwise(states) if move != again]
    for before, after in path:
        expected = dict.fromkeys(COUNTED.get(after, ()), 1)
        for name in COUNTED.get(before, ()):
            expected[name] = expected.get(name, 0) - 1
        assert moved(before, after) == {name: many for name, many in expected.items() if many}


def test_a_doubt_that_is_sent_again_stays_begun() -> None:
    assert moved(MessageState.IN_DOUBT, MessageState.QUEUED) == {"in_doubt": -1, "again": 1}
    assert moved(MessageState.IN_FLIGHT, MessageState.QUEUED) == {"begun": -1}


@given(took_s=st.lists(st.floats(0, 300_000), min_size=1, max_size=60))
def test_latencies_are_told_to_a_tenth(took_s: list[float]) -> None:
    steps: dict[int, int] = {}
    for each in took_s:
        steps[step_of(each)] = steps.get(step_of(each), 0) + 1
    found = latency(steps)
    assert found.measured == len(took_s)
    for told, percent in ((found.median_s, 50), (found.p95_s, 95)):
        truth = sorted(took_s)[math.ceil(len(took_s) * percent / 100) - 1]
        assert told is not None
        assert abs(told - truth) <= max(1.0, 0.1 * truth)


def test_a_clock_that_is_ahead_takes_no_time() -> None:
    assert step_of(-3600) == step_of(0) == 0
    assert latency_of(0) < 1
    assert latency({}).median_s is None


@given(
    since=st.integers(0, 400).map(lambda hours: hours * HOUR_S),
    hours=st.integers(0, 200),
)
def test_whole_days_lie_inside_a_span(since: int, hours: int) -> None:
    until = since + hours * HOUR_S
    first, last = whole_days(since, until)
    assert since <= first <= last <= until
    assert (last - first) % DAY_S == 0
    if first < last:
        assert first % DAY_S == 0
        assert first - since < DAY_S
        assert until - last < DAY_S
    else:
        assert until // DAY_S * DAY_S - since < DAY_S


@pytest.mark.parametrize(
    ("days", "weeks"), [(1 / 24, 1), (1, 1), (7, 1), (8, 2), (30, 5), (365, 53)]
)
def test_a_span_is_compared_with_the_same_days_of_the_week(days: float, weeks: int) -> None:
    assert shift_s(int(days * DAY_S)) == weeks * WEEK_S


def test_coverage_is_of_what_a_report_is_due_for() -> None:
    assert Coverage(100, 90, 5, 3, 2).percent == pytest.approx(100 * 90 / 95)
    assert Coverage(5, 0, 5, 0, 0).percent is None


def test_counts_add_up_column_by_column() -> None:
    one = Counts(*range(len(COLUMNS)))
    assert (one + one).as_tuple() == tuple(2 * each for each in range(len(COLUMNS)))
    assert (one + one).again == 2 * one.again
    assert Counts().is_nothing
    assert not Counts(replies=1).is_nothing


def test_what_is_most_comes_first_and_nothing_is_left_out() -> None:
    counted = {"b": Counts(begun=1), "a": Counts(begun=1), "c": Counts(begun=2)}
    assert list(in_order(counted)) == ["c", "a", "b"]
    assert most_first([("x", 0), ("b", 1), ("a", 1), ("c", 9)]) == {"c": 9, "a": 1, "b": 1}


def test_a_number_range_is_one_carriers() -> None:
    every = [digits for ranges in RANGES.values() for digits in ranges.split()]
    assert len(every) == len(set(every))
    assert {digits[0] for digits in every} == {"1"}
    assert carrier_of("+8613800000001") is carrier_of("+86138") is Carrier.MOBILE
    assert carrier_of("+8617012345678") is Carrier.VIRTUAL
    assert carrier_of("+8619200000000") is Carrier.BROADNET
    assert carrier_of("+8615412345678") is Carrier.OTHER
    assert carrier_of("+6581234567") is Carrier.NONE
