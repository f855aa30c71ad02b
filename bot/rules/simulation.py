"""What another policy would have kept back, and what it would have let through: both policies are
replayed over the same attempts, those that were sent and those that a limit of ours refused.

Both begin with nothing sent. What a policy keeps back frees a place for what comes behind it, so
neither replay is a count of what the other one let.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import Any

from bot.rules.changes import Payload, Reading
from bot.rules.classes import TemplateClass
from bot.rules.policies import Policy
from bot.rules.replay import HOUR_MS, Attempted, Replay

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
#: Attempts taken from the log at once.
AT_ONCE = 1_000
SEGMENTS_OF = itemgetter(5)


@dataclass(frozen=True, slots=True)
class BusyHour:
    """An hour, and how many sends of it two policies judge differently."""

    starts_at: datetime
    sends: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """How two policies judge the same sends, of `from_at` up to `to_at`.

    `blocked` goes through under the old one only, `newly_let` under the new one only: both by
    class. `blocked_by` says which cap of the new one is in the way, by its key. `worst_hour` is
    that of what is blocked; where nothing is, that of what is newly let. Segments are what is
    billed.
    """

    from_at: datetime
    to_at: datetime
    sends: int = 0
    numbers: int = 0
    blocked: Mapping[str, int] = field(default_factory=dict)
    blocked_by: Mapping[str, int] = field(default_factory=dict)
    blocked_numbers: int = 0
    newly_let: Mapping[str, int] = field(default_factory=dict)
    newly_let_numbers: int = 0
    worst_hour: BusyHour | None = None
    segments_before: int = 0
    segments_after: int = 0

    @property
    def blocked_sends(self) -> int:
        return sum(self.blocked.values())

    @property
    def codes_blocked(self) -> int:
        """Codes people log in with, among what is blocked."""
        return self.blocked.get(TemplateClass.OTP.value, 0)

    def payload(self) -> dict[str, Any]:
        """What is stored and hashed; `simulation_of` reads it."""
        hour = self.worst_hour
        return {
            "from_ms": _to_ms(self.from_at),
            "to_ms": _to_ms(self.to_at),
            "sends": self.sends,
            "numbers": self.numbers,
            "blocked": dict(self.blocked),
            "blocked_by": dict(self.blocked_by),
            "blocked_numbers": self.blocked_numbers,
            "newly_let": dict(self.newly_let),
            "newly_let_numbers": self.newly_let_numbers,
            "worst_hour_ms": _to_ms(hour.starts_at) if hour else 0,
            "worst_hour_sends": hour.sends if hour else 0,
            "segments_before": self.segments_before,
            "segments_after": self.segments_after,
        }


def simulation_of(payload: Payload) -> Simulation:
    """What `Simulation.payload` wrote. Raises ValueError for anything else."""
    read = Reading(payload)
    hour = BusyHour(_from_ms(read.whole("worst_hour_ms")), read.whole("worst_hour_sends"))
    found = Simulation(
        from_at=_from_ms(read.whole("from_ms")),
        to_at=_from_ms(read.whole("to_ms")),
        sends=read.whole("sends"),
        numbers=read.whole("numbers"),
        blocked=_counts(read, "blocked"),
        blocked_by=_counts(read, "blocked_by"),
        blocked_numbers=read.whole("blocked_numbers"),
        newly_let=_counts(read, "newly_let"),
        newly_let_numbers=read.whole("newly_let_numbers"),
        worst_hour=hour if hour.sends else None,
        segments_before=read.whole("segments_before"),
        segments_after=read.whole("segments_after"),
    )
    read.end()
    return found


def simulate(
    log: Iterable[Attempted],
    before: Policy,
    after: Policy,
    exempt: Set[str],
    *,
    from_at: datetime,
    to_at: datetime,
) -> Simulation:
    """How `before` and `after` judge the attempts of `log`, which ascend in time; `exempt` are
    numbers as the log writes them."""
    replay, left = Replay(before, after, exempt), iter(log)
    blocked, newly_let, in_vain = _Kept(), _Kept(), _Kept()
    blocked_by = Counter[str]()
    sends = segments = 0
    while some := list(islice(left, AT_ONCE)):
        sends += len(some)
        segments += sum(map(SEGMENTS_OF, some))
        for kept in replay.kept_back(some):
            if kept.before is None and kept.after is not None:
                blocked.count(kept.attempt)
                blocked_by[kept.after] += 1
            elif kept.after is None:
                newly_let.count(kept.attempt)
            else:
                in_vain.count(kept.attempt)
    segments -= in_vain.segments
    return Simulation(
        from_at=from_at,
        to_at=to_at,
        sends=sends,
        numbers=replay.numbers(),
        blocked=dict(blocked.by_class),
        blocked_by=dict(blocked_by),
        blocked_numbers=len(blocked.numbers),
        newly_let=dict(newly_let.by_class),
        newly_let_numbers=len(newly_let.numbers),
        worst_hour=blocked.worst_hour() or newly_let.worst_hour(),
        segments_before=segments - newly_let.segments,
        segments_after=segments - blocked.segments,
    )


class _Kept:
    """What one policy keeps back, or both."""

    def __init__(self) -> None:
        self.by_class, self._by_hour = Counter[str](), Counter[int]()
        self.numbers, self.segments = set[str](), 0

    def count(self, attempt: Attempted) -> None:
        self.segments += attempt[5]
        self.by_class[attempt[3]] += 1
        self._by_hour[attempt[0] // HOUR_MS] += 1
        self.numbers.add(attempt[1])

    def worst_hour(self) -> BusyHour | None:
        """That with the most of it; of several, the first."""
        if not self._by_hour:
            return None
        hour, sends = max(self._by_hour.items(), key=lambda found: (found[1], -found[0]))
        return BusyHour(_from_ms(hour * HOUR_MS), sends)


def _counts(read: Reading, name: str) -> dict[str, int]:
    found = read.mapping(name)
    inner = Reading(found)
    return {key: inner.whole(key) for key in found}


def _to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def _from_ms(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)
