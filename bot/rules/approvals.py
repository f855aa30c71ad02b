"""Who may say yes to what somebody asked for, and what a yes or a no comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.rules.approval_table import Fitting
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
    row: Fitting | None = None
    """The row of the table that says so."""


@dataclass(frozen=True, slots=True)
class Electors:
    """Whose word a request takes: of those both name. Entries are as app.yaml writes them."""

    frozen: tuple[str, ...]
    """By the policy as it stood when it was asked for."""
    today: tuple[str, ...]
    """By app.yaml as it is now, for the same thing."""


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
    """A word just said. `approvers` is everybody who may say it, as of right now; None where Slack
    was not asked yet."""

    user_id: str
    verdict: Verdict
    via: Via
    approvers: frozenset[str] | None
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
    """The word counts; more are needed."""

    have: int
    needed: int


@dataclass(frozen=True, slots=True)
class Approved:
    """The word was the last one needed."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One no is enough."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Slack has to be asked who may say it."""


Judgement = Counted | Approved | Rejected | VoteRefusal
#: A click names at least this much of the hash of what was shown.
SEEN_CHARS = 32


def judge(case: Case, ballot: Ballot, now: datetime) -> Judgement | Unknown:
    """What `ballot` comes to. Who said the same before is told so, whatever came of it since; but
    where all the words it needs are there, the last one said again is enough.

    What needs no electorate is judged first, so that Slack is asked only where it matters.
    """
    refusal = _refusal(case, ballot, now)
    if refusal is not None:
        return refusal
    if ballot.approvers is None:
        return Unknown()
    if ballot.verdict is Verdict.REJECT:
        return Rejected()
    # Whoever left the group since they approved is no approver any more.
    others = {vote.user_id for vote in standing(case.votes, ballot.approvers - {case.requester})}
    have = len(others | {ballot.user_id})
    if have >= case.needed:
        return Approved()
    if _said_before(case, ballot):
        return VoteRefusal.ALREADY_VOTED
    return Counted(have, case.needed)


def left(case: Case, ballot: Ballot) -> list[str]:
    """Whose approvals stand although they may not approve any more."""
    known = ballot.approvers
    return [
        vote.user_id
        for vote in standing(case.votes)
        if known is not None and vote.user_id not in known
    ]


def _said_before(case: Case, ballot: Ballot) -> bool:
    mine = word_of(case.votes, ballot.user_id)
    return mine is not None and mine.verdict is ballot.verdict


def _is_full(case: Case, ballot: Ballot, now: datetime) -> bool:
    """Whether a request waits that has all the words it needs, as far as anybody knows: of those
    who may not approve for a while, no vote may have come since that would have told."""
    return (
        ballot.verdict is Verdict.APPROVE
        and case.state is RequestState.AWAITING_APPROVAL
        and now < case.expires_at
        and len(standing(case.votes)) >= case.needed
    )


def _refusal(case: Case, ballot: Ballot, now: datetime) -> VoteRefusal | None:
    known = ballot.approvers
    is_repeated = _said_before(case, ballot) and not _is_full(case, ballot, now)
    reasons = (
        (VoteRefusal.ALREADY_VOTED, is_repeated),
        (VoteRefusal.SUPERSEDED, case.state is RequestState.SUPERSEDED),
        (VoteRefusal.EXPIRED, case.state is RequestState.EXPIRED),
        (VoteRefusal.NOT_PENDING, case.state is not RequestState.AWAITING_APPROVAL),
        (VoteRefusal.EXPIRED, now >= case.expires_at),
        (VoteRefusal.OWN_REQUEST, ballot.user_id == case.requester),
        (VoteRefusal.CHANGED, ballot.seen is not None and not is_same(case.sha256, ballot.seen)),
        (VoteRefusal.BUTTONS_ONLY, case.buttons_only and ballot.via is Via.REACTION),
        (VoteRefusal.NOT_APPROVER, known is not None and ballot.user_id not in known),
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
