"""How often somebody may ask: by the clock alone, and never more than a naive count allows."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.floods import KEPT, Floods, Rate, TooMany

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EACH, TOGETHER = Rate(10, MINUTE), Rate(60, MINUTE)


def take(floods: Floods, user: str, at: datetime, each: Rate, together: Rate) -> TooMany | None:
    """As a command of a member's is taken."""
    return floods.take(user, at, each) or floods.take_of_all(user, at, each, together)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_ten_at_once_and_then_one_every_six_seconds() -> None:
    floods = Floods()
    assert [take(floods, "lin", NOW, EACH, TOGETHER) for _ in range(10)] == [None] * 10
    held = take(floods, "lin", after(2), EACH, TOGETHER)
    assert held == TooMany(EACH, timedelta(seconds=4), is_of_all=False)
    assert take(floods, "lin", after(6), EACH, TOGETHER) is None
    assert take(floods, "lin", after(6), EACH, TOGETHER) is not None
    # One flood is nobody else's.
    assert take(floods, "maya", after(6), EACH, TOGETHER) is None


def test_all_together_are_bounded_and_who_is_held_back_for_others_owes_nothing() -> None:
    floods = Floods()
    taken = [take(floods, f"u{nth % 20}", NOW, EACH, TOGETHER) for nth in range(61)]
    assert taken[:60] == [None] * 60
    assert taken[60] == TooMany(TOGETHER, timedelta(seconds=1), is_of_all=True)
    for nth in range(1, 10):
        assert take(floods, "late", after(nth), EACH, TOGETHER) is None


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    floods = Floods()
    for _ in range(10):
        assert floods.take("lin", NOW, EACH) is None
    assert floods.take("lin", after(-3600), EACH) is None


def test_what_was_held_back_is_told_once_a_minute() -> None:
    floods = Floods()
    told = []
    for nth in range(130):
        if floods.take("lin", after(nth / 10), Rate(1, timedelta(hours=1))) is not None:
            told.append(floods.to_tell(after(nth)))
    assert [many for many in told if many] == [1, 60, 60]


def test_of_a_crowd_only_those_are_remembered_who_owe_something() -> None:
    floods = Floods()
    for nth in range(5 * KEPT):
        assert floods.take(f"u{nth}", after(nth), EACH) is None
    assert len(floods._full_at) <= KEPT + 1


times = st.lists(st.integers(0, 400), max_size=120).map(sorted)


@given(times, st.lists(st.sampled_from("abc"), min_size=120, max_size=120))
def test_never_more_than_the_rate_and_a_full_bucket_within_any_time(
    at: list[int], who: list[str]
) -> None:
    floods = Floods()
    taken = [
        (second, user)
        for second, user in zip(at, who, strict=False)
        if take(floods, user, after(second), Rate(3, MINUTE), Rate(5, MINUTE)) is None
    ]
    for start in {second for second, _ in taken}:
        within = [user for second, user in taken if start <= second < start + 60]
        # A full bucket, and what it gains meanwhile.
        assert len(within) <= 10
        assert all(within.count(user) <= 6 for user in "abc")


@given(times)
def test_who_waits_as_long_as_was_said_is_let_in(at: list[int]) -> None:
    floods = Floods()
    for second in at:
        held = floods.take("lin", after(second), Rate(7, MINUTE))
        if held is not None:
            assert timedelta() < held.wait <= MINUTE
            then = Floods()
            then._full_at = dict(floods._full_at)
            assert then.take("lin", after(second) + held.wait, Rate(7, MINUTE)) is None
