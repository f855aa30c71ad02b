"""Changes on their way to Tencent: the intent before the call, the attempt, what came of it.

An Add has no idempotency key. A row has an open attempt while it is signed and not done; only one
open attempt may be about the same thing (the fence), and every settlement names its attempt.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.requests import RequestKind
from storage.db import Row, Tx
from storage.ids import AttemptId, RequestId, from_ms, from_ms_or_none, new_attempt_id, to_ms

# Conditions are literals: SQLite uses a partial index only where it can read the condition.
OPEN = "signed_at_ms IS NOT NULL AND done_at_ms IS NULL"
WAITING = "signed_at_ms IS NULL AND done_at_ms IS NULL"

ADD_CHANGE = """
INSERT INTO changes (request_id, fence, attempts, doubts, due_at_ms, content_id, code, detail,
                     tencent_request_id, looked, settled_by)
VALUES (:request_id, '', 0, 0, :now, '', '', '', '', '', '')
ON CONFLICT (request_id) DO NOTHING
"""
GET_CHANGE = "SELECT * FROM changes WHERE request_id = :request_id"
FIND_DUE = f"""
SELECT * FROM changes WHERE {WAITING} AND due_at_ms <= :now
ORDER BY due_at_ms, request_id LIMIT :limit
"""
NEXT_DUE = f"SELECT min(due_at_ms) AS due FROM changes WHERE {WAITING}"
# The fence is checked here and held by the unique index changes_fence.
START = f"""
UPDATE changes SET attempt = :attempt, attempts = attempts + 1, signed_at_ms = :now,
  fence = :fence, code = '', detail = '', tencent_request_id = '', looked = '', settled_by = '',
  asked_at_ms = NULL
WHERE request_id = :request_id AND {WAITING} AND NOT EXISTS (
    SELECT 1 FROM changes AS other
    WHERE other.fence = :fence AND other.signed_at_ms IS NOT NULL AND other.done_at_ms IS NULL
  )
RETURNING *
"""
PUT_OFF = f"""
UPDATE changes SET due_at_ms = :due, code = :code, detail = :detail
WHERE request_id = :request_id AND {WAITING}
"""
DROP = f"DELETE FROM changes WHERE request_id = :request_id AND {WAITING}"
CLOSE = f"""
UPDATE changes SET done_at_ms = :now, code = :code, detail = :detail, settled_by = :settled_by
WHERE request_id = :request_id AND {WAITING} RETURNING *
"""
PUT_BACK = f"""
UPDATE changes SET attempt = NULL, signed_at_ms = NULL, due_at_ms = :due, code = :code,
  detail = :detail, settled_by = :settled_by, doubts = doubts + :doubts
WHERE request_id = :request_id AND attempt = :attempt AND {OPEN} RETURNING *
"""
NOTE_DOUBT = f"""
UPDATE changes SET due_at_ms = :due, code = :code, detail = :detail,
  tencent_request_id = :tencent_request_id
WHERE request_id = :request_id AND attempt = :attempt AND {OPEN} RETURNING *
"""
FINISH = f"""
UPDATE changes SET done_at_ms = :now, content_id = :content_id, code = :code, detail = :detail,
  tencent_request_id = :tencent_request_id, settled_by = :settled_by
WHERE request_id = :request_id AND attempt = :attempt AND {OPEN} RETURNING *
"""
FIND_OPEN = f"SELECT * FROM changes WHERE {OPEN} ORDER BY signed_at_ms, request_id"
FINISHED_SINCE = """
SELECT changes.content_id FROM changes JOIN requests ON requests.id = changes.request_id
WHERE changes.done_at_ms > :since AND requests.kind = :kind
"""
NOTE_LOOK = f"""
UPDATE changes SET looked = :looked, due_at_ms = :due
WHERE request_id = :request_id AND attempt = :attempt AND {OPEN}
"""
# Asked once a doubt: the row remembers that a person was shown the question.
NOTE_ASKED = f"""
UPDATE changes SET asked_at_ms = :now
WHERE request_id = :request_id AND attempt = :attempt AND asked_at_ms IS NULL AND {OPEN}
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it stands. `attempt` and `signed_at` are set while an attempt is open."""

    request_id: RequestId
    fence: str
    attempts: int
    #: How often it was sent again after a doubt.
    doubts: int
    attempt: AttemptId | None
    signed_at: datetime | None
    due_at: datetime
    content_id: str
    code: str
    detail: str
    tencent_request_id: str
    looked: str
    asked_at: datetime | None
    settled_by: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to, as it is stored."""

    settled_by: str
    content_id: str = ""
    code: str = ""
    detail: str = ""
    tencent_request_id: str = ""


def add(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """An approved request is to be submitted, at once; twice the same is once."""
    tx.run(ADD_CHANGE, request_id=request_id, now=to_ms(now))


def get(tx: Tx, request_id: str) -> Change | None:
    """The change a request asks for, once it was approved."""
    row = tx.one(GET_CHANGE, request_id=request_id)
    return None if row is None else _change(row)


def find_due(tx: Tx, now: datetime, limit: int) -> list[Change]:
    """What may be attempted at `now`, oldest first."""
    return [_change(row) for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def next_due(tx: Tx) -> datetime | None:
    """When the next attempt is due."""
    row = tx.one(NEXT_DUE)
    return None if row is None else from_ms_or_none(row["due"])


def start(tx: Tx, request_id: RequestId, fence: str, now: datetime) -> Change | None:
    """Opens an attempt, signed as of `now`; None where one is open about the same thing."""
    row = tx.one(
        START, request_id=request_id, fence=fence, attempt=new_attempt_id(), now=to_ms(now)
    )
    return None if row is None else _change(row)


def put_off(tx: Tx, change: Change, due_at: datetime, *, code: str = "", detail: str = "") -> None:
    """A change is not attempted now: what had to be looked at first could not be."""
    tx.run(PUT_OFF, request_id=change.request_id, due=to_ms(due_at), code=code, detail=detail)


def drop(tx: Tx, change: Change) -> None:
    """The request of a change is not approved any more; where it is again, it is added again."""
    tx.run(DROP, request_id=change.request_id)


def close(tx: Tx, change: Change, outcome: Outcome, now: datetime) -> Change | None:
    """Nothing was attempted and nothing will be, for the reason in `outcome`."""
    row = tx.one(CLOSE, **_said(change, outcome), now=to_ms(now))
    return None if row is None else _change(row)


def put_back(
    tx: Tx, change: Change, *, due_at: datetime, outcome: Outcome, was_doubt: bool
) -> Change | None:
    """The open attempt changed nothing at Tencent, by proof or by a person's word: it may be made
    again from `due_at` on. None where it was settled meanwhile."""
    row = tx.one(PUT_BACK, **_said(change, outcome), due=to_ms(due_at), doubts=int(was_doubt))
    return None if row is None else _change(row)


def note_doubt(tx: Tx, change: Change, look_at: datetime, outcome: Outcome) -> Change | None:
    """Nobody knows what became of the open attempt; it is looked for from `look_at` on."""
    row = tx.one(NOTE_DOUBT, **_said(change, outcome), due=to_ms(look_at))
    return None if row is None else _change(row)


def finish(tx: Tx, change: Change, outcome: Outcome, now: datetime) -> Change | None:
    """Ends the open attempt, done or refused; None where it was settled meanwhile."""
    row = tx.one(FINISH, **_said(change, outcome), now=to_ms(now))
    return None if row is None else _change(row)


def find_open(tx: Tx) -> list[Change]:
    """Open attempts, oldest first: under way, or in doubt."""
    return [_change(row) for row in tx.all(FIND_OPEN)]


def finished_since(tx: Tx, kind: RequestKind, since: datetime) -> frozenset[str]:
    """What changes of `kind` that ended after `since` were about."""
    rows = tx.all(FINISHED_SINCE, since=to_ms(since), kind=kind.value)
    return frozenset(row["content_id"] for row in rows)


def note_look(tx: Tx, change: Change, *, looked: str, next_at: datetime) -> None:
    """A look proved nothing; `looked` tells its list from another, "" for a list that failed."""
    tx.run(
        NOTE_LOOK,
        request_id=change.request_id,
        attempt=change.attempt,
        looked=looked,
        due=to_ms(next_at),
    )


def note_asked(tx: Tx, change: Change, now: datetime) -> bool:
    """A person is asked about the open attempt; False where one was asked before."""
    row = tx.one(NOTE_ASKED, request_id=change.request_id, attempt=change.attempt, now=to_ms(now))
    return row is not None


def _said(change: Change, outcome: Outcome) -> dict[str, object]:
    """What names an attempt, and what is said of it."""
    return {
        "request_id": change.request_id,
        "attempt": change.attempt,
        "content_id": outcome.content_id,
        "code": outcome.code,
        "detail": outcome.detail,
        "tencent_request_id": outcome.tencent_request_id,
        "settled_by": outcome.settled_by,
    }


def _change(row: Row) -> Change:
    return Change(
        request_id=row["request_id"],
        fence=row["fence"],
        attempts=row["attempts"],
        doubts=row["doubts"],
        attempt=row["attempt"],
        signed_at=from_ms_or_none(row["signed_at_ms"]),
        due_at=from_ms(row["due_at_ms"]),
        content_id=row["content_id"],
        code=row["code"],
        detail=row["detail"],
        tencent_request_id=row["tencent_request_id"],
        looked=row["looked"],
        asked_at=from_ms_or_none(row["asked_at_ms"]),
        settled_by=row["settled_by"],
        done_at=from_ms_or_none(row["done_at_ms"]),
    )
