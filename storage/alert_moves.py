"""What became of a group of alerts, one line after another: the history its thread tells."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.alert_life import Move
from storage.db import Row, Tx
from storage.ids import from_ms, to_ms

ADD_MOVE = """
INSERT INTO alert_moves (group_id, nth, move, by_user, via, facts, at_ms)
VALUES (:group_id,
  (SELECT count(*) FROM alert_moves WHERE group_id = :group_id),
  :move, :by, :via, :facts, :now)
RETURNING nth
"""
OF_GROUP = "SELECT * FROM alert_moves WHERE group_id = :group_id ORDER BY nth"


@dataclass(frozen=True, slots=True)
class AlertMove:
    """One of them. `by` is a user id, "" for what came by itself; `via` how a person did it."""

    nth: int
    move: Move
    by: str
    via: str
    facts: Mapping[str, Any]
    at: datetime


def add(
    tx: Tx,
    group_id: str,
    move: Move,
    *,
    by: str = "",
    via: str = "",
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> int:
    """Keeps one move of a group; its number within the group."""
    row = tx.one(
        ADD_MOVE,
        group_id=group_id,
        move=move.value,
        by=by,
        via=via,
        facts=json.dumps(dict(facts or {}), ensure_ascii=False),
        now=to_ms(now),
    )
    return 0 if row is None else int(row["nth"])


def of_group(tx: Tx, group_id: str) -> list[AlertMove]:
    """All moves of a group, oldest first."""
    return [_move(row) for row in tx.all(OF_GROUP, group_id=group_id)]


def _move(row: Row) -> AlertMove:
    return AlertMove(
        nth=row["nth"],
        move=Move(row["move"]),
        by=row["by_user"],
        via=row["via"],
        facts=json.loads(row["facts"]),
        at=from_ms(row["at_ms"]),
    )
