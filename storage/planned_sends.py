"""Sends to many that are agreed and have still to go: what packages will be charged for."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from storage.db import Tx
from storage.ids import RequestId, from_ms

# CROSS: open jobs are few, requests are many, and SQLite keeps to this order.
LIST = f"""
SELECT jobs.request_id, jobs.starts_at_ms, jobs.started_at_ms, jobs.total, jobs.spread,
  jobs.abroad_segments
FROM jobs CROSS JOIN requests
WHERE jobs.ended_at_ms IS NULL AND requests.id = jobs.request_id AND jobs.starts_at_ms IS NOT NULL
  AND requests.state IN ({RequestState.APPROVED.value}, {RequestState.EXECUTING.value})
ORDER BY jobs.starts_at_ms, jobs.request_id
"""
WAITING = f"""
SELECT count(*) AS many FROM messages
WHERE request_id = :request_id AND state IN ({MessageState.QUEUED.value}, {MessageState.HELD.value})
"""


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """A send to many and its segments for the mainland that are not sent yet: about, where it runs
    already or some of its recipients opted out."""

    request_id: RequestId
    starts_at: datetime
    segments: int


def list_all(tx: Tx) -> list[PlannedSend]:
    """Those that go on by themselves, the next first: not what is paused."""
    found = []
    for row in tx.all(LIST):
        spread = json.loads(row["spread"])
        segments = sum(int(each) * many for each, many in spread.items()) - row["abroad_segments"]
        if row["started_at_ms"] is not None:
            segments = segments * _waiting(tx, row["request_id"]) // max(row["total"], 1)
        if segments > 0:
            starts_at = from_ms(row["starts_at_ms"])
            found.append(PlannedSend(row["request_id"], starts_at, segments))
    return found


def _waiting(tx: Tx, request_id: str) -> int:
    row = tx.one(WAITING, request_id=request_id)
    return int(row["many"]) if row else 0
