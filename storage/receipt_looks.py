"""Receipts that did not come: which numbers Tencent is to be asked about, and when.

One row a number and natural day in Shanghai, however many messages went to it: one question finds
the receipts of them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.rules.delivery import MessageState
from storage.db import Tx
from storage.ids import from_ms, from_ms_or_none, to_ms

ACCEPTED = MessageState.ACCEPTED.value
#: How far what was accepted has been looked over.
MARK = "accepted"
GET_MARK = f"SELECT at_ms FROM receipt_marks WHERE name = '{MARK}'"
SET_MARK = f"""
INSERT INTO receipt_marks (name, at_ms) VALUES ('{MARK}', :at)
ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms
"""
FIND_OVERDUE = f"""
SELECT app, number, signed_at_ms, accepted_at_ms FROM messages
WHERE state = {ACCEPTED} AND accepted_at_ms > :after AND accepted_at_ms <= :before
  AND signed_at_ms IS NOT NULL
ORDER BY accepted_at_ms LIMIT :limit
"""
# Those of the last moment that fell behind the limit.
FIND_AT = f"""
SELECT app, number, signed_at_ms, accepted_at_ms FROM messages
WHERE state = {ACCEPTED} AND accepted_at_ms = :at AND signed_at_ms IS NOT NULL
"""
ADD_LOOK = """
INSERT INTO receipt_looks (app, number, day_s, look_at_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (app, number, day_s) DO UPDATE SET look_at_ms = excluded.look_at_ms
"""
FIND_DUE = """
SELECT number, day_s FROM receipt_looks WHERE app = :app AND look_at_ms <= :now
ORDER BY look_at_ms, number, day_s LIMIT :limit
"""
FIND_OPEN = f"""
SELECT serial, signed_at_ms FROM messages
WHERE number = :number AND app = :app AND state = {ACCEPTED} AND serial IS NOT NULL
  AND signed_at_ms >= :since AND signed_at_ms < :until
ORDER BY signed_at_ms, id
"""
PUT_OFF = """
UPDATE receipt_looks SET look_at_ms = :next
WHERE app = :app AND number = :number AND day_s = :day_s
"""
DROP = "DELETE FROM receipt_looks WHERE app = :app AND number = :number AND day_s = :day_s"
FORGET = "DELETE FROM receipt_looks WHERE day_s < :before"


class Look(NamedTuple):
    """A number whose messages of one day lack receipts; `number` is E.164: mask it before showing
    it. `day_s` is when the day begins, in UTC seconds since 1970."""

    app: str
    number: str
    day_s: int


@dataclass(frozen=True, slots=True)
class Open:
    """A message without its receipt."""

    serial: str
    signed_at: datetime


class Overdue(NamedTuple):
    """A message that was accepted and not reported on; `sealed` is its number as it is stored."""

    app: str
    sealed: str
    signed_at: datetime
    accepted_at: datetime


def mark(tx: Tx) -> datetime | None:
    """Up to when accepted messages have been looked over; None where none were."""
    row = tx.one(GET_MARK)
    return None if row is None else from_ms_or_none(row["at_ms"])


def set_mark(tx: Tx, at: datetime) -> None:
    """Accepted messages have been looked over up to `at`."""
    tx.run(SET_MARK, at=to_ms(at))


def find_overdue(tx: Tx, *, after: datetime, before: datetime, limit: int) -> list[Overdue]:
    """Accepted after `after`, not later than `before`, and not reported on; in the order they were
    accepted in, some `limit` of them. A moment is found whole or not at all."""
    rows = tx.all(FIND_OVERDUE, after=to_ms(after), before=to_ms(before), limit=limit)
    if len(rows) == limit:
        last = rows[-1]["accepted_at_ms"]
        rows = [row for row in rows if row["accepted_at_ms"] < last] + tx.all(FIND_AT, at=last)
    return [
        Overdue(
            row["app"],
            row["number"],
            from_ms(row["signed_at_ms"]),
            from_ms(row["accepted_at_ms"]),
        )
        for row in rows
    ]


def add(tx: Tx, looks: Sequence[tuple[str, str, int]], now: datetime) -> None:
    """Numbers to be asked about now: app, number as it is stored, day. Those that wait for a later
    time wait no longer."""
    tx.run_many(ADD_LOOK, [(*each, to_ms(now)) for each in looks])


def find_due(tx: Tx, app: str, now: datetime, limit: int) -> list[Look]:
    """The looks of an app that are due, the longest due first."""
    rows = tx.all(FIND_DUE, app=app, now=to_ms(now), limit=limit)
    return [Look(app, tx.vault.open_number(row["number"]), row["day_s"]) for row in rows]


def find_open(tx: Tx, look: Look, until_s: int) -> list[Open]:
    """The messages a look is about, the oldest first; `until_s` is the end of its day."""
    rows = tx.all(
        FIND_OPEN,
        number=tx.vault.seal_number(look.number),
        app=look.app,
        since=look.day_s * 1000,
        until=until_s * 1000,
    )
    return [Open(row["serial"], from_ms(row["signed_at_ms"])) for row in rows]


def put_off(tx: Tx, look: Look, next_at: datetime) -> None:
    """A look is due again at `next_at`."""
    tx.run(
        PUT_OFF,
        app=look.app,
        number=tx.vault.seal_number(look.number),
        day_s=look.day_s,
        next=to_ms(next_at),
    )


def drop(tx: Tx, look: Look) -> None:
    """Nothing is left to ask about."""
    tx.run(DROP, app=look.app, number=tx.vault.seal_number(look.number), day_s=look.day_s)


def forget(tx: Tx, before_s: int) -> int:
    """Drops days that began before `before_s`, whatever kept them: an app that is gone."""
    return tx.run(FORGET, before=before_s)
