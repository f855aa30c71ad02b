"""Which summaries were told, or are being made: one row for each channel, app, kind and span."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.summaries import SAME_WITHIN, Span, SummaryKind
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

ADD_SUMMARY = """
INSERT INTO summaries (channel, app, kind, since_s, until_s, facts, failures, noted_at_ms,
  next_at_ms)
VALUES (:channel, :app, :kind, :since, :until, :facts, 0, :now, :next)
ON CONFLICT (channel, app, kind, since_s) DO NOTHING RETURNING kind
"""
IS_SEEN = """
SELECT 1 FROM summaries WHERE channel = :channel AND app = :app AND kind = :kind LIMIT 1
"""
IS_NOTED = """
SELECT 1 FROM summaries
WHERE channel = :channel AND app = :app AND kind = :kind
  AND since_s >= :earliest AND since_s <= :latest LIMIT 1
"""
# What is to wait longer than anything may was put off before the clock was put back.
FIND_OPEN = """
SELECT * FROM summaries
WHERE next_at_ms IS NOT NULL AND (next_at_ms <= :now OR next_at_ms > :latest)
ORDER BY noted_at_ms, channel, app, kind LIMIT :limit
"""
PUT_OFF = """
UPDATE summaries SET failures = failures + 1, next_at_ms = :next
WHERE channel = :channel AND app = :app AND kind = :kind AND since_s = :since
"""
END_SUMMARY = """
UPDATE summaries SET next_at_ms = NULL, facts = ''
WHERE channel = :channel AND app = :app AND kind = :kind AND since_s = :since
  AND next_at_ms IS NOT NULL RETURNING kind
"""
FORGET_OLD = """
DELETE FROM summaries WHERE noted_at_ms < :before AND next_at_ms IS NULL
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Who is told of what: `app` is "" where it is all of them together."""

    channel: str
    app: str


@dataclass(frozen=True, slots=True)
class Open:
    """A summary whose picture is still to be made; `facts` is plain JSON, what it says."""

    place: Place
    span: Span
    facts: Mapping[str, Any]
    failures: int
    noted_at: datetime


def add(tx: Tx, place: Place, span: Span, facts: Mapping[str, Any] | None, now: datetime) -> bool:
    """Notes a span, so that nobody is told of it twice; False where it was noted before.

    `facts`: it is to be made, and this is what it says. None: nothing is left to be done.
    """
    row = tx.one(
        ADD_SUMMARY,
        **_key(place, span),
        until=_seconds(span.until),
        facts="" if facts is None else json.dumps(facts),
        now=to_ms(now),
        next=None if facts is None else to_ms(now),
    )
    return row is not None


def is_noted(tx: Tx, place: Place, span: Span) -> bool:
    """Whether it was told, is being made, or was passed over; by the clocks of another zone too."""
    within = SAME_WITHIN[span.kind]
    found = tx.one(
        IS_NOTED,
        **_place(place, span.kind),
        earliest=_seconds(span.since - within),
        latest=_seconds(span.since + within),
    )
    return found is not None


def is_first(tx: Tx, place: Place, span: Span) -> bool:
    """Whether the place never had one of this kind."""
    return tx.one(IS_SEEN, **_place(place, span.kind)) is None


def find_open(tx: Tx, now: datetime, latest: datetime, limit: int) -> list[Open]:
    """What is to be made now, the oldest first; nothing waits longer than until `latest`."""
    rows = tx.all(FIND_OPEN, now=to_ms(now), latest=to_ms(latest), limit=limit)
    return [_open(row) for row in rows]


def put_off(tx: Tx, summary: Open, next_at: datetime) -> None:
    """It did not work out; again at `next_at`."""
    tx.run(PUT_OFF, **_key(summary.place, summary.span), next=to_ms(next_at))


def end(tx: Tx, summary: Open) -> bool:
    """It is made; False where somebody else was quicker."""
    return tx.one(END_SUMMARY, **_key(summary.place, summary.span)) is not None


def forget(tx: Tx, before: datetime) -> None:
    """Drops what was noted so long ago."""
    tx.run(FORGET_OLD, before=to_ms(before))


def _key(place: Place, span: Span) -> dict[str, object]:
    return {**_place(place, span.kind), "since": _seconds(span.since)}


def _place(place: Place, kind: SummaryKind) -> dict[str, object]:
    return {"channel": place.channel, "app": place.app, "kind": kind.value}


def _seconds(moment: datetime) -> int:
    return to_ms(moment) // 1000


def _open(row: Row) -> Open:
    span = Span(
        SummaryKind(row["kind"]), from_ms(row["since_s"] * 1000), from_ms(row["until_s"] * 1000)
    )
    return Open(
        Place(row["channel"], row["app"]),
        span,
        json.loads(row["facts"]),
        row["failures"],
        from_ms(row["noted_at_ms"]),
    )
