"""When each job is next due; whoever moves the row runs the job, however many ask."""

from collections.abc import Mapping
from datetime import datetime

from storage.db import Tx
from storage.ids import from_ms, to_ms

ADD_SCHEDULE = """
INSERT INTO schedules (job, next_at_ms) VALUES (:job, :now) ON CONFLICT (job) DO NOTHING
"""
LIST_SLOTS = "SELECT job, next_at_ms FROM schedules ORDER BY next_at_ms"
WIN_RUN = """
UPDATE schedules SET next_at_ms = :next WHERE job = :job AND next_at_ms = :seen RETURNING job
"""


def ensure(tx: Tx, job: str, now: datetime) -> None:
    """A job not seen before is due at once."""
    tx.run(ADD_SCHEDULE, job=job, now=to_ms(now))


def find_due(tx: Tx, now: datetime, every_s: Mapping[str, float]) -> list[tuple[str, int]]:
    """The jobs due at `now`, of those in `every_s` (seconds between two runs), each with its slot.

    A slot further away than its interval was set before the clock was put back: it is due too.
    """
    now_ms = to_ms(now)
    slots = [(row["job"], row["next_at_ms"]) for row in tx.all(LIST_SLOTS)]
    return [
        (job, slot_ms)
        for job, slot_ms in slots
        if job in every_s and not 0 < slot_ms - now_ms <= every_s[job] * 1000
    ]


def find_all(tx: Tx) -> list[tuple[str, datetime]]:
    """Every job known, and when it is next due, or was."""
    return [(row["job"], from_ms(row["next_at_ms"])) for row in tx.all(LIST_SLOTS)]


def win(tx: Tx, job: str, slot_ms: int, next_at: datetime) -> bool:
    """Takes the slot for this caller; False where another took it first."""
    return tx.one(WIN_RUN, job=job, seen=slot_ms, next=to_ms(next_at)) is not None
