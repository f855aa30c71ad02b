"""Messages that wait: which of them may go now, and what becomes of those that may not."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED
from bot.rules.limits import Rule
from storage.db import Row, Tx
from storage.ids import MessageId, RequestId, from_ms_or_none, to_ms
from storage.messages import CANCELLED, CLAIMED, HELD, QUEUED, SKIPPED, literals, readable_number
from storage.vault import SealedNumber

#: What a message of a job may wait for that a change of its app's limits may end.
HOLDING = tuple(rule for rule in Rule if rule is not Rule.CARRIER_DAY)


def _quoted(rules: Iterable[Rule]) -> str:
    return ", ".join(f"'{rule.value}'" for rule in rules)


#: Classes a person or a machine waits for: they go before everything else.
URGENT = (TemplateClass.OTP, TemplateClass.ALERT)
UNFENCED = f"""NOT EXISTS (
    SELECT 1 FROM messages AS other
    WHERE other.number = messages.number AND other.state IN ({literals(FENCED)})
  )"""
ATTEMPTED = """messages.id, messages.request_id, messages.app, messages.number, messages.class,
  messages.template_id, messages.signature, messages.template_values, messages.content,
  messages.attempts, messages.give_up_at_ms, messages.country,
  CASE WHEN messages.file_row IS NULL THEN coalesce(messages.signed_at_ms, messages.created_at_ms)
    ELSE messages.signed_at_ms END AS counted_at_ms"""
# A number behind its fence waits for the fence, not for a worker. What belongs to a job is found
# by its job alone: a paused one may have a million.
WAITING_OF_JOB = f"""
SELECT * FROM (
  SELECT {ATTEMPTED} FROM messages
  WHERE request_id = :request_id AND state = {QUEUED} AND file_row IS NOT NULL
    AND due_at_ms <= :now AND {UNFENCED}
  ORDER BY due_at_ms, id LIMIT :limit
) AS later
UNION ALL
SELECT * FROM (
  SELECT {ATTEMPTED} FROM messages
  WHERE request_id = :request_id AND state = {HELD} AND {UNFENCED}
  ORDER BY id LIMIT :limit
) AS held
"""
# Judged at its claim and let go again: it waits for its own time from here on.
PUT_OFF = f"""
UPDATE messages SET state = {QUEUED}, due_at_ms = :due, detail = :detail, changed_at_ms = :now
WHERE id = :id AND state IN ({QUEUED}, {HELD})
"""
SKIP = f"""
UPDATE messages SET state = {SKIPPED}, detail = :detail, final_at_ms = :now, changed_at_ms = :now,
  settled_by = :settled_by,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
WHERE id = :id AND state IN ({QUEUED}, {HELD})
"""
CANCEL_SOME = f"""
UPDATE messages SET state = {CANCELLED}, final_at_ms = :now, changed_at_ms = :now,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
WHERE id IN (
  SELECT id FROM messages
  WHERE request_id = :request_id AND state IN ({QUEUED}, {HELD}) ORDER BY id LIMIT :limit
)
"""
FIND_HELD_BACK = f"""
SELECT id FROM messages
WHERE request_id = :request_id AND state = {QUEUED} AND id > :behind AND file_row IS NOT NULL
  AND due_at_ms > :now AND detail IN ({_quoted(HOLDING)})
ORDER BY id LIMIT :limit
"""
WAKE = f"""
UPDATE messages SET due_at_ms = :now, changed_at_ms = :now WHERE id = :id AND state = {QUEUED}
"""
# Nothing rests in this state any more; a file may hold some of an earlier program.
RELEASE_ALL = f"""
UPDATE messages SET state = {QUEUED}, lease_until_ms = NULL, changed_at_ms = :now
WHERE state = {CLAIMED}
"""
# Whatever keeps them: a fence, a stopped app, an app that is gone.
STALE_SINGLES = f"""
SELECT id, request_id FROM messages
WHERE state = {QUEUED} AND file_row IS NULL AND give_up_at_ms < :now ORDER BY due_at_ms, id
LIMIT :limit
"""
NEXT_DUE = f"""
SELECT min(due_at_ms) AS due FROM messages WHERE state = {QUEUED} AND file_row IS NULL
"""


# NamedTuples: made for every message of a job, and a frozen dataclass takes three times as long.
class Waiting(NamedTuple):
    """A message that may be sent now. `number` is the full number: mask it before showing it; it
    is empty where it cannot be read."""

    id: MessageId
    request_id: RequestId
    app: str
    sealed: SealedNumber
    number: str
    class_: TemplateClass
    template_id: str
    signature: str
    sealed_values: str
    content: str
    attempts: int
    """Before this one."""
    give_up_at_ms: int
    country: str
    """The ISO code; empty in what an earlier program stored."""
    counted_at_ms: int | None
    """When it was tried last, or confirmed by itself: the day it counts on so far."""


def due_singles(
    tx: Tx, apps: Sequence[str], *, now: datetime, limit: int, is_urgent: bool
) -> list[Waiting]:
    """Messages of no job that may go, oldest first; those whose number is fenced stay queued."""
    if not apps or limit <= 0:
        return []
    values = [*(class_.value for class_ in URGENT), to_ms(now), *apps, limit]
    if is_urgent:
        found = tx.conn.execute(_due_urgent(len(apps)), values)
    else:
        found = tx.conn.execute(_due_others(len(apps)), values)
    return [_waiting(tx, row) for row in found.fetchall()]


def waiting_of_job(tx: Tx, request_id: str, *, now: datetime, limit: int) -> list[Waiting]:
    """What a job sends next: first what waited for a time that has come, then by its file."""
    rows = tx.all(WAITING_OF_JOB, request_id=request_id, now=to_ms(now), limit=limit)
    return [_waiting(tx, row) for row in rows[:limit]]


def put_off(tx: Tx, message_ids: Iterable[tuple[MessageId, str, datetime]], now: datetime) -> None:
    """Not now: each waits until the time that comes with it, for the reason that does."""
    tx.run_many(
        PUT_OFF,
        [
            {"id": message_id, "detail": reason, "due": to_ms(due_at), "now": to_ms(now)}
            for message_id, reason, due_at in message_ids
        ],
    )


def skip(tx: Tx, message_ids: Iterable[tuple[MessageId, str]], *, by: str, now: datetime) -> None:
    """Leaves messages out of their job, each for the reason that comes with it."""
    tx.run_many(
        SKIP,
        [
            {"id": message_id, "detail": reason, "settled_by": by, "now": to_ms(now)}
            for message_id, reason in message_ids
        ],
    )


def cancel_some(tx: Tx, request_id: str, *, limit: int, now: datetime) -> int:
    """Cancels up to `limit` messages that still wait; returns how many."""
    return tx.run(CANCEL_SOME, request_id=request_id, limit=limit, now=to_ms(now))


def release_all(tx: Tx, now: datetime) -> int:
    """Queues again whatever a version that committed claims by themselves left claimed, for whoever
    knows that no worker is left."""
    return tx.run(RELEASE_ALL, now=to_ms(now))


def wake(tx: Tx, request_id: str, behind: str, *, now: datetime, limit: int) -> list[MessageId]:
    """Has so many messages of a job judged anew that wait for a limit: the next behind that one."""
    moment = to_ms(now)
    rows = tx.all(FIND_HELD_BACK, request_id=request_id, behind=behind, now=moment, limit=limit)
    tx.run_many(WAKE, [{"id": row["id"], "now": moment} for row in rows])
    return [row["id"] for row in rows]


def stale_singles(tx: Tx, now: datetime, limit: int) -> list[tuple[MessageId, RequestId]]:
    """Messages of no job that wait beyond their time."""
    rows = tx.all(STALE_SINGLES, now=to_ms(now), limit=limit)
    return [(row["id"], row["request_id"]) for row in rows]


def next_due(tx: Tx) -> datetime | None:
    """When the next queued message may go."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


@cache
def _due_urgent(count: int) -> str:
    return _due_of_apps("IN", count)


@cache
def _due_others(count: int) -> str:
    return _due_of_apps("NOT IN", count)


def _due_of_apps(urgent: str, count: int) -> str:
    marks = ", ".join("?" * count)
    # What was confirmed and never tried is due whatever the clock was set back to since.
    return f"""
SELECT {ATTEMPTED} FROM messages
WHERE state = {QUEUED} AND file_row IS NULL AND class {urgent} (?, ?)
  AND (due_at_ms <= ? OR (attempts = 0 AND due_at_ms = created_at_ms))
  AND app IN ({marks}) AND {UNFENCED}
ORDER BY due_at_ms, id LIMIT ?
"""


def _waiting(tx: Tx, row: Row) -> Waiting:
    return Waiting(
        row["id"],
        row["request_id"],
        row["app"],
        row["number"],
        readable_number(tx, row["number"]),
        TemplateClass(row["class"]),
        row["template_id"],
        row["signature"],
        row["template_values"],
        row["content"],
        row["attempts"],
        row["give_up_at_ms"],
        row["country"],
        row["counted_at_ms"],
    )
