"""Whether the bot itself is well: what is measured of it, and what of that is not right."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: The clock ticks once a second. Longer between two ticks, and nothing could be done meanwhile.
TICK_S = 5.0
#: What Slack sent is done with within seconds.
ENVELOPE_S = 60.0
#: A call ends after `tencent.deadline_s`, 120 s at the most.
CALL_S = 180.0
#: What a job's run may take, and how many of its intervals it may be late by.
JOB_LATE_S = 600.0
JOB_LATE_INTERVALS = 3
#: In a row: once is no news, for every job comes again.
FAILURES = 3
#: The write-ahead log is emptied into the file again and again; it grows where nothing can be.
WAL_BYTES = 512 * 1024 * 1024
#: Below this share of the figure in app.yaml, little is left to act in.
DISK_CRITICAL = 0.2


class Ailment(StrEnum):
    """What is not as it should be; the value is told at /readyz and in the figures."""

    STOPPING = "stopping"
    """It was told to stop."""
    STORE = "store"
    """The last thing that was to be stored could not be."""
    CLOCK_STOPPED = "clock_stopped"
    """Nothing that is due is done."""
    ENVELOPES = "envelopes"
    """What Slack sent is not done with."""
    CALLS = "calls"
    """A call to Tencent has no end."""
    POSTS = "posts"
    """What is to be said in Slack waits too long."""
    JOBS = "jobs"
    """A job breaks again and again, or is not run."""
    DISK = "disk"
    """Little space is left, or the write-ahead log grows without end."""
    CLOCK_WRONG = "clock_wrong"
    """This machine's clock is not what Tencent's and Slack's are."""


#: With one of these it should be given nothing to do.
UNREADY = frozenset({Ailment.STOPPING, Ailment.STORE, Ailment.CLOCK_STOPPED})


@dataclass(frozen=True, slots=True)
class Space:
    """The disk of the database."""

    free_bytes: int
    file_bytes: int
    wal_bytes: int


@dataclass(frozen=True, slots=True)
class BrokenJob:
    """A job that broke at its last `failures` runs, since when; `reason` is the error's type."""

    job: str
    failures: int
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """When a job is next due, or was."""

    job: str
    due_at: datetime
    every_s: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """What is measured of the bot."""

    at: datetime
    steady_since: datetime
    """When it was started, or went on after a sleep or a jump of its clock: what waited before that
    did not wait for it."""
    tick_age_s: float | None
    """Since the clock ticked last; None before it began."""
    is_writable: bool
    is_stopping: bool
    oldest_envelope_at: datetime | None
    oldest_call_at: datetime | None
    oldest_post_at: datetime | None
    """Since when the post waits that has waited longest, of those it is the turn of."""
    posts_waiting: int
    is_slack_away: bool
    """Whether Slack takes nothing, and for so long that people hear of that."""
    slack_back_at: datetime | None
    """Since when it takes something again; None where it never took nothing."""
    broken_jobs: tuple[BrokenJob, ...]
    slots: tuple[Slot, ...]
    space: Space
    clocks_off_s: Mapping[str, float]
    """By whose, how many seconds it is ahead of this machine's."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What app.yaml says."""

    disk_free_mb: int
    clock_off_s: int
    posts_late_s: int


def ailments(vitals: Vitals, bounds: Bounds) -> tuple[Ailment, ...]:
    """Everything that is not as it should be, in the order of `Ailment`."""
    found = {
        Ailment.STOPPING: vitals.is_stopping,
        Ailment.STORE: not vitals.is_writable,
        Ailment.CLOCK_STOPPED: vitals.tick_age_s is None or vitals.tick_age_s > TICK_S,
        Ailment.ENVELOPES: waited_s(vitals, vitals.oldest_envelope_at) > ENVELOPE_S,
        Ailment.CALLS: waited_s(vitals, vitals.oldest_call_at) > CALL_S,
        Ailment.POSTS: waited_s(vitals, vitals.oldest_post_at) > bounds.posts_late_s,
        Ailment.JOBS: bool(lasting(vitals) or overdue(vitals)),
        Ailment.DISK: is_low(vitals.space, bounds) or vitals.space.wal_bytes > WAL_BYTES,
        Ailment.CLOCK_WRONG: worst_off_s(vitals) >= bounds.clock_off_s,
    }
    return tuple(each for each, is_so in found.items() if is_so)


def lasting(vitals: Vitals) -> tuple[BrokenJob, ...]:
    """The jobs that broke too often in a row."""
    return tuple(each for each in vitals.broken_jobs if each.failures >= FAILURES)


def overdue(vitals: Vitals) -> tuple[Slot, ...]:
    """The jobs that should have run long ago: still under way, or never begun."""
    return tuple(
        slot
        for slot in vitals.slots
        if waited_s(vitals, slot.due_at) > max(JOB_LATE_S, slot.every_s * JOB_LATE_INTERVALS)
    )


def is_low(space: Space, bounds: Bounds) -> bool:
    """Whether too little of the disk is free."""
    return free_mb(space) < bounds.disk_free_mb


def free_mb(space: Space) -> int:
    return space.free_bytes // 1_000_000


def worst_off_s(vitals: Vitals) -> float:
    """How far the clocks are apart, seconds, either way; 0 where nobody said."""
    return max((abs(off_s) for off_s in vitals.clocks_off_s.values()), default=0.0)


def waited_s(vitals: Vitals, since: datetime | None) -> float:
    """Seconds for which something has waited for a bot that could have done it."""
    return 0.0 if since is None else age_s(max(since, vitals.steady_since), vitals.at)


def posts_waited_s(vitals: Vitals) -> float:
    """Seconds for which a post has waited for its turn while Slack would have taken it: that it
    takes nothing is told of by itself, and what waited for that is posted in a moment."""
    if vitals.is_slack_away or vitals.oldest_post_at is None:
        return 0.0
    since = max(vitals.oldest_post_at, vitals.slack_back_at or vitals.oldest_post_at)
    return waited_s(vitals, since)


def age_s(since: datetime | None, now: datetime) -> float:
    """Seconds; 0 where there is nothing, or where the clock was put back."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
