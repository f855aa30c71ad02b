"""Silences: what nobody wants to hear of, until when, and who said so why."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rules.matchers import Matcher, Op
from bot.rules.numbers import cover_typed
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, new_short_id, to_ms

log = logging.getLogger("smsops.alerts")
IS_KNOWN = "SELECT 1 FROM silences WHERE id = :id"
ADD_SILENCE = """
INSERT INTO silences (id, matchers, group_id, author, comment, begins_at_ms, ends_at_ms, begun,
                      ended_by)
VALUES (:id, :matchers, :group_id, :author, :comment, :begins, :ends, :begun, '')
RETURNING *
"""
GET_SILENCE = "SELECT * FROM silences WHERE id = :id"
# One that has begun holds, wherever the clock was set back to.
FIND_ACTIVE = """
SELECT * FROM silences
WHERE ended_at_ms IS NULL AND (begun = 1 OR begins_at_ms <= :now) AND ends_at_ms > :now
ORDER BY ends_at_ms, id
"""
FIND_LISTED = """
SELECT * FROM silences WHERE ended_at_ms IS NULL AND ends_at_ms > :now ORDER BY ends_at_ms, id
"""
NEXT_TURN = """
SELECT min(at) AS at FROM (
  SELECT min(ends_at_ms) AS at FROM silences WHERE ended_at_ms IS NULL
  UNION ALL
  SELECT min(begins_at_ms) FROM silences WHERE ended_at_ms IS NULL AND begun = 0
) AS turns
"""
END_OVER = """
UPDATE silences SET ended_at_ms = :now WHERE ended_at_ms IS NULL AND ends_at_ms <= :now
RETURNING *
"""
BEGIN_DUE = """
UPDATE silences SET begun = 1 WHERE ended_at_ms IS NULL AND begun = 0 AND begins_at_ms <= :now
RETURNING *
"""
END_SILENCE = """
UPDATE silences SET ended_by = :by, ended_at_ms = :now WHERE id = :id AND ended_at_ms IS NULL
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Silence:
    """One of them, ``S-7K3Q``; `group_id` of the card it was asked for on, "" where it was typed.
    `comment` is text from outside; numbers in it are covered."""

    id: str
    matchers: tuple[Matcher, ...]
    group_id: str
    author: str
    comment: str
    begins_at: datetime
    ends_at: datetime
    ended_by: str
    ended_at: datetime | None


def add(
    tx: Tx,
    *,
    matchers: tuple[Matcher, ...],
    group_id: str,
    author: str,
    comment: str,
    begins_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Silence:
    """Keeps a new one."""
    row = tx.one(
        ADD_SILENCE,
        id=_free_id(tx),
        matchers=json.dumps([_plain(each) for each in matchers], ensure_ascii=False),
        group_id=group_id,
        author=author,
        comment=cover_typed(comment),
        begins=to_ms(begins_at),
        ends=to_ms(ends_at),
        begun=int(begins_at <= now),
    )
    kept = None if row is None else _silence(row)
    if kept is None:
        raise ValueError("a silence was not kept")
    return kept


def _free_id(tx: Tx) -> str:
    length = 4
    while tx.one(IS_KNOWN, id=(silence_id := new_short_id("S", length))) is not None:
        length += 1
    return silence_id


def get(tx: Tx, silence_id: str) -> Silence | None:
    row = tx.one(GET_SILENCE, id=silence_id)
    return None if row is None else _silence(row)


def find_active(tx: Tx, now: datetime) -> list[Silence]:
    """Those that hold now, the first to end first."""
    return _silences(tx.all(FIND_ACTIVE, now=to_ms(now)))


def find_listed(tx: Tx, now: datetime) -> list[Silence]:
    """Those that hold now or will, the first to end first."""
    return _silences(tx.all(FIND_LISTED, now=to_ms(now)))


def turn(tx: Tx, now: datetime) -> list[Silence]:
    """Begins and ends those whose time it is; these."""
    ended = tx.all(END_OVER, now=to_ms(now))
    begun = tx.all(BEGIN_DUE, now=to_ms(now))
    return _silences([*ended, *begun])


def next_turn(tx: Tx) -> datetime | None:
    """When the next one begins or ends."""
    row = tx.one(NEXT_TURN)
    return None if row is None else from_ms_or_none(row["at"])


def end(tx: Tx, silence_id: str, by: str, now: datetime) -> Silence | None:
    """It holds no more; None where it had ended. `by` "" for its own time."""
    row = tx.one(END_SILENCE, id=silence_id, by=by, now=to_ms(now))
    return None if row is None else _silence(row)


def _plain(matcher: Matcher) -> Mapping[str, str]:
    return {"label": matcher.label, "op": matcher.op.value, "value": matcher.value}


def _silences(rows: Iterable[Row]) -> list[Silence]:
    """Those that can be read."""
    found = (_silence(row) for row in rows)
    return [each for each in found if each is not None]


def _matchers(row: Row) -> tuple[Matcher, ...]:
    found = tuple(
        Matcher(str(each["label"]), Op(each["op"]), str(each["value"]))
        for each in json.loads(row["matchers"])
    )
    for each in found:
        # An expression that is none is found out here, and not where alerts are looked at.
        each.accepts("")
    return found


def _silence(row: Row) -> Silence | None:
    """None where it cannot be read: nobody can say what it covers, and the others hold."""
    try:
        matchers = _matchers(row)
    except (KeyError, TypeError, ValueError):
        extra = {"event": "silence_unreadable", "silence": row["id"]}
        log.exception("silence unreadable", extra=extra)
        return None
    return Silence(
        id=row["id"],
        matchers=matchers,
        group_id=row["group_id"],
        author=row["author"],
        comment=row["comment"],
        begins_at=from_ms(row["begins_at_ms"]),
        ends_at=from_ms(row["ends_at_ms"]),
        ended_by=row["ended_by"],
        ended_at=from_ms_or_none(row["ended_at_ms"]),
    )
