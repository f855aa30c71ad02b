"""Attempts nobody could account for: when to ask Tencent again, and what a person chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.delivery import FENCED, MessageState
from bot.rules.doubts import DoubtFacts
from storage.db import Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms
from storage.messages import Message

IN_FLIGHT, IN_DOUBT = MessageState.IN_FLIGHT.value, MessageState.IN_DOUBT.value
# Literals, and all of the partial index's condition: SQLite uses it for nothing less.
FENCE = f"state IN ({', '.join(str(state.value) for state in sorted(FENCED))})"
OPEN_NEW = f"""
INSERT INTO doubts (message_id, attempt, number, signed_at_ms, looks, look_at_ms, hint, unplaced,
  ask_at_ms, waited_by)
SELECT id, attempt, number, signed_at_ms, 0, CAST(:now AS BIGINT), '', 0, NULL, '' FROM messages
WHERE {FENCE} AND state = {IN_DOUBT} AND attempt IS NOT NULL AND signed_at_ms IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM doubts WHERE message_id = messages.id AND attempt = messages.attempt
  )
ON CONFLICT (message_id, attempt) DO NOTHING
"""
# A report that may belong to a doubt is looked into at once, and whoever waits is asked after that.
HASTEN = f"""
UPDATE doubts SET look_at_ms = :now, hint = 'seen',
  ask_at_ms = CASE WHEN ask_at_ms IS NULL THEN NULL ELSE CAST(:now AS BIGINT) END
WHERE hint = '' AND (message_id, attempt) IN (
  SELECT id, attempt FROM messages WHERE {FENCE} AND state = {IN_DOUBT} AND hint <> ''
)
"""
FIND_STALLED = f"""
SELECT id FROM messages WHERE {FENCE} AND state = {IN_FLIGHT} AND signed_at_ms < :before
ORDER BY signed_at_ms, id
"""
FIND_DUE = """
SELECT message_id, attempt, signed_at_ms FROM doubts
WHERE look_at_ms IS NOT NULL AND look_at_ms <= :now
ORDER BY look_at_ms, message_id LIMIT :limit
"""
NOTE_LOOK = """
UPDATE doubts SET looks = looks + 1, look_at_ms = :next, unplaced = coalesce(:unplaced, unplaced)
WHERE message_id = :id AND attempt = :attempt
"""
NO_MORE_LOOKS = "UPDATE doubts SET look_at_ms = NULL WHERE message_id = :id AND attempt = :attempt"
OTHERS = f"""
SELECT doubts.signed_at_ms FROM doubts JOIN messages ON messages.id = doubts.message_id
WHERE doubts.number = :number AND (doubts.message_id <> :id OR doubts.attempt <> :attempt)
  AND (coalesce(messages.attempt, '') <> doubts.attempt
    OR messages.state IN ({IN_DOUBT}, {MessageState.DROPPED.value}))
UNION
SELECT signed_at_ms FROM messages
WHERE number = :number AND {FENCE} AND id <> :id AND signed_at_ms IS NOT NULL
"""
# Tencent was asked about each of these before a person is.
FIND_RIPE = f"""
SELECT messages.id FROM messages
JOIN doubts ON doubts.message_id = messages.id AND doubts.attempt = messages.attempt
WHERE messages.{FENCE} AND messages.state = {IN_DOUBT} AND messages.asked_at_ms IS NULL
  AND messages.signed_at_ms <= :signed AND doubts.looks > 0
  AND (doubts.ask_at_ms IS NULL OR doubts.ask_at_ms <= :now)
ORDER BY messages.signed_at_ms, messages.id LIMIT :limit
"""
UNASK = f"""
UPDATE messages SET asked_at_ms = NULL
WHERE id = :id AND attempt = :attempt AND state = {IN_DOUBT} RETURNING id
"""
KEEP_WAITING = """
UPDATE doubts SET ask_at_ms = :ask_at, waited_by = :by
WHERE message_id = :id AND attempt = :attempt
"""
FACTS = """
SELECT unplaced, waited_by, ask_at_ms FROM doubts
WHERE message_id = :id AND attempt = :attempt
"""
FIND_ASKED = f"""
SELECT id FROM messages
WHERE request_id = :request_id AND state = {IN_DOUBT} AND asked_at_ms <= :asked_to
ORDER BY id LIMIT :limit
"""
OF_REQUEST = f"""
SELECT count(*) AS total, count(messages.asked_at_ms) AS asked,
  min(messages.signed_at_ms) AS since, max(messages.asked_at_ms) AS asked_to,
  max(CASE WHEN messages.asked_at_ms IS NULL THEN messages.signed_at_ms END) AS waiting,
  count(CASE WHEN messages.hint <> '' OR doubts.unplaced > 0 THEN 1 END) AS hinted,
  max(coalesce(doubts.waited_by, '')) AS waited_by, max(doubts.ask_at_ms) AS ask_at
FROM messages
LEFT JOIN doubts ON doubts.message_id = messages.id AND doubts.attempt = messages.attempt
WHERE messages.request_id = :request_id AND messages.state = {IN_DOUBT}
"""
# What somebody chose to wait for is nobody's to decide before they are asked again.
OF_APPS = f"""
SELECT app, is_alert, count(*) AS total, sum(is_due) AS due, min(signed_at_ms) AS since,
  coalesce(
    min(CASE WHEN is_due = 1 THEN request_id END), min(request_id)
  ) AS request_id
FROM (
  SELECT messages.app, messages.request_id, messages.signed_at_ms,
    CASE WHEN messages.class = 'alert' THEN 1 ELSE 0 END AS is_alert,
    CASE WHEN messages.signed_at_ms <= :signed
      AND (doubts.ask_at_ms IS NULL OR doubts.ask_at_ms <= :now) THEN 1 ELSE 0 END AS is_due
  FROM messages
  LEFT JOIN doubts ON doubts.message_id = messages.id AND doubts.attempt = messages.attempt
  WHERE messages.{FENCE} AND messages.state = {IN_DOUBT} AND messages.signed_at_ms IS NOT NULL
  ORDER BY messages.signed_at_ms LIMIT :limit
) AS unresolved
GROUP BY app, is_alert ORDER BY app, is_alert
"""
NUMBERS_OF_REQUEST = f"""
SELECT number FROM messages WHERE request_id = :request_id AND state = {IN_DOUBT}
ORDER BY id LIMIT :limit
"""
FORGET = f"""
DELETE FROM doubts WHERE signed_at_ms < :before AND NOT EXISTS (
  SELECT 1 FROM messages
  WHERE id = doubts.message_id AND attempt = doubts.attempt AND state = {IN_DOUBT}
)
"""


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt Tencent is to be asked about."""

    message_id: str
    attempt: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class OfApp:
    """The messages in doubt of an app, those of class alert by themselves: how many there are, how
    many are due to be decided about, since when the oldest is there, and whose one of them is."""

    app: str
    is_alert: bool
    total: int
    due: int
    since: datetime
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Tally:
    """The messages in doubt of one request; `waiting` is the latest attempt nobody is asked about
    yet, `asked_to` the latest question."""

    total: int
    asked: int
    since: datetime
    asked_to: datetime | None
    waiting: datetime | None
    hinted: int
    waited_by: str
    ask_at: datetime | None


def open_new(tx: Tx, now: datetime) -> None:
    """Notes every message in doubt that is not noted yet: Tencent is asked about it from now on."""
    tx.run(OPEN_NEW, now=to_ms(now))


def hasten(tx: Tx, now: datetime) -> None:
    """Doubts that a report was heard of since are looked into at once."""
    tx.run(HASTEN, now=to_ms(now))


def find_stalled(tx: Tx, before: datetime) -> list[str]:
    """Messages in flight whose attempt was committed before `before`."""
    return [row["id"] for row in tx.all(FIND_STALLED, before=to_ms(before))]


def find_due(tx: Tx, now: datetime, limit: int) -> list[Due]:
    """What Tencent is to be asked about, longest due first."""
    rows = tx.all(FIND_DUE, now=to_ms(now), limit=limit)
    return [Due(row["message_id"], row["attempt"], from_ms(row["signed_at_ms"])) for row in rows]


def note_look(
    tx: Tx, message_id: str, attempt: str, next_at: datetime | None, unplaced: int | None
) -> None:
    """Tencent was asked about a message; `unplaced` entries may be it, None where nothing could be
    read."""
    tx.run(
        NOTE_LOOK,
        id=message_id,
        attempt=attempt,
        next=None if next_at is None else to_ms(next_at),
        unplaced=unplaced,
    )


def stop_looking(tx: Tx, message_id: str, attempt: str) -> None:
    """Tencent is not asked about an attempt any more."""
    tx.run(NO_MORE_LOOKS, id=message_id, attempt=attempt)


def others(tx: Tx, message: Message) -> Sequence[datetime]:
    """When every other attempt to the number was committed that nobody can account for."""
    rows = tx.all(
        OTHERS,
        number=tx.vault.seal_number(message.number),
        id=message.id,
        attempt=message.attempt,
    )
    return [from_ms(row["signed_at_ms"]) for row in rows]


def find_ripe(tx: Tx, *, signed: datetime, now: datetime, limit: int) -> list[str]:
    """Messages in doubt since an attempt of `signed` or before, that nobody is asked about and that
    nobody chose to wait for."""
    rows = tx.all(FIND_RIPE, signed=to_ms(signed), now=to_ms(now), limit=limit)
    return [row["id"] for row in rows]


def keep_waiting(tx: Tx, message: Message, by: str, ask_at: datetime) -> bool:
    """Nobody is asked about a doubt until `ask_at`; False where the message has moved on since."""
    if tx.one(UNASK, id=message.id, attempt=message.attempt) is None:
        return False
    tx.run(KEEP_WAITING, id=message.id, attempt=message.attempt, by=by, ask_at=to_ms(ask_at))
    return True


def facts(tx: Tx, message: Message) -> DoubtFacts | None:
    """What is known of a doubt beside its message; None where nothing is noted of this attempt."""
    row = tx.one(FACTS, id=message.id, attempt=message.attempt)
    if row is None:
        return None
    return DoubtFacts(row["unplaced"], row["waited_by"], from_ms_or_none(row["ask_at_ms"]))


def find_asked(tx: Tx, request_id: str, asked_to: datetime, limit: int) -> list[str]:
    """Messages of a request that were put before a person by `asked_to`, in their order."""
    rows = tx.all(FIND_ASKED, request_id=request_id, asked_to=to_ms(asked_to), limit=limit)
    return [row["id"] for row in rows]


def tally(tx: Tx, request_id: str) -> Tally | None:
    """How a request's doubts stand; None where none of its messages is in doubt."""
    row = tx.one(OF_REQUEST, request_id=request_id)
    if row is None or row["since"] is None:
        return None
    return Tally(
        total=row["total"],
        asked=row["asked"],
        since=from_ms(row["since"]),
        asked_to=from_ms_or_none(row["asked_to"]),
        waiting=from_ms_or_none(row["waiting"]),
        hinted=row["hinted"],
        waited_by=row["waited_by"],
        ask_at=from_ms_or_none(row["ask_at"]),
    )


def of_apps(tx: Tx, *, signed: datetime, now: datetime, limit: int) -> list[OfApp]:
    """Of the `limit` oldest doubts, what each app has; due are those of an attempt of `signed` or
    before that nobody chose to wait for."""
    rows = tx.all(OF_APPS, signed=to_ms(signed), now=to_ms(now), limit=limit)
    return [
        OfApp(
            row["app"],
            bool(row["is_alert"]),
            row["total"],
            # PostgreSQL's sums are decimals.
            int(row["due"]),
            from_ms(row["since"]),
            row["request_id"],
        )
        for row in rows
    ]


def numbers(tx: Tx, request_id: RequestId | str, limit: int) -> list[str]:
    """The first numbers in doubt of a request, whole: mask them before showing them."""
    rows = tx.all(NUMBERS_OF_REQUEST, request_id=request_id, limit=limit)
    return [tx.vault.open_number(row["number"]) for row in rows]


def forget(tx: Tx, before: datetime) -> int:
    """Drops what was attempted before `before` and is no longer in doubt; returns how many."""
    return tx.run(FORGET, before=to_ms(before))
