"""A request that has not begun says something else: the same card, and every word anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.rules.requests import RequestEvent, RequestState
from handlers.flows import deadlines
from handlers.flows.threads import say
from storage import approvals, cards, requests
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request


def revise(
    tx: Tx,
    request: Request,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    waits_for: timedelta | None = None,
    ends_at: datetime | None = None,
) -> Request:
    """Gives a request that waits or is approved another payload, and returns it as it stands.

    Where its policy asks for somebody's word, all that was said is void and it waits again, as long
    as at first (or `waits_for`), at the longest to `ends_at`. From then on only buttons count: they
    carry the hash of what was shown, and a reaction on a card that is being edited cannot say which
    of the two it saw. Raises ValueError where it is past deciding, or under no policy.
    """
    approval = approvals.get(tx, request.id)
    open_ = (RequestState.AWAITING_APPROVAL, RequestState.APPROVED)
    if approval is None or request.state not in open_:
        raise ValueError(f"{request.id} cannot be revised any more")
    revised = requests.revise(tx, request, payload, now)
    cards.touch(tx, request.id, now)
    if approval.needed == 0:
        return revised
    if request.state is RequestState.APPROVED:
        state = requests.advance(tx, revised, RequestEvent.REOPEN, now)
        if state is None:
            raise LookupError(f"{request.id} was moved by somebody else")
        revised = replace(revised, state=state)
    waits_for = waits_for or approval.expires_at - approval.asked_at
    expires_at = deadlines.capped(now + waits_for, ends_at)
    approvals.renew(tx, request.id, now=now, expires_at=expires_at)
    say(tx, revised, "revised", {"expires_ms": to_ms(expires_at)}, now, str(to_ms(now)))
    return revised
