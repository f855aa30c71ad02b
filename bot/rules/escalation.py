"""How somebody who is on call is reached: step after step, until one of them acknowledges.

Frequency limits of voice calls: defaults of Tencent's voice service for one callee and a notice
(语音消息/常见问题, documentation of 2021-07-20), raised only by its support.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.rules.limits import MAINLAND_ZONE

#: Who asks for an SMS that a step sends.
ONCALL = "oncall"
#: In the place of whom to reach: who comes after whoever was reached last.
NEXT = "next"
ACKNOWLEDGE_KEY, PASS_ON_KEY = "1", "2"
NIGHT_BEGINS, NIGHT_ENDS = 22, 8
MAINLAND = "+86"
#: A call that never left this machine, or was one too many a second, is tried so often in all, so
#: far apart.
CALL_TRIES, CALL_AGAIN_S = 3, 15
#: The shortest time for which Tencent counts calls to one number.
SOON = timedelta(seconds=30)


class Means(StrEnum):
    """How a step reaches people; the value is the word in app.yaml, and is stored."""

    MENTION = "mention"
    DM = "dm"
    VOICE = "voice"
    SMS = "sms"


class Late(StrEnum):
    """Why a key came too late; the value is stored."""

    ACKNOWLEDGED = "acknowledged"
    """Somebody else has it in hand."""
    RESOLVED = "resolved"
    MOVED = "moved"
    """Somebody has acted since the call, and it goes on."""


class StepState(StrEnum):
    """What came of a step; the value is stored."""

    TOLD = "told"
    """It is said in Slack, or will be as soon as Slack takes it."""
    CALLING = "calling"
    """Tencent is being asked; after a crash nobody knows whether it was."""
    RINGING = "ringing"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    TOO_LATE = "too_late"
    """1 was pressed, and somebody had acted before, or it was over; the detail says which."""
    PASSED_ON = "passed_on"
    UNANSWERED = "unanswered"
    FAILED = "failed"
    """The phone is off, the number is empty, the carrier is at fault …"""
    REFUSED = "refused"
    """By Tencent, or by a rule of ours; the detail says why."""
    UNSENT = "unsent"
    """Tencent could not be reached: not a byte left."""
    THROTTLED = "throttled"
    """Tencent takes no more requests for a moment."""
    UNKNOWN = "unknown"
    """Nobody can say whether it was made; it is not made again."""
    LIMITED = "limited"
    """One more call to this person would break Tencent's limit."""
    NO_NUMBER = "no_number"
    """Nobody has told their number, of all who are on call."""
    ABROAD = "abroad"
    """The voice service calls mainland numbers only."""
    NOT_SET_UP = "not_set_up"
    """app.yaml has no voice template, or none for SMS."""
    NOBODY = "nobody"
    """Nobody is on call: the fallback is told in their place."""
    QUEUED = "queued"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    OVER = "over"
    """All steps were taken, and nobody acknowledged."""


#: Nothing was done, and may be in a moment.
NOT_MADE = frozenset({StepState.UNSENT, StepState.THROTTLED})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: how, whom (a rota, `next`, a user group or a user id), and how long an
    acknowledgement is waited for."""

    means: Means
    whom: str
    wait_s: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps one after another; all of them `repeats` times more while nobody acknowledges."""

    name: str
    steps: tuple[Step, ...]
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How many calls of a notice one callee may get; the day and the night are the mainland's."""

    per_30s: int = 1
    per_10m: int = 2
    per_day: int = 5
    per_night: int = 1


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody who may be called, as far as is known: `number` is "" where nobody told it."""

    user_id: str
    number: str
    calls: Sequence[datetime] = ()
    """When calls to the number were made that may have been taken."""


def why_not(person: Reachable, means: Means, limits: CallLimits, now: datetime) -> StepState | None:
    """Why somebody cannot be called or written to now; None where they can."""
    if not person.number:
        return StepState.NO_NUMBER
    if means is not Means.VOICE:
        return None
    if not person.number.startswith(MAINLAND):
        return StepState.ABROAD
    return None if may_call(person.calls, limits, now) else StepState.LIMITED


def may_call(calls: Sequence[datetime], limits: CallLimits, now: datetime) -> bool:
    """Whether one more call to a number keeps within Tencent's limits."""
    local = now.astimezone(MAINLAND_ZONE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    windows = [
        (limits.per_30s, now - SOON),
        (limits.per_10m, now - timedelta(minutes=10)),
        (limits.per_day, midnight),
    ]
    night = _night_began(local)
    if night is not None:
        windows.append((limits.per_night, night))
    return all(sum(at >= since for at in calls) < most for most, since in windows)


def _night_began(local: datetime) -> datetime | None:
    """When the night began that it is now; None by day."""
    evening = local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0)
    if local.hour >= NIGHT_BEGINS:
        return evening
    return evening - timedelta(days=1) if local.hour < NIGHT_ENDS else None


def meant_by(keys: str) -> StepState | None:
    """What keys pressed in a call mean; None for others."""
    first = keys[:1]
    if first == ACKNOWLEDGE_KEY:
        return StepState.ACKNOWLEDGED
    return StepState.PASSED_ON if first == PASS_ON_KEY else None


class Failure(StrEnum):
    """Why a call reached nobody, as far as it makes a difference to people."""

    OFF = "off"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NO_SUCH_NUMBER = "no_such_number"
    SUSPENDED = "suspended"
    CARRIER = "carrier"


#: failure_code of the voice callback (语音消息/错误码, documentation of 2021-07-20).
FAILURES: Mapping[int, Failure] = MappingProxyType(
    {
        1: Failure.OFF,
        **dict.fromkeys((2, 10), Failure.BUSY),
        **dict.fromkeys((5, 20), Failure.NO_ANSWER),
        **dict.fromkeys((3, 6, 27), Failure.UNREACHABLE),
        **dict.fromkeys((8, 15, 17, 24, 30, 31), Failure.NO_SUCH_NUMBER),
        **dict.fromkeys((4, 7, 13), Failure.SUSPENDED),
    }
)
#: Where it rang, and nobody took it.
UNANSWERED = frozenset({Failure.BUSY, Failure.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told of a call, in whatever order it came: the keys, how it ended (``0`` answered,
    ``1`` not, ``2`` failed; "" while it lasts), and why it failed."""

    keys: Sequence[str] = ()
    end: str = ""
    failure_code: int | None = None


def came_of(heard: Heard) -> tuple[StepState, str]:
    """What a call came to, and its detail: a key outweighs everything else, and 1 outweighs 2."""
    meant = {meant_by(each) for each in heard.keys}
    for state in (StepState.ACKNOWLEDGED, StepState.PASSED_ON):
        if state in meant:
            return state, "".join(heard.keys)
    if heard.failure_code is not None:
        failure = FAILURES.get(heard.failure_code, Failure.CARRIER)
        state = StepState.UNANSWERED if failure in UNANSWERED else StepState.FAILED
        return state, failure.value
    match heard.end:
        case "1":
            return StepState.UNANSWERED, Failure.NO_ANSWER.value
        case "2":
            return StepState.FAILED, Failure.CARRIER.value
    if heard.end or heard.keys:
        return StepState.ANSWERED, "".join(heard.keys)
    return StepState.RINGING, ""
