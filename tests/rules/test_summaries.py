"""When a summary is due, what is trouble, and what most messages failed for."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.figures import Counts, Coverage, Figures
from bot.rules.summaries import (
    UNSENT_CURE,
    Span,
    SummaryKind,
    Timetable,
    Tolerance,
    Trouble,
    TroubleKind,
    due,
    problems,
    troubles,
)
from tests.slack.summed import NOTHING

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = [SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("UTC")]
NINE = time(9)
#: A Monday.
DAY = datetime(2026, 11, 23, tzinfo=SHANGHAI)


def spans(timetable: Timetable, now: datetime, zone: ZoneInfo = SHANGHAI) -> list[Span]:
    return due(timetable, now.astimezone(UTC), zone)


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    return DAY + timedelta(days=days, hours=hour, minutes=minute)


@pytest.mark.parametrize(("now", "day"), [(at(8, 59), -2), (at(9), -1), (at(23, 59), -1)])
def test_the_day_before_is_due_from_its_time_on(now: datetime, day: int) -> None:
    (span,) = spans(Timetable(daily=NINE), now)
    assert span == Span(SummaryKind.DAILY, at(0, days=day), at(0, days=day + 1))


@pytest.mark.parametrize(("now", "until"), [(at(8, 59), -7), (at(9), 0), (at(9, days=6), 0)])
def test_seven_days_are_due_from_their_day_and_time_on(now: datetime, until: int) -> None:
    (span,) = spans(Timetable(weekly=(0, NINE)), now)
    assert span == Span(SummaryKind.WEEKLY, at(0, days=until - 7), at(0, days=until))


@pytest.mark.parametrize(("now", "until"), [(at(9, 9), 8), (at(9, 10), 9)])
def test_an_hour_is_due_ten_minutes_after_its_end(now: datetime, until: int) -> None:
    (span,) = spans(Timetable(is_hourly=True), now)
    assert span == Span(SummaryKind.HOURLY, at(until - 1), at(until))


def test_nothing_that_is_not_wanted_is_due() -> None:
    assert spans(Timetable(), at(12)) == []


def test_a_day_has_the_hours_its_clocks_show() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    after_spring = datetime(2026, 3, 30, 12, tzinfo=berlin)
    after_autumn = datetime(2026, 10, 26, 12, tzinfo=berlin)
    hours = [
        (span.until - span.since) / timedelta(hours=1)
        for now in (after_spring, after_autumn)
        for span in spans(Timetable(daily=NINE), now, berlin)
    ]
    assert hours == [23, 25]


def test_a_clock_that_is_skipped_comes_as_the_clocks_are_put_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    # From two to three there is nothing on that Sunday; what is meant for 02:30 comes at 03:30.
    wanted = Timetable(daily=time(2, 30))
    before, after = (datetime(2026, 3, 29, 3, minute, tzinfo=berlin) for minute in (29, 30))
    ((first,), (then,)) = (spans(wanted, now, berlin) for now in (before, after))
    assert then.since - first.since == timedelta(days=1)


@given(
    minutes=st.integers(0, 2 * 366 * 24 * 60),
    later=st.timedeltas(timedelta(), timedelta(days=9)),
    clock=st.times(),
    weekday=st.integers(0, 6),
    zone=st.sampled_from(ZONES),
)
def test_spans_are_whole_hours_over_and_never_go_back(
    minutes: int, later: timedelta, clock: time, weekday: int, zone: ZoneInfo
) -> None:
    clock = clock.replace(second=0, microsecond=0)
    wanted = Timetable(clock, (weekday, clock), is_hourly=True)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    early, late = due(wanted, moment, zone), due(wanted, moment + later, zone)
    for one, next_ in zip(early, late, strict=True):
        assert one.since < one.until <= moment
        assert not any(
            (each.minute, each.second, each.microsecond) != (0, 0, 0)
            for each in (one.since, one.until)
        )
        assert one.since <= next_.since
    # Of the calendar kinds the newest span is no older than its interval and a bit.
    daily, weekly, _ = early
    assert moment - daily.until < timedelta(days=2, hours=2)
    assert moment - weekly.until < timedelta(days=8, hours=2)
    local = weekly.until.astimezone(zone)
    assert (local + timedelta(minutes=30)).weekday() == weekday


def figures(total: Counts, missing: int = 0) -> Figures:
    coverage = Coverage(total.accepted, total.reported, 0, missing, 0)
    return replace(NOTHING, total=total, coverage=coverage)


ALL_WELL = Counts(begun=100, accepted=100, delivered=100)
SOME = Tolerance(0.1, 5)


@pytest.mark.parametrize(
    ("changes", "missing", "kind"),
    [
        ({"accepted": 89, "delivered": 89, "refused": 11}, 0, TroubleKind.REFUSED),
        ({"delivered": 89, "undelivered": 11}, 0, TroubleKind.UNDELIVERED),
        ({"accepted": 89, "delivered": 89, "in_doubt": 11}, 0, TroubleKind.IN_DOUBT),
        ({"delivered": 89}, 11, TroubleKind.MISSING),
    ],
)
def test_each_kind_of_failure_is_trouble_when_there_is_much_of_it(
    changes: dict[str, int], missing: int, kind: TroubleKind
) -> None:
    found = troubles(figures(replace(ALL_WELL, **changes), missing), SOME)
    assert [(each.kind, each.many, each.total) for each in found] == [(kind, 11, 100)]


@pytest.mark.parametrize(
    ("undelivered", "delivered", "is_trouble"),
    [(5, 45, True), (5, 46, False), (4, 0, False), (0, 0, False), (10, 90, True), (9, 91, False)],
)
def test_trouble_takes_both_a_share_and_a_number(
    undelivered: int, delivered: int, *, is_trouble: bool
) -> None:
    sent = undelivered + delivered
    total = Counts(begun=sent, accepted=sent, delivered=delivered, undelivered=undelivered)
    expected = (Trouble(TroubleKind.UNDELIVERED, undelivered, sent),) if is_trouble else ()
    assert troubles(figures(total), SOME) == expected


def test_an_hour_without_messages_is_no_trouble_whatever_is_tolerated() -> None:
    assert troubles(figures(Counts()), Tolerance(0.0, 0)) == ()


def test_the_three_causes_most_failed_for_come_first_and_codes_of_one_cause_are_one() -> None:
    found = problems(
        {"LimitExceeded.PhoneNumberDailyLimit": 7, "connect": 2, "dns": 3},
        {"MK:0001": 4, "MK:0000": 6, "DB:0141": 5, "UNDELIV": 1},
    )
    assert [each.many for each in found] == [10, 7, 5]
    assert found[0].codes == ("MK:0000", "MK:0001")
    assert found[0].cause_key == "carrier_codes.empty_number.cause"
    assert found[1].codes == ("LimitExceeded.PhoneNumberDailyLimit",)


def test_what_kept_a_call_from_being_made_is_told_without_a_code() -> None:
    (found,) = problems({"dns": 3}, {})
    assert (found.cause_key, found.cure_key, found.codes) == ("card.detail.dns", UNSENT_CURE, ())


def test_codes_nobody_listed_are_told_too() -> None:
    found = problems({"FailedOperation.Brandnew": 3, "WhoKnows": 2}, {"<!channel>": 1})
    assert [each.codes[0] for each in found] == [
        "FailedOperation.Brandnew",
        "WhoKnows",
        "<!channel>",
    ]
