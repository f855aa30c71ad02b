"""The policy a request is under and every word about it, as its card shows them."""

from datetime import datetime

from bot.settings import Settings
from bot.slack.messages.ballots import ApprovalView, Word
from handlers.flows.approvals import waiting_for
from handlers.flows.threads import name_of, recipients_of
from storage import approvals
from storage.approvals import Approval
from storage.db import Tx
from storage.requests import Request


def view_of(tx: Tx, request: Request, settings: Settings) -> ApprovalView | None:
    """What is known now; None where it is under no policy (yet)."""
    approval = approvals.get(tx, request.id)
    if approval is None:
        return None
    return ApprovalView(
        request_id=request.id,
        sha256=request.sha256,
        kind=request.kind,
        name=name_of(tx, request),
        recipients=recipients_of(tx, request),
        requester=request.requester,
        state=request.state,
        needed=approval.needed,
        approvers=approval.approvers,
        buttons_only=approval.buttons_only,
        emoji=_emoji(approval, settings),
        expires_at=approval.expires_at,
        words=tuple(Word(each.vote, each.reason) for each in approvals.votes_of(tx, request.id)),
    )


def load_waiting(
    tx: Tx, user_id: str, groups: frozenset[str], settings: Settings, now: datetime
) -> list[ApprovalView]:
    """What somebody in `groups` can decide on, and what they asked for, to be listed."""
    waiting = waiting_for(tx, user_id, groups, now)
    found = [view_of(tx, each.request, settings) for each in waiting]
    return [each for each in found if each is not None]


def _emoji(approval: Approval, settings: Settings) -> tuple[str, ...]:
    """An emoji that approves and one that rejects, where they count and there are such."""
    known = settings.approvals.reactions
    if approval.buttons_only or not (known.approve and known.reject):
        return ()
    return known.approve[0], known.reject[0]
