"""Jobs and workers that broke, and how often in a row; nothing is kept of one that runs again."""

from datetime import datetime

from bot.rules.vitals import BrokenJob
from storage.db import Tx
from storage.ids import from_ms, to_ms

NOTE = """
INSERT INTO job_faults (job, failures, reason, since_ms, at_ms)
VALUES (:job, 1, :reason, :now, :now)
ON CONFLICT (job) DO UPDATE
SET failures = job_faults.failures + 1, reason = :reason, at_ms = :now
"""
CLEAR = "DELETE FROM job_faults WHERE job = :job"
LIST = "SELECT job, failures, reason, since_ms FROM job_faults ORDER BY job"


def note(tx: Tx, job: str, reason: str, now: datetime) -> None:
    """A job broke once more."""
    tx.run(NOTE, job=job, reason=reason, now=to_ms(now))


def clear(tx: Tx, job: str) -> None:
    """A job ran through: nothing is kept of how it broke."""
    tx.run(CLEAR, job=job)


def find(tx: Tx) -> list[BrokenJob]:
    """The jobs that broke when they last ran, by name."""
    return [
        BrokenJob(row["job"], row["failures"], row["reason"], from_ms(row["since_ms"]))
        for row in tx.all(LIST)
    ]
