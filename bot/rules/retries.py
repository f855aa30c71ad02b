"""What may be sent again, and when: the one place that says so.

A send has no idempotency key. Only what is certainly refused or certainly never left may ever be
repeated; what is merely unanswered is in doubt, and doubt is settled by evidence or by a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import assert_never

from bot.rules.codes import Code, Retry, Wait, code_of

ACCEPTED_CODE = "Ok"
"""Tencent's code of an accepted number: capital O, lower k."""
READ_TRIES = 3
"""How often a question that changes nothing is asked in all."""
BACKOFF_FIRST_S = 0.5
BACKOFF_MOST_S = 60.0
SHANGHAI = timezone(timedelta(hours=8))
# Tencent's clock and ours need not agree to the second.
MARGIN_S = 1.0


class Verdict(Enum):
    """What becomes of one message, or of a whole request."""

    ACCEPTED = "accepted"
    """Tencent took it. Not yet delivered."""
    REFUSED = "refused"
    """Certainly not sent; not repeated by itself."""
    RETRY_LATER = "retry_later"
    """Certainly not sent; may be sent after `Fate.after_s`."""
    IN_DOUBT = "in_doubt"
    """Perhaps sent; never repeated by itself."""


class Why(Enum):
    """What a fate rests on."""

    TAKEN = "taken"
    CODE = "code"
    """A listed code said so."""
    FAMILY = "family"
    """The code is new to us; its family said so."""
    NEVER_LEFT = "never_left"
    """There was no connection, so not one byte left."""
    NO_PROOF = "no_proof"
    """The request may have left, and nothing that came back proves anything."""


@dataclass(frozen=True, slots=True)
class Fate:
    """A verdict with what it rests on."""

    verdict: Verdict
    why: Why
    code: str = ""
    """Tencent's code, where it gave one."""
    after_s: float | None = None
    """Set exactly where the verdict is RETRY_LATER."""
    pause: bool = False
    """Key, clock, account or application is at fault: stop sending and tell an operator. The
    message itself was fine, and may be queued again when that is cured."""


class Exchange(Enum):
    """How a whole request ended, where it was not answered number by number."""

    REFUSED = "refused"
    """One error for all of it."""
    UNSENT = "unsent"
    """No connection: nothing left this machine."""
    UNKNOWN = "unknown"
    """Bytes may have left, and no usable answer came."""


#: The account's money or this machine's clock: no reason to stop what another app sends.
OF_NO_APP = frozenset(
    {
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "AuthFailure.SignatureExpire",
        "InternalError.RequestTimeException",
    }
)


def concerns_app(code: str) -> bool:
    """Whether a code that asks for a pause is about key, account or application as such."""
    return code_of(code).pause and code_of(code).name not in OF_NO_APP


def judge_number(code: str, *, now: datetime, tries: int = 1) -> Fate:
    """The fate of one number that Tencent answered with `code`, after `tries` tries."""
    if code == ACCEPTED_CODE:
        return Fate(Verdict.ACCEPTED, Why.TAKEN, code)
    known = code_of(code)
    why = Why.CODE if known.known else Why.FAMILY
    match known.retry:
        case Retry.NO:
            return Fate(Verdict.REFUSED, why, code, pause=known.pause)
        case Retry.LATER:
            return Fate(Verdict.RETRY_LATER, why, code, after_s=wait_s(known, now))
        case Retry.BACKOFF:
            return Fate(Verdict.RETRY_LATER, why, code, after_s=backoff_s(tries))
        case Retry.UNKNOWN_OUTCOME:
            return Fate(Verdict.IN_DOUBT, why, code)
        case never:
            assert_never(never)


def judge_request(ended: Exchange, *, now: datetime, code: str = "", tries: int = 1) -> Fate:
    """The fate of every number in a request that ended as `ended`, after `tries` tries.

    `code` is Tencent's code where it was refused.
    """
    match ended:
        case Exchange.UNSENT:
            return Fate(Verdict.RETRY_LATER, Why.NEVER_LEFT, after_s=backoff_s(tries))
        case Exchange.UNKNOWN:
            return Fate(Verdict.IN_DOUBT, Why.NO_PROOF)
        case Exchange.REFUSED if code == ACCEPTED_CODE:
            # An error envelope that says "Ok" contradicts itself.
            return Fate(Verdict.IN_DOUBT, Why.NO_PROOF, code)
        case Exchange.REFUSED:
            return judge_number(code, now=now, tries=tries)
        case never:
            assert_never(never)


def judge_read(ended: Exchange, *, timed_out: bool, code: str = "", tries: int = 1) -> float | None:
    """Seconds until a question that changes nothing may be asked again; None: do not.

    `timed_out` tells, where the outcome is UNKNOWN, an answer that did not come from a wrong one.
    """
    if tries >= READ_TRIES:
        return None
    again = {
        Exchange.UNSENT: True,
        Exchange.UNKNOWN: timed_out,
        Exchange.REFUSED: code.partition(".")[0] == "RequestLimitExceeded",
    }
    return backoff_s(tries) if again[ended] else None


def backoff_s(tries: int) -> float:
    """0.5, 1, 2, 4 … up to 60 seconds; who has many waiting spreads them by jitter."""
    return min(BACKOFF_FIRST_S * 2.0 ** min(max(tries, 1) - 1, 16), BACKOFF_MOST_S)


def wait_s(code: Code, now: datetime) -> float:
    """Seconds from `now` until a LATER code lets the same message through."""
    match code.wait:
        case Wait.THIRTY_SECONDS:
            return 30.0 + MARGIN_S
        case Wait.ONE_HOUR | None:
            return 3600.0 + MARGIN_S
        case Wait.NEXT_DAY:
            return until_hour_s(0, now) + MARGIN_S
        case Wait.EIGHT_OCLOCK:
            return until_hour_s(8, now) + MARGIN_S
        case never:
            assert_never(never)


def until_hour_s(hour: int, now: datetime) -> float:
    """Seconds from `now` until it is next `hour` o'clock in Beijing."""
    local = now.astimezone(SHANGHAI)
    until = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if until <= local:
        until += timedelta(days=1)
    return (until - local).total_seconds()
