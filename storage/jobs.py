"""Sends to more than one number, or for later: what the whole of them is, and where it stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestState
from bot.rules.roles import Apps
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, from_ms_or_none, to_ms
from storage.scopes import given, within

PURPOSE = "jobs.source_file"

ADD_JOB = """
INSERT INTO jobs (request_id, app, class, template_id, signature, is_equal, source_file, checked_to,
  check_fault, total, duplicates, bad_rows, spread, rows_sha256, abroad, abroad_segments, shortest,
  longest, check_facts, at_ms, valid_for_s, stopped_by, stop_reason)
VALUES (:request_id, :app, :class, :template_id, :signature, :is_equal, :source_file, 0,
  '', 0, 0, 0, '{}', '', 0, 0, 0, 0, '', :at, :valid_for_s, '', '')
"""
GET_JOB = "SELECT * FROM jobs WHERE request_id = :request_id"
COUNTS = """
SELECT state, count(*) AS messages FROM messages WHERE request_id = :request_id GROUP BY state
"""
# One look into the index a state, however many messages are in it.
STATES_OF = f"""
WITH each_state (state) AS (VALUES {", ".join(f"({state.value})" for state in MessageState)})
SELECT state FROM each_state WHERE EXISTS (
  SELECT 1 FROM messages WHERE request_id = :request_id AND messages.state = each_state.state
)
"""
SCHEDULE = """
UPDATE jobs SET starts_at_ms = :starts, ends_at_ms = :ends WHERE request_id = :request_id
"""
SET_AT = "UPDATE jobs SET at_ms = :at WHERE request_id = :request_id"
NOTE_STARTED = """
UPDATE jobs SET started_at_ms = :now, followed_at_ms = NULL
WHERE request_id = :request_id AND started_at_ms IS NULL RETURNING request_id
"""
NOTE_STOPPED = """
UPDATE jobs SET stopped_by = :by, stop_reason = :reason, followed_at_ms = NULL
WHERE request_id = :request_id
"""
NOTE_ENDED = """
UPDATE jobs SET ended_at_ms = :now WHERE request_id = :request_id AND ended_at_ms IS NULL
"""
HAS_ENDED = """
SELECT 1 FROM jobs WHERE request_id = :request_id AND ended_at_ms IS NOT NULL
"""
MARK = """
UPDATE jobs SET followed_at_ms = NULL WHERE request_id = :request_id RETURNING request_id
"""
NOTE_FOLLOWED = "UPDATE jobs SET followed_at_ms = :now WHERE request_id = :request_id"
FIND_STARTING = """
SELECT request_id FROM jobs
WHERE starts_at_ms <= :now AND started_at_ms IS NULL AND ended_at_ms IS NULL
ORDER BY starts_at_ms, request_id LIMIT :limit
"""
FIND_RUNNING = """
SELECT request_id, followed_at_ms FROM jobs
WHERE started_at_ms IS NOT NULL AND ended_at_ms IS NULL ORDER BY request_id
"""
FIND_CLAIMABLE = f"""
SELECT jobs.request_id, jobs.app, jobs.class, jobs.template_id, jobs.signature, jobs.is_equal,
  jobs.ends_at_ms,
  EXISTS (
    SELECT 1 FROM approvals WHERE approvals.request_id = jobs.request_id AND approvals.needed > 0
  ) AS is_agreed
FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.started_at_ms IS NOT NULL AND jobs.ended_at_ms IS NULL
  AND requests.state = {RequestState.EXECUTING.value}
ORDER BY jobs.started_at_ms, jobs.request_id
"""
# Scheduled once, and over for good: what is left of them is cancelled.
FIND_STOPPED = f"""
SELECT jobs.request_id FROM jobs JOIN requests ON requests.id = jobs.request_id
WHERE jobs.ended_at_ms IS NULL AND jobs.starts_at_ms IS NOT NULL
  AND requests.state IN ({RequestState.CANCELLED.value}, {RequestState.EXPIRED.value},
    {RequestState.FAILED.value})
ORDER BY jobs.request_id
"""
# CROSS: open jobs are few, requests are many, and SQLite keeps to this order.
COUNT_PAUSED = f"""
SELECT count(*) AS many FROM jobs CROSS JOIN requests
WHERE jobs.ended_at_ms IS NULL AND requests.id = jobs.request_id
  AND requests.state = {RequestState.PAUSED.value} AND {within("jobs.app")}
"""
OF_APP = """
SELECT request_id FROM jobs
WHERE ended_at_ms IS NULL AND app = :app ORDER BY request_id
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A send to many as it stands; its state is its request's."""

    request_id: RequestId
    app: str
    class_: TemplateClass
    template_id: str
    signature: str
    is_equal: bool
    """Every number gets the same values: up to 200 share a request."""
    source_file: Mapping[str, Any] | None
    """Where the recipients come from, until they are stored; None where they were typed."""
    checked_to: int
    checked_at: datetime | None
    check_fault: str
    """Why the whole file is refused; empty where it is not."""
    total: int
    duplicates: int
    bad_rows: int
    spread: Mapping[int, int]
    """Segments of a message → how many messages have so many."""
    rows_sha256: str
    """A keyed hash of number and values of every good row, in the file's order."""
    abroad: int
    """How many of `total` go abroad, and the segments of those."""
    abroad_segments: int
    shortest: int
    """Characters of the shortest and of the longest message."""
    longest: int
    at: datetime | None
    """When it was asked to start; None: as soon as it may."""
    starts_at: datetime | None
    """Set once it may run: no call before that."""
    valid_for_s: int
    ends_at: datetime | None
    """No call after that."""
    started_at: datetime | None
    ended_at: datetime | None
    stopped_by: str
    """Who paused or cancelled it: a user id, or ``rule``."""
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Claimable:
    """A job whose messages may be claimed: what is the same for all of them."""

    request_id: RequestId
    app: str
    class_: TemplateClass
    template_id: str
    signature: str
    is_equal: bool
    ends_at: datetime
    is_agreed: bool
    """Somebody else has said yes to it."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job before its recipients are known."""

    request_id: RequestId
    app: str
    class_: TemplateClass
    template_id: str
    signature: str
    is_equal: bool
    source_file: Mapping[str, Any] | None
    at: datetime | None
    valid_for_s: int


def add(tx: Tx, job: NewJob) -> None:
    """Keeps a job as it was drafted: what holds for all its messages, and where they come from."""
    source = "" if job.source_file is None else json.dumps(dict(job.source_file))
    tx.run(
        ADD_JOB,
        **{
            "request_id": job.request_id,
            "app": job.app,
            "class": job.class_.value,
            "template_id": job.template_id,
            "signature": job.signature,
            "is_equal": int(job.is_equal),
            "source_file": tx.vault.seal(source, purpose=PURPOSE) if source else "",
            "at": None if job.at is None else to_ms(job.at),
            "valid_for_s": job.valid_for_s,
        },
    )


def get(tx: Tx, request_id: str) -> Job | None:
    """The job of a request; None where the request is no job."""
    row = tx.one(GET_JOB, request_id=request_id)
    return None if row is None else _job(tx, row)


def counts(tx: Tx, request_id: str) -> dict[MessageState, int]:
    """How many of its messages are in which state; states none is in are left out."""
    rows = tx.all(COUNTS, request_id=request_id)
    return {MessageState(row["state"]): row["messages"] for row in rows}


def states_of(tx: Tx, request_id: str) -> frozenset[MessageState]:
    """The states in which a request has a message: as quick for a million as for one."""
    rows = tx.all(STATES_OF, request_id=request_id)
    return frozenset(MessageState(row["state"]) for row in rows)


def schedule(
    tx: Tx, request_id: str, *, starts_at: datetime | None, ends_at: datetime | None
) -> None:
    """When a job may send, first and last; None: not at all, until it is scheduled anew."""
    tx.run(
        SCHEDULE,
        request_id=request_id,
        starts=None if starts_at is None else to_ms(starts_at),
        ends=None if ends_at is None else to_ms(ends_at),
    )


def set_at(tx: Tx, request_id: str, at: datetime | None) -> None:
    """When a job is asked to start."""
    tx.run(SET_AT, request_id=request_id, at=None if at is None else to_ms(at))


def note_started(tx: Tx, request_id: str, now: datetime) -> bool:
    """The messages of a job may be claimed from here on; False where they might be before."""
    return tx.one(NOTE_STARTED, request_id=request_id, now=to_ms(now)) is not None


def note_stopped(tx: Tx, request_id: str, *, by: str, reason: str) -> None:
    """Who or what stopped a job; both empty: nobody does any more."""
    tx.run(NOTE_STOPPED, request_id=request_id, by=by, reason=reason)


def note_ended(tx: Tx, request_id: str, now: datetime) -> None:
    """Nothing of a job is left to send, under way or in doubt."""
    tx.run(NOTE_ENDED, request_id=request_id, now=to_ms(now))


def mark(tx: Tx, request_id: str) -> bool:
    """Something about a job's messages has changed; False where the request is no job."""
    return tx.one(MARK, request_id=request_id) is not None


def has_ended(tx: Tx, request_id: str) -> bool:
    """Whether a job is over, so that nobody looks at it every second any more."""
    return tx.one(HAS_ENDED, request_id=request_id) is not None


def note_followed(tx: Tx, request_id: str, now: datetime) -> None:
    """All changes of a job up to now are seen to."""
    tx.run(NOTE_FOLLOWED, request_id=request_id, now=to_ms(now))


def find_starting(tx: Tx, now: datetime, limit: int) -> list[RequestId]:
    """Jobs whose time to start has come, earliest first."""
    return [row["request_id"] for row in tx.all(FIND_STARTING, now=to_ms(now), limit=limit)]


def find_running(tx: Tx) -> list[tuple[RequestId, bool]]:
    """Jobs that have started and not ended, paused ones too, and whether each has changed."""
    return [(row["request_id"], row["followed_at_ms"] is None) for row in tx.all(FIND_RUNNING)]


def find_claimable(tx: Tx) -> list[Claimable]:
    """Jobs that send now, as far as their requests go; who started first comes first."""
    return [
        Claimable(
            request_id=row["request_id"],
            app=row["app"],
            class_=TemplateClass(row["class"]),
            template_id=row["template_id"],
            signature=row["signature"],
            is_equal=bool(row["is_equal"]),
            ends_at=from_ms(row["ends_at_ms"]),
            is_agreed=bool(row["is_agreed"]),
        )
        for row in tx.all(FIND_CLAIMABLE)
    ]


def find_stopped(tx: Tx) -> list[RequestId]:
    """Jobs that are over for good, and of which something may be left to cancel."""
    return [row["request_id"] for row in tx.all(FIND_STOPPED)]


def count_paused(tx: Tx, apps: Apps) -> int:
    """Jobs of `apps` that wait for somebody to let them go on."""
    row = tx.one(COUNT_PAUSED, **given(apps))
    return 0 if row is None else int(row["many"])


def of_app(tx: Tx, app: str) -> list[RequestId]:
    """Scheduled, running and paused jobs of one app."""
    return [row["request_id"] for row in tx.all(OF_APP, app=app)]


def _job(tx: Tx, row: Row) -> Job:
    sealed = row["source_file"]
    return Job(
        request_id=row["request_id"],
        app=row["app"],
        class_=TemplateClass(row["class"]),
        template_id=row["template_id"],
        signature=row["signature"],
        is_equal=bool(row["is_equal"]),
        source_file=json.loads(tx.vault.open(sealed, purpose=PURPOSE)) if sealed else None,
        checked_to=row["checked_to"],
        checked_at=from_ms_or_none(row["checked_at_ms"]),
        check_fault=row["check_fault"],
        total=row["total"],
        duplicates=row["duplicates"],
        bad_rows=row["bad_rows"],
        spread={int(key): value for key, value in json.loads(row["spread"]).items()},
        rows_sha256=row["rows_sha256"],
        abroad=row["abroad"],
        abroad_segments=row["abroad_segments"],
        shortest=row["shortest"],
        longest=row["longest"],
        at=from_ms_or_none(row["at_ms"]),
        starts_at=from_ms_or_none(row["starts_at_ms"]),
        valid_for_s=row["valid_for_s"],
        ends_at=from_ms_or_none(row["ends_at_ms"]),
        started_at=from_ms_or_none(row["started_at_ms"]),
        ended_at=from_ms_or_none(row["ended_at_ms"]),
        stopped_by=row["stopped_by"],
        stop_reason=row["stop_reason"],
    )
