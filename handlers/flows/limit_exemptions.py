"""What an approved exemption does, and whether there is still something for it to do.

This file asks for nothing itself (`flows.limit_exemption_asks` does): effects and grounds stand on
it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.audit import What
from bot.rules.numbers import mask
from bot.rules.subjects import LimitExempt
from bot.slack.messages.requests import ExemptionView
from handlers.flows import audit, limits
from storage import approvals, cards, limit_exemptions, posts
from storage.db import Tx
from storage.ids import RequestId, from_ms
from storage.limit_exemptions import Exemption
from storage.requests import Request

#: What is said under the card of one that was taken away.
REMOVED = "limit.exempt_removed"


class Moot(StrEnum):
    """Why an exemption that was asked for has nothing left to do."""

    #: The number is exempt for at least as long already.
    ALREADY = "exempt_already"
    #: It was to end at a time that is over.
    OVER = "exempt_over"


def ends_at(exempt: LimitExempt, now: datetime) -> datetime | None:
    """When it ends if it begins now; None for good."""
    if exempt.until_ms is not None:
        return from_ms(exempt.until_ms)
    return None if exempt.for_s is None else now + timedelta(seconds=exempt.for_s)


def moot(tx: Tx, app: str, exempt: LimitExempt, now: datetime) -> Moot | None:
    """Why nothing would come of it now; None where something would."""
    end = ends_at(exempt, now)
    if end is not None and end <= now:
        return Moot.OVER
    known = limit_exemptions.get(tx, app, exempt.number, now)
    if known is None:
        return None
    is_covered = known.ends_at is None or (end is not None and end <= known.ends_at)
    return Moot.ALREADY if is_covered else None


def carry_out(tx: Tx, request: Request, exempt: LimitExempt, now: datetime) -> None:
    """The caps of one number do not hold for it from here on."""
    wanted = Exemption(
        app=request.app,
        number=exempt.number,
        ends_at=ends_at(exempt, now),
        reason=exempt.reason,
        added_by=request.requester,
        request_id=request.id,
        added_at=now,
    )
    limit_exemptions.put(tx, wanted, now)
    audit.enter_request(
        tx,
        What.LIMITS_EXEMPTED,
        request,
        request.requester,
        now,
        number=mask(exempt.number),
        reason=exempt.reason,
        until=None if wanted.ends_at is None else wanted.ends_at.isoformat(),
    )
    # Its rows of jobs that wait for a limit need not.
    limits.want_wake(tx, request.app)


def view_of(tx: Tx, request: Request, exempt: LimitExempt, now: datetime) -> ExemptionView:
    """What became of one that began, as its card shows it."""
    approval, removed = approvals.get(tx, request.id), posts.last_of(tx, request.id, REMOVED)
    begun = approval.decided_at if approval is not None else None
    end = ends_at(exempt, begun or request.created_at)
    facts, removed_at = ({}, None) if removed is None else removed
    return ExemptionView(
        ends_at=end,
        is_over=end is not None and end <= now,
        removed_at=removed_at,
        removed_by=facts.get("user", ""),
    )


def tell_ended(tx: Tx, now: datetime) -> None:
    """Those that are over are forgotten, and their cards say so."""
    for ended in limit_exemptions.forget_ended(tx, now):
        cards.touch(tx, RequestId(ended.request_id), now)
        audit.enter(
            tx,
            What.LIMITS_EXEMPTION_ENDED,
            "",
            now,
            subject=ended.request_id,
            app=ended.app,
            number=mask(ended.number),
        )
