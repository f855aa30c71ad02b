"""What is counted and timed while the bot runs, for whoever asks at /metrics. No I/O.

Noting something is an addition: what is told of it is worked out only when it is asked for. Each is
noted in one thread only.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from bot.reach import Reach

Labels: TypeAlias = tuple[str, ...]
#: Of what people and Slack wait for, in seconds: Slack gives up after three.
ANSWER_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 3.0)
#: Of what the disk takes.
DISK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
#: Of a whole exchange over the network.
EXCHANGE_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
#: Ticks come once a second; further apart, the process slept or its clock was set.
STEADY_S = 30.0
#: The Date of an answer is looked at so often at the most.
DATES_EVERY_S = 10.0
#: Of a job's run.
RUN_S = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0)


class Counts:
    """How often something happened since the start, by its labels."""

    __slots__ = ("by",)

    def __init__(self) -> None:
        self.by: dict[Labels, int] = {}

    def add(self, *labels: str, n: int = 1) -> None:
        self.by[labels] = self.by.get(labels, 0) + n


class Times:
    """How long something took since the start: how many within each of `bounds`, in seconds, how
    many beyond the last of them, and all of it together."""

    __slots__ = ("bounds", "total_s", "within")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.within = [0] * (len(self.bounds) + 1)
        self.total_s = 0.0

    def note(self, seconds: float) -> None:
        self.within[bisect_left(self.bounds, seconds)] += 1
        self.total_s += seconds


class TimesBy:
    """`Times`, kept apart by labels."""

    __slots__ = ("_bounds", "by")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self.by: dict[Labels, Times] = {}

    def note(self, seconds: float, *labels: str) -> None:
        known = self.by.get(labels)
        if known is None:
            known = self.by[labels] = Times(self._bounds)
        known.note(seconds)


class Calls:
    """Exchanges with somebody else's API, by method: how each ended, and how long it took."""

    __slots__ = ("_reach", "ends", "times")

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.ends = Counts()
        """By method and end."""
        self.times = TimesBy(EXCHANGE_S)
        """By method."""

    def note(self, method: str, end: str, seconds: float) -> None:
        self._reach.note(end)
        self.ends.add(method, end)
        self.times.note(seconds, method)


class Dates:
    """How far the clock of somebody we speak to is from ours, by the Date of their answers
    (RFC 9110 §6.6.1: whole seconds, as of when the answer was made)."""

    __slots__ = ("_clock", "_looked_at_s", "off_s")

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` is this machine's own: the one that may be wrong."""
        self._clock = clock
        self._looked_at_s = -DATES_EVERY_S
        self.off_s: float | None = None
        """Seconds theirs is ahead; None before they said anything."""

    def note(self, date: str | None) -> None:
        """What stands in the header; read every few seconds only, for it costs more than all else
        that is noted."""
        now_s = self._clock()
        if date is None or 0 <= now_s - self._looked_at_s < DATES_EVERY_S:
            return
        self._looked_at_s = now_s
        try:
            theirs = parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        self.off_s = theirs + 0.5 - now_s


class Wire:
    """One way to somebody else's API."""

    __slots__ = ("calls", "dates", "reach")

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.reach = Reach()
        self.calls = Calls(self.reach)
        self.dates = Dates(clock)


class Meters:
    """What the handlers and the mounts note; wires and storage have their own."""

    __slots__ = (
        "acknowledged",
        "callbacks",
        "jobs",
        "reports",
        "sends",
        "steady_since",
        "ticked_at",
        "ticked_at_s",
        "workers",
    )

    def __init__(self) -> None:
        self.acknowledged = TimesBy(ANSWER_S)
        """By kind of envelope: from its arrival to its acknowledgement."""
        self.callbacks = Counts()
        """POSTs of Tencent's, by what became of them."""
        self.reports = Counts()
        """What they held, by app; '' for the account's address."""
        self.sends = Counts()
        """Messages, by app and by what their call came to."""
        self.jobs = TimesBy(RUN_S)
        """Runs of jobs, by job and end."""
        self.workers = Counts()
        """Runs of workers, by worker and end."""
        self.ticked_at_s: float | None = None
        """When the clock last ticked, by the clock of the loop; None before the first time."""
        self.ticked_at: datetime | None = None
        self.steady_since: datetime | None = None
        """The first tick after a start, a sleep or a jump of the clock."""

    def note_tick(self, now: datetime, now_s: float) -> None:
        """The clock ticks: `now` by the bot's clock, `now_s` by that of the loop."""
        last = self.ticked_at
        if last is None or not 0 <= (now - last).total_seconds() <= STEADY_S:
            self.steady_since = now
        self.ticked_at, self.ticked_at_s = now, now_s
