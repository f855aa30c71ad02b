from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules import pace
from bot.rules.pace import Bucket

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RATES = st.integers(min_value=1, max_value=3000)
COUNTS = st.integers(min_value=0, max_value=3000)


def at(s: float) -> datetime:
    return NOW + timedelta(seconds=s)


def test_a_full_bucket_holds_a_seconds_worth() -> None:
    assert pace.available(pace.full(10, NOW), NOW) == 10


def test_what_was_taken_comes_back_at_the_rate() -> None:
    bucket = pace.take(pace.full(10, NOW), 10, NOW)
    assert [pace.available(bucket, at(s)) for s in (0, 0.1, 0.55, 1, 9)] == [0, 1, 5, 10, 10]


def test_what_is_owed_is_paid_before_anything_goes() -> None:
    bucket = pace.take(pace.full(10, NOW), 15, NOW)
    assert [pace.available(bucket, at(s)) for s in (0, 0.5, 0.6, 1.5)] == [0, 0, 1, 10]


def test_what_did_not_go_is_given_back() -> None:
    bucket = pace.give_back(pace.take(pace.full(10, NOW), 10, NOW), 4)
    assert pace.available(bucket, NOW) == 4


def test_nothing_goes_before_the_rest_is_over() -> None:
    bucket = pace.rest(pace.full(10, NOW), at(30), NOW)
    assert [pace.available(bucket, at(s)) for s in (0, 29.9, 30, 30.1, 31)] == [0, 0, 0, 1, 10]


def test_a_rest_never_shortens_another() -> None:
    long = pace.rest(pace.full(10, NOW), at(30), NOW)
    assert pace.rest(long, at(5), NOW) == long


def test_a_clock_set_back_stops_nobody_for_long() -> None:
    bucket = pace.take(pace.full(10, at(3_600)), 10, at(3_600))
    assert pace.available(bucket, NOW) == 10


def test_more_than_a_full_bucket_is_ready_when_the_bucket_is_full() -> None:
    bucket = pace.take(pace.full(10, NOW), 10, NOW)
    assert pace.ready_at(bucket, 50, NOW) == at(1)
    assert pace.ready_at(pace.full(10, NOW), 50, NOW) == NOW


@given(RATES, COUNTS, COUNTS)
def test_when_it_is_said_to_be_ready_it_is(rate: int, taken: int, wanted: int) -> None:
    bucket = pace.take(pace.full(rate, NOW), taken, NOW)
    ready_at = pace.ready_at(bucket, wanted, NOW)
    # A datetime has microseconds, and each of two roundings may cost one.
    late = ready_at + timedelta(microseconds=2)
    assert pace.available(bucket, late) >= min(wanted, rate)


@given(RATES, st.lists(st.tuples(st.integers(0, 5_000), COUNTS), max_size=30))
def test_no_stretch_of_time_sees_more_than_its_share(
    rate: int, turns: list[tuple[int, int]]
) -> None:
    """Over any number of turns: what went is no more than the time allows and one full bucket."""
    bucket, now, went = pace.full(rate, NOW), NOW, 0
    for wait_ms, wanted in turns:
        now += timedelta(milliseconds=wait_ms)
        free = pace.available(bucket, now)
        taken = min(free, wanted)
        bucket = pace.give_back(pace.take(bucket, free, now), free - taken)
        went += taken
        allowed = rate * ((now - NOW).total_seconds() + 1)
        assert went <= allowed + 0.01 * len(turns)


@given(RATES, COUNTS)
def test_taken_and_given_back_is_nothing(rate: int, count: int) -> None:
    bucket = pace.full(rate, NOW)
    again: Bucket = pace.give_back(pace.take(bucket, count, NOW), count)
    assert again == bucket
