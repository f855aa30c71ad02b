"""Alerts about reviews and approvals, from what is stored of them."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.alerts import AlertKind, Signal
from bot.rules.alerts import content as found
from bot.rules.alerts.content import Awaited, Reviewed
from bot.rules.content import Content
from bot.settings import Settings
from handlers.flows import alerts, review_times
from handlers.flows import approvals as asking
from storage import content, requests, reviews
from storage.db import Tx
from storage.reviews import Review

OVERDUE, EXPIRING = (AlertKind.REVIEW_OVERDUE,), (AlertKind.APPROVAL_EXPIRING,)


def raise_verdict(
    tx: Tx, review: Review, listed: Content, settings: Settings, now: datetime
) -> None:
    """Tencent has decided on `review`, and lists what it is about so, in this transaction."""
    reviewed = _reviewed(tx, review, listed)
    signal = found.review_ended(reviewed, review.state, review.reply)
    alerts.raise_event(tx, signal, settings, now)


def find_overdue(tx: Tx) -> list[Signal]:
    """Reviews that people were told of, and that still have no verdict."""
    return [_overdue(tx, each) for each in reviews.find_alarmed(tx)]


def find_expiring(tx: Tx, now: datetime) -> list[Signal]:
    """Requests that soon nobody can decide on any more."""
    signals = (found.approval_expiring(each, now) for each in _awaited(tx, now))
    return [each for each in signals if each is not None]


def is_overdue_news(tx: Tx) -> bool:
    """Whether `watch_overdue` would change anything."""
    return alerts.differs(tx, OVERDUE, find_overdue(tx))


def watch_overdue(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Reviews that drag on are alerts, until there is a verdict."""
    return alerts.observe(tx, OVERDUE, find_overdue(tx), settings, now)


def is_expiring_news(tx: Tx, now: datetime) -> bool:
    """Whether `watch_expiring` would change anything."""
    return alerts.differs(tx, EXPIRING, find_expiring(tx, now))


def watch_expiring(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Approvals about to expire are alerts, until somebody decides or they have expired."""
    return alerts.observe(tx, EXPIRING, find_expiring(tx, now), settings, now)


def _overdue(tx: Tx, review: Review) -> Signal:
    # What is usual changes with every verdict; the card says what was when it was told.
    due = review_times.expected(review.kind, review.submitted_at, None)
    known = content.find(tx, review.kind, review.content_id)
    reviewed = _reviewed(tx, review, known)
    return found.review_overdue(reviewed, review.submitted_at, due.at)


def _awaited(tx: Tx, now: datetime) -> Sequence[Awaited]:
    return [
        Awaited(
            request_id=each.request.id,
            app=each.request.app,
            asked_at=each.approval.asked_at,
            expires_at=each.approval.expires_at,
            have=asking.approvals_of(tx, each.request.id),
            needed=each.approval.needed,
        )
        for each in asking.find_halfway(tx, now)
    ]


def _reviewed(tx: Tx, review: Review, known: Content | None) -> Reviewed:
    request = None if review.request_id is None else requests.get_shown(tx, review.request_id)
    return Reviewed(
        kind=review.kind,
        content_id=review.content_id,
        name=known.name if known else "",
        text=known.text if known else "",
        request_id=request.id if request else "",
        app=request.app if request else "",
    )
