"""How long a review may take: by Tencent's figures, by our own history, and when to say so."""

from datetime import datetime

from bot.rules import review_hours as hours
from bot.rules.review_hours import Percentiles, Reckoned, ReviewKind
from handlers.flows.review_posts import tell
from storage import content, reviews
from storage.db import Tx
from storage.ids import to_ms
from storage.reviews import Review

#: So many of our latest reviews of a kind say how long one takes.
HISTORY = 50


def history_of(tx: Tx, kind: ReviewKind) -> Percentiles | None:
    """What our latest reviews of a kind took, in review hours."""
    spans = reviews.decided_spans(tx, kind, HISTORY)
    return hours.expected_from_history([hours.working_between(*span) for span in spans])


def expected(kind: ReviewKind, submitted_at: datetime, history: Percentiles | None) -> Reckoned:
    """When a verdict is to be expected: the later of Tencent's figure and what nine in ten of ours
    took, for an alarm that cries early is soon not heard."""
    usual = hours.expected_by(submitted_at, kind)
    if history is None:
        return usual
    return max(usual, hours.after_working(submitted_at, history.p90), key=lambda each: each.at)


def find_overdue(tx: Tx, now: datetime) -> list[Review]:
    """Reviews that were seen without a verdict after one was due, and nobody told; none outside the
    review hours, when nobody could do anything about it. A review nobody could look at since may
    have ended: nothing is said of it."""
    if not hours.in_review_hours(now):
        return []
    known = {kind: history_of(tx, kind) for kind in ReviewKind}
    return [
        each
        for each in reviews.find_undecided(tx)
        if each.polled_at is not None
        and each.polled_at > expected(each.kind, each.submitted_at, known[each.kind]).at
    ]


def tell_overdue(tx: Tx, now: datetime) -> int:
    """Has whoever asked for it told, once a review, with what to write to Tencent's helper. Returns
    how many were told of. Channels hear of it by an alert."""
    told = [each for each in find_overdue(tx, now) if reviews.note_overdue(tx, each, now)]
    for review in told:
        _tell(tx, review, now)
    return len(told)


def _tell(tx: Tx, review: Review, now: datetime) -> None:
    due = expected(review.kind, review.submitted_at, history_of(tx, review.kind))
    known = content.find(tx, review.kind, review.content_id)
    facts = {
        "kind": review.kind.value,
        "content_id": review.content_id,
        "name": known.name if known else "",
        "submitted_ms": to_ms(review.submitted_at),
        "expected_ms": to_ms(due.at),
    }
    key = f"overdue:{review.kind.value}:{review.content_id}:{to_ms(review.submitted_at)}"
    tell(tx, key, "review.overdue", facts, request_id=review.request_id, channel="", now=now)
