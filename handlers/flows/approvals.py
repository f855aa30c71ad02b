"""What is asked for: the request and its policy, and every end but a vote (`flows.voting`).

A request says what it says for ever: its hash binds every word said about it. Where what it stands
on has changed at Tencent, it is superseded and asked for afresh, and nobody's word carries over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.rules.approvals import Rule, Verdict
from bot.rules.audit import What
from bot.rules.changes import Change
from bot.rules.requests import RequestEvent, RequestKind, RequestState, step
from bot.rules.subjects import subject_of
from bot.settings import Settings
from handlers.flows import audit, deadlines, effects, electors
from handlers.flows.grounds import Upstream, upstream_of
from handlers.flows.threads import end, facts_of, say
from storage import approvals, cards, posts, requests
from storage.approvals import Approval
from storage.damage import Damage
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.requests import Request

AWAITING = RequestState.AWAITING_APPROVAL
#: More requests than a team leaves open.
OPEN_LIMIT = 200
#: So long before the end those who may decide are reminded, once; of what waits for less than twice
#: as long, when half of its time is over.
REMIND_BEFORE = timedelta(hours=1)
#: Of what waits no longer than this the request itself is reminder enough.
REMIND_FROM = timedelta(minutes=30)


class WithdrawRefusal(StrEnum):
    """Why a request is not withdrawn."""

    NOT_OURS = "not_ours"
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, and where they did."""

    kind: RequestKind
    app: str
    payload: Mapping[str, Any]
    requester: str
    channel: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """A request gave way; `next_id` is the one in its place, "" where nothing is left to ask."""

    why: Upstream
    next_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, and the policy it is under."""

    request: Request
    approval: Approval


def ask(
    tx: Tx,
    kind: RequestKind,
    app: str,
    payload: Mapping[str, Any],
    *,
    requester: str,
    channel: str,
    settings: Settings,
    now: datetime,
) -> Request:
    """Asks for something, and for the approval it needs; where none is needed it is carried out.

    `channel` is where it was asked; its card goes there unless app.yaml names another. Raises
    ValueError for a payload that is none of `kind`. Sends to many are drafted before they are asked
    for (`ask_for_draft`).
    """
    if kind is RequestKind.SEND:
        raise ValueError("a send is drafted first")
    asked = Asked(kind, app, payload, requester, channel)
    place = settings.channels.approvals or channel
    rule = settings.approval_rule(kind, app)
    request = _draft(tx, asked, rule, place, now)
    ends_at = deadlines.of(tx, request, settings)
    return _begun(tx, _put_under(tx, request, rule, ends_at, now), settings, now)


def ask_for_draft(
    tx: Tx, request: Request, rule: Rule, settings: Settings, now: datetime
) -> Request:
    """Puts a draft that has its card under `rule`; returns it as it stands then.

    The card stays where it is; where app.yaml names a channel for approvals, a line there leads to
    it. Raises ValueError for what is no draft any more.
    """
    ends_at = deadlines.of(tx, request, settings)
    asked = _put_under(tx, request, rule, ends_at, now)
    cards.touch(tx, request.id, now)
    place = settings.channels.approvals
    if place and rule.needed:
        facts = facts_of(tx, asked, _policy(rule, _expiry(rule, ends_at, now)))
        key = f"{request.id}:elsewhere"
        posts.add(tx, key, "approval.elsewhere", facts, channel=place, now=now)
    return _begun(tx, asked, settings, now)


def withdraw(
    tx: Tx, request_id: str, user_id: str, now: datetime
) -> RequestState | WithdrawRefusal:
    """The requester takes it back, until it is being carried out."""
    request = requests.lock(tx, request_id)
    if request is None or approvals.get(tx, request_id) is None:
        return WithdrawRefusal.NOT_OURS
    if request.requester != user_id:
        audit.enter_request(tx, What.WITHDRAWAL_REFUSED, request, user_id, now)
        return WithdrawRefusal.NOT_YOURS
    state = requests.advance(tx, request, RequestEvent.WITHDRAW, now, reason=user_id)
    if state is None:
        return WithdrawRefusal.TOO_LATE
    if request.state is RequestState.APPROVED:
        effects.take_back(tx, request)
    end(tx, request, "withdrawn", {"user": user_id}, now)
    audit.enter_request(tx, What.REQUEST_WITHDRAWN, request, user_id, now)
    return state


def supersede(
    tx: Tx, request: Request, now: datetime, known: Upstream | None = None
) -> Superseded | None:
    """Gives way to what Tencent has now, as our store knows it; None where nothing has changed.
    `known`: why, where that is known.

    What is asked for in its place stands on what is there now, needs every word anew, and is not
    asked where nobody was to be asked: then the requester decides again.
    """
    approval = approvals.get(tx, request.id)
    seen = (known, None) if known is not None else upstream_of(tx, request, now)
    if approval is None or seen is None or step(request.state, RequestEvent.SUPERSEDE) is None:
        return None
    why, fresh = seen
    is_asked = fresh is not None and approval.needed > 0
    next_id = _ask_again(tx, request, fresh, approval, now).id if fresh and is_asked else ""
    reason = f"{why.value}:{next_id}"
    if requests.advance(tx, request, RequestEvent.SUPERSEDE, now, reason=reason) is None:
        raise LookupError(f"{request.id} was moved by somebody else")
    if request.state is RequestState.APPROVED:
        effects.take_back(tx, request)
    end(tx, request, "superseded", {"why": why.value, "next_id": next_id}, now)
    audit.enter_request(
        tx, What.REQUEST_SUPERSEDED, request, "", now, reason=why.value, other=next_id
    )
    return Superseded(why, next_id)


def find_expired(tx: Tx, now: datetime) -> list[RequestId]:
    """What nobody decided on in time."""
    return approvals.find_expiring(tx, now, OPEN_LIMIT)


def expire_one(tx: Tx, request_id: str, now: datetime) -> bool:
    """Ends it, unless somebody decided meanwhile; one that cannot be read ends as well."""
    request, approval = requests.lock_shown(tx, request_id), approvals.get(tx, request_id)
    is_due = approval is not None and now >= approval.expires_at
    return request is not None and is_due and expire(tx, request, now)


def expire(tx: Tx, request: Request, now: datetime) -> bool:
    """Ends a request nobody decided on; False where somebody did, or it had ended already."""
    # A send may expire later as well, for another reason.
    if request.state is not AWAITING:
        return False
    if requests.advance(tx, request, RequestEvent.EXPIRE, now) is None:
        return False
    end(tx, request, "expired", {}, now)
    audit.enter_request(tx, What.REQUEST_EXPIRED, request, "", now)
    return True


def find_ending(tx: Tx, now: datetime) -> list[Waiting]:
    """What is about to expire, was not asked just before, and nobody was reminded of."""
    ids = approvals.find_expiring(tx, now + REMIND_BEFORE, OPEN_LIMIT)
    return [
        each
        for each in _waiting(tx, ids, now)
        if _is_ending(each.approval, now)
        and not posts.is_known(tx, f"{each.request.id}:ending:{to_ms(each.approval.asked_at)}")
    ]


def _is_ending(approval: Approval, now: datetime) -> bool:
    lasts = approval.expires_at - approval.asked_at
    before = min(REMIND_BEFORE, lasts / 2)
    return lasts > REMIND_FROM and now >= approval.expires_at - before


def find_halfway(tx: Tx, now: datetime) -> list[Waiting]:
    """What waits, and has waited for more than half of its time."""
    return _waiting(tx, approvals.find_halfway(tx, now, OPEN_LIMIT), now)


def approvals_of(tx: Tx, request_id: RequestId) -> int:
    """How many approvals of a request stand."""
    words = approvals.votes_of(tx, request_id)
    return sum(1 for word in words if counts(word) and word.vote.verdict is Verdict.APPROVE)


def remind(tx: Tx, request_id: str, approvers: frozenset[str], now: datetime) -> None:
    """Says in the thread and to everybody who may still decide, once each time it is asked for,
    that the time is running."""
    request, approval = requests.lock(tx, request_id), approvals.get(tx, request_id)
    if request is None or approval is None or request.state is not AWAITING:
        return
    facts = {"expires_ms": to_ms(approval.expires_at), "needed": approval.needed}
    asked = str(to_ms(approval.asked_at))
    if not say(tx, request, "ending", facts, now, asked):
        return
    voted = {word.vote.user_id for word in approvals.votes_of(tx, request.id) if counts(word)}
    for user_id in sorted(approvers - voted - {request.requester}):
        key = f"{request.id}:ending:{asked}:{user_id}"
        told = facts_of(tx, request, facts)
        posts.add(tx, key, "approval.reminder", told, user_id=user_id, now=now)


def waiting_for(
    tx: Tx,
    user_id: str,
    entries: frozenset[str],
    settings: Settings,
    now: datetime,
    damage: Damage | None = None,
) -> list[Waiting]:
    """What somebody whom `entries` name can still decide on, and what they asked for; what
    expires first comes first. What cannot be read is left out, and noted in `damage` where they
    were to decide on it."""
    found = []
    for each in _looked_at(tx, approvals.list_open(tx, OPEN_LIMIT), now):
        is_own = each.request.requester == user_id
        concerns = is_own or _concerns(tx, each, entries, settings)
        # By what it is about, app.yaml might name others by now: of a damaged one nobody knows.
        was_named = not entries.isdisjoint(each.approval.approvers)
        if concerns and not each.request.is_damaged:
            found.append(each)
        elif damage is not None and (is_own or (concerns is None and was_named)):
            damage.note(f"requests {each.request.id}")
    return found


def _concerns(tx: Tx, each: Waiting, entries: frozenset[str], settings: Settings) -> bool | None:
    """Whether somebody whom `entries` name may have a say; None where that cannot be read."""
    if each.request.is_damaged:
        return None
    return Damage().read(
        f"requests {each.request.id}",
        lambda: electors.may_concern(electors.of(tx, each.request, settings), entries, settings),
        otherwise=None,
    )


def counts(word: approvals.Word) -> bool:
    """Whether a word stands."""
    return not word.vote.is_taken_back


def _begun(tx: Tx, request: Request, settings: Settings, now: datetime) -> Request:
    """What needs nobody's word is set going at once."""
    if request.state is not RequestState.APPROVED:
        return request
    return replace(request, state=effects.carry_out(tx, request, settings, now))


def _draft(tx: Tx, asked: Asked, rule: Rule, place: str, now: datetime) -> Request:
    # Read once before it is kept: nothing that cannot be shown and carried out is ever asked.
    subject_of(asked.kind, asked.payload)
    draft = requests.add(
        tx,
        kind=asked.kind,
        app=asked.app,
        payload=asked.payload,
        requester=asked.requester,
        channel=asked.channel,
        now=now,
        expires_at=now + timedelta(seconds=rule.expires_s),
    )
    cards.add(tx, draft.id, place, now)
    return draft


def _put_under(
    tx: Tx, draft: Request, rule: Rule, ends_at: datetime | None, now: datetime
) -> Request:
    """Freezes the policy for a draft, and has it wait, or not; no longer than to `ends_at`."""
    is_free = rule.needed == 0
    state = requests.advance(tx, draft, RequestEvent.WAIVE if is_free else RequestEvent.ASK, now)
    if state is None:
        raise ValueError(f"{draft.id} is no draft any more")
    expires_at = _expiry(rule, ends_at, now)
    approvals.add(tx, draft.id, rule, now=now, expires_at=expires_at, is_decided=is_free)
    if not is_free or draft.kind is not RequestKind.SEND:
        # Most sends need nobody's word: their card says all there is.
        place = cards.channel_of(tx, draft.id) or draft.channel
        facts = {**_policy(rule, expires_at), "is_direct": place.startswith("D")}
        say(tx, draft, "waived" if is_free else "asked", facts, now)
    what = What.REQUEST_WAIVED if is_free else What.REQUEST_ASKED
    keyed = requests.keyed_hash_of(tx, draft)
    audit.enter_request(tx, what, draft, draft.requester, now, sha256=keyed, needed=rule.needed)
    return replace(draft, state=state)


def _ask_again(
    tx: Tx, request: Request, change: Change, approval: Approval, now: datetime
) -> Request:
    """The same on what is there now, under the same policy, where the first card is."""
    asked = Asked(change.kind, request.app, change.payload(), request.requester, request.channel)
    place = cards.channel_of(tx, request.id) or request.channel
    rule = _rule_again(approval)
    # A change of content has no end of its own.
    fresh = _put_under(tx, _draft(tx, asked, rule, place, now), rule, None, now)
    say(tx, fresh, "replaces", {"old_id": request.id}, now)
    return fresh


def _expiry(rule: Rule, ends_at: datetime | None, now: datetime) -> datetime:
    return deadlines.capped(now + timedelta(seconds=rule.expires_s), ends_at)


def _policy(rule: Rule, expires_at: datetime) -> dict[str, Any]:
    return {
        "needed": rule.needed,
        "approvers": list(rule.approvers),
        "expires_ms": to_ms(expires_at),
    }


def _rule_again(approval: Approval) -> Rule:
    """The policy a request was under, for the one in its place."""
    lasts = approval.expires_at - approval.asked_at
    return Rule(
        needed=approval.needed,
        approvers=approval.approvers,
        buttons_only=approval.buttons_only,
        expires_s=int(lasts.total_seconds()),
        askers=(),
        row=approval.row,
    )


def _waiting(tx: Tx, ids: Sequence[RequestId], now: datetime) -> list[Waiting]:
    """One that cannot be read must not keep the others from being heard of."""
    return [each for each in _looked_at(tx, ids, now) if not each.request.is_damaged]


def _looked_at(tx: Tx, ids: Sequence[RequestId], now: datetime) -> list[Waiting]:
    """What waits, the damaged among it."""
    found = [(requests.get_shown(tx, each), approvals.get(tx, each)) for each in ids]
    return [
        Waiting(request, approval)
        for request, approval in found
        if request and approval and request.state is AWAITING and now < approval.expires_at
    ]
