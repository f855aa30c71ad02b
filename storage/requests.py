"""What people asked for, with the hash of exactly what they were shown."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot import trail
from bot.errors import WrongDataKey
from bot.rules import requests as rules
from bot.rules.requests import RequestEvent, RequestKind, RequestState, step
from storage.db import Row, Tx
from storage.ids import RequestId, from_ms, new_request_id, to_ms

log = logging.getLogger("smsops.storage")
PURPOSE = "requests.payload"
#: Nothing of a request in these is still to be sent, so its values are needed no more.
HELD_NO_MORE = frozenset(
    {
        RequestState.DONE,
        RequestState.FAILED,
        RequestState.IN_DOUBT,
        RequestState.WITHDRAWN,
        RequestState.EXPIRED,
        RequestState.REJECTED,
        RequestState.SUPERSEDED,
        RequestState.CANCELLED,
    }
)

ADD_REQUEST = """
INSERT INTO requests (id, kind, app, payload, sha256, requester, channel, state, reason,
                      created_at_ms, expires_at_ms, changed_at_ms)
VALUES (:id, :kind, :app, :payload, :sha256, :requester, :channel, :state, '',
        :now, :expires, :now)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
GET_REQUEST = "SELECT * FROM requests WHERE id = :id"
SCOPE_OF = "SELECT kind, app FROM requests WHERE id = :id"
REQUESTER_OF = "SELECT requester FROM requests WHERE id = :id"
STATE_OF = "SELECT state FROM requests WHERE id = :id"
LOCK_REQUEST = "UPDATE requests SET changed_at_ms = changed_at_ms WHERE id = :id RETURNING *"
SET_STATE = """
UPDATE requests SET state = :to, reason = :reason, changed_at_ms = :now
WHERE id = :id AND state = :from RETURNING id
"""
REDRAFT = f"""
UPDATE requests SET payload = :payload, sha256 = :sha256, expires_at_ms = :expires,
  changed_at_ms = :now
WHERE id = :id AND state = {RequestState.DRAFT.value} RETURNING *
"""
# The hash stays: it proves what was shown, and shows nothing.
WIPE_VALUES = """
UPDATE requests SET payload = :payload, values_deleted_at_ms = :now WHERE id = :id
"""
PUT_PAYLOAD = "UPDATE requests SET payload = :payload WHERE id = :id"
PUT_HASH = "UPDATE requests SET sha256 = :sha256 WHERE id = :id"
WITH_VALUES = "kind = 'send' AND values_deleted_at_ms IS NULL"
# A draft of a send to one number; those of jobs have rows of their own to delete.
FIND_OVERDUE_DRAFTS = f"""
SELECT * FROM requests
WHERE state = {RequestState.DRAFT.value} AND {WITH_VALUES} AND expires_at_ms <= :now
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE request_id = requests.id)
ORDER BY changed_at_ms LIMIT :limit
"""
OVER = ", ".join(str(state.value) for state in sorted(HELD_NO_MORE))
PAGE_OF_HASHES = f"""
SELECT id, sha256 FROM requests WHERE state IN ({OVER}) AND id > :after ORDER BY id LIMIT 1000
"""
FIND_OLD_SINGLES = f"""
SELECT * FROM requests
WHERE state IN ({OVER}) AND {WITH_VALUES} AND changed_at_ms < :before
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE request_id = requests.id)
LIMIT :limit
"""
FIND_OLD_JOBS = f"""
SELECT id FROM requests
WHERE state IN ({OVER}) AND {WITH_VALUES} AND changed_at_ms < :before
  AND EXISTS (SELECT 1 FROM jobs WHERE request_id = requests.id)
LIMIT :limit
"""
# CROSS: jobs of codes are few, sends with values are many, and SQLite keeps to this order.
FIND_CODES_SENT = f"""
SELECT requests.id FROM jobs CROSS JOIN requests
WHERE jobs.class = 'otp' AND requests.id = jobs.request_id
  AND requests.state IN ({OVER}) AND requests.{WITH_VALUES}
LIMIT :limit
"""

FIND_UNENDED = f"""
SELECT * FROM requests WHERE state NOT IN ({OVER}) ORDER BY created_at_ms, id
"""

REVISE = """
UPDATE requests SET payload = :payload, sha256 = :sha256, changed_at_ms = :now
WHERE id = :id AND state = :state RETURNING id
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

# Without what was only looked at: previews, and those nobody confirmed.
OF_REQUESTER = f"""
SELECT * FROM requests
WHERE requester = :requester AND created_at_ms >= :since
  AND state <> {RequestState.DRAFT.value}
  AND (
    state NOT IN ({RequestState.WITHDRAWN.value}, {RequestState.EXPIRED.value})
    OR EXISTS (SELECT 1 FROM approvals WHERE request_id = requests.id)
  )
ORDER BY created_at_ms DESC, id LIMIT :limit
"""
LAST_CHANNEL = """
SELECT channel FROM requests WHERE app = :app AND channel <> ''
ORDER BY CASE WHEN substr(channel, 1, 1) = 'D' THEN 1 ELSE 0 END, created_at_ms DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `payload` is what was shown, `sha256` the hash of its canonical form
    (`hash_of`)."""

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
    values_deleted: bool = False
    """The personal values are gone from the payload, which has no longer the hash it is kept by."""
    is_damaged: bool = False
    """The payload cannot be read, and is empty: only for who looks at it or ends it, never to be
    carried out."""


def canonical(payload: Mapping[str, Any]) -> str:
    """The one JSON text of a payload, so that equal payloads have equal hashes."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(tx: Tx, payload: Mapping[str, Any]) -> str:
    """What a word about a payload is bound to: HMAC-SHA-256, 64 hexadecimal digits. Keyed, for it
    stands in Slack, and a payload may be guessed but for the number in it."""
    return tx.vault.digest(canonical(payload))


def is_hash_of(tx: Tx, digest: str, payload: Mapping[str, Any]) -> bool:
    """Whether `digest` is that of `payload`; those of an earlier program have no key."""
    return digest in {hash_of(tx, payload), _plain_hash_of(payload)}


def keyed_hash_of(tx: Tx, request: Request) -> str:
    """The hash of a request as it may be kept beyond it: that of an earlier program is made anew,
    with a key, where the request still says what it was made of."""
    is_plain = request.sha256 == _plain_hash_of(request.payload)
    return hash_of(tx, request.payload) if is_plain else request.sha256


def key_hash(tx: Tx, request: Request) -> None:
    """From here on it has a keyed hash: what is put in the place of what was shown could be read
    from a plain one, by trying."""
    keyed = keyed_hash_of(tx, request)
    if keyed != request.sha256:
        tx.run(PUT_HASH, id=request.id, sha256=keyed)


def key_old_hashes(tx: Tx) -> None:
    """The same once for all that was over before hashes had keys: of what those are hashes may be
    gone, so they are hashed themselves."""
    after = ""
    while rows := tx.all(PAGE_OF_HASHES, after=after):
        anew = [{"id": row["id"], "sha256": tx.vault.digest(row["sha256"])} for row in rows]
        tx.run_many(PUT_HASH, anew)
        after = rows[-1]["id"]


def _plain_hash_of(payload: Mapping[str, Any]) -> str:
    return sha256(canonical(payload).encode()).hexdigest()


def is_as_asked(tx: Tx, request: Request) -> bool:
    """Whether a request still says what was shown."""
    return is_hash_of(tx, request.sha256, request.payload)


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
    digest = hash_of(tx, payload)
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
    return _found(tx, tx.one(GET_REQUEST, id=request_id))


def get_shown(tx: Tx, request_id: str) -> Request | None:
    """The same for who looks at it, a damaged one too."""
    row = tx.one(GET_REQUEST, id=request_id)
    if row is None:
        return None
    trail.note("request", row["id"])
    return _shown(tx, row)


def scope_of(tx: Tx, request_id: str) -> str | None:
    """Whose roles count for it, an app's or `ACCOUNT`'s; read without opening what it says. None
    where there is no such request."""
    row = tx.one(SCOPE_OF, id=request_id)
    return None if row is None else rules.scope_of(RequestKind(row["kind"]), row["app"])


def requester_of(tx: Tx, request_id: str) -> str:
    """Who asked for it, read in the same way; "" where there is no such request."""
    row = tx.one(REQUESTER_OF, id=request_id)
    return "" if row is None else str(row["requester"])


def lock(tx: Tx, request_id: str) -> Request | None:
    """The request of that id, and nobody else decides anything about it until this transaction
    ends."""
    return _found(tx, tx.one(LOCK_REQUEST, id=request_id))


def lock_shown(tx: Tx, request_id: str) -> Request | None:
    """The same for who ends it without a look at what it says, a damaged one too."""
    row = tx.one(LOCK_REQUEST, id=request_id)
    if row is None:
        return None
    trail.note("request", row["id"])
    return _shown(tx, row)


def _found(tx: Tx, row: Row | None) -> Request | None:
    """The request in a row; what is logged from here on is about it."""
    if row is None:
        return None
    trail.note("request", row["id"])
    return _request(tx, row)


def find_open_changes(tx: Tx) -> list[Request]:
    """Everything that waits for somebody's word, and every change on its way to Tencent."""
    return [_request(tx, row) for row in tx.all(FIND_OPEN_CHANGES)]


def find_unended(tx: Tx) -> list[Request]:
    """Everything that is not over, drafts among it. Looks at every request."""
    return [_request(tx, row) for row in tx.all(FIND_UNENDED)]


def of_content(tx: Tx, content_id: str, limit: int) -> list[Request]:
    """What was asked of a template or signature of that id and reached Tencent, latest first."""
    return [
        _request(tx, row) for row in tx.all(FIND_OF_CONTENT, content_id=content_id, limit=limit)
    ]


def of_requester(tx: Tx, requester: str, *, since: datetime, limit: int) -> list[Request]:
    """What somebody asked for and meant, latest first, to be shown: damaged ones too."""
    rows = tx.all(OF_REQUESTER, requester=requester, since=to_ms(since), limit=limit)
    return [_shown(tx, row) for row in rows]


def revise(tx: Tx, request: Request, payload: Mapping[str, Any], now: datetime) -> Request:
    """Gives a request another payload, and the hash that goes with it. Raises LookupError where
    somebody else moved it first."""
    row = tx.one(
        REVISE,
        id=request.id,
        payload=tx.vault.seal(canonical(payload), purpose=PURPOSE),
        sha256=hash_of(tx, payload),
        state=request.state.value,
        now=to_ms(now),
    )
    if row is None:
        raise LookupError(request.id)
    return _must_get(tx, request.id)


def advance(
    tx: Tx, request: Request, event: RequestEvent, now: datetime, reason: str = ""
) -> RequestState | None:
    """Moves the request by `event`; None where somebody else moved it first or it is too late."""
    return _advance(tx, request.id, request.state, event, now, reason)


def advance_unopened(
    tx: Tx, request_id: RequestId, event: RequestEvent, now: datetime
) -> RequestState | None:
    """The same for who only follows its messages: a request that cannot be read comes to its end
    as well."""
    row = tx.one(STATE_OF, id=request_id)
    if row is None:
        return None
    trail.note("request", request_id)
    return _advance(tx, request_id, RequestState(row["state"]), event, now, "")


def _advance(
    tx: Tx,
    request_id: RequestId,
    state: RequestState,
    event: RequestEvent,
    now: datetime,
    reason: str,
) -> RequestState | None:
    target = step(state, event)
    if target is None:
        return None
    row = tx.one(
        SET_STATE,
        **{"id": request_id, "from": state.value, "to": target.value},
        reason=reason,
        now=to_ms(now),
    )
    return None if row is None else target


def redraft(
    tx: Tx,
    request_id: RequestId,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    expires_at: datetime,
) -> Request | None:
    """The draft as it is shown from here on, under a new hash; None for what is no draft."""
    row = tx.one(
        REDRAFT,
        id=request_id,
        payload=tx.vault.seal(canonical(payload), purpose=PURPOSE),
        sha256=hash_of(tx, payload),
        expires=to_ms(expires_at),
        now=to_ms(now),
    )
    return None if row is None else _request(tx, row)


def wipe_values(tx: Tx, request: Request, now: datetime) -> None:
    """Deletes the personal values of a send from its payload; its hash stays, or becomes a keyed
    one. A payload that cannot be read goes whole, for nobody can say what is in it."""
    if request.is_damaged:
        tx.run(WIPE_VALUES, id=request.id, payload="", now=to_ms(now))
        return
    key_hash(tx, request)
    payload = {**request.payload, "values": None}
    if isinstance(payload.get("preflight"), Mapping):
        payload["preflight"] = {**payload["preflight"], "samples": []}
    sealed = tx.vault.seal(canonical(payload), purpose=PURPOSE)
    tx.run(WIPE_VALUES, id=request.id, payload=sealed, now=to_ms(now))


def put_number(tx: Tx, request: Request, number: str) -> None:
    """Puts another number in the place of the one a request is about; its hash stays."""
    put_payload(tx, request, {**request.payload, "number": number})


def put_payload(tx: Tx, request: Request, payload: Mapping[str, Any]) -> None:
    """Puts another payload in its place, without what nobody is to read any more; its hash
    stays, or becomes a keyed one."""
    key_hash(tx, request)
    sealed = tx.vault.seal(canonical(payload), purpose=PURPOSE)
    tx.run(PUT_PAYLOAD, id=request.id, payload=sealed)


def find_overdue_drafts(tx: Tx, now: datetime, limit: int) -> list[Request]:
    """Sends to one number that were previewed, not confirmed, and can be no more; damaged ones
    too."""
    return [_shown(tx, row) for row in tx.all(FIND_OVERDUE_DRAFTS, now=to_ms(now), limit=limit)]


def find_old_singles(tx: Tx, before: datetime, limit: int) -> list[Request]:
    """Sends to one number that ended before `before` and have their values; damaged ones too."""
    rows = tx.all(FIND_OLD_SINGLES, before=to_ms(before), limit=limit)
    return [_shown(tx, row) for row in rows]


def find_old_jobs(tx: Tx, before: datetime, limit: int) -> list[RequestId]:
    """Sends to many that ended before `before` and have their values."""
    return [row["id"] for row in tx.all(FIND_OLD_JOBS, before=to_ms(before), limit=limit)]


def find_codes_sent(tx: Tx, limit: int) -> list[RequestId]:
    """Jobs of codes that are over and still have their values."""
    return [row["id"] for row in tx.all(FIND_CODES_SENT, limit=limit)]


def _must_get(tx: Tx, request_id: RequestId) -> Request:
    row = tx.one(GET_REQUEST, id=request_id)
    found = _found(tx, row)
    if found is None:
        raise LookupError(request_id)
    return found


def last_channel(tx: Tx, app: str) -> str:
    """Where something was last asked of an app, if it can be where others read along; "" where
    nothing was. Looks at every request."""
    row = tx.one(LAST_CHANNEL, app=app)
    return "" if row is None else str(row["channel"])


def _shown(tx: Tx, row: Row) -> Request:
    """One that is looked at, with what can be read of it."""
    try:
        return _request(tx, row)
    except (WrongDataKey, ValueError):
        log.exception("request unreadable", extra={"event": "row_unreadable", "row": row["id"]})
        return replace(_with_payload(row, {}), is_damaged=True)


def _request(tx: Tx, row: Row) -> Request:
    return _with_payload(row, json.loads(tx.vault.open(row["payload"], purpose=PURPOSE)))


def _with_payload(row: Row, payload: Mapping[str, Any]) -> Request:
    return Request(
        id=row["id"],
        kind=RequestKind(row["kind"]),
        app=row["app"],
        payload=payload,
        sha256=row["sha256"],
        requester=row["requester"],
        channel=row["channel"],
        state=RequestState(row["state"]),
        reason=row["reason"],
        created_at=from_ms(row["created_at_ms"]),
        expires_at=from_ms(row["expires_at_ms"]),
        values_deleted=row["values_deleted_at_ms"] is not None,
    )
