"""Who is on call: weeks by the wall clock, whoever stands in, gaps, clocks that are put forward."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.rotas import (
    NOBODY,
    Hours,
    Override,
    Rota,
    handover_after,
    handover_before,
    in_turn,
    on_duty,
    shifts,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ADA, BEA, CAI = "U0ADA", "U0BEA", "U0CAI"
WEEKDAYS = frozenset(range(5))


def rota(
    *people: str,
    zone: ZoneInfo = SHANGHAI,
    weekday: int = 0,
    at: time = time(9),
    starts: date = date(2026, 1, 5),
    hours: Hours | None = None,
) -> Rota:
    return Rota("primary", people or (ADA, BEA, CAI), weekday, at, zone, starts, hours)


def there(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def instead(who: str, begins: str, ends: str) -> Override:
    return Override("O-1", "primary", who, there(begins), there(ends), ADA)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-01-05T09:00", ADA),
        ("2026-01-12T08:59", ADA),
        ("2026-01-12T09:00", BEA),
        ("2026-01-19T09:00", CAI),
        ("2026-01-26T09:00", ADA),
        ("2026-01-05T08:59", NOBODY),
    ],
)
def test_everybody_has_a_week_from_hand_over_to_hand_over(moment: str, who: str) -> None:
    assert on_duty(rota(), (), there(moment)) == who


def test_the_first_has_the_week_of_the_first_hand_over_on_or_after_the_start() -> None:
    fridays = rota(weekday=4, starts=date(2026, 1, 6))
    assert on_duty(fridays, (), there("2026-01-09T08:59")) == NOBODY
    assert on_duty(fridays, (), there("2026-01-09T09:00")) == ADA


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-23", 167), ("2026-10-19", 169), ("2026-05-04", 168)],
)
def test_a_week_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    """Berlin puts its clocks forward on 29 March and back on 25 October 2026."""
    begins = there(f"{day}T09:00", BERLIN)
    ends = handover_after(rota(zone=BERLIN), begins)
    assert ends - begins == timedelta(hours=hours)
    assert ends.astimezone(BERLIN).time() == time(9)
    assert handover_before(rota(zone=BERLIN), ends) == ends
    assert handover_before(rota(zone=BERLIN), ends - timedelta(seconds=1)) == begins


def test_a_hand_over_in_the_hour_that_is_skipped_comes_an_hour_later_by_the_clock() -> None:
    night = rota(zone=BERLIN, weekday=6, at=time(2, 30))
    assert on_duty(night, (), there("2026-03-29T03:29", BERLIN)) != on_duty(
        night, (), there("2026-03-29T03:30", BERLIN)
    )


def test_a_hand_over_in_the_hour_that_comes_twice_is_in_the_first() -> None:
    night = rota(zone=BERLIN, weekday=6, at=time(2, 30))
    handover = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    before, after = (on_duty(night, (), handover + timedelta(seconds=step)) for step in (-1, 0))
    assert before != after
    assert on_duty(night, (), handover + timedelta(hours=1)) == after


def test_who_stands_in_is_on_call_and_the_last_one_given_counts() -> None:
    given = (
        instead(CAI, "2026-01-06T00:00", "2026-01-08T00:00"),
        instead(BEA, "2026-01-07T00:00", "2026-01-07T12:00"),
    )
    assert on_duty(rota(), given, there("2026-01-05T23:59")) == ADA
    assert on_duty(rota(), given, there("2026-01-06T00:00")) == CAI
    assert on_duty(rota(), given, there("2026-01-07T00:00")) == BEA
    assert on_duty(rota(), given, there("2026-01-07T12:00")) == CAI
    assert on_duty(rota(), given, there("2026-01-08T00:00")) == ADA


def test_an_override_of_another_rota_is_none_of_this() -> None:
    other = Override("O-2", "other", CAI, there("2026-01-05T00:00"), there("2026-02-05T00:00"), ADA)
    assert on_duty(rota(), (other,), there("2026-01-06T00:00")) == ADA


def test_a_week_of_nobody_is_a_gap_and_so_is_who_is_nobody_instead() -> None:
    assert on_duty(rota(ADA, NOBODY), (), there("2026-01-13T00:00")) == NOBODY
    assert in_turn(rota(ADA, NOBODY), (), there("2026-01-13T00:00")) == ()
    left = instead(NOBODY, "2026-01-06T00:00", "2026-01-07T00:00")
    assert on_duty(rota(), (left,), there("2026-01-06T12:00")) == NOBODY


def test_the_line_begins_with_who_is_on_call_and_goes_on_by_weeks() -> None:
    assert in_turn(rota(), (), there("2026-01-13T00:00")) == (BEA, CAI, ADA)
    assert in_turn(rota(ADA, NOBODY, BEA), (), there("2026-01-06T00:00")) == (ADA, BEA)
    # Whoever stands in comes first, and nobody twice.
    cai = instead(CAI, "2026-01-12T09:00", "2026-01-19T09:00")
    assert in_turn(rota(), (cai,), there("2026-01-13T00:00")) == (CAI, BEA, ADA)


def test_outside_its_hours_a_rota_has_nobody_but_who_stands_in() -> None:
    office = rota(hours=Hours(WEEKDAYS, time(9), time(18)))
    assert on_duty(office, (), there("2026-01-06T17:59")) == ADA
    assert on_duty(office, (), there("2026-01-06T18:00")) == NOBODY
    assert on_duty(office, (), there("2026-01-10T12:00")) == NOBODY
    night = instead(BEA, "2026-01-06T18:00", "2026-01-07T09:00")
    assert on_duty(office, (night,), there("2026-01-06T20:00")) == BEA


def test_hours_over_midnight_belong_to_the_day_they_began_on() -> None:
    nights = rota(hours=Hours(frozenset({4}), time(22), time(6)))
    assert on_duty(nights, (), there("2026-01-09T23:00")) == ADA
    assert on_duty(nights, (), there("2026-01-10T05:59")) == ADA
    assert on_duty(nights, (), there("2026-01-10T06:00")) == NOBODY
    assert on_duty(nights, (), there("2026-01-09T05:00")) == NOBODY


def test_hours_go_on_through_the_hour_that_comes_twice() -> None:
    """Berlin's clocks show 02:00 to 03:00 twice on 25 October 2026."""
    every_day = frozenset(range(7))
    until = rota(zone=BERLIN, hours=Hours(every_day, time(22), time(2, 30)))
    since = rota(zone=BERLIN, hours=Hours(every_day, time(2, 30), time(8)))
    # 02:15 and 02:45 the first time, then the second.
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    at = [first + timedelta(minutes=minutes) for minutes in (0, 30, 60, 90)]
    assert [on_duty(until, (), each) != NOBODY for each in at] == [True, False, False, False]
    assert [on_duty(since, (), each) != NOBODY for each in at] == [False, True, True, True]
    begins, ends = at[0] - timedelta(hours=8), at[-1] + timedelta(hours=1)
    assert [each.who == NOBODY for each in shifts(until, (), begins, ends)] == [True, False, True]


def test_shifts_say_who_is_on_call_when_gaps_included() -> None:
    cai = instead(CAI, "2026-01-07T00:00", "2026-01-08T00:00")
    found = shifts(rota(ADA, NOBODY), (cai,), there("2026-01-06T00:00"), there("2026-01-20T00:00"))
    assert [(each.who, each.is_override) for each in found] == [
        (ADA, False),
        (CAI, True),
        (ADA, False),
        (NOBODY, False),
        (ADA, False),
    ]
    assert found[3].begins_at == there("2026-01-12T09:00")


MOMENTS = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ROTAS = st.builds(
    rota,
    st.sampled_from([ADA, NOBODY]),
    st.just(BEA),
    st.just(CAI),
    zone=st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")]),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None)),
    hours=st.none()
    | st.builds(
        Hours,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.sampled_from([time(0), time(8), time(22)]),
        st.sampled_from([time(0), time(6), time(18)]),
    ),
)


@given(ROTAS, MOMENTS, st.integers(0, 14 * 24 * 60))
def test_shifts_agree_with_who_is_on_call_at_any_moment(
    each: Rota, since: datetime, minutes: int
) -> None:
    until = since + timedelta(days=14)
    found = shifts(each, (), since, until)
    assert (found[0].begins_at, found[-1].ends_at) == (since, until)
    for one, other in pairwise(found):
        assert one.ends_at == other.begins_at
        assert one.who != other.who
    moment = min(since + timedelta(minutes=minutes), until - timedelta(seconds=1))
    shift = next(s for s in found if s.begins_at <= moment < s.ends_at)
    assert shift.who == on_duty(each, (), moment)


@given(ROTAS, MOMENTS)
def test_the_last_hand_over_is_at_most_a_week_and_an_hour_ago(each: Rota, now: datetime) -> None:
    before, after = handover_before(each, now), handover_after(each, now)
    assert before <= now < after
    assert after - before <= timedelta(days=7, hours=1)
