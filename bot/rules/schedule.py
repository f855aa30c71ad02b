"""When something is to start: what a person typed, as one moment, or why it is none.

A moment that is not certain is never guessed: what can be meant is said instead. `18:00` after six
in the evening is tomorrow's, and whoever shows it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType

from bot.rules import time_words
from bot.rules.time_words import CalendarDay, Clock, Parts, Period, Week, Weekday, WordFault

MAX_AHEAD = timedelta(days=30)
DAY = timedelta(days=1)
#: Who is up before this has not begun the day.
NIGHT_ENDS = time(5)
FIRST_YEAR, LAST_YEAR = 2000, 2999
NO_ZONES: Mapping[str, tzinfo] = MappingProxyType({})


class ScheduleReason(StrEnum):
    """Why what was typed is no moment to start at."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    #: Not the name of a zone that is known here, or of several.
    UNKNOWN_ZONE = "unknown_zone"
    #: A day without a clock.
    NO_CLOCK = "no_clock"
    NO_SUCH_CLOCK = "no_such_clock"
    NO_SUCH_DATE = "no_such_date"
    #: A date and a weekday that do not go together.
    CONTRADICTION = "contradiction"
    #: It can mean any of `choices`.
    AMBIGUOUS = "ambiguous"
    PAST = "past"
    TOO_FAR = "too_far"
    #: Clocks are put forward over it.
    SKIPPED = "skipped"
    #: Clocks are put back, and show it twice.
    TWICE = "twice"


class Hint(StrEnum):
    """What has to be said of a moment, because it is not the one everybody would take it for."""

    #: A clock without a day, and over for today: tomorrow's.
    NEXT_DAY = "next_day"
    #: Today fits, and its clock is over: the next day that fits.
    LATER_DAY = "later_day"
    #: A day counted from one that has hardly begun: to some, tomorrow is when they have slept.
    AFTER_MIDNIGHT = "after_midnight"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When it starts; aware, in the zone it was typed in."""

    at: datetime
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class ScheduleFault:
    """Why it is no moment; `choices` are what it means or can mean, in the zone it was typed in."""

    reason: ScheduleReason
    choices: tuple[datetime, ...] = ()


class Day(StrEnum):
    """How people call a day from where they are."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment as the clocks of one zone show it."""

    day: Day
    date: date
    clock: str
    zone: str


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """A moment by the clocks of the team, and of whoever looks where theirs differ."""

    here: LocalTime
    viewer: LocalTime | None


def read(
    typed: str, now: datetime, zone: tzinfo, known: Mapping[str, tzinfo] = NO_ZONES
) -> Scheduled | ScheduleFault:
    """The moment somebody typed. `zone` holds where none is typed; `known` are those, by name, that
    may be named beside UTC, Beijing's and a difference to UTC."""
    parts = time_words.read(typed, known)
    if isinstance(parts, WordFault):
        return ScheduleFault(ScheduleReason(parts.value))
    # Within one zone Python compares what clocks show: everything is compared with UTC.
    now, there = now.astimezone(UTC), parts.zone or zone
    if parts.delay is not None:
        return _in_reach((now + parts.delay).astimezone(there), now)
    if parts.clock is None:
        return ScheduleFault(ScheduleReason.NO_CLOCK)
    into_day = _into_day(parts.clock, parts.period)
    if into_day is None:
        return ScheduleFault(ScheduleReason.NO_SUCH_CLOCK)
    return _resolved(parts, parts.clock, into_day, now, there)


def show(at: datetime, zone: tzinfo, now: datetime, viewer: tzinfo | None = None) -> TimeFacts:
    """`at` by the clocks of `zone`, and of `viewer` where they show something else."""
    here = _local(at, zone, now)
    if viewer is None or at.astimezone(viewer).utcoffset() == at.astimezone(zone).utcoffset():
        return TimeFacts(here, None)
    return TimeFacts(here, _local(at, viewer, now))


def write(at: datetime, zone: tzinfo) -> str:
    """`at` as somebody would type it by the clocks of `zone`, to the second: `read` reads it, in
    whatever zone, as the same moment."""
    there = at.astimezone(zone)
    clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"
    return f"{there:%Y-%m-%d} {clock} {there.isoformat()[-6:]}"


def zone_name(zone: tzinfo) -> str:
    """What people call a zone: `Asia/Shanghai`, `UTC+08:00`."""
    key: str | None = getattr(zone, "key", None)
    return key or zone.tzname(None) or "UTC"


def _local(at: datetime, zone: tzinfo, now: datetime) -> LocalTime:
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    ahead = (there.date() - today).days
    day = {0: Day.TODAY, 1: Day.TOMORROW}.get(ahead, Day.OTHER)
    return LocalTime(day, there.date(), f"{there:%H:%M}", zone_name(zone))


# Which hours go with a part of the day, and what they are on a clock of 24.
_SAME, _LATER = range(1, 12), range(1, 12)
_HOURS: Mapping[Period | None, Mapping[int, int]] = {
    None: {hour: hour for hour in range(25)},
    Period.AM: {12: 0} | {hour: hour for hour in _SAME},
    Period.PM: {12: 12} | {hour: hour + 12 for hour in _LATER},
    Period.SMALL_HOURS: {12: 0} | {hour: hour for hour in range(6)},
    Period.MORNING: {hour: hour for hour in range(4, 12)},
    Period.NOON: {11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14},
    Period.AFTERNOON: {hour: hour for hour in range(12, 20)} | {h: h + 12 for h in range(1, 8)},
    # 今晚12点 and 今晚0点 are the midnight at the end of that day.
    Period.EVENING: {0: 24, 24: 24}
    | {hour: hour for hour in range(17, 24)}
    | {hour: hour + 12 for hour in range(5, 13)},
}


def _into_day(clock: Clock, period: Period | None) -> timedelta | None:
    """How far into its day a clock is; None for none that there is. 24:00 is a whole day."""
    hour = _HOURS[period].get(clock.hour)
    if hour is None or clock.minute > 59 or clock.second > 59:
        return None
    if hour == 24 and (clock.minute or clock.second):
        return None
    return timedelta(hours=hour, minutes=clock.minute, seconds=clock.second)


def _resolved(
    parts: Parts, clock: Clock, into_day: timedelta, now: datetime, zone: tzinfo
) -> Scheduled | ScheduleFault:
    """The day a clock is meant on."""
    today = now.astimezone(zone).date()
    if parts.date is None and parts.weekday is None and parts.days_ahead is None:
        is_loose = clock.is_loose and parts.period is None
        return _bare(into_day, today, now, zone, is_loose=is_loose)
    readings = _readings(parts, today)
    if isinstance(readings, ScheduleReason):
        return ScheduleFault(readings)
    clocks = (timedelta(), into_day) if clock.is_midnight else (into_day,)
    found = _only([_first(days, each, now, zone) for days in readings for each in clocks])
    is_night = now.astimezone(zone).time() < NIGHT_ENDS
    if isinstance(found, Scheduled) and parts.days_ahead and is_night:
        return replace(found, hint=Hint.AFTER_MIDNIGHT)
    return found


def _bare(
    into_day: timedelta, today: date, now: datetime, zone: tzinfo, *, is_loose: bool
) -> Scheduled | ScheduleFault:
    """A clock without a day: today's, or tomorrow's where that is over."""
    here = _on(today, into_day, now, zone)
    if not _is_over(here):
        return here
    tomorrow = _on(today + DAY, into_day, now, zone)
    if isinstance(tomorrow, ScheduleFault):
        return tomorrow
    evening = _on(today, into_day + DAY / 2, now, zone) if is_loose else here
    if isinstance(evening, Scheduled):
        # At ten, 8点 can be this evening's as well as tomorrow's.
        return ScheduleFault(ScheduleReason.AMBIGUOUS, (evening.at, tomorrow.at))
    return Scheduled(tomorrow.at, Hint.NEXT_DAY)


Days = tuple[date, ...]


def _readings(parts: Parts, today: date) -> tuple[Days, ...] | ScheduleReason:
    """Every day that can be meant: for each reading one, or several of which the first ahead is."""
    match parts.date, parts.days_ahead, parts.weekday:
        case None, None, Weekday() as weekday:
            return _weekdays(weekday, today)
        case None, int() as ahead, _:
            readings: tuple[Days, ...] = ((today + ahead * DAY,),)
        case CalendarDay() as typed, None, _:
            readings = _dates(typed, today)
        case _:
            return ScheduleReason.UNREADABLE
    readings = tuple(days for days in readings if days)
    if not readings:
        return ScheduleReason.NO_SUCH_DATE
    if parts.weekday is None:
        return readings
    wanted = parts.weekday.day
    fitting = tuple(tuple(day for day in days if day.weekday() == wanted) for days in readings)
    return tuple(days for days in fitting if days) or ScheduleReason.CONTRADICTION


def _dates(typed: CalendarDay, today: date) -> tuple[Days, ...]:
    if typed.month is None:
        following = today.replace(day=1) + 31 * DAY
        months = ((today.year, today.month), (following.year, following.month))
        days = (_date(year, month, typed.day) for year, month in months)
        return (tuple(day for day in days if day is not None),)
    years = (today.year, today.year + 1) if typed.year is None else (typed.year,)
    orders = [(typed.month, typed.day)]
    if typed.is_either:
        orders.append((typed.day, typed.month))
    return tuple(
        tuple(day for year in years if (day := _date(year, month, of_month)) is not None)
        for month, of_month in orders
    )


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekdays(typed: Weekday, today: date) -> tuple[Days, ...]:
    coming = today + ((typed.day - today.weekday()) % 7) * DAY
    of_this_week = today + (typed.day - today.weekday()) * DAY
    match typed.week:
        case None:
            return ((coming, coming + 7 * DAY),)
        case Week.SOME_NEXT:
            after_today = coming if coming > today else coming + 7 * DAY
            return tuple((day,) for day in sorted({after_today, of_this_week + 7 * DAY}))
        case week:
            return ((of_this_week + week.value * 7 * DAY,),)


def _first(
    days: Days, into_day: timedelta, now: datetime, zone: tzinfo
) -> Scheduled | ScheduleFault:
    """The first of these days on which it is not over; where that is too far, it is over."""
    found = [_on(day, into_day, now, zone) for day in days]
    ahead = next((each for each in found if not _is_over(each)), found[0])
    is_too_far = isinstance(ahead, ScheduleFault) and ahead.reason is ScheduleReason.TOO_FAR
    if is_too_far or ahead is found[0]:
        return found[0]
    if isinstance(ahead, Scheduled) and days[0] == now.astimezone(zone).date():
        return replace(ahead, hint=Hint.LATER_DAY)
    return ahead


def _only(found: list[Scheduled | ScheduleFault]) -> Scheduled | ScheduleFault:
    """The reading that can be had; where it is not the only one, neither is."""
    possible = list({each.at: each for each in found if isinstance(each, Scheduled)}.values())
    if len(possible) > 1:
        times = sorted((each.at for each in possible), key=lambda at: at.astimezone(UTC))
        return ScheduleFault(ScheduleReason.AMBIGUOUS, tuple(times))
    return possible[0] if possible else found[0]


def _is_over(found: Scheduled | ScheduleFault) -> bool:
    return isinstance(found, ScheduleFault) and found.reason is ScheduleReason.PAST


def _on(day: date, into_day: timedelta, now: datetime, zone: tzinfo) -> Scheduled | ScheduleFault:
    """A clock on a day."""
    shown = datetime.combine(day, time()) + into_day
    found = _moments(shown, zone)
    if not found:
        after = shown.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        return ScheduleFault(ScheduleReason.SKIPPED, (after,))
    ahead = [at for at in found if at.astimezone(UTC) > now]
    if len(ahead) > 1:
        return ScheduleFault(ScheduleReason.TWICE, tuple(ahead))
    return _in_reach((ahead or found)[0], now)


def _in_reach(at: datetime, now: datetime) -> Scheduled | ScheduleFault:
    """A moment that is neither over nor too far ahead; `now` in UTC."""
    ahead = at.astimezone(UTC) - now
    if ahead <= timedelta():
        return ScheduleFault(ScheduleReason.PAST, (at,))
    return ScheduleFault(ScheduleReason.TOO_FAR, (at,)) if ahead > MAX_AHEAD else Scheduled(at)


def _moments(shown: datetime, zone: tzinfo) -> list[datetime]:
    """Every moment at which the clocks of `zone` show it: none where they are put forward over it,
    two where they are put back."""
    found: dict[datetime, datetime] = {}
    for fold in (0, 1):
        at = shown.replace(tzinfo=zone, fold=fold)
        exact = at.astimezone(UTC)
        if exact.astimezone(zone).replace(tzinfo=None, fold=0) == shown:
            found.setdefault(exact, at)
    return list(found.values())
