"""Who is on call: people who take turns by the week, by the wall clock of their zone.

A week lasts from one hand-over to the next as the clocks there show it: 167 or 169 hours where they
are put forward or back. An hour that is skipped counts as the one after it, one that comes twice as
the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
#: In the place of a person: nobody is on call.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """The only times at which a rota calls anybody. `days`: 0 is Monday. One that ends before it
    begins goes on over midnight, as part of the day it began on."""

    days: frozenset[int]
    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Rota:
    """People in the order of their weeks: user ids or user groups, `NOBODY` for a week without.

    The first of them has the week of the first hand-over on or after `starts`.
    """

    name: str
    people: tuple[str, ...]
    weekday: int
    at: time
    zone: ZoneInfo
    starts: date
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody is on call in the place of whoever it would be; `NOBODY` for no one."""

    id: str
    rota: str
    who: str
    begins_at: datetime
    ends_at: datetime
    author: str

    def holds(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call from when to when; `NOBODY` where there is a gap."""

    who: str
    begins_at: datetime
    ends_at: datetime
    is_override: bool = False


def on_duty(rota: Rota, overrides: Sequence[Override], now: datetime) -> str:
    """The user id or user group that is on call; `NOBODY` in a gap.

    Of overrides that hold at once the last one given counts, outside the hours as well.
    """
    held = [each for each in overrides if each.rota == rota.name and each.holds(now)]
    if held:
        return held[-1].who
    if rota.hours is not None and not _is_within(rota, rota.hours, now):
        return NOBODY
    nth = _nth(rota, now)
    return NOBODY if nth is None else rota.people[nth % len(rota.people)]


def in_turn(rota: Rota, overrides: Sequence[Override], now: datetime) -> tuple[str, ...]:
    """Who is on call, then the others as their weeks follow: whom to try one after the other. Empty
    in a gap."""
    first = on_duty(rota, overrides, now)
    if first == NOBODY:
        return ()
    nth = _nth(rota, now) or 0
    people = len(rota.people)
    others = [rota.people[(nth + ahead) % people] for ahead in range(people)]
    return tuple(dict.fromkeys(each for each in (first, *others) if each != NOBODY))


def shifts(
    rota: Rota, overrides: Sequence[Override], since: datetime, until: datetime
) -> tuple[Shift, ...]:
    """Who is on call when, without a hole: gaps are shifts of nobody."""
    found: list[Shift] = []
    edges = sorted({since, until, *_edges(rota, overrides, since, until)})
    for begins_at, ends_at in pairwise(edges):
        who = on_duty(rota, overrides, begins_at)
        is_override = any(each.rota == rota.name and each.holds(begins_at) for each in overrides)
        last = found[-1] if found else None
        if last is not None and (last.who, last.is_override) == (who, is_override):
            found[-1] = Shift(who, last.begins_at, ends_at, is_override)
        else:
            found.append(Shift(who, begins_at, ends_at, is_override))
    return tuple(found)


def handover_before(rota: Rota, now: datetime) -> datetime:
    """The last hand-over at or before `now`, in UTC."""
    there = now.astimezone(rota.zone)
    day = there.date() - timedelta(days=(there.weekday() - rota.weekday) % 7)
    # The day before and the day after: around a clock that is put forward or back.
    found = [_handover(rota, day + step * WEEK) for step in (-1, 0, 1)]
    return max(each for each in found if each <= now.astimezone(UTC))


def handover_after(rota: Rota, now: datetime) -> datetime:
    """The next hand-over, in UTC."""
    day = handover_before(rota, now).astimezone(rota.zone).date()
    return _handover(rota, day + WEEK)


def _nth(rota: Rota, now: datetime) -> int | None:
    """How many hand-overs there were since the first; None before that."""
    first = rota.starts + timedelta(days=(rota.weekday - rota.starts.weekday()) % 7)
    day = handover_before(rota, now).astimezone(rota.zone).date()
    weeks = (day - first).days // 7
    return weeks if weeks >= 0 else None


def _handover(rota: Rota, day: date) -> datetime:
    return _moment(rota, day, rota.at)


def _moment(rota: Rota, day: date, at: time) -> datetime:
    """Of a time that is skipped, Python takes the offset before it: the hour after."""
    return datetime.combine(day, at, rota.zone).astimezone(UTC)


def _is_within(rota: Rota, hours: Hours, now: datetime) -> bool:
    """By moments, not by what the clocks show: an hour that comes twice neither begins nor ends
    them a second time."""
    today = now.astimezone(rota.zone).date()
    night = DAY if hours.ends <= hours.begins else timedelta()
    return any(
        _moment(rota, day, hours.begins) <= now < _moment(rota, day + night, hours.ends)
        for day in (today - DAY, today)
        if day.weekday() in hours.days
    )


def _edges(
    rota: Rota, overrides: Sequence[Override], since: datetime, until: datetime
) -> list[datetime]:
    """Every moment between the two at which somebody else may be on call."""
    found = [
        edge
        for each in overrides
        if each.rota == rota.name
        for edge in (each.begins_at, each.ends_at)
    ]
    day = since.astimezone(rota.zone).date() - DAY
    while day <= until.astimezone(rota.zone).date() + DAY:
        if day.weekday() == rota.weekday:
            found.append(_handover(rota, day))
        if rota.hours is not None:
            found += [_moment(rota, day, rota.hours.begins), _moment(rota, day, rota.hours.ends)]
            # Where one day ends and another begins, other days may count.
            found.append(_moment(rota, day, time()))
        day += DAY
    return [edge for edge in found if since < edge < until]
