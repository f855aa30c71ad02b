"""What people asked for, with the hash of exactly what they were shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.rules.requests import RequestEvent, RequestKind, RequestState, step
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, new_request_id, to_ms

PURPOSE = "requests.payload"

ADD_REQUEST = """
INSERT INTO requests (id, kind, app, payload, sha256, requester, channel, state, reason,
                      created_at_ms, expires_at_ms, changed_at_ms)
VALUES (:id, :kind, :app, :payload, :sha256, :requester, :channel, :state, '',
        :now, :expires, :now)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
GET_REQUEST = "SELECT * FROM requests WHERE id = :id"
LOCK_REQUEST = "UPDATE requests SET changed_at_ms = changed_at_ms WHERE id = :id RETURNING *"
SET_STATE = """
UPDATE requests SET state = :to, reason = :reason, changed_at_ms = :now
WHERE id = :id AND state = :from RETURNING id
"""

# Still to be decided on, or decided and not yet at Tencent.
FIND_OPEN_CHANGES = """
SELECT requests.* FROM approvals JOIN requests ON requests.id = approvals.request_id
WHERE approvals.decided_at_ms IS NULL
UNION
SELECT requests.* FROM changes JOIN requests ON requests.id = changes.request_id
WHERE changes.done_at_ms IS NULL
ORDER BY created_at_ms
"""
FIND_OF_CONTENT = """
SELECT requests.* FROM changes JOIN requests ON requests.id = changes.request_id
WHERE changes.content_id = :content_id AND changes.content_id <> ''
ORDER BY requests.created_at_ms DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `payload` is what was shown, `sha256` the hash of its canonical form."""

    id: RequestId
    kind: RequestKind
    app: str
    payload: Mapping[str, Any]
    sha256: str
    requester: str
    channel: str
    state: RequestState
    reason: str
    created_at: datetime
    expires_at: datetime


def canonical(payload: Mapping[str, Any]) -> str:
    """The one JSON text of a payload, so that equal payloads have equal hashes."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def payload_sha256(payload: Mapping[str, Any]) -> str:
    return sha256(canonical(payload).encode()).hexdigest()


def add(
    tx: Tx,
    *,
    kind: RequestKind,
    app: str,
    payload: Mapping[str, Any],
    requester: str,
    channel: str,
    now: datetime,
    expires_at: datetime,
) -> Request:
    """Keeps a draft under a fresh id; ids grow a letter each time one is taken."""
    sealed = tx.vault.seal(canonical(payload), purpose=PURPOSE)
    digest = payload_sha256(payload)
    length = 4
    while True:
        request_id = new_request_id(length)
        row = tx.one(
            ADD_REQUEST,
            id=request_id,
            kind=kind.value,
            app=app,
            payload=sealed,
            sha256=digest,
            requester=requester,
            channel=channel,
            state=RequestState.DRAFT.value,
            now=to_ms(now),
            expires=to_ms(expires_at),
        )
        if row is not None:
            return _must_get(tx, request_id)
        length += 1


def get(tx: Tx, request_id: str) -> Request | None:
    row = tx.one(GET_REQUEST, id=request_id)
    return None if row is None else _request(tx, row)


def lock(tx: Tx, request_id: str) -> Request | None:
    """The same, and nobody else decides anything about it until this transaction ends."""
    row = tx.one(LOCK_REQUEST, id=request_id)
    return None if row is None else _request(tx, row)


def find_open_changes(tx: Tx) -> list[Request]:
    """Every change of a template or signature that is asked for and has not come to its end."""
    return [_request(tx, row) for row in tx.all(FIND_OPEN_CHANGES)]


def of_content(tx: Tx, content_id: str, limit: int) -> list[Request]:
    """What was asked of a template or signature of that id and reached Tencent, latest first."""
    return [
        _request(tx, row) for row in tx.all(FIND_OF_CONTENT, content_id=content_id, limit=limit)
    ]


def advance(
    tx: Tx, request: Request, event: RequestEvent, now: datetime, reason: str = ""
) -> RequestState | None:
    """Moves the request by `event`; None where somebody else moved it first or it is too late."""
    target = step(request.state, event)
    if target is None:
        return None
    row = tx.one(
        SET_STATE,
        **{"id": request.id, "from": request.state.value, "to": target.value},
        reason=reason,
        now=to_ms(now),
    )
    return None if row is None else target


def _must_get(tx: Tx, request_id: RequestId) -> Request:
    row = tx.one(GET_REQUEST, id=request_id)
    if row is None:
        raise LookupError(request_id)
    return _request(tx, row)


def _request(tx: Tx, row: Row) -> Request:
    return Request(
        id=row["id"],
        kind=RequestKind(row["kind"]),
        app=row["app"],
        payload=json.loads(tx.vault.open(row["payload"], purpose=PURPOSE)),
        sha256=row["sha256"],
        requester=row["requester"],
        channel=row["channel"],
        state=RequestState(row["state"]),
        reason=row["reason"],
        created_at=from_ms(row["created_at_ms"]),
        expires_at=from_ms(row["expires_at_ms"]),
    )
