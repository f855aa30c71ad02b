"""What messages came to, in numbers: what is counted of each state, over which spans, how quickly.

A message counts under the hour its attempt was signed in, whenever its answer or report came. Its
state alone says in which columns (`COUNTED`), so a move of a state is a difference of two of them,
and the sums are at any moment what counting every message would give. An attempt that may have left
and was given up for another stays counted, as `again`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import add, attrgetter

from bot.rules.delivery import MessageState

HOUR_S, DAY_S, WEEK_S = 3_600, 86_400, 604_800
#: A receipt usually comes within seconds; one that has not come by then is missing.
MISSING_AFTER = timedelta(minutes=5)
#: Latencies are kept in steps of a quarter of a doubling: each is told to a tenth.
STEPS_A_DOUBLING = 4


class Dimension(StrEnum):
    """What figures are kept by."""

    ALL = ""
    TEMPLATE = "template"
    SIGNATURE = "signature"
    CLASS = "class"
    CARRIER = "carrier"
    COUNTRY = "country"
    #: Country and first digits, `CN:+86138`: by the hour alone.
    PLACE = "place"
    #: Tencent's code for what it refused, the carrier's for what it did not deliver.
    CODE = "code"
    #: The step of `step_of`.
    LATENCY = "latency"
    #: Signature and carrier, `腾讯云:mobile`, of what a carrier did not deliver because it does not
    #: know the signature.
    UNFILED = "unfiled"


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of a span, and what else happened in it. In the order they are stored in."""

    #: Attempts that are committed and not taken back.
    begun: int = 0
    #: Of those begun: somebody else had agreed to it beforehand.
    agreed: int = 0
    #: By Tencent; what became of them is counted beside it.
    accepted: int = 0
    refused: int = 0
    #: At this moment.
    in_doubt: int = 0
    #: Doubts that were taken for sent.
    dropped: int = 0
    #: Doubts after which the message was sent once more.
    again: int = 0
    delivered: int = 0
    undelivered: int = 0
    #: Accepted, and no carrier spoken of it in time.
    unreported: int = 0
    #: What the accepted ones are charged for.
    segments: int = 0
    #: In the hour they came, whatever they answer.
    replies: int = 0
    optouts: int = 0
    key_presses: int = 0
    #: Reported on, and the first report came because Tencent was asked for it.
    backfilled: int = 0
    #: Voice calls that are over, in the hour that was told, and those of them somebody took.
    calls: int = 0
    answered_calls: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, self.as_tuple(), other.as_tuple()))

    def as_tuple(self) -> tuple[int, ...]:
        found: tuple[int, ...] = _ALL_OF(self)
        return found

    @property
    def sent(self) -> int:
        """Messages, each once however often it was tried."""
        return self.begun - self.again

    @property
    def reported(self) -> int:
        return self.delivered + self.undelivered

    @property
    def unheard(self) -> int:
        """Accepted, and not known whether it came."""
        return self.accepted - self.reported

    @property
    def in_flight(self) -> int:
        """Called, and not answered yet."""
        return self.sent - self.accepted - self.refused - self.in_doubt - self.dropped

    @property
    def is_nothing(self) -> bool:
        return not any(self.as_tuple())


COLUMNS = tuple(field.name for field in fields(Counts))
_ALL_OF = attrgetter(*COLUMNS)
NOTHING = Counts()

COUNTED: Mapping[MessageState, tuple[str, ...]] = {
    MessageState.IN_FLIGHT: ("begun",),
    MessageState.ACCEPTED: ("begun", "accepted"),
    MessageState.REFUSED: ("begun", "refused"),
    MessageState.IN_DOUBT: ("begun", "in_doubt"),
    MessageState.DROPPED: ("begun", "dropped"),
    MessageState.DELIVERED: ("begun", "accepted", "delivered"),
    MessageState.UNDELIVERED: ("begun", "accepted", "undelivered"),
    MessageState.UNREPORTED: ("begun", "accepted", "unreported"),
}
#: Which column changes by how much.
Change = tuple[int, int]


@cache
def changes(before: MessageState, after: MessageState) -> tuple[Change, ...]:
    """What a move changes; one from doubt back to the queue is an attempt given up for another."""
    if (before, after) == (MessageState.IN_DOUBT, MessageState.QUEUED):
        return _changes({"in_doubt": -1, "again": 1})
    moved = dict.fromkeys(COUNTED.get(before, ()), -1)
    for name in COUNTED.get(after, ()):
        moved[name] = moved.get(name, 0) + 1
    return _changes(moved)


def _changes(moved: Mapping[str, int]) -> tuple[Change, ...]:
    return tuple((COLUMNS.index(name), many) for name, many in moved.items() if many)


def step_of(latency_s: float) -> int:
    """The step a latency is kept in; 0 is below a second."""
    return 0 if latency_s < 1 else 1 + math.floor(STEPS_A_DOUBLING * math.log2(latency_s))


def latency_of(step: int) -> float:
    """Seconds: the middle of a step."""
    return 0.5 if step == 0 else 2 ** ((step - 0.5) / STEPS_A_DOUBLING)


@dataclass(frozen=True, slots=True)
class Latency:
    """How long it took from the call to the carrier's time of a report, of what was reported with
    a time: to a tenth of it. None where nothing was."""

    measured: int
    median_s: float | None
    p95_s: float | None


def latency(steps: Mapping[int, int]) -> Latency:
    """Of how many messages by step."""
    measured = sum(steps.values())
    return Latency(measured, _percentile(steps, measured, 50), _percentile(steps, measured, 95))


def _percentile(steps: Mapping[int, int], measured: int, percent: int) -> float | None:
    """The step that holds the message of that rank."""
    left = math.ceil(measured * percent / 100)
    for step in sorted(steps):
        left -= steps[step]
        if left <= 0 and measured > 0:
            return latency_of(step)
    return None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of what Tencent accepted: how much a carrier reported on."""

    accepted: int
    reported: int
    #: No report, and it is early yet.
    waiting: int
    #: No report for longer than `MISSING_AFTER`; Tencent can still be asked.
    missing: int
    #: None within 72 hours: nobody can tell any more.
    unreported: int
    #: Of those reported: the report did not come, and was fetched.
    backfilled: int = 0

    @property
    def due(self) -> int:
        """For so many a report should be here."""
        return self.accepted - self.waiting

    @property
    def came(self) -> int:
        """Reports that nobody had to ask for."""
        return self.reported - self.backfilled

    @property
    def absent(self) -> int:
        """Reports that did not come: fetched since, or unknown."""
        return self.due - self.came

    @property
    def unknown(self) -> int:
        return self.missing + self.unreported

    @property
    def percent(self) -> float | None:
        """How many came, of those that are due; None where none is."""
        return None if self.due <= 0 else 100 * self.came / self.due


@dataclass(frozen=True, slots=True)
class Figures:
    """What messages of a span came to: from `since` on and before `until`, whole hours.

    Every mapping is in the order of how much there is, most first.
    """

    apps: tuple[str, ...]
    since: datetime
    until: datetime
    total: Counts
    by_app: Mapping[str, Counts]
    by_template: Mapping[str, Counts]
    by_signature: Mapping[str, Counts]
    """By plain signature; '' is what bears none, as abroad."""
    by_class: Mapping[str, Counts]
    by_carrier: Mapping[str, Counts]
    """By `Carrier`; '' is what went abroad."""
    by_country: Mapping[str, Counts]
    """By ISO code; '' where it is not known."""
    refused_by: Mapping[str, int]
    """By Tencent's code, or by what kept the call from being made."""
    undelivered_by: Mapping[str, int]
    """By the carrier's code."""
    latency: Latency
    coverage: Coverage
    by_hour: Mapping[int, Counts]
    """By the hour's beginning (UTC seconds since 1970), of every hour in which the bot ran."""
    compared: "Figures | None" = None
    """The same span whole weeks before, in short: by template, code and so on it is empty. None
    where too little is known of it."""
    known_since: datetime | None = None
    """The first hour there are figures of, where that is later than `since`."""

    @property
    def is_quiet(self) -> bool:
        """Nothing was sent, and nobody answered."""
        return self.total.is_nothing


def shift_s(span_s: int) -> int:
    """How far back the span lies that one of `span_s` is compared with: whole weeks, so that it
    holds the same days of the week and none of its own."""
    return max(1, -(-span_s // WEEK_S)) * WEEK_S


def whole_days(since_s: int, until_s: int) -> tuple[int, int]:
    """The UTC days that lie in a span; where none does, an empty span at its end."""
    first, last = -(-since_s // DAY_S) * DAY_S, until_s // DAY_S * DAY_S
    return (first, last) if first < last else (until_s, until_s)


def in_order(counted: Mapping[str, Counts]) -> dict[str, Counts]:
    """Most begun first; of equals by name."""
    return dict(sorted(counted.items(), key=lambda each: (-each[1].begun, each[0])))


def most_first(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted((each for each in counted if each[1]), key=lambda each: (-each[1], each[0])))
