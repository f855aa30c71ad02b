"""How far the reading of a job's recipients has come, and what their list was found to be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.recipients import CheckFacts
from bot.rules.requests import RequestState
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms_or_none, to_ms
from storage.jobs import Job

PURPOSE = "jobs.check_facts"
DRAFT = RequestState.DRAFT.value

FIND_UNCHECKED = f"""
SELECT jobs.request_id, jobs.check_facts FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.checked_at_ms IS NULL AND jobs.ended_at_ms IS NULL AND requests.state = {DRAFT}
ORDER BY requests.created_at_ms, jobs.request_id
"""
GET_FACTS = "SELECT check_facts FROM jobs WHERE request_id = :request_id"
SET_FACTS = "UPDATE jobs SET check_facts = :facts WHERE request_id = :request_id"
# Compare-and-set: whoever read the list a second time changes nothing.
NOTE_PROGRESS = f"""
UPDATE jobs SET checked_to = :to, total = :total, duplicates = :duplicates, bad_rows = :bad_rows,
  spread = :spread, rows_sha256 = :rows_sha256, abroad = :abroad,
  abroad_segments = :abroad_segments, shortest = :shortest, longest = :longest,
  is_equal = :is_equal
WHERE request_id = :request_id AND checked_to = :from AND checked_at_ms IS NULL
  AND EXISTS (SELECT 1 FROM requests WHERE requests.id = jobs.request_id AND state = {DRAFT})
RETURNING request_id
"""
NOTE_CHECKED = """
UPDATE jobs SET checked_at_ms = :now, check_fault = :fault
WHERE request_id = :request_id AND checked_at_ms IS NULL RETURNING request_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is stored of a job's list, up to the row `checked_to`."""

    checked_to: int
    total: int
    duplicates: int
    bad_rows: int
    spread: Mapping[int, int]
    rows_sha256: str
    abroad: int
    abroad_segments: int
    shortest: int
    longest: int
    is_equal: bool


def find_unchecked(tx: Tx) -> list[tuple[RequestId, CheckFacts]]:
    """Drafts whose recipients are still to be read, oldest first."""
    return [(row["request_id"], _facts(tx, row)) for row in tx.all(FIND_UNCHECKED)]


def facts(tx: Tx, request_id: str) -> CheckFacts:
    """What a job's list was found to be, and how often reading it failed."""
    row = tx.one(GET_FACTS, request_id=request_id)
    return CheckFacts() if row is None else _facts(tx, row)


def set_facts(tx: Tx, request_id: RequestId, found: CheckFacts) -> None:
    """Keeps what a job's list was found to be, in the place of what was known."""
    tx.run(SET_FACTS, request_id=request_id, facts=_sealed(tx, found))


def note_progress(tx: Tx, job: Job, progress: Progress) -> bool:
    """Keeps how far a list was read; False where the job has moved on since, or is no draft any
    more."""
    row = tx.one(
        NOTE_PROGRESS,
        **{
            "request_id": job.request_id,
            "from": job.checked_to,
            "to": progress.checked_to,
            "total": progress.total,
            "duplicates": progress.duplicates,
            "bad_rows": progress.bad_rows,
            "spread": json.dumps({str(key): many for key, many in progress.spread.items()}),
            "rows_sha256": progress.rows_sha256,
            "abroad": progress.abroad,
            "abroad_segments": progress.abroad_segments,
            "shortest": progress.shortest,
            "longest": progress.longest,
            "is_equal": int(progress.is_equal),
        },
    )
    return row is not None


def note_checked(tx: Tx, request_id: RequestId, now: datetime, fault: str = "") -> bool:
    """The list is read to its end, or refused as a whole; False where it was before."""
    return tx.one(NOTE_CHECKED, request_id=request_id, now=to_ms(now), fault=fault) is not None


def _sealed(tx: Tx, found: CheckFacts) -> str:
    written: dict[str, Any] = {
        "phone": found.phone,
        "columns": {str(variable): name for variable, name in found.columns.items()},
        "ignored": list(found.ignored),
        "fault_values": dict(found.fault_values),
        "failures": found.failures,
        "retry_at_ms": None if found.retry_at is None else to_ms(found.retry_at),
    }
    return tx.vault.seal(json.dumps(written), purpose=PURPOSE)


def _facts(tx: Tx, row: Row) -> CheckFacts:
    if not row["check_facts"]:
        return CheckFacts()
    written = json.loads(tx.vault.open(row["check_facts"], purpose=PURPOSE))
    return CheckFacts(
        phone=written["phone"],
        columns={int(variable): name for variable, name in written["columns"].items()},
        ignored=tuple(written["ignored"]),
        fault_values=written["fault_values"],
        failures=written["failures"],
        retry_at=from_ms_or_none(written["retry_at_ms"]),
    )
