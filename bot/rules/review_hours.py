"""When Tencent reviews, how long that takes, and when it is worth asking.

Fact: since 2023-04-24 signatures and templates are reviewed Monday to Friday 09:00 to 21:00,
Saturday and Sunday 09:00 to 18:00, and what falls on a statutory holiday waits until after it
(announcement product/382/85832; faq/382/13301 of 2025-04-18). Assumption: a weekend day that is
worked to make up for a holiday has a weekday's hours. The holidays are those of `chinesecalendar`;
of a year it does not know yet, weekdays and weekends are all that is known, and the answer says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from chinese_calendar import holidays, workdays

from bot.rules.limits import MAINLAND_ZONE

OPENS = time(9)
CLOSES_WEEKDAY, CLOSES_WEEKEND = time(21), time(18)
KNOWN_YEARS = range(min(holidays).year, max(holidays).year + 1)
# Beyond any wait that is reckoned, and any that is told.
LOOK_AHEAD_DAYS = 60
LONGEST_TOLD = timedelta(days=400)


class ReviewKind(StrEnum):
    """What is reviewed."""

    TEMPLATE = "template"
    SIGNATURE = "signature"


# The guide says two hours for a template and half a working day for a signature; a review day has
# twelve hours.
USUAL = {ReviewKind.TEMPLATE: timedelta(hours=2), ReviewKind.SIGNATURE: timedelta(hours=6)}
FEWEST_DURATIONS = 5

# Asked every so often, by how long the reviewers have had it: most answers come within two hours.
POLLS_OPEN = (
    (timedelta(hours=2), timedelta(minutes=1)),
    (timedelta(hours=6), timedelta(minutes=3)),
    (timedelta(hours=24), timedelta(minutes=10)),
)
POLL_OLD = timedelta(minutes=30)
# Outside the hours only the console changes anything.
POLL_CLOSED = timedelta(minutes=30)
POLL_CLOSED_OLD = timedelta(hours=2)
# By so much a poll may come early or late, so that many do not come together.
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A moment reckoned in review hours. It is not certain where it lies in, or beyond, a year
    whose holidays nobody has published to us.
    """

    at: datetime
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How long reviews took, in review hours, and of how many that is told."""

    p50: timedelta
    p90: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The review hours of one day, both ends UTC; they are the same on a day without any."""

    opens_at: datetime
    closes_at: datetime
    is_certain: bool


def hours_of(day: date) -> Hours:
    """The review hours of a day of Beijing's calendar."""
    closes = _closing_time(day)
    opens_at = _moment(day, OPENS)
    return Hours(
        opens_at,
        opens_at if closes is None else _moment(day, closes),
        is_certain=day.year in KNOWN_YEARS,
    )


def in_review_hours(now: datetime) -> bool:
    """Whether somebody reviews at this moment."""
    hours = hours_of(_day(now))
    return hours.opens_at <= now < hours.closes_at


def opens_at(now: datetime) -> Reckoned:
    """`now` itself inside the review hours, else when they next begin."""
    hours = next(day for day in _days_from(now) if max(now, day.opens_at) < day.closes_at)
    return Reckoned(max(now, hours.opens_at), hours.is_certain)


def working_between(start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` lies in review hours; none if `end` is earlier.

    Of more than 400 days the last 400 count.
    """
    start = max(start, end - LONGEST_TOLD)
    worked, day, last = timedelta(0), _day(start), _day(end)
    while day <= last:
        hours = hours_of(day)
        inside = min(end, hours.closes_at) - max(start, hours.opens_at)
        worked += max(inside, timedelta(0))
        day += timedelta(days=1)
    return worked


def after_working(start: datetime, amount: timedelta) -> Reckoned:
    """When so much review time has passed since `start`."""
    left, at, is_certain = amount, start, True
    for hours in _days_from(start):
        begins = max(start, hours.opens_at)
        inside = hours.closes_at - begins
        if inside <= timedelta(0):
            continue
        is_certain = is_certain and hours.is_certain
        at = begins + min(left, inside)
        left -= min(left, inside)
        if left <= timedelta(0):
            return Reckoned(at, is_certain)
    return Reckoned(at + left, is_certain=False)


def expected_by(submitted_at: datetime, kind: ReviewKind) -> Reckoned:
    """When Tencent's own figures let one expect the answer."""
    return after_working(submitted_at, USUAL[kind])


def expected_from_history(durations: Sequence[timedelta]) -> Percentiles | None:
    """What our own reviews took: `durations` in review hours (`working_between`), in any order.

    None where there are too few to tell anything.
    """
    if len(durations) < FEWEST_DURATIONS:
        return None
    ordered = sorted(durations)
    return Percentiles(_percentile(ordered, 50), _percentile(ordered, 90), len(ordered))


def next_poll_at(
    now: datetime, submitted_at: datetime, last_poll_at: datetime | None, jitter: float
) -> datetime:
    """When to ask next; never before `now`.

    `jitter` from 0.0 to 1.0 moves it within a fifth of the interval either way. Outside the hours
    the first question waits no longer than until they begin.
    """
    if last_poll_at is None:
        return now
    waited = working_between(submitted_at, now)
    is_open = in_review_hours(now)
    wait = _open_interval(waited) if is_open else _closed_interval(waited)
    due = last_poll_at + wait * (1 - JITTER + 2 * JITTER * jitter)
    if not is_open:
        due = min(due, opens_at(now).at + _open_interval(waited) * jitter)
    return max(due, now)


def _open_interval(waited: timedelta) -> timedelta:
    return next((wait for until, wait in POLLS_OPEN if waited < until), POLL_OLD)


def _closed_interval(waited: timedelta) -> timedelta:
    return POLL_CLOSED if waited < POLLS_OPEN[-1][0] else POLL_CLOSED_OLD


@lru_cache(maxsize=1_024)
def _closing_time(day: date) -> time | None:
    """When the day's reviews end, None where there are none."""
    if day in workdays:
        return CLOSES_WEEKDAY
    if day in holidays:
        return None
    return CLOSES_WEEKDAY if day.weekday() < 5 else CLOSES_WEEKEND


def _days_from(moment: datetime) -> Iterator[Hours]:
    first = _day(moment)
    for ahead in range(LOOK_AHEAD_DAYS):
        yield hours_of(first + timedelta(days=ahead))


def _day(moment: datetime) -> date:
    return moment.astimezone(MAINLAND_ZONE).date()


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, MAINLAND_ZONE).astimezone(UTC)


def _percentile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """The smallest value that so many percent do not exceed (nearest rank)."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
