"""What Tencent's console is believed to hold for an app, and what Tencent's answers said against
it."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from bot.errors import WrongDataKey
from bot.rules.drift import Direction
from storage.db import Row, Tx
from storage.ids import MessageId, from_ms, from_ms_or_none, to_ms

log = logging.getLogger("smsops.storage")
PURPOSE = "limit_declarations.evidence"

ADD_DECLARATION = """
INSERT INTO limit_declarations (app, nth, caps, evidence, declared_by, declared_at_ms, confirmed_by,
  request_id)
VALUES (:app,
        (SELECT coalesce(max(nth), 0) + 1 FROM limit_declarations WHERE app = :app),
        :caps, :evidence, :declared_by, :now, '', :request_id)
RETURNING *
"""
LATEST = "SELECT * FROM limit_declarations WHERE app = :app ORDER BY nth DESC LIMIT 1"
COPY = """
SELECT nth, caps, declared_at_ms FROM limit_declarations WHERE app = :app ORDER BY nth DESC LIMIT 1
"""
HISTORY = "SELECT * FROM limit_declarations WHERE app = :app ORDER BY nth DESC LIMIT :limit"
GET_DECLARATION = "SELECT * FROM limit_declarations WHERE app = :app AND nth = :nth"
# Once, by somebody else, and only what nobody declared anew since.
CONFIRM = """
UPDATE limit_declarations SET confirmed_by = :by, confirmed_at_ms = :now
WHERE app = :app AND nth = :nth AND confirmed_at_ms IS NULL AND declared_by <> :by
  AND nth = (SELECT max(nth) FROM limit_declarations WHERE app = :app)
RETURNING *
"""
ADD_DRIFT = """
INSERT INTO limit_drifts (app, nth, cap_key, direction, at_ms, message_id, code, declared, counted,
  is_proof)
VALUES (:app, :nth, :cap_key, :direction, :at, :message_id, :code, :declared, :counted, :is_proof)
ON CONFLICT (app, nth, cap_key, direction) DO NOTHING RETURNING nth
"""
DRIFTS = """
SELECT * FROM limit_drifts WHERE app = :app AND anew_nth IS NULL ORDER BY at_ms, cap_key, direction
"""
END_DRIFT = """
UPDATE limit_drifts SET anew_nth = :anew_nth
WHERE app = :app AND nth = :nth AND cap_key = :cap_key AND direction = :direction
  AND anew_nth IS NULL
"""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody says the console holds: cap by key, None where it has no such rule; a key that
    is not there was not looked at. `nth` counts an app's declarations from 1; the latest one is
    the copy."""

    app: str
    nth: int
    caps: Mapping[str, int | None]
    evidence: str
    declared_by: str
    declared_at: datetime
    confirmed_by: str
    """A second person; empty until one has looked too."""
    confirmed_at: datetime | None
    request_id: str
    """The change it follows, empty where it follows none."""
    is_damaged: bool = False
    """The evidence cannot be read, and is empty."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a look at an answer needs of a declaration."""

    app: str
    nth: int
    caps: Mapping[str, int | None]
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """One answer of Tencent's that contradicts a declaration, the first of its key and direction.

    It is open until its key is declared anew: a later declaration may have left that out.
    `declared` is None where the declaration has no cap under that key; `counted` is how many
    messages of ours Tencent had before this one.
    """

    app: str
    nth: int
    cap_key: str
    direction: Direction
    at: datetime
    message_id: MessageId
    code: str
    declared: int | None
    counted: int
    is_proof: bool


def add(
    tx: Tx,
    app: str,
    caps: Mapping[str, int | None],
    *,
    evidence: str,
    by: str,
    request_id: str = "",
    now: datetime,
) -> Declaration:
    """A new declaration, which takes the place of the last; nobody else has looked yet."""
    row = tx.one(
        ADD_DECLARATION,
        app=app,
        caps=json.dumps(dict(sorted(caps.items()))),
        evidence=tx.vault.seal(evidence, purpose=PURPOSE),
        declared_by=by,
        request_id=request_id,
        now=to_ms(now),
    )
    if row is None:
        raise LookupError(f"{app}: nothing was declared")
    return _declaration(tx, row)


def confirm(tx: Tx, app: str, nth: int, by: str, now: datetime) -> Declaration | None:
    """A second person looked too; None where that was done, it is not the latest, or it is the same
    person."""
    row = tx.one(CONFIRM, app=app, nth=nth, by=by, now=to_ms(now))
    return None if row is None else _declaration(tx, row)


def latest(tx: Tx, app: str) -> Declaration | None:
    """The copy: what is declared of an app, if anything is."""
    row = tx.one(LATEST, app=app)
    return None if row is None else _declaration(tx, row)


def get(tx: Tx, app: str, nth: int) -> Declaration | None:
    row = tx.one(GET_DECLARATION, app=app, nth=nth)
    return None if row is None else _declaration(tx, row)


def history(tx: Tx, app: str, limit: int) -> list[Declaration]:
    """The latest first."""
    return [_declaration(tx, row) for row in tx.all(HISTORY, app=app, limit=limit)]


def copy_of(tx: Tx, app: str) -> Copy | None:
    """What is declared of an app, without who said so and why."""
    row = tx.one(COPY, app=app)
    if row is None:
        return None
    return Copy(app, row["nth"], _caps(row["caps"]), from_ms(row["declared_at_ms"]))


def add_drift(tx: Tx, drift: Drift) -> bool:
    """Keeps it; False where the same key and direction are known of this declaration."""
    row = tx.one(
        ADD_DRIFT,
        app=drift.app,
        nth=drift.nth,
        cap_key=drift.cap_key,
        direction=drift.direction.value,
        at=to_ms(drift.at),
        message_id=drift.message_id,
        code=drift.code,
        declared=drift.declared,
        counted=drift.counted,
        is_proof=int(drift.is_proof),
    )
    return row is not None


def drifts(tx: Tx, app: str) -> list[Drift]:
    """What is known against what is declared of an app, in the order it was found."""
    return [_drift(row) for row in tx.all(DRIFTS, app=app)]


def end_drift(tx: Tx, drift: Drift, anew_nth: int) -> None:
    """The declaration of that number says it anew: it speaks against nothing any more."""
    tx.run(
        END_DRIFT,
        app=drift.app,
        nth=drift.nth,
        cap_key=drift.cap_key,
        direction=drift.direction.value,
        anew_nth=anew_nth,
    )


# Asked behind every settlement, and seldom changed.
@lru_cache(maxsize=1_024)
def _caps(written: str) -> Mapping[str, int | None]:
    return MappingProxyType(json.loads(written))


def _declaration(tx: Tx, row: Row) -> Declaration:
    evidence = _evidence(tx, row)
    return Declaration(
        app=row["app"],
        nth=row["nth"],
        caps=_caps(row["caps"]),
        evidence=evidence or "",
        declared_by=row["declared_by"],
        declared_at=from_ms(row["declared_at_ms"]),
        confirmed_by=row["confirmed_by"],
        confirmed_at=from_ms_or_none(row["confirmed_at_ms"]),
        request_id=row["request_id"],
        is_damaged=evidence is None,
    )


def _evidence(tx: Tx, row: Row) -> str | None:
    """None where it cannot be read."""
    try:
        return tx.vault.open(row["evidence"], purpose=PURPOSE)
    except WrongDataKey:
        extra = {"event": "row_unreadable", "row": row["app"]}
        log.exception("declaration unreadable", extra=extra)
        return None


def _drift(row: Row) -> Drift:
    return Drift(
        app=row["app"],
        nth=row["nth"],
        cap_key=row["cap_key"],
        direction=Direction(row["direction"]),
        at=from_ms(row["at_ms"]),
        message_id=row["message_id"],
        code=row["code"],
        declared=row["declared"],
        counted=row["counted"],
        is_proof=bool(row["is_proof"]),
    )
