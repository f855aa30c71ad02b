"""Every envelope Slack sent, kept before it is answered: a repeat or a crash changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.errors import WrongDataKey
from storage.db import Row, Tx
from storage.ids import from_ms_or_none, to_ms

PURPOSE = "envelopes.body"

ADD_ENVELOPE = """
INSERT INTO envelopes (key, kind, body, received_at_ms)
VALUES (:key, :kind, :body, :now) ON CONFLICT (key) DO NOTHING RETURNING key
"""
IS_HANDLED = "SELECT handled_at_ms FROM envelopes WHERE key = :key"
NOTE_HANDLED = "UPDATE envelopes SET handled_at_ms = :now, body = NULL WHERE key = :key"
FIND_OPEN = """
SELECT key, kind, body FROM envelopes
WHERE handled_at_ms IS NULL AND received_at_ms >= :since AND body IS NOT NULL
ORDER BY received_at_ms
"""
OLDEST_OPEN = """
SELECT min(received_at_ms) AS at FROM envelopes
WHERE handled_at_ms IS NULL AND received_at_ms >= :since
"""
DROP_UNFINISHED = """
UPDATE envelopes SET handled_at_ms = :now, body = NULL
WHERE handled_at_ms IS NULL AND received_at_ms >= 0
"""
FORGET_OLD = "DELETE FROM envelopes WHERE received_at_ms < :before"


class Arrival(Enum):
    """Whether an envelope was seen before."""

    NEW = "new"
    #: Stored before, never finished: run it again, the steps behind it are guarded.
    UNFINISHED = "unfinished"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A stored envelope; `body` is the JSON of its parsed payload, "" where it is damaged."""

    key: str
    kind: str
    body: str


def add(tx: Tx, envelope: Envelope, now: datetime) -> Arrival:
    """Keeps the envelope; says whether it is the first of its key."""
    sealed = tx.vault.seal(envelope.body, purpose=PURPOSE)
    row = tx.one(ADD_ENVELOPE, key=envelope.key, kind=envelope.kind, body=sealed, now=to_ms(now))
    if row is not None:
        return Arrival.NEW
    seen = tx.one(IS_HANDLED, key=envelope.key)
    return Arrival.UNFINISHED if seen and seen["handled_at_ms"] is None else Arrival.HANDLED


def note_handled(tx: Tx, key: str, now: datetime) -> None:
    """Done with it; what it said is dropped, its key stays against repeats."""
    tx.run(NOTE_HANDLED, key=key, now=to_ms(now))


def find_unfinished(tx: Tx, since: datetime) -> list[Envelope]:
    """Envelopes that were stored but not handled, oldest first: what a crash left behind."""
    return [
        Envelope(row["key"], row["kind"], _body(tx, row))
        for row in tx.all(FIND_OPEN, since=to_ms(since))
    ]


def drop_unfinished(tx: Tx, now: datetime) -> int:
    """Nothing more is done about what was stored and not handled; returns how many."""
    return tx.run(DROP_UNFINISHED, now=to_ms(now))


def oldest_unfinished(tx: Tx, since: datetime) -> datetime | None:
    """When the one came, of those since then, that is not done with for longest."""
    row = tx.one(OLDEST_OPEN, since=to_ms(since))
    return None if row is None else from_ms_or_none(row["at"])


def forget(tx: Tx, now: datetime, keep: timedelta) -> int:
    """Drops keys older than `keep`; returns how many."""
    return tx.run(FORGET_OLD, before=to_ms(now - keep))


def _body(tx: Tx, row: Row) -> str:
    try:
        return tx.vault.open(row["body"], purpose=PURPOSE)
    except WrongDataKey:
        return ""
