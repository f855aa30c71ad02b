"""When each job is next due; whoever moves the row runs the job, however many ask."""

from datetime import datetime

from storage.db import Tx
from storage.ids import to_ms

ADD_SCHEDULE = """
INSERT INTO schedules (job, next_at_ms) VALUES (:job, :now) ON CONFLICT (job) DO NOTHING
"""
FIND_DUE = "SELECT job, next_at_ms FROM schedules WHERE next_at_ms <= :now ORDER BY next_at_ms"
WIN_RUN = """
UPDATE schedules SET next_at_ms = :next WHERE job = :job AND next_at_ms = :seen RETURNING job
"""


def ensure(tx: Tx, job: str, now: datetime) -> None:
    """A job not seen before is due at once."""
    tx.run(ADD_SCHEDULE, job=job, now=to_ms(now))


def find_due(tx: Tx, now: datetime) -> list[tuple[str, int]]:
    """The jobs due at `now`, each with the slot it is due for."""
    return [(row["job"], row["next_at_ms"]) for row in tx.all(FIND_DUE, now=to_ms(now))]


def win(tx: Tx, job: str, slot_ms: int, next_at: datetime) -> bool:
    """Takes the slot for this caller; False where another took it first."""
    return tx.one(WIN_RUN, job=job, seen=slot_ms, next=to_ms(next_at)) is not None
