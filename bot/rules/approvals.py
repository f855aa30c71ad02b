"""Who may say yes to what somebody asked for, and what a yes or a no comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.rules.requests import RequestState


@dataclass(frozen=True, slots=True)
class Rule:
    """The policy for one kind of request. Groups are as app.yaml names them: `@handle` or `S…`."""

    needed: int
    """So many different people; 0: nobody is asked."""
    approvers: tuple[str, ...]
    buttons_only: bool
    """Reactions do not count: the button asks once more."""
    expires_s: int
    askers: tuple[str, ...]
    """Who may ask at all."""


class Verdict(IntEnum):
    """What somebody said; the number is stored."""

    APPROVE = 1
    REJECT = 2


class Via(StrEnum):
    """How they said it; the value is stored."""

    BUTTON = "button"
    REACTION = "reaction"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on one request; the last one counts, a word taken back does not."""

    user_id: str
    verdict: Verdict
    via: Via
    at: datetime
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What a request is decided by."""

    state: RequestState
    requester: str
    sha256: str
    needed: int
    buttons_only: bool
    expires_at: datetime
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class Ballot:
    """A word just said. `approvers` is everybody who may say it, as of right now."""

    user_id: str
    verdict: Verdict
    via: Via
    approvers: frozenset[str]
    #: The beginning of the hash of what the person was shown. A reaction carries none: a card
    #: stands for one request, and what a request says never changes.
    seen: str | None = None


class VoteRefusal(StrEnum):
    """Why a word does not count."""

    NOT_OURS = "not_ours"
    ALREADY_VOTED = "already_voted"
    NOT_PENDING = "not_pending"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    OWN_REQUEST = "own_request"
    NOT_APPROVER = "not_approver"
    CHANGED = "changed"
    BUTTONS_ONLY = "buttons_only"
    OUT_OF_DATE = "out_of_date"
    #: Of limits: the account may not change them any more.
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Counted:
    """It counts; more are needed."""

    have: int
    needed: int


@dataclass(frozen=True, slots=True)
class Approved:
    """It was the last one needed."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One no is enough."""


Judgement = Counted | Approved | Rejected | VoteRefusal
#: A click names at least this much of the hash of what was shown.
SEEN_CHARS = 32


def judge(case: Case, ballot: Ballot, now: datetime) -> Judgement:
    """What `ballot` comes to. Who said the same before is told so, whatever came of it since."""
    refusal = _refusal(case, ballot, now)
    if refusal is not None:
        return refusal
    if ballot.verdict is Verdict.REJECT:
        return Rejected()
    # Whoever left the group since they approved is no approver any more.
    others = {vote.user_id for vote in standing(case.votes, ballot.approvers - {case.requester})}
    have = len(others | {ballot.user_id})
    return Approved() if have >= case.needed else Counted(have, case.needed)


def _refusal(case: Case, ballot: Ballot, now: datetime) -> VoteRefusal | None:
    mine = word_of(case.votes, ballot.user_id)
    reasons = (
        (VoteRefusal.ALREADY_VOTED, mine is not None and mine.verdict is ballot.verdict),
        (VoteRefusal.SUPERSEDED, case.state is RequestState.SUPERSEDED),
        (VoteRefusal.EXPIRED, case.state is RequestState.EXPIRED),
        (VoteRefusal.NOT_PENDING, case.state is not RequestState.AWAITING_APPROVAL),
        (VoteRefusal.EXPIRED, now >= case.expires_at),
        (VoteRefusal.OWN_REQUEST, ballot.user_id == case.requester),
        (VoteRefusal.NOT_APPROVER, ballot.user_id not in ballot.approvers),
        (VoteRefusal.CHANGED, ballot.seen is not None and not is_same(case.sha256, ballot.seen)),
        (VoteRefusal.BUTTONS_ONLY, case.buttons_only and ballot.via is Via.REACTION),
    )
    return next((reason for reason, holds in reasons if holds), None)


def word_of(votes: Sequence[Vote], user_id: str) -> Vote | None:
    """What somebody's word is at the moment."""
    return next((v for v in votes if v.user_id == user_id and not v.is_taken_back), None)


def standing(votes: Sequence[Vote], approvers: frozenset[str] | None = None) -> list[Vote]:
    """The approvals that stand, of `approvers` where it matters who still is one."""
    return [
        vote
        for vote in votes
        if vote.verdict is Verdict.APPROVE
        and not vote.is_taken_back
        and (approvers is None or vote.user_id in approvers)
    ]


def is_same(sha256: str, seen: str) -> bool:
    """Whether `seen` names the hash `sha256`, by its beginning."""
    return len(seen) >= SEEN_CHARS and sha256.startswith(seen)
