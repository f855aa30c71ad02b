"""Tencent's reviews that we follow, and the refusals they ended in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind
from bot.rules.review_replies import Refusal
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms

# Submitted again, a template is reviewed afresh: what came of it before is over.
BEGIN = """
INSERT INTO reviews (kind, content_id, international, request_id, submitted_at_ms, state, reply,
                     poll_at_ms)
VALUES (:kind, :content_id, :international, :request_id, :submitted, :state, '', :poll)
ON CONFLICT (kind, content_id) DO UPDATE SET international = excluded.international,
  request_id = excluded.request_id, submitted_at_ms = excluded.submitted_at_ms,
  state = excluded.state, reply = '', polled_at_ms = NULL, poll_at_ms = excluded.poll_at_ms,
  decided_at_ms = NULL, ended_at_ms = NULL, overdue_at_ms = NULL
"""
GET_REVIEW = "SELECT * FROM reviews WHERE kind = :kind AND content_id = :content_id"
OF_REQUEST = "SELECT * FROM reviews WHERE request_id = :request_id"
FIND_DUE = """
SELECT * FROM reviews WHERE ended_at_ms IS NULL AND poll_at_ms <= :now
ORDER BY poll_at_ms, kind, content_id LIMIT :limit
"""
FIND_OPEN = """
SELECT * FROM reviews WHERE ended_at_ms IS NULL AND kind = :kind
ORDER BY submitted_at_ms, content_id
"""
FIND_UNDECIDED = """
SELECT * FROM reviews
WHERE ended_at_ms IS NULL AND decided_at_ms IS NULL AND overdue_at_ms IS NULL
ORDER BY submitted_at_ms, kind, content_id
"""
FIND_ALARMED = """
SELECT * FROM reviews
WHERE ended_at_ms IS NULL AND decided_at_ms IS NULL AND overdue_at_ms IS NOT NULL
ORDER BY submitted_at_ms, kind, content_id
"""
NOTE_POLLED = """
UPDATE reviews SET polled_at_ms = :now, poll_at_ms = :next
WHERE kind = :kind AND content_id = :content_id AND submitted_at_ms = :submitted
"""
PUT_OFF = """
UPDATE reviews SET poll_at_ms = :next
WHERE kind = :kind AND content_id = :content_id AND submitted_at_ms = :submitted
"""
NOTE_STATE = """
UPDATE reviews SET state = :to, reply = :reply, decided_at_ms = :decided, ended_at_ms = :ended
WHERE kind = :kind AND content_id = :content_id AND submitted_at_ms = :submitted
  AND state = :from AND reply = :from_reply RETURNING *
"""
END = """
UPDATE reviews SET ended_at_ms = :now
WHERE kind = :kind AND content_id = :content_id AND ended_at_ms IS NULL
"""
NOTE_OVERDUE = """
UPDATE reviews SET overdue_at_ms = :now
WHERE kind = :kind AND content_id = :content_id AND overdue_at_ms IS NULL
  AND decided_at_ms IS NULL AND ended_at_ms IS NULL RETURNING content_id
"""
CLAIMED = "SELECT content_id FROM reviews WHERE kind = :kind AND request_id IS NOT NULL"
SUBMITTED_SINCE = """
SELECT content_id FROM reviews
WHERE kind = :kind AND request_id IS NOT NULL AND submitted_at_ms > :since
"""
DECIDED_SPANS = """
SELECT submitted_at_ms, decided_at_ms FROM reviews
WHERE kind = :kind AND decided_at_ms IS NOT NULL ORDER BY decided_at_ms DESC LIMIT :limit
"""
ADD_REFUSAL = """
INSERT INTO refusals (kind, content_id, text, reply, at_ms)
VALUES (:kind, :content_id, :text, :reply, :now)
ON CONFLICT (kind, content_id, reply) DO UPDATE SET text = excluded.text, at_ms = excluded.at_ms
"""
LIST_REFUSALS = """
SELECT * FROM refusals WHERE kind = :kind ORDER BY at_ms DESC, content_id LIMIT :limit
"""
# With which code the account is refused a list, for as long as it is.
GET_BARRED = "SELECT name, value FROM about WHERE name IN (:template, :signature)"
NOTE_BARRED = """
INSERT INTO about (name, value) VALUES (:list, :code)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
FORGET_BARRED = "DELETE FROM about WHERE name = :list"
BARRED = {
    ReviewKind.TEMPLATE: "template_list_refused",
    ReviewKind.SIGNATURE: "signature_list_refused",
}


@dataclass(frozen=True, slots=True)
class Review:
    """A review as last seen. `decided_at` and `ended_at` are when we learnt of it; one that is
    approved and not usable yet is decided and has not ended."""

    kind: ReviewKind
    content_id: str
    international: bool
    request_id: RequestId | None
    submitted_at: datetime
    state: ReviewState
    reply: str
    polled_at: datetime | None
    poll_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None
    overdue_at: datetime | None


@dataclass(frozen=True, slots=True)
class Polled:
    """When a review was looked at, and when it is next."""

    review: Review
    next_at: datetime


def begin(
    tx: Tx,
    kind: ReviewKind,
    content_id: str,
    *,
    international: bool,
    request_id: RequestId | None,
    submitted_at: datetime,
    poll_at: datetime,
) -> None:
    """A review begins, or begins anew."""
    tx.run(
        BEGIN,
        kind=kind.value,
        content_id=content_id,
        international=int(international),
        request_id=request_id,
        submitted=to_ms(submitted_at),
        state=ReviewState.UNDER_REVIEW.value,
        poll=to_ms(poll_at),
    )


def get(tx: Tx, kind: ReviewKind, content_id: str) -> Review | None:
    """The review of a template or signature, ended ones included."""
    row = tx.one(GET_REVIEW, kind=kind.value, content_id=content_id)
    return None if row is None else _review(row)


def of_request(tx: Tx, request_id: str) -> Review | None:
    """The review a request began, unless a later one began it anew."""
    row = tx.one(OF_REQUEST, request_id=request_id)
    return None if row is None else _review(row)


def find_due(tx: Tx, now: datetime, limit: int) -> list[Review]:
    """Reviews that have not ended and are to be looked at, longest overdue first."""
    return [_review(row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def find_open(tx: Tx, kind: ReviewKind) -> list[Review]:
    """Reviews of a kind that have not ended, oldest first."""
    return [_review(row) for row in tx.all(FIND_OPEN, kind=kind.value)]


def find_undecided(tx: Tx) -> list[Review]:
    """Reviews without a verdict that nobody was alarmed about yet, oldest first."""
    return [_review(row) for row in tx.all(FIND_UNDECIDED)]


def find_alarmed(tx: Tx) -> list[Review]:
    """Reviews without a verdict that somebody was alarmed about, oldest first."""
    return [_review(row) for row in tx.all(FIND_ALARMED)]


def note_polled(tx: Tx, polled: Iterable[Polled], now: datetime) -> None:
    """Reviews were looked at now; each again at its `next_at`."""
    tx.run_many(NOTE_POLLED, [_next(each) | {"now": to_ms(now)} for each in polled])


def put_off(tx: Tx, polled: Iterable[Polled]) -> None:
    """Reviews that could not be looked at are looked at again at their `next_at`."""
    tx.run_many(PUT_OFF, [_next(each) for each in polled])


def note_state(
    tx: Tx,
    review: Review,
    state: ReviewState,
    reply: str,
    *,
    decided_at: datetime | None,
    ended_at: datetime | None,
) -> Review | None:
    """What the review has come to; None where somebody else noted it first."""
    row = tx.one(
        NOTE_STATE,
        **_key(review),
        **{"from": review.state.value, "to": state.value},
        from_reply=review.reply,
        reply=reply,
        decided=None if decided_at is None else to_ms(decided_at),
        ended=None if ended_at is None else to_ms(ended_at),
    )
    return None if row is None else _review(row)


def end(tx: Tx, kind: ReviewKind, content_id: str, now: datetime) -> None:
    """A template or signature is gone: of its review there is nothing left to follow."""
    tx.run(END, kind=kind.value, content_id=content_id, now=to_ms(now))


def note_overdue(tx: Tx, review: Review, now: datetime) -> bool:
    """Somebody is told that a review takes too long; False where they were told before."""
    row = tx.one(NOTE_OVERDUE, kind=review.kind.value, content_id=review.content_id, now=to_ms(now))
    return row is not None


def claimed_ids(tx: Tx, kind: ReviewKind) -> frozenset[str]:
    """What requests of ours have submitted."""
    return frozenset(row["content_id"] for row in tx.all(CLAIMED, kind=kind.value))


def submitted_since(tx: Tx, kind: ReviewKind, since: datetime) -> frozenset[str]:
    """What requests of ours have submitted after `since`."""
    rows = tx.all(SUBMITTED_SINCE, kind=kind.value, since=to_ms(since))
    return frozenset(row["content_id"] for row in rows)


def decided_spans(tx: Tx, kind: ReviewKind, limit: int) -> list[tuple[datetime, datetime]]:
    """From when to when the latest decided reviews took."""
    rows = tx.all(DECIDED_SPANS, kind=kind.value, limit=limit)
    return [(from_ms(row["submitted_at_ms"]), from_ms(row["decided_at_ms"])) for row in rows]


def add_refusal(
    tx: Tx, kind: ReviewKind, content_id: str, text: str, reply: str, now: datetime
) -> None:
    """Keeps a refusal beyond its template, to be shown beside drafts that resemble it."""
    tx.run(
        ADD_REFUSAL,
        kind=kind.value,
        content_id=content_id,
        text=text,
        reply=reply,
        now=to_ms(now),
    )


def list_refusals(tx: Tx, kind: ReviewKind, limit: int) -> list[Refusal]:
    """The latest refusals, latest first."""
    return [
        Refusal(row["content_id"], row["text"], row["reply"], from_ms(row["at_ms"]))
        for row in tx.all(LIST_REFUSALS, kind=kind.value, limit=limit)
    ]


def note_barred(tx: Tx, kind: ReviewKind, code: str) -> bool:
    """Tencent refuses this account a list; False where that code is known, of whichever list."""
    names = {kind.value: name for kind, name in BARRED.items()}
    is_known = code in {row["value"] for row in tx.all(GET_BARRED, **names)}
    tx.run(NOTE_BARRED, list=BARRED[kind], code=code)
    return not is_known


def barred(tx: Tx) -> dict[ReviewKind, str]:
    """Of each list that Tencent refuses this account, the code it refused it with."""
    rows = tx.all(GET_BARRED, **{kind.value: name for kind, name in BARRED.items()})
    by_name = {row["name"]: row["value"] for row in rows}
    return {kind: by_name[name] for kind, name in BARRED.items() if name in by_name}


def forget_barred(tx: Tx, kind: ReviewKind) -> None:
    """Tencent lets this account read a list again."""
    tx.run(FORGET_BARRED, list=BARRED[kind])


def _key(review: Review) -> dict[str, object]:
    return {
        "kind": review.kind.value,
        "content_id": review.content_id,
        "submitted": to_ms(review.submitted_at),
    }


def _next(polled: Polled) -> dict[str, object]:
    return _key(polled.review) | {"next": to_ms(polled.next_at)}


def _review(row: Row) -> Review:
    return Review(
        kind=ReviewKind(row["kind"]),
        content_id=row["content_id"],
        international=bool(row["international"]),
        request_id=row["request_id"],
        submitted_at=from_ms(row["submitted_at_ms"]),
        state=ReviewState(row["state"]),
        reply=row["reply"],
        polled_at=from_ms_or_none(row["polled_at_ms"]),
        poll_at=from_ms(row["poll_at_ms"]),
        decided_at=from_ms_or_none(row["decided_at_ms"]),
        ended_at=from_ms_or_none(row["ended_at_ms"]),
        overdue_at=from_ms_or_none(row["overdue_at_ms"]),
    )
