from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.limits import MAINLAND_ZONE
from bot.rules.review_hours import (
    KNOWN_YEARS,
    Percentiles,
    Reckoned,
    ReviewKind,
    after_working,
    expected_by,
    expected_from_history,
    hours_of,
    in_review_hours,
    next_poll_at,
    opens_at,
    working_between,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MINUTES = st.integers(0, 4 * 365 * 24 * 60)
MOMENTS = MINUTES.map(lambda count: datetime(2024, 1, 1, tzinfo=UTC) + count * MINUTE)
SOON_AFTER = st.timedeltas(timedelta(0), timedelta(days=20))


def at(text: str) -> datetime:
    """A moment in Beijing, as UTC: ``2026-11-20 20:55``."""
    return datetime.fromisoformat(text).replace(tzinfo=MAINLAND_ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        pytest.param("2026-11-20 08:59", False, id="friday_before"),
        pytest.param("2026-11-20 09:00", True, id="friday_opens"),
        pytest.param("2026-11-20 20:59", True, id="friday_last_minute"),
        pytest.param("2026-11-20 21:00", False, id="friday_closed"),
        pytest.param("2026-11-21 17:59", True, id="saturday"),
        pytest.param("2026-11-21 18:00", False, id="saturday_closed"),
        pytest.param("2026-11-22 12:00", True, id="sunday"),
        pytest.param("2026-10-01 12:00", False, id="national_day"),
        pytest.param("2026-10-03 12:00", False, id="saturday_in_the_holiday"),
        pytest.param("2026-10-10 20:00", True, id="saturday_worked_to_make_up"),
        pytest.param("2026-02-17 12:00", False, id="spring_festival"),
    ],
)
def test_reviews_happen_in_these_hours(moment: str, is_open: bool) -> None:
    assert in_review_hours(at(moment)) is is_open


def test_an_hour_is_the_same_hour_wherever_the_asker_is() -> None:
    evening = datetime.fromisoformat("2026-11-20T13:30:00+01:00")
    assert in_review_hours(evening)
    assert not in_review_hours(evening + 30 * MINUTE)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20 10:00", "2026-11-20 10:00"),
        ("2026-11-20 20:59", "2026-11-20 20:59"),
        ("2026-11-20 21:00", "2026-11-21 09:00"),
        ("2026-11-20 03:00", "2026-11-20 09:00"),
        ("2026-09-30 21:30", "2026-10-08 09:00"),
    ],
)
def test_the_hours_begin_again(moment: str, opens: str) -> None:
    assert opens_at(at(moment)) == Reckoned(at(opens), is_certain=True)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-11-20 10:00", "2026-11-20 12:00", 2, id="within_a_day"),
        pytest.param("2026-11-20 20:00", "2026-11-21 10:00", 2, id="over_a_night"),
        pytest.param("2026-11-20 00:00", "2026-11-23 00:00", 12 + 9 + 9, id="a_long_weekend"),
        pytest.param("2026-09-30 20:00", "2026-10-08 10:00", 2, id="over_national_day"),
        pytest.param("2026-11-20 22:00", "2026-11-21 08:00", 0, id="a_night"),
        pytest.param("2026-11-21 12:00", "2026-11-20 12:00", 0, id="backwards"),
    ],
)
def test_only_review_hours_count_as_waiting(start: str, end: str, hours: int) -> None:
    assert working_between(at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("submitted", "kind", "expected"),
    [
        ("2026-11-20 10:00", ReviewKind.TEMPLATE, "2026-11-20 12:00"),
        ("2026-11-20 20:55", ReviewKind.TEMPLATE, "2026-11-21 10:55"),
        ("2026-11-20 10:00", ReviewKind.SIGNATURE, "2026-11-20 16:00"),
        ("2026-11-21 15:00", ReviewKind.SIGNATURE, "2026-11-22 12:00"),
        ("2026-09-30 20:00", ReviewKind.TEMPLATE, "2026-10-08 10:00"),
        ("2026-11-20 23:00", ReviewKind.TEMPLATE, "2026-11-21 11:00"),
    ],
)
def test_an_answer_is_expected_after_so_many_review_hours(
    submitted: str, kind: ReviewKind, expected: str
) -> None:
    assert expected_by(at(submitted), kind) == Reckoned(at(expected), is_certain=True)


def test_a_year_nobody_published_yet_has_weekdays_and_weekends_and_says_so() -> None:
    year = KNOWN_YEARS.stop
    assert hours_of(date(year - 1, 6, 1)).is_certain
    for day in (date(year, 1, 4), date(year, 1, 9)):
        hours = hours_of(day)
        assert hours.closes_at - hours.opens_at == (12 if day.weekday() < 5 else 9) * HOUR
        assert not hours.is_certain
    eve = datetime(year - 1, 12, 31, 20, 30, tzinfo=MAINLAND_ZONE)
    assert expected_by(eve - HOUR, ReviewKind.TEMPLATE).is_certain is False
    assert expected_by(eve - 3 * HOUR, ReviewKind.TEMPLATE).is_certain is True


def test_a_wait_beyond_all_reckoning_is_still_a_moment() -> None:
    found = after_working(at("2026-11-20 10:00"), timedelta(days=900))
    assert found.at > at("2028-01-01 00:00")
    assert not found.is_certain
    assert working_between(at("2010-01-01 00:00"), at("2026-01-01 00:00")) < timedelta(days=400)


@settings(deadline=None)
@given(MOMENTS, SOON_AFTER, SOON_AFTER)
def test_waiting_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    whole = working_between(start, end)
    assert working_between(start, middle) + working_between(middle, end) == whole
    assert timedelta(0) <= whole <= end - start


@settings(deadline=None)
@given(MOMENTS, st.timedeltas(MINUTE, timedelta(days=5)))
def test_so_much_waiting_has_passed_when_it_is_reckoned_to(
    start: datetime, amount: timedelta
) -> None:
    assert working_between(start, after_working(start, amount).at) == amount


def test_our_own_reviews_tell_how_long_they_take() -> None:
    took = [n * MINUTE for n in (50, 10, 40, 20, 30, 60, 90, 80, 70, 100)]
    assert expected_from_history(took) == Percentiles(50 * MINUTE, 90 * MINUTE, 10)
    assert expected_from_history([HOUR] * 5) == Percentiles(HOUR, HOUR, 5)
    assert expected_from_history([HOUR] * 4) is None


@pytest.mark.parametrize(
    ("submitted", "last", "minutes"),
    [
        pytest.param("2026-11-20 10:00", "2026-11-20 10:30", 1, id="young"),
        pytest.param("2026-11-20 10:00", "2026-11-20 13:00", 3, id="late"),
        pytest.param("2026-11-19 10:00", "2026-11-20 13:00", 10, id="a_day_old"),
        pytest.param("2026-11-10 10:00", "2026-11-20 13:00", 30, id="old"),
        pytest.param("2026-11-20 20:50", "2026-11-20 23:00", 30, id="at_night"),
        pytest.param("2026-11-10 10:00", "2026-11-20 23:00", 120, id="old_at_night"),
        pytest.param("2026-11-20 20:50", "2026-11-21 08:50", 10.5, id="when_the_hours_begin"),
    ],
)
def test_it_is_asked_often_while_an_answer_is_near(
    submitted: str, last: str, minutes: float
) -> None:
    asked = at(last)
    assert next_poll_at(asked, at(submitted), asked, jitter=0.5) == asked + minutes * MINUTE


def test_what_was_never_asked_for_is_asked_for_now() -> None:
    now = at("2026-11-20 23:00")
    assert next_poll_at(now, now - HOUR, None, jitter=0.9) == now


@settings(deadline=None)
@given(MOMENTS, SOON_AFTER, SOON_AFTER, st.floats(0, 1))
def test_the_next_question_is_never_in_the_past_nor_far_away(
    submitted: datetime, waited: timedelta, since: timedelta, jitter: float
) -> None:
    last = submitted + waited
    now = last + since
    due = next_poll_at(now, submitted, last, jitter)
    assert now <= due <= now + timedelta(hours=2.4)


def test_jitter_moves_a_question_within_a_fifth() -> None:
    asked = at("2026-11-20 10:00")
    dues = [next_poll_at(asked, asked - HOUR, asked, jitter) for jitter in (0, 1)]
    assert dues == [asked + 48 * timedelta(seconds=1), asked + 72 * timedelta(seconds=1)]
