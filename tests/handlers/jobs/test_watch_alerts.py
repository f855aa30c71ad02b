"""The worker that follows alerts: what it does once after a start, and then from time to time."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.rules.alert_life import GroupState
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.settings import Settings
from handlers.flows import alerts
from handlers.jobs import watch_alerts
from handlers.services import Services, Watch
from storage import alert_groups
from storage.db import Database, open_database
from tests.handlers.flows import alerting
from tests.handlers.flows.alerting import later
from tests.handlers.flows.asks import settings_with
from tests.storage.rows import NOW, VAULT

KIND = AlertKind.DRIFT
PLAIN = settings_with(**{"alerts.route.routes": [], "alerts.receivers": []})
ROUTE = {"matchers": ['severity="critical"'], "receiver": "urgent"}
URGENT = settings_with(
    **{
        "alerts.route.routes": [ROUTE],
        "alerts.receivers": [{"name": "urgent", "channel": "#urgent"}],
    }
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


def process(db: Database, began_at: datetime = NOW, settings: Settings = PLAIN) -> Services:
    """One that has just begun; the worker takes nothing else of what it is given."""
    none = cast(Any, None)
    watch = Watch(began_at=began_at)
    return Services(db, none, none, none, settings, none, lambda: NOW, watch=watch)


async def found(services: Services, at: datetime, *signals: Signal) -> None:
    """What a look at conditions finds."""
    await services.db.write(alerts.observe, {KIND}, signals, services.settings, at)


FIRES = alerting.signal(KIND, Severity.CRITICAL)


async def test_one_group_that_cannot_be_read_keeps_no_other_from_being_told(db: Database) -> None:
    services = process(db)
    await found(services, NOW, FIRES, alerting.signal(KIND, app="web"))
    await watch_alerts.run(services, NOW)
    await db.write(lambda tx: tx.run("UPDATE alert_groups SET state = 9 WHERE labels LIKE '%web%'"))
    due = await watch_alerts.run(services, later(seconds=30))
    assert due == later(seconds=90)
    (card,) = await db.read(alerting.cards)
    assert card["labels"]["app"] == "demo"


async def test_a_changed_app_yaml_holds_for_what_fires_already(db: Database) -> None:
    before = process(db)
    await found(before, NOW, FIRES)
    await watch_alerts.run(before, later(seconds=30))
    after = process(db, later(minutes=10), URGENT)
    await watch_alerts.run(after, later(minutes=10))
    await watch_alerts.run(after, later(minutes=10, seconds=30))
    (group,) = await db.read(alert_groups.find_open)
    assert (group.receiver, group.state) == ("urgent", GroupState.FIRING)


@pytest.mark.parametrize(("still", "said"), [(True, ["repeat"]), (False, ["clear"])])
async def test_after_a_start_nothing_is_repeated_before_it_was_looked_whether_it_still_fires(
    db: Database, still: bool, said: list[str]
) -> None:
    before = process(db)
    await found(before, NOW, FIRES)
    await watch_alerts.run(before, later(seconds=30))
    after = process(db, later(hours=10))
    await watch_alerts.run(after, later(hours=10))
    assert await db.read(alerting.moves) == []
    await found(after, later(hours=10, seconds=20), *([FIRES] if still else []))
    await watch_alerts.run(after, later(hours=10, seconds=60))
    await watch_alerts.run(after, later(hours=10, minutes=6))
    assert await db.read(alerting.moves) == said


async def test_a_clock_that_was_set_back_keeps_nobody_from_being_told(db: Database) -> None:
    services = process(db)
    await watch_alerts.run(services, later(days=1))
    await found(services, later(days=1), FIRES)
    await watch_alerts.run(services, NOW)
    await watch_alerts.run(services, later(seconds=30))
    assert len(await db.read(alerting.cards)) == 1


async def test_what_began_by_a_clock_that_was_ahead_is_told_after_a_start(db: Database) -> None:
    await found(process(db, later(days=1)), later(days=1), FIRES)
    services = process(db)
    await watch_alerts.run(services, NOW)
    await watch_alerts.run(services, later(seconds=30))
    assert len(await db.read(alerting.cards)) == 1
