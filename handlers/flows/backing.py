"""Whether those who approved something still may, when it is carried out later than at the vote.

At the vote Slack was asked. Later it is asked again, before the transaction that carries it out
(`handlers.backing`), and what it said is compared there with the words as they stand then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from bot.rules.approvals import standing
from bot.rules.audit import What
from bot.rules.requests import RequestEvent
from handlers.flows import audit, deadlines
from handlers.flows.threads import facts_of, say
from storage import approvals, cards, posts, requests
from storage.approvals import Approval
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.requests import Request

#: An approver is believed to be one for so long, as whoever holds any role is.
BELIEVED_FOR = timedelta(seconds=60)
#: Before the people a request was reopened for, in its reason.
LAPSED = "lapsed:"


@dataclass(frozen=True, slots=True)
class Backing:
    """Who said yes to a request, and by which entries of app.yaml they might."""

    request_id: RequestId
    approvers: tuple[str, ...]
    voters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What Slack says of a backing: who of its voters still may say yes, None where it does not
    say."""

    backing: Backing
    still: frozenset[str] | None


#: By request, what Slack was asked about it. Nothing is known of what is not in it.
Answers = Mapping[str, Asked]
NOBODY_ASKED: Answers = MappingProxyType({})


class Standing(Enum):
    """What the words for a request are worth now."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    """Slack has to be asked first, or did not say."""
    LAPSED = "lapsed"
    """Too few of those who said yes still may."""


def of(tx: Tx, request_id: str, now: datetime) -> Backing | None:
    """What is to be asked before a request is carried out; None where nobody had to approve it, or
    the last one did so just now."""
    approval = approvals.get(tx, request_id)
    if approval is None or not _is_old(approval, now):
        return None
    return Backing(approval.request_id, approval.approvers, _voters(tx, approval))


def judge(tx: Tx, request_id: str, answers: Answers, now: datetime) -> Standing:
    """What the words for a request are worth, by what Slack was asked about them."""
    backing = of(tx, request_id, now)
    approval = approvals.get(tx, request_id)
    if backing is None or approval is None:
        return Standing.HOLDS
    asked = answers.get(request_id)
    if asked is None or asked.still is None or asked.backing != backing:
        return Standing.UNKNOWN
    have = len(backing.voters & asked.still)
    return Standing.HOLDS if have >= approval.needed else Standing.LAPSED


def lapse(
    tx: Tx,
    request: Request,
    asked: Asked,
    now: datetime,
    *,
    ends_at: datetime | None = None,
    elsewhere: str = "",
) -> bool:
    """An approved request waits for words again, as long as at first, at the longest to `ends_at`;
    those of whoever still may say yes stand. False where somebody else moved it first.

    Its thread says why, and so do the requester's own conversation and the channel `elsewhere`.
    """
    approval = approvals.get(tx, request.id)
    gone = sorted(asked.backing.voters - (asked.still or frozenset()))
    reason = LAPSED + ",".join(gone)
    moved = requests.advance(tx, request, RequestEvent.REOPEN, now, reason=reason)
    if approval is None or moved is None:
        return False
    waits_for = approval.expires_at - approval.asked_at
    expires_at = deadlines.capped(now + waits_for, ends_at)
    approvals.ask_again(tx, request.id, gone, now=now, expires_at=expires_at)
    cards.touch(tx, request.id, now)
    told = {
        "gone": gone,
        "have": len(asked.backing.voters) - len(gone),
        "needed": approval.needed,
        "approvers": list(approval.approvers),
        "expires_ms": to_ms(expires_at),
    }
    nth = str(to_ms(now))
    say(tx, request, "lapsed", told, now, nth)
    facts, key = facts_of(tx, request, told), f"{request.id}:lapsed:{nth}"
    posts.add(tx, f"{key}:requester", "approval.lapsed", facts, user_id=request.requester, now=now)
    if elsewhere:
        posts.add(tx, f"{key}:elsewhere", "approval.elsewhere", facts, channel=elsewhere, now=now)
    audit.enter_request(
        tx,
        What.REQUEST_LAPSED,
        request,
        "",
        now,
        sha256=request.sha256,
        have=told["have"],
        needed=approval.needed,
        who=", ".join(gone),
    )
    return True


def tell_unasked(tx: Tx, request: Request, now: datetime) -> None:
    """Says in its thread, once since its last word, that a request waits for Slack to say who may
    still approve it."""
    say(tx, request, "unasked", {}, now, _since(tx, request.id))


def was_unasked(tx: Tx, request_id: str) -> bool:
    """Whether its thread says that since its last word."""
    return posts.is_known(tx, f"{request_id}:unasked:{_since(tx, request_id)}")


def _since(tx: Tx, request_id: str) -> str:
    approval = approvals.get(tx, request_id)
    decided = approval.decided_at if approval is not None else None
    return str(0 if decided is None else to_ms(decided))


def gone_of(reason: str) -> tuple[str, ...]:
    """Whose words the reason of a request names as those that counted no more."""
    if not reason.startswith(LAPSED):
        return ()
    return tuple(filter(None, reason.removeprefix(LAPSED).split(",")))


def _is_old(approval: Approval, now: datetime) -> bool:
    if approval.needed == 0:
        return False
    decided = approval.decided_at
    # A clock that was set back proves nothing.
    return decided is None or not timedelta(0) <= now - decided < BELIEVED_FOR


def _voters(tx: Tx, approval: Approval) -> frozenset[str]:
    words = approvals.votes_of(tx, approval.request_id)
    return frozenset(vote.user_id for vote in standing([word.vote for word in words]))
