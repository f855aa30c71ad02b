"""Alerts in tests: signals, one look after another, and what was said of them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.settings import Settings
from handlers.flows import alerts
from storage import alert_groups, posts
from storage.alert_groups import Group
from storage.db import Tx
from tests.storage.rows import NOW

#: No look takes this many rounds to find nothing more to do.
ROUNDS_MAX = 50


def later(**spans: float) -> datetime:
    return NOW + timedelta(**spans)


def signal(
    kind: AlertKind = AlertKind.LIMIT_HIT,
    severity: Severity = Severity.WARNING,
    *,
    count: int = 1,
    facts: Mapping[str, Any] | None = None,
    **labels: str,
) -> Signal:
    return Signal(kind, severity, {"app": "demo", **labels}, facts or {}, count)


def look(tx: Tx, settings: Settings, now: datetime) -> None:
    """What the worker does in one run."""
    due = alerts.next_due(tx)
    if due is None or due > now:
        return
    alerts.advance(tx, settings, now)
    for _ in range(ROUNDS_MAX):
        found = alerts.due_groups(tx, now)
        if not found:
            return
        assert alerts.look_at(tx, found, settings, now) == []
    raise AssertionError("there is always something to do")


def only(tx: Tx) -> Group:
    """The one group that is open."""
    (group,) = alert_groups.find_open(tx)
    return group


def cards(tx: Tx) -> list[Mapping[str, Any]]:
    """The cards, each once, as their messages are to look by now."""
    rows = tx.all("SELECT * FROM posts WHERE kind = 'alert.card' ORDER BY rowid")
    latest = {row["edits"] or row["key"]: row["facts"] for row in rows}
    return [opened(tx, facts) for facts in latest.values()]


def lines(tx: Tx) -> list[Mapping[str, Any]]:
    """What was said in threads, oldest first."""
    rows = tx.all("SELECT * FROM posts WHERE kind = 'alert.line' ORDER BY rowid")
    return [opened(tx, row["facts"]) for row in rows]


def posted(tx: Tx, kind: str) -> list[Mapping[str, Any]]:
    """What is to be said of one kind, oldest first, and whom alone it is for (`user`)."""
    rows = tx.all("SELECT * FROM posts WHERE kind = :kind ORDER BY rowid", kind=kind)
    return [{**opened(tx, row["facts"]), "user": row["user_id"]} for row in rows]


def moves(tx: Tx) -> list[str]:
    return [line["move"] for line in lines(tx)]


def opened(tx: Tx, facts: str) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(tx.vault.open(facts, purpose=posts.PURPOSE))
    return said
