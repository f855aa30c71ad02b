"""Whose an entry of Tencent's books is: what proves an attempt that nobody answered for.

Elimination proves where this bot alone sends through the application. The fence leaves a number at
most one unresolved attempt, and what was accepted for it fell within the life of its signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Times in Tencent's books may lie a little before our own commit: clocks differ.
CLOCK_MARGIN = timedelta(seconds=60)
#: Tencent takes a request until its clock is so far past the signed time.
SIGNATURE_LIFE = timedelta(seconds=300)
#: A carrier tries no longer to reach a phone that is off.
LONGEST_WAY = timedelta(hours=72)
#: PullSmsSendStatusByPhoneNumber looks back no further.
EVIDENCE_LIFE = timedelta(days=7)
#: After a person chose to wait, they are asked again.
KEEP_WAITING = timedelta(hours=1)
#: Until an attempt is so old, Tencent is asked about it in steps of … ; never after the last.
STEPS = (
    (timedelta(minutes=1), timedelta(seconds=15)),
    (timedelta(minutes=16), timedelta(minutes=1)),
    (timedelta(hours=2), timedelta(minutes=10)),
    (timedelta(days=1), timedelta(hours=1)),
    (EVIDENCE_LIFE, timedelta(hours=6)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of Tencent's books that went to the number and that no row of ours has.

    `sent_at` is when Tencent took it (DescribeSendRecordList), `received_at` when the phone got it
    (a report); `context` is the SessionContext, where Tencent was asked to give it back.
    """

    serial: str
    sent_at: datetime | None
    received_at: datetime | None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """Tencent accepted the attempt, under this serial."""

    serial: str


@dataclass(frozen=True, slots=True)
class Unproved:
    """Nothing certain; `fitting` entries may be the attempt's."""

    fitting: int


@dataclass(frozen=True, slots=True)
class DoubtFacts:
    """What is known of one doubt beside the message itself."""

    fitting: int
    """Entries of Tencent's books that may be it."""
    waited_by: str
    """Who chose to keep waiting; empty where nobody did."""
    ask_at: datetime | None
    """When a person is asked again."""


@dataclass(frozen=True, slots=True)
class JobDoubts:
    """The messages in doubt of one job, for its card."""

    total: int
    asked: int
    """How many of them a person may decide on by now."""
    since: datetime
    """When the oldest of them was attempted."""
    decidable_at: datetime | None
    """When the last of them may be decided on; None: all may."""
    numbers: tuple[str, ...]
    """The first ten numbers, masked."""
    hinted: int
    """For how many there is a report, or an entry in Tencent's books, that proves nothing."""
    waited_by: str
    ask_at: datetime | None
    asked_to: datetime | None
    """When the last of `asked` was put before a person: a button decides no more than these."""


def next_look(signed_at: datetime, now: datetime) -> datetime | None:
    """When Tencent is asked again about an attempt of `signed_at`; None: it knows no more."""
    age = now - signed_at
    return next((now + pause for until, pause in STEPS if age < until), None)


def covers(signed_at: datetime, entry: Entry) -> bool:
    """Whether the attempt committed at `signed_at` can have made this entry."""
    earliest = signed_at - CLOCK_MARGIN
    if entry.sent_at is not None:
        return earliest <= entry.sent_at <= signed_at + SIGNATURE_LIFE + CLOCK_MARGIN
    if entry.received_at is not None:
        return earliest <= entry.received_at <= signed_at + LONGEST_WAY + SIGNATURE_LIFE
    return False


def judge(
    attempt: str,
    signed_at: datetime,
    entries: Sequence[Entry],
    *,
    others: Sequence[datetime],
    may_eliminate: bool,
) -> Proved | Unproved:
    """What `entries` say of the attempt.

    `others` are the committed times of every other attempt to the number that nobody can account
    for: an entry that may be theirs proves nothing. `may_eliminate`: nobody else sends through this
    application.
    """
    named = [entry for entry in entries if entry.context == attempt]
    if len(named) == 1:
        return Proved(named[0].serial)
    fitting = [
        entry for entry in entries if entry.context in {"", attempt} and covers(signed_at, entry)
    ]
    if not may_eliminate or len(fitting) != 1 or named:
        return Unproved(len(fitting))
    if any(covers(other, fitting[0]) for other in others):
        return Unproved(1)
    return Proved(fitting[0].serial)
