"""The policy a request is under and every word about it, as its card shows them."""

from datetime import datetime
from functools import partial

from bot.rules.requests import RequestState
from bot.settings import Settings
from bot.slack.messages.ballots import ApprovalView, Word
from handlers.flows import backing, electors
from handlers.flows.approvals import waiting_for
from handlers.flows.threads import name_of, recipients_of
from storage import approvals
from storage.approvals import Approval
from storage.damage import Damage
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
        today=_today(tx, request, settings),
        buttons_only=approval.buttons_only,
        emoji=_emoji(approval, settings),
        expires_at=approval.expires_at,
        row=approval.row,
        gone=backing.gone_of(request.reason),
        words=tuple(Word(each.vote, each.reason) for each in approvals.votes_of(tx, request.id)),
    )


def load_waiting(
    tx: Tx,
    user_id: str,
    entries: frozenset[str],
    settings: Settings,
    now: datetime,
    damage: Damage | None = None,
) -> list[ApprovalView]:
    """What somebody whom `entries` name can decide on, and what they asked for, to be listed; what
    cannot be read is left out and noted in `damage`."""
    noted = Damage() if damage is None else damage
    waiting = waiting_for(tx, user_id, entries, settings, now, noted)
    found = [
        noted.read(
            f"requests {each.request.id}", partial(view_of, tx, each.request, settings), None
        )
        for each in waiting
    ]
    return [each for each in found if each is not None]


def _today(tx: Tx, request: Request, settings: Settings) -> tuple[str, ...] | None:
    if request.state is not RequestState.AWAITING_APPROVAL:
        return None
    return electors.of(tx, request, settings).today


def _emoji(approval: Approval, settings: Settings) -> tuple[str, ...]:
    """An emoji that approves and one that rejects, where they count and there are such."""
    known = settings.approvals.reactions
    if approval.buttons_only or not (known.approve and known.reject):
        return ()
    return known.approve[0], known.reject[0]
