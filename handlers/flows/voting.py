"""A word about a request: buttons, commands and reactions come here, and nothing else decides.

Who may say it is looked up before (`bot.slack.people`); whether it counts is judged in the
transaction that stores it, so of any number of clicks at once exactly one is the last.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules import limit_accounts
from bot.rules.approvals import (
    Approved,
    Ballot,
    Case,
    Counted,
    Judgement,
    Rejected,
    Unknown,
    Verdict,
    Via,
    VoteRefusal,
    judge,
    left,
    standing,
)
from bot.rules.audit import What
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.settings import Settings
from handlers.flows import audit, effects
from handlers.flows.approvals import Superseded, expire, supersede
from handlers.flows.grounds import upstream_of
from handlers.flows.threads import end, say
from storage import approvals, cards, requests
from storage.approvals import Approval, Word
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request


class TakenBack(StrEnum):
    """What came of taking a word back."""

    DONE = "done"
    TOO_LATE = "too_late"
    NOTHING = "nothing"
    """There was no such word."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a message is: the card of a request, or perhaps one that is not known as such yet."""

    request_id: str | None
    may_be_one: bool


Outcome = Judgement | Superseded | Unknown


def find_card(tx: Tx, channel: str, ts: str) -> Touched:
    """Whose card a message is. In one look: a card that is posted between two is missed by both."""
    return Touched(cards.find_by_post(tx, channel, ts), cards.is_leaving(tx))


def vote(
    tx: Tx,
    request_id: str,
    ballot: Ballot,
    settings: Settings,
    now: datetime,
    *,
    reason: str = "",
    event_us: int = 0,
) -> Outcome:
    """Takes somebody's word, if it counts. `event_us` is Slack's time of the reaction. Whatever can
    be said without an electorate is said without one; else it is asked for, and nothing is done."""
    request, approval = requests.lock(tx, request_id), approvals.get(tx, request_id)
    if request is None or approval is None:
        return VoteRefusal.NOT_OURS
    words = approvals.votes_of(tx, request.id)
    if _is_overtaken(words, ballot, event_us):
        return VoteRefusal.OUT_OF_DATE
    case = _case(request, approval, words)
    judgement = _judge(tx, request, case, ballot, now)
    if judgement is VoteRefusal.ALREADY_VOTED:
        _void(tx, request, left(case, ballot), now)
    if isinstance(judgement, Unknown | VoteRefusal):
        return _refused(tx, request, judgement, ballot, event_us, now)
    if ballot.verdict is Verdict.APPROVE and _is_barred(request, settings):
        return VoteRefusal.ACCOUNT
    if ballot.verdict is Verdict.APPROVE and upstream_of(tx, request, now) is not None:
        # What was approved is not what would be done: nobody has seen that yet.
        return supersede(tx, request, now) or VoteRefusal.NOT_PENDING
    if ballot.verdict is Verdict.APPROVE:
        _void(tx, request, left(case, ballot), now)
    approvals.put_vote(tx, request.id, ballot, reason=reason, event_us=event_us, now=now)
    _follow(tx, request, judgement, ballot, reason, now)
    if judgement == Approved():
        approved = replace(request, state=RequestState.APPROVED)
        effects.carry_out(tx, approved, settings, now)
    return judgement


def take_back(
    tx: Tx, request_id: str, ballot: Ballot, now: datetime, *, event_us: int = 0
) -> TakenBack:
    """Takes a word back, until it is acted on. A reaction takes back only what a reaction said."""
    request, approval = requests.lock(tx, request_id), approvals.get(tx, request_id)
    if request is None or approval is None:
        return TakenBack.NOTHING
    words = approvals.votes_of(tx, request.id)
    word = _word_of(words, ballot.user_id)
    if word is not None and event_us and event_us <= word.event_us:
        return TakenBack.NOTHING
    if not _is_what_was_said(word, ballot):
        may_come = ballot.user_id != request.requester and (word is None or word.vote.is_taken_back)
        if event_us and may_come:
            # It may be on its way: reactions arrive in any order.
            approvals.take_back(tx, request.id, ballot, event_us=event_us, now=now)
        return TakenBack.NOTHING
    if ballot.verdict is Verdict.REJECT or not _waits_again(tx, request, approval, words, now):
        _enter_taken_back(tx, request, ballot, TakenBack.TOO_LATE, now)
        return TakenBack.TOO_LATE
    approvals.take_back(tx, request.id, ballot, event_us=event_us, now=now)
    _enter_taken_back(tx, request, ballot, TakenBack.DONE, now)
    cards.touch(tx, request.id, now)
    user = ballot.user_id
    say(tx, request, "taken_back", {"user": user}, now, f"{user}:{to_ms(now)}")
    return TakenBack.DONE


def explain(tx: Tx, request_id: str, user_id: str, reason: str, now: datetime) -> bool:
    """Adds why somebody rejected a request; False where they did not, or said why before."""
    request = requests.lock(tx, request_id)
    if request is None or request.state is not RequestState.REJECTED:
        return False
    if not approvals.explain(tx, request.id, user_id, Verdict.REJECT, reason):
        return False
    cards.touch(tx, request.id, now)
    say(tx, request, "reason", {"user": user_id, "reason": reason}, now)
    return True


def _case(request: Request, approval: Approval, words: list[Word]) -> Case:
    return Case(
        state=request.state,
        requester=request.requester,
        sha256=request.sha256,
        needed=approval.needed,
        buttons_only=approval.buttons_only,
        expires_at=approval.expires_at,
        votes=tuple(word.vote for word in words),
    )


def _judge(
    tx: Tx, request: Request, case: Case, ballot: Ballot, now: datetime
) -> Judgement | Unknown:
    # Of what is over, personal values may have been deleted since.
    is_open = request.state is RequestState.AWAITING_APPROVAL
    if is_open and not requests.is_as_asked(tx, request):
        return VoteRefusal.CHANGED
    return judge(case, ballot, now)


def _void(tx: Tx, request: Request, gone: list[str], now: datetime) -> None:
    """Approvals of those who may not approve any more count no more, even where they come back."""
    if not gone:
        return
    approvals.void(tx, request.id, gone, now)
    cards.touch(tx, request.id, now)
    say(tx, request, "voided", {"gone": gone}, now, str(to_ms(now)))
    reason = VoteRefusal.NOT_APPROVER.value
    audit.enter_request(
        tx, What.VOTE_TAKEN_BACK, request, "", now, reason=reason, who=", ".join(gone)
    )


#: Why a word does not count, where it is that of somebody who may not say it.
NO_RIGHT = frozenset({VoteRefusal.OWN_REQUEST, VoteRefusal.NOT_APPROVER})
#: What an individual's account may not do, asked for while it was another's or not.
OF_LIMITS = frozenset({RequestKind.LIMITS_CHANGE, RequestKind.LIMITS_EXEMPT})


def _is_barred(request: Request, settings: Settings) -> bool:
    why = limit_accounts.may_not(is_individual=settings.content.is_individual)
    return request.kind in OF_LIMITS and why is not None


def _refused(
    tx: Tx,
    request: Request,
    refusal: VoteRefusal | Unknown,
    ballot: Ballot,
    event_us: int,
    now: datetime,
) -> VoteRefusal | Unknown:
    """What is to be noted of a word that does not count, or not yet: then nothing."""
    if refusal is VoteRefusal.EXPIRED:
        # The job would come within the minute; whoever looks at the card now shall see it now.
        expire(tx, request, now)
    if isinstance(refusal, VoteRefusal) and refusal in NO_RIGHT:
        audit.enter_request(
            tx,
            What.VOTE_REFUSED,
            request,
            ballot.user_id,
            now,
            via=ballot.via.value,
            verdict=ballot.verdict.name.lower(),
            reason=refusal.value,
        )
    if refusal is VoteRefusal.ALREADY_VOTED and event_us:
        approvals.note_event(tx, request.id, ballot.user_id, event_us)
    return refusal


def _follow(
    tx: Tx, request: Request, judgement: Judgement, ballot: Ballot, reason: str, now: datetime
) -> None:
    """What a word that counts leads to."""
    user = ballot.user_id
    match judgement:
        case Counted(have=have, needed=needed):
            cards.touch(tx, request.id, now)
            facts = {"user": user, "have": have, "needed": needed}
            say(tx, request, "counted", facts, now, f"{user}:{to_ms(now)}")
            _enter_vote(tx, What.REQUEST_COUNTED, request, ballot, reason, now)
        case Approved():
            requests.advance(tx, request, RequestEvent.APPROVE, now)
            # Taken back in time it may be approved again.
            end(tx, request, "approved", {"user": user}, now, str(to_ms(now)))
            _enter_vote(tx, What.REQUEST_APPROVED, request, ballot, reason, now)
        case Rejected():
            requests.advance(tx, request, RequestEvent.REJECT, now, reason=user)
            end(tx, request, "rejected", {"user": user, "reason": reason}, now)
            _enter_vote(tx, What.REQUEST_REJECTED, request, ballot, reason, now)


def _enter_vote(
    tx: Tx, what: What, request: Request, ballot: Ballot, reason: str, now: datetime
) -> None:
    via, keyed = ballot.via.value, requests.keyed_hash_of(tx, request)
    audit.enter_request(
        tx, what, request, ballot.user_id, now, via=via, sha256=keyed, reason=reason
    )


def _enter_taken_back(
    tx: Tx, request: Request, ballot: Ballot, end_: TakenBack, now: datetime
) -> None:
    audit.enter_request(
        tx,
        What.VOTE_TAKEN_BACK,
        request,
        ballot.user_id,
        now,
        via=ballot.via.value,
        verdict=ballot.verdict.name.lower(),
        outcome=end_.value,
    )


def _is_overtaken(words: list[Word], ballot: Ballot, event_us: int) -> bool:
    """Whether a reaction is older than what we know of the same one: it was taken away since."""
    word = _word_of(words, ballot.user_id)
    return (
        event_us > 0
        and word is not None
        and word.vote.verdict is ballot.verdict
        and event_us <= word.event_us
    )


def _is_what_was_said(word: Word | None, ballot: Ballot) -> bool:
    if word is None or word.vote.is_taken_back or word.vote.verdict is not ballot.verdict:
        return False
    return ballot.via is Via.BUTTON or word.vote.via is Via.REACTION


def _waits_again(
    tx: Tx, request: Request, approval: Approval, words: list[Word], now: datetime
) -> bool:
    """Whether a word can be missed: nothing was done yet, and the request waits for words again
    where too few are left. False where it was acted on."""
    if request.state is RequestState.AWAITING_APPROVAL:
        return True
    others = len(standing([word.vote for word in words])) - 1
    if request.state is RequestState.APPROVED and others >= approval.needed:
        return True
    if requests.advance(tx, request, RequestEvent.REOPEN, now) is None:
        return False
    effects.take_back(tx, request)
    approvals.note_reopened(tx, request.id)
    return True


def _word_of(words: list[Word], user_id: str) -> Word | None:
    return next((word for word in words if word.vote.user_id == user_id), None)
