"""A call that only tries a number of somebody on call: when it may be made.

It must not take a call away from an alert: Tencent counts all of them, so one a day and one a night
are left, and one of ten minutes where there are several.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.escalation import MAINLAND, SOON, CallLimits, StepState, may_call

#: Of one number, and asked for by one person, in `COUNTED_FOR`.
MOST_OF_NUMBER, MOST_OF_PERSON = 3, 10
COUNTED_FOR = timedelta(days=1)
#: What could not be made so soon after it was asked for is not made any more.
WITHIN = timedelta(minutes=2)
#: So long after it was taken something was told of every call whose callbacks arrive.
SILENT_AFTER = timedelta(minutes=5)
#: What is told of a call that nothing was told of.
SILENT = "silent"


class TrialRefusal(StrEnum):
    """Why a number is not called to try it; the value is part of a key of the catalogue."""

    NOT_SET_UP = "not_set_up"
    ABROAD = "abroad"
    OUTDATED = "outdated"
    """It was changed, or taken away, since the button was shown."""
    OF_ANOTHER = "of_another"
    """Somebody else is called under it."""
    TOO_OFTEN = "too_often"
    """As often a day as a number is tried, or as somebody may ask."""
    LIMITED = "limited"
    """It would be one more call than Tencent allows, or the last one it does."""
    ALERT = "alert"
    """Somebody is being reached about an alert."""


class Unmade(StrEnum):
    """Why a call that was asked for was not made after all; the value is stored, and part of a key
    of the catalogue."""

    LATE = "late"
    VOICE_GONE = "voice_gone"
    CHANGED = "changed"
    """The number is another one by now, or was taken away."""
    ALERT_FIRST = "alert_first"
    LIMITED_BY_NOW = "limited_by_now"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of a number that is to be tried: when it was called lately, how often to try
    it, and how often whoever asks did so for any number."""

    number: str
    calls: Sequence[datetime] = ()
    of_number: int = 0
    of_person: int = 0


def why_not(trial: Trial, limits: CallLimits, now: datetime) -> TrialRefusal | None:
    """Why a number cannot be called now to try it; None where it can."""
    if not trial.number.startswith(MAINLAND):
        return TrialRefusal.ABROAD
    if trial.of_number >= MOST_OF_NUMBER or trial.of_person >= MOST_OF_PERSON:
        return TrialRefusal.TOO_OFTEN
    left = CallLimits(
        per_30s=limits.per_30s,
        per_10m=max(1, limits.per_10m - 1),
        per_day=limits.per_day - 1,
        per_night=limits.per_night - 1,
    )
    return None if may_call(trial.calls, left, now) else TrialRefusal.LIMITED


def free_at(
    calls: Sequence[datetime], tried: Sequence[datetime], limits: CallLimits, now: datetime
) -> datetime | None:
    """When a number may be called that a trial keeps from being called now; None where it is no
    trial, or for longer than `SOON`. `tried`: those of the calls that only tried it."""
    ends = sorted(at + SOON + timedelta(milliseconds=1) for at in tried if at >= now - SOON)
    return next((end for end in ends if may_call(calls, limits, end)), None)


#: What a call came to of which nothing more is to be heard, but that a key may still change.
TOLD = frozenset(
    {
        StepState.ACKNOWLEDGED,
        StepState.PASSED_ON,
        StepState.ANSWERED,
        StepState.UNANSWERED,
        StepState.FAILED,
        StepState.REFUSED,
        StepState.UNSENT,
        StepState.THROTTLED,
        StepState.UNKNOWN,
    }
)
