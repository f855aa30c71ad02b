"""What messages usually cost: from one list of packages to the next, and by the hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.content import Package
from bot.rules.figures import HOUR_S
from bot.rules.package_usage import HISTORY_S, WEEK_HOURS, Usage, split, used_between

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
A = Package("a", 1000, 100, NOW, NOW + timedelta(days=9))
B = replace(A, package_id="b", used_segments=50)


def test_what_was_used_is_the_difference_of_two_lists() -> None:
    assert used_between([A, B], [A.with_used(130), B.with_used(51)], NOW) == 31


def test_what_is_listed_no_more_or_has_gained_tells_nothing() -> None:
    assert used_between([A, B], [A.with_used(90)], NOW) == 0


def test_a_package_counts_from_the_start_only_where_it_is_new() -> None:
    made = replace(B, created_at=NOW + timedelta(seconds=20))
    assert used_between([A], [A, made], NOW) == 50
    assert used_between([A], [A, replace(B, created_at=NOW - timedelta(days=9))], NOW) == 0
    assert used_between([A], [A, B], NOW) == 0, "nobody says when it was made"


def test_a_span_of_several_hours_is_shared_by_their_length() -> None:
    start = int(NOW.timestamp())
    found = split(90, start - 1800, start + HOUR_S)
    assert found == {start - HOUR_S: (30, 1800), start: (60, 3600)}
    assert split(5, start, start) == {}


@given(
    st.integers(0, 10**7),
    st.floats(0, 10**6),
    st.floats(0.5, 2 * HISTORY_S),
)
def test_nothing_is_lost_by_sharing(used: int, from_s: float, span_s: float) -> None:
    found = split(used, from_s, from_s + span_s)
    shared = sum(segments for segments, _ in found.values())
    if span_s <= HISTORY_S:
        assert shared == used
    else:
        assert abs(shared - used * HISTORY_S / span_s) <= 1
    assert all(segments >= 0 for segments, _ in found.values())
    assert all(0 <= seconds <= HOUR_S for _, seconds in found.values())


def naive_between(by_hour: tuple[float, ...], from_h: int, to_h: int) -> float:
    return sum(by_hour[hour % WEEK_HOURS] for hour in range(from_h, to_h))


@given(
    st.lists(st.integers(0, 9), min_size=WEEK_HOURS, max_size=WEEK_HOURS),
    st.integers(490_000, 500_000),
    st.integers(0, 1000),
)
def test_sums_over_weeks_are_those_of_their_hours(
    hours: list[int], from_h: int, span_h: int
) -> None:
    usage = Usage(tuple(map(float, hours)), 0.0, 28)
    expected = naive_between(usage.by_hour, from_h, from_h + span_h)
    assert usage.between(from_h * HOUR_S, (from_h + span_h) * HOUR_S) == expected
    when = usage.when(from_h * HOUR_S, expected)
    if expected:
        assert when is not None
        last = max(
            hour for hour in range(from_h, from_h + span_h) if usage.by_hour[hour % WEEK_HOURS] > 0
        )
        assert abs(when - (last + 1) * HOUR_S) < 1e-3, "when the last of it was used"


def test_where_nothing_is_used_no_time_comes() -> None:
    nothing = Usage((0.0,) * WEEK_HOURS, 0.0, 28)
    assert nothing.when(5.0, 1) is None
    assert nothing.when(5.0, 0) == 5.0
    assert nothing.width(HOUR_S) == 0
