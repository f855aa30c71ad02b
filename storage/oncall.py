"""What people said of being on call: who stands in for whom, under which number, in which group."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import WrongDataKey
from bot.rules.rotas import Override
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, new_short_id, to_ms

log = logging.getLogger("smsops.oncall")

ADD_OVERRIDE = """
INSERT INTO oncall_overrides (id, rota, who, begins_at_ms, ends_at_ms, author, given_at_ms,
  ended_by)
VALUES (:id, :rota, :who, :begins_at, :ends_at, :author, :now, '')
ON CONFLICT DO NOTHING RETURNING id
"""
FIND_OVERRIDES = """
SELECT * FROM oncall_overrides WHERE ended_at_ms IS NULL AND ends_at_ms > :now
ORDER BY given_at_ms, id
"""
END_OVERRIDES = """
UPDATE oncall_overrides SET ended_at_ms = :now, ended_by = :by
WHERE ended_at_ms IS NULL AND ends_at_ms > :now AND rota = :rota
"""
SET_NUMBER = """
INSERT INTO oncall_numbers (user_id, number, set_by, set_at_ms)
VALUES (:user_id, :number, :by, :now)
ON CONFLICT (user_id) DO UPDATE SET number = excluded.number, set_by = excluded.set_by,
  set_at_ms = excluded.set_at_ms,
  tried_at_ms = CASE WHEN excluded.number = oncall_numbers.number
    THEN oncall_numbers.tried_at_ms END
"""
NOTE_TRIED = """
UPDATE oncall_numbers SET tried_at_ms = :now WHERE user_id = :user_id AND number = :number
"""
IS_OF_ANOTHER = "SELECT 1 FROM oncall_numbers WHERE number = :number AND user_id <> :user_id"
FORGET_NUMBER = "DELETE FROM oncall_numbers WHERE user_id = :user_id"
GET_NUMBER = "SELECT * FROM oncall_numbers WHERE user_id = :user_id"
NOTE_GROUP = """
INSERT INTO oncall_groups (name, group_id, members, seen_at_ms)
VALUES (:name, :group_id, :members, :now)
ON CONFLICT (name) DO UPDATE SET group_id = excluded.group_id, members = excluded.members,
  seen_at_ms = excluded.seen_at_ms
"""
LIST_GROUPS = "SELECT * FROM oncall_groups ORDER BY name"


@dataclass(frozen=True, slots=True)
class OncallNumber:
    """The number somebody is called under. It is the full number: mask it before showing it."""

    user_id: str
    number: str
    set_by: str
    set_at: datetime
    tried_at: datetime | None = None
    """When whoever answers it pressed 1 in a call; None where nobody has yet."""


@dataclass(frozen=True, slots=True)
class OncallGroup:
    """A user group as Slack knew it last; `group_id` is "" where there is no such group."""

    name: str
    group_id: str
    members: tuple[str, ...]
    seen_at: datetime


def add_override(
    tx: Tx,
    *,
    rota: str,
    who: str,
    begins_at: datetime,
    ends_at: datetime,
    author: str,
    now: datetime,
) -> Override:
    """Somebody stands in; of several that hold at once the last one given counts."""
    length = 4
    while True:
        override = Override(new_short_id("O", length), rota, who, begins_at, ends_at, author)
        row = tx.one(
            ADD_OVERRIDE,
            id=override.id,
            rota=rota,
            who=who,
            begins_at=to_ms(begins_at),
            ends_at=to_ms(ends_at),
            author=author,
            now=to_ms(now),
        )
        if row is not None:
            return override
        length += 1


def overrides(tx: Tx, now: datetime) -> list[Override]:
    """Those that hold now or later, in the order they were given."""
    return [
        Override(
            id=row["id"],
            rota=row["rota"],
            who=row["who"],
            begins_at=from_ms(row["begins_at_ms"]),
            ends_at=from_ms(row["ends_at_ms"]),
            author=row["author"],
        )
        for row in tx.all(FIND_OVERRIDES, now=to_ms(now))
    ]


def end_overrides(tx: Tx, rota: str, by: str, now: datetime) -> int:
    """Everybody has their own weeks again; how many that ended."""
    return tx.run(END_OVERRIDES, rota=rota, by=by, now=to_ms(now))


def set_number(tx: Tx, user_id: str, number: str, by: str, now: datetime) -> None:
    """`number` is E.164."""
    sealed = tx.vault.seal_number(number)
    tx.run(SET_NUMBER, user_id=user_id, number=sealed, by=by, now=to_ms(now))


def note_tried(tx: Tx, user_id: str, number: str, now: datetime) -> None:
    """1 was pressed in a call to it; nothing where they have another number by now."""
    sealed = tx.vault.seal_number(number)
    tx.run(NOTE_TRIED, user_id=user_id, number=sealed, now=to_ms(now))


def is_of_another(tx: Tx, user_id: str, number: str) -> bool:
    """Whether somebody else is called under that number too."""
    sealed = tx.vault.seal_number(number)
    return tx.one(IS_OF_ANOTHER, user_id=user_id, number=sealed) is not None


def forget_number(tx: Tx, user_id: str) -> bool:
    """Nobody calls them any more; False where no number was known."""
    return tx.run(FORGET_NUMBER, user_id=user_id) == 1


def number_of(tx: Tx, user_id: str) -> OncallNumber | None:
    """None where there is none, or none that can be read."""
    row = tx.one(GET_NUMBER, user_id=user_id)
    try:
        return None if row is None else _number(tx, row)
    except WrongDataKey:
        log.error("number unreadable", extra={"event": "number_unreadable", "user": user_id})
        return None


def note_groups(tx: Tx, groups: Mapping[str, tuple[str, Iterable[str]]], now: datetime) -> None:
    """What Slack says of groups, by the name app.yaml has for them: their id and their members."""
    rows = [
        {"name": name, "group_id": group_id, "members": json.dumps(sorted(members))}
        for name, (group_id, members) in sorted(groups.items())
    ]
    tx.run_many(NOTE_GROUP, [{**row, "now": to_ms(now)} for row in rows])


def groups(tx: Tx) -> dict[str, OncallGroup]:
    """Every group Slack was asked about, by its name in app.yaml."""
    return {
        row["name"]: OncallGroup(
            row["name"],
            row["group_id"],
            tuple(json.loads(row["members"])),
            from_ms(row["seen_at_ms"]),
        )
        for row in tx.all(LIST_GROUPS)
    }


def _number(tx: Tx, row: Row) -> OncallNumber:
    return OncallNumber(
        user_id=row["user_id"],
        number=tx.vault.open_number(row["number"]),
        set_by=row["set_by"],
        set_at=from_ms(row["set_at_ms"]),
        tried_at=from_ms_or_none(row["tried_at_ms"]),
    )
