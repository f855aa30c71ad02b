"""When a summary is due and of which span, what is trouble in an hour, and what to do about most.

A summary belongs to a span of whole hours, not to the moment it is posted at: whoever asks later is
told the newest span whose time has come, and nothing of those before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.rules.codes import code_of
from bot.rules.figures import Figures
from bot.rules.receipts import receipt_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: An hour is looked at so long after its end: most receipts are there by then, and one that is not
#: is missing (`bot.rules.figures.MISSING_AFTER`).
SETTLED_AFTER = timedelta(minutes=10)
PROBLEMS_MAX = 3
#: Where the catalogue says what kept a call from being made, and what helps against all of that.
UNSENT, UNSENT_CURE = "card.detail", "figures.unsent_cure"


class SummaryKind(StrEnum):
    """What span a summary is of."""

    DAILY = "daily"
    """A calendar day."""
    WEEKLY = "weekly"
    """The seven calendar days before that of the summary."""
    HOURLY = "hourly"
    """A clock hour; told only where there was trouble."""


#: So far apart two spans of a kind may begin and be the same day, or week, by the clocks of two
#: zones: somebody may change theirs. Days of which half are the same hours are one; a weekly
#: summary that is wanted on another day of the week is another.
SAME_WITHIN: Mapping[SummaryKind, timedelta] = {
    SummaryKind.DAILY: timedelta(hours=12),
    SummaryKind.WEEKLY: timedelta(hours=22),
    SummaryKind.HOURLY: timedelta(0),
}


@dataclass(frozen=True, slots=True)
class Timetable:
    """When somebody wants to hear of an app, by the clocks of their zone; None is never."""

    daily: time | None = None
    weekly: tuple[int, time] | None = None
    """Day of the week, Monday is 0, and time."""
    is_hourly: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """What a summary is of: from `since` on and before `until`, in UTC."""

    kind: SummaryKind
    since: datetime
    until: datetime


def due(timetable: Timetable, now: datetime, zone: tzinfo) -> list[Span]:
    """Of each kind that is wanted, the newest span whose time has come, told or not."""
    spans = []
    if timetable.daily is not None:
        day = _last_day(timetable.daily, now, zone)
        spans.append(_days(SummaryKind.DAILY, day, 1, zone))
    if timetable.weekly is not None:
        weekday, clock = timetable.weekly
        day = _last_day(clock, now, zone, weekday)
        spans.append(_days(SummaryKind.WEEKLY, day, 7, zone))
    if timetable.is_hourly:
        until = _whole_hour(now - SETTLED_AFTER)
        spans.append(Span(SummaryKind.HOURLY, until - HOUR, until))
    return spans


def _last_day(clock: time, now: datetime, zone: tzinfo, weekday: int | None = None) -> date:
    """The latest day, of those that fall on `weekday`, on which `clock` is over. A clock that is
    skipped as summer begins comes as the clocks are put forward; one shown twice, the first time.
    """
    day = now.astimezone(zone).date()
    while weekday not in {None, day.weekday()} or _moment(day, clock, zone) > now:
        day -= DAY
    return day


def _days(kind: SummaryKind, before: date, days: int, zone: tzinfo) -> Span:
    """So many calendar days before one. Figures are kept by whole hours of UTC: where a zone is
    half an hour off, a day begins with the hour its midnight falls in."""
    first, end = before - days * DAY, before
    return Span(kind, *(_whole_hour(_moment(day, time(), zone)) for day in (first, end)))


def _moment(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _whole_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class TroubleKind(StrEnum):
    """What went wrong with more of an hour's messages than should."""

    REFUSED = "refused"
    UNDELIVERED = "undelivered"
    #: Nobody knows whether it left.
    IN_DOUBT = "in_doubt"
    #: Accepted, and Tencent pushed no receipt in time: callbacks may not get through.
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Trouble:
    """`many` of `total` messages."""

    kind: TroubleKind
    many: int
    total: int


@dataclass(frozen=True, slots=True)
class Tolerance:
    """From when on what goes wrong in an hour is trouble: so large a share of its messages, and
    never fewer than so many."""

    share: float
    messages: int


def troubles(figures: Figures, tolerance: Tolerance) -> tuple[Trouble, ...]:
    """What is to be told of an hour, in the order of the kinds; nothing where all is well."""
    total, coverage = figures.total, figures.coverage
    found = (
        Trouble(TroubleKind.REFUSED, total.refused, total.accepted + total.refused),
        Trouble(TroubleKind.UNDELIVERED, total.undelivered, total.reported),
        Trouble(TroubleKind.IN_DOUBT, total.in_doubt, total.sent),
        Trouble(TroubleKind.MISSING, coverage.absent, coverage.due),
    )
    return tuple(each for each in found if _is_too_much(each, tolerance))


def _is_too_much(trouble: Trouble, tolerance: Tolerance) -> bool:
    least = max(1, tolerance.messages, tolerance.share * trouble.total)
    return trouble.many >= least


@dataclass(frozen=True, slots=True)
class Problem:
    """Why messages failed: `many` with the same cause, most of them with the first of `codes`;
    none where nobody gave one, because the call was never made."""

    many: int
    codes: tuple[str, ...]
    cause_key: str
    cure_key: str


def problems(
    refused_by: Mapping[str, int], undelivered_by: Mapping[str, int]
) -> tuple[Problem, ...]:
    """The causes most messages failed for, with cure: carriers have many codes for the same."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for name, many in refused_by.items():
        found.setdefault(_keys_of_refusal(name), {})[name] = many
    for name, many in undelivered_by.items():
        receipt = receipt_of(name)
        found.setdefault((receipt.cause_key, receipt.cure_key), {})[name] = many
    every = (_problem(keys, counted) for keys, counted in found.items())
    return tuple(sorted(every, key=lambda each: (-each.many, each.cause_key))[:PROBLEMS_MAX])


def _keys_of_refusal(name: str) -> tuple[str, str]:
    if _is_word(name):
        return f"{UNSENT}.{name}", UNSENT_CURE
    code = code_of(name)
    return code.cause_key, code.cure_key


def _is_word(name: str) -> bool:
    """Whether it is a word of ours for what kept a call from being made: no code of Tencent's
    begins with a small letter."""
    return name[:1].islower()


def _problem(keys: tuple[str, str], counted: Mapping[str, int]) -> Problem:
    cause_key, cure_key = keys
    codes = () if cure_key == UNSENT_CURE else tuple(_most_first(counted))
    return Problem(sum(counted.values()), codes, cause_key, cure_key)


def _most_first(counted: Mapping[str, int]) -> Iterable[str]:
    return sorted(counted, key=lambda name: (-counted[name], name))
