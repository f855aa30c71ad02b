"""How long a list takes where very many alerts are open."""

import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.matchers import Matcher, parse
from bot.rules.roles import EVERY_APP
from bot.slack.messages.alert_lists import Page, Query
from handlers.flows import alert_lists
from storage import alert_groups, alerts
from storage.db import Tx, open_database
from storage.vault import Vault
from tests.bench.figures import Reading
from tests.bench.routing import some_alerts

OPEN = 100_000
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
VAULT = Vault(bytes(range(64)))
#: What is typed: one app, some apps of a kind, all but a few.
ASKED = (
    "app=app-7",
    'alert="limit_hit", app=~"app-(1|2)"',
    'severity="critical", alert!~"review_.*", app!=app-3',
)


async def listing_time(folder: Path, count: int = OPEN, rounds: int = 9) -> Reading:
    """Milliseconds of the first page of the slowest of some lists, over one millisecond."""
    with closing(open_database(folder / "alerts.db", VAULT)) as db:
        await db.write(fill, count)
        took: dict[str, list[float]] = {asked: [] for asked in ASKED}
        for _ in range(rounds):
            for asked in ASKED:
                began = time.perf_counter()
                page = await db.read(look, asked)
                took[asked].append((time.perf_counter() - began) * 1e3)
                if not page.found:
                    raise ValueError(asked)
    slowest = max(map(median, took.values()))
    return Reading(slowest, 1.0, slowest)


def look(tx: Tx, asked: str) -> Page:
    """The first page of what fits."""
    return alert_lists.find(tx, Query(asked, False, 0), matchers_of(asked), EVERY_APP, NOW)


def matchers_of(asked: str) -> tuple[Matcher, ...]:
    found = parse(asked)
    if not isinstance(found, tuple):
        raise ValueError(asked)
    return found


def fill(tx: Tx, count: int) -> None:
    """Open alerts, those of a kind and app in one group."""
    groups: dict[tuple[str, str], str] = {}
    for labels in some_alerts(count):
        alert = alerts.open_new(tx, _signal(labels.items()), NOW, None)
        key = (labels["alert"], labels["app"])
        if key not in groups:
            groups[key] = alert_groups.open_new(
                tx,
                key=":".join(key),
                receiver="default",
                channel="C0ALERTS",
                labels={"alert": key[0], "app": key[1]},
                severity=Severity[labels["severity"].upper()],
                look_at=NOW,
                now=NOW,
            ).id
        if alert is not None:
            alert_groups.add_member(tx, groups[key], alert.id)


def _signal(labels: Iterable[tuple[str, str]]) -> Signal:
    given = dict(labels)
    kind, severity = AlertKind(given.pop("alert")), Severity[given.pop("severity").upper()]
    return Signal(kind, severity, given, {"many": 3})
