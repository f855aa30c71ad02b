"""Questions Tencent does not answer: how often in a row, and when they are put again."""

from datetime import datetime

from bot.rules.backfill import LONGEST_PAUSE
from storage.db import Tx
from storage.ids import to_ms

GET = "SELECT failures, next_at_ms FROM back_offs WHERE name = :name"
NOTE = """
INSERT INTO back_offs (name, failures, next_at_ms) VALUES (:name, 1, :next)
ON CONFLICT (name) DO UPDATE SET failures = back_offs.failures + 1, next_at_ms = excluded.next_at_ms
"""
CLEAR = "DELETE FROM back_offs WHERE name = :name"


def failures(tx: Tx, name: str) -> int:
    """How often in a row the question `name` was not answered."""
    row = tx.one(GET, name=name)
    return 0 if row is None else int(row["failures"])


def is_over(tx: Tx, name: str, now: datetime) -> bool:
    """Whether it may be asked now. A pause that ends further away than any lasts began before the
    clock was put back."""
    row = tx.one(GET, name=name)
    return row is None or not to_ms(now) < row["next_at_ms"] <= to_ms(now + LONGEST_PAUSE)


def note(tx: Tx, name: str, next_at: datetime) -> None:
    """The question was not answered once more, and is put again at `next_at`."""
    tx.run(NOTE, name=name, next=to_ms(next_at))


def clear(tx: Tx, name: str) -> None:
    """The question was answered."""
    tx.run(CLEAR, name=name)
