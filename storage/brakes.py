"""What was unusual about an app's traffic, when, and what people and rules did about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.rules.brake import Kind
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, to_ms

OPEN_BRAKE = """
INSERT INTO brakes (id, app, kind, facts, began_at_ms, ended_how, ignored_by, edits)
VALUES (:id, :app, :kind, :facts, :now, '', '', 0)
ON CONFLICT DO NOTHING RETURNING *
"""
GET_BRAKE = "SELECT * FROM brakes WHERE id = :id"
FIND_OPEN = "SELECT * FROM brakes WHERE ended_at_ms IS NULL ORDER BY began_at_ms, id"
OPEN_OF = "SELECT * FROM brakes WHERE app = :app AND kind = :kind AND ended_at_ms IS NULL"
# A time that began before the clock was put back ends all the same.
IS_IGNORED = """
SELECT 1 FROM brakes
WHERE app = :app AND kind = :kind AND ignored_until_ms > :now AND began_at_ms <= :now LIMIT 1
"""
NOTE_FACTS = "UPDATE brakes SET facts = :facts WHERE id = :id AND ended_at_ms IS NULL"
NOTE_IGNORED = """
UPDATE brakes SET ignored_by = :by, ignored_until_ms = :until
WHERE id = :id AND ended_at_ms IS NULL AND ignored_by = '' RETURNING id
"""
END_BRAKE = """
UPDATE brakes SET ended_at_ms = :now, ended_how = :how
WHERE id = :id AND ended_at_ms IS NULL RETURNING id
"""


class Ended(StrEnum):
    """How it came to its end; the value is stored."""

    #: A whole hour was as usual.
    USUAL = "usual"
    #: A whole hour passed without a message.
    SILENT = "silent"
    #: Too little was sent, or answered, to tell whether it is as usual.
    FEW = "few"
    #: The bot ran in no whole hour since.
    UNSEEN = "unseen"
    #: Nobody wanted to hear of it for a while, and it went on: another one took its place.
    RAISED_AGAIN = "raised_again"
    #: app.yaml does not watch the app any more, or knows it no more.
    UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True)
class Brake:
    """One alert: `facts` is plain JSON, what it says; `ignored_by` a user id, "" where nobody wants
    to hear nothing of it."""

    id: str
    app: str
    kind: Kind
    facts: Mapping[str, Any]
    began_at: datetime
    ended_at: datetime | None
    ended_how: Ended | None
    ignored_by: str
    ignored_until: datetime | None


def open_new(tx: Tx, app: str, kind: Kind, facts: Mapping[str, Any], now: datetime) -> Brake | None:
    """The alert that begins now; None where one of that kind is open."""
    row = tx.one(
        OPEN_BRAKE,
        id=f"{app}.{kind.value}.{to_ms(now):x}",
        app=app,
        kind=kind.value,
        facts=json.dumps(dict(facts)),
        now=to_ms(now),
    )
    return None if row is None else _brake(row)


def get(tx: Tx, brake_id: str) -> Brake | None:
    """The alert about unusual traffic of that id."""
    row = tx.one(GET_BRAKE, id=brake_id)
    return None if row is None else _brake(row)


def find_open(tx: Tx) -> list[Brake]:
    """Alerts about unusual traffic that have not ended, oldest first."""
    return [_brake(row) for row in tx.all(FIND_OPEN)]


def open_of(tx: Tx, app: str, kind: Kind) -> Brake | None:
    """The open alert of a kind about an app, None where there is none."""
    row = tx.one(OPEN_OF, app=app, kind=kind.value)
    return None if row is None else _brake(row)


def is_ignored(tx: Tx, app: str, kind: Kind, now: datetime) -> bool:
    """Whether somebody wants to hear nothing of that kind now."""
    return tx.one(IS_IGNORED, app=app, kind=kind.value, now=to_ms(now)) is not None


def note_facts(tx: Tx, brake: Brake, facts: Mapping[str, Any]) -> None:
    """Keeps what is unusual by now."""
    tx.run(NOTE_FACTS, id=brake.id, facts=json.dumps(dict(facts)))


def note_ignored(tx: Tx, brake: Brake, by: str, until: datetime) -> bool:
    """Nobody hears of an alert before `until`; False where somebody said so before."""
    return tx.one(NOTE_IGNORED, id=brake.id, by=by, until=to_ms(until)) is not None


def end(tx: Tx, brake: Brake, how: Ended, now: datetime) -> bool:
    """Ends an alert; False where it was over before."""
    return tx.one(END_BRAKE, id=brake.id, how=how.value, now=to_ms(now)) is not None


def _brake(row: Row) -> Brake:
    return Brake(
        id=row["id"],
        app=row["app"],
        kind=Kind(row["kind"]),
        facts=json.loads(row["facts"]),
        began_at=from_ms(row["began_at_ms"]),
        ended_at=from_ms_or_none(row["ended_at_ms"]),
        ended_how=Ended(row["ended_how"]) if row["ended_how"] else None,
        ignored_by=row["ignored_by"],
        ignored_until=from_ms_or_none(row["ignored_until_ms"]),
    )
