"""When a named time is: hours, weekdays, days, months, years and zones together."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.time_intervals import TimeInterval, is_any, is_in

BEIJING, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = TimeInterval(times=((540, 1080),), weekdays=((0, 4),), zone=BEIJING)
#: A Monday.
MONDAY = datetime(2026, 11, 23, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("hours", "is_within"),
    [(8.99, False), (9, True), (17.99, True), (18, False), (9 + 5 * 24, False)],
)
def test_all_fields_have_to_fit(hours: float, *, is_within: bool) -> None:
    assert is_in(OFFICE, MONDAY + timedelta(hours=hours)) is is_within


def test_what_says_nothing_is_always() -> None:
    assert is_in(TimeInterval(), MONDAY)


def test_one_entry_of_a_field_is_enough() -> None:
    night = TimeInterval(times=((1320, 1440), (0, 480)))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    found = [is_in(night, at + timedelta(hours=hour)) for hour in (0, 7, 8, 21, 22, 23)]
    assert found == [True, True, False, False, True, True]


def test_the_last_minute_of_the_day_is_in_a_day_that_ends_at_24() -> None:
    at = datetime(2026, 11, 23, 23, 59, 59, 999_999, tzinfo=UTC)
    assert is_in(TimeInterval(times=((1439, 1440),)), at)
    assert not is_in(TimeInterval(times=((1380, 1439),)), at)


@pytest.mark.parametrize(
    ("days", "year", "month", "expected"),
    [
        (((1, 3),), 2026, 2, [1, 2, 3]),
        (((-2, -1),), 2026, 2, [27, 28]),
        (((-2, -1),), 2028, 2, [28, 29]),
        (((-2, -1),), 2026, 12, [30, 31]),
        (((30, 31),), 2026, 2, []),
        (((30, 31),), 2026, 4, [30]),
        (((25, -1),), 2026, 2, [25, 26, 27, 28]),
        (((-31, -29),), 2026, 2, []),
        (((-31, -28),), 2026, 2, [1]),
        (((1, 1), (-1, -1)), 2026, 6, [1, 30]),
    ],
)
def test_days_are_those_the_month_has(
    days: tuple[tuple[int, int], ...], year: int, month: int, expected: list[int]
) -> None:
    first = datetime(year, month, 1, 12, tzinfo=UTC)
    at = [first + timedelta(days=nth) for nth in range(31)]
    found = [
        each.day for each in at if each.month == month and is_in(TimeInterval(days=days), each)
    ]
    assert found == expected


def test_months_and_years_count_as_calendars_do() -> None:
    winter = TimeInterval(months=((11, 12), (1, 2)), years=((2026, 2026),))
    assert is_in(winter, datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert is_in(winter, datetime(2026, 1, 1, tzinfo=UTC))
    assert not is_in(winter, datetime(2027, 1, 1, tzinfo=UTC))
    assert not is_in(winter, datetime(2026, 3, 1, tzinfo=UTC))


def test_the_clocks_are_those_of_the_zone_through_both_changes_of_summer_time() -> None:
    office = TimeInterval(times=((540, 1020),), zone=BERLIN)
    # 2026-03-29 and 2026-10-25: 09:00 in Berlin is 08:00 UTC in winter, 07:00 in summer.
    for day, hour in ((28, 8), (29, 7)):
        opens = datetime(2026, 3, day, hour, tzinfo=UTC)
        assert (is_in(office, opens), is_in(office, opens - timedelta(minutes=1))) == (True, False)
    for day, hour in ((24, 7), (25, 8)):
        opens = datetime(2026, 10, day, hour, tzinfo=UTC)
        assert (is_in(office, opens), is_in(office, opens - timedelta(minutes=1))) == (True, False)


def test_an_hour_the_clocks_show_twice_is_in_it_twice_and_one_they_skip_never() -> None:
    night = TimeInterval(times=((120, 180),), zone=BERLIN)
    spring = [datetime(2026, 3, 28, 23, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(36)]
    autumn = [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(36)]
    assert sum(is_in(night, at) for at in spring) == 0
    assert sum(is_in(night, at) for at in autumn) == 12


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(-12, 14))
def test_the_zone_now_is_given_in_makes_no_difference(minutes: int, hours: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    elsewhere = now.astimezone(timezone(timedelta(hours=hours)))
    assert is_in(OFFICE, now) is is_in(OFFICE, elsewhere)


def test_any_of_several_names_is_enough_and_an_unknown_one_never_is() -> None:
    intervals = {"office": (OFFICE,), "never": (TimeInterval(years=((2000, 2000),)),)}
    now = MONDAY + timedelta(hours=10)
    assert is_any(("never", "office"), intervals, now)
    assert not is_any(("never", "unknown"), intervals, now)
    assert not is_any((), intervals, now)
