"""Times of the week, the month and the year at which alerts are told, or not, as Alertmanager has
them: every field that is given must fit, one entry of a field is enough."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

#: From and to, both included; of times in minutes of the day, the end left out.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """When it is: fields left empty fit at any time.

    `times` are minutes since midnight, the end not included; `weekdays` count from Monday, 0;
    `days` of the month count from 1, or from the end, -1, as the month has them.
    """

    times: tuple[Span, ...] = ()
    weekdays: tuple[Span, ...] = ()
    days: tuple[Span, ...] = ()
    months: tuple[Span, ...] = ()
    years: tuple[Span, ...] = ()
    zone: tzinfo = UTC


#: What a name in app.yaml stands for: any of these.
Intervals: TypeAlias = Mapping[str, Sequence[TimeInterval]]


def is_in(interval: TimeInterval, now: datetime) -> bool:
    """Whether `now` is in it, by the clocks of its zone."""
    local = now.astimezone(interval.zone)
    minute = local.hour * 60 + local.minute
    return (
        _fits(((start, end - 1) for start, end in interval.times), minute, len(interval.times))
        and _fits(interval.weekdays, local.weekday(), len(interval.weekdays))
        and _fits(_days(interval.days, local), local.day, len(interval.days))
        and _fits(interval.months, local.month, len(interval.months))
        and _fits(interval.years, local.year, len(interval.years))
    )


def is_any(names: Iterable[str], intervals: Intervals, now: datetime) -> bool:
    """Whether `now` is in one of those named; a name nothing is known of is never."""
    return any(is_in(each, now) for name in names for each in intervals.get(name, ()))


def _fits(spans: Iterable[Span], value: int, given: int) -> bool:
    return not given or any(start <= value <= end for start, end in spans)


def _days(spans: Iterable[Span], local: datetime) -> Iterable[Span]:
    """Days as this month has them: -1 is its last; what it has not is cut off."""
    length = calendar.monthrange(local.year, local.month)[1]
    for start, end in spans:
        first, last = (day + length + 1 if day < 0 else day for day in (start, end))
        yield max(first, 1), min(last, length)
