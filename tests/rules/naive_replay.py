"""A simulation as one would do it by hand: every attempt counted anew over everything let before.

Shares nothing with `bot.rules.replay`, and takes the square of the time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from bot.rules.replay import Attempted

BEIJING = timezone(timedelta(hours=8))
WINDOWS = {"30s": timedelta(seconds=30), "hour": timedelta(hours=1)}
OF_ONE_NUMBER = ("day", "hour", "30s")
CLASSES = ("otp", "notice", "marketing", "alert")
Caps = Mapping[str, int]


@dataclass(frozen=True)
class Figures:
    """What a simulation comes to."""

    sends: int
    numbers: int
    blocked: Mapping[str, int]
    blocked_by: Mapping[str, int]
    blocked_numbers: int
    newly_let: Mapping[str, int]
    newly_let_numbers: int
    worst_hour: tuple[datetime, int] | None
    segments_before: int
    segments_after: int


def figures(log: Sequence[Attempted], before: Caps, after: Caps, exempt: Set[str]) -> Figures:
    """Both policies over `log`, compared."""
    old, new = hits(log, before, exempt), hits(log, after, exempt)
    both = list(zip(log, old, new, strict=True))
    blocked = [each for each, was, is_ in both if was is None and is_ is not None]
    let = [each for each, was, is_ in both if was is not None and is_ is None]
    return Figures(
        sends=len(log),
        numbers=len({each.number for each in log}),
        blocked=Counter(each.class_ for each in blocked),
        blocked_by=Counter(is_ for _, was, is_ in both if was is None and is_ is not None),
        blocked_numbers=len({each.number for each in blocked}),
        newly_let=Counter(each.class_ for each in let),
        newly_let_numbers=len({each.number for each in let}),
        worst_hour=_worst_hour(blocked or let),
        segments_before=sum(each.segments for each, was, _ in both if was is None),
        segments_after=sum(each.segments for each, _, is_ in both if is_ is None),
    )


def hits(log: Sequence[Attempted], caps: Caps, exempt: Set[str]) -> list[str | None]:
    """For each attempt the cap that keeps it back, longest window first; None where it is let."""
    found: list[str | None] = []
    for nth, attempt in enumerate(log):
        let = [each for each, hit in zip(log[:nth], found, strict=True) if hit is None]
        found.append(_hit(attempt, let, caps, exempt))
    return found


def _hit(attempt: Attempted, let: Sequence[Attempted], caps: Caps, exempt: Set[str]) -> str | None:
    if attempt.number not in exempt:
        mine = [each for each in let if each.number == attempt.number and each.counts]
        for measure in OF_ONE_NUMBER:
            for scope in ("number", attempt.class_):
                cap = caps.get(f"{scope}.{measure}")
                of_scope = [each for each in mine if scope in {"number", each.class_}]
                if cap is not None and _within(attempt, of_scope, measure) >= cap:
                    return f"{scope}.{measure}"
        cap = caps.get("same.30s")
        same = [each for each in mine if each.content == attempt.content]
        if cap is not None and _within(attempt, same, "30s") >= cap:
            return "same.30s"
    scopes = ("mainland",) if attempt.country == "CN" else ("international", attempt.country)
    for scope in scopes:
        cap = caps.get(f"{scope}.stop")
        begun = [
            each for each in let if _day(each) == _day(attempt) and _is_of(each.country, scope)
        ]
        if cap is not None and len(begun) >= cap:
            return f"{scope}.stop"
    return None


def _within(attempt: Attempted, sent: Sequence[Attempted], measure: str) -> int:
    if measure == "day":
        return sum(_day(each) == _day(attempt) for each in sent)
    return sum(_at(attempt) - _at(each) < WINDOWS[measure] for each in sent)


def _is_of(country: str, scope: str) -> bool:
    if scope in {"mainland", "international"}:
        return (country == "CN") is (scope == "mainland")
    return country == scope


def _worst_hour(attempts: Sequence[Attempted]) -> tuple[datetime, int] | None:
    hours = Counter(_at(each).replace(minute=0, second=0, microsecond=0) for each in attempts)
    if not hours:
        return None
    most = max(hours.values())
    return min(hour for hour, sends in hours.items() if sends == most), most


def _at(attempt: Attempted) -> datetime:
    return datetime.fromtimestamp(attempt.at_ms / 1000, UTC)


def _day(attempt: Attempted) -> str:
    return f"{_at(attempt).astimezone(BEIJING):%Y-%m-%d}"
