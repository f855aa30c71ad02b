"""When marketing may go out, wherever the clock that asks stands."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.limits import MAINLAND_ZONE
from bot.rules.marketing_hours import CARRIERS, Hours, is_open, last_open, next_open

CLOCKS = st.integers(8 * 60, 22 * 60).map(lambda at: time(at // 60, at % 60))
HOURS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1]).map(lambda p: Hours(*p))
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(lambda s: START + timedelta(seconds=s))


def mainland(clock: str, day: int = 23) -> datetime:
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), MAINLAND_ZONE)


@pytest.mark.parametrize(
    ("clock", "wanted"),
    [
        ("00:00", mainland("08:00")),
        ("07:59:59", mainland("08:00")),
        ("08:00", mainland("08:00")),
        ("21:59:59", mainland("21:59:59")),
        ("22:00", mainland("08:00", day=24)),
        ("23:30", mainland("08:00", day=24)),
    ],
)
def test_what_comes_at_night_waits_for_the_morning(clock: str, wanted: datetime) -> None:
    assert next_open(CARRIERS, mainland(clock)) == wanted


@given(HOURS, MOMENTS)
def test_the_next_opening_is_open_never_before_and_never_a_day_away(
    hours: Hours, at: datetime
) -> None:
    found = next_open(hours, at)
    assert is_open(hours, found)
    assert at <= found < at + timedelta(days=1)
    assert found.tzinfo is at.tzinfo
    if found > at:
        assert not is_open(hours, at)
        assert not is_open(hours, found - timedelta(seconds=1))


@given(HOURS, MOMENTS)
def test_quieter_hours_are_never_open_where_the_carriers_are_not(
    hours: Hours, at: datetime
) -> None:
    assert is_open(CARRIERS, at) or not is_open(hours, at)


@pytest.mark.parametrize(
    ("clock", "wanted"),
    [
        ("00:00", mainland("22:00", day=22)),
        ("08:00", mainland("22:00", day=22)),
        ("08:00:01", mainland("08:00:01")),
        ("22:00", mainland("22:00")),
        ("22:00:01", mainland("22:00")),
    ],
)
def test_what_ends_at_night_could_go_until_the_evening(clock: str, wanted: datetime) -> None:
    assert last_open(CARRIERS, mainland(clock)) == wanted


@given(HOURS, MOMENTS)
def test_it_is_open_just_before_the_last_closing_and_shut_from_there(
    hours: Hours, at: datetime
) -> None:
    found = last_open(hours, at)
    assert is_open(hours, found - timedelta(seconds=1))
    assert found == at or (found < at and next_open(hours, found) >= at)
