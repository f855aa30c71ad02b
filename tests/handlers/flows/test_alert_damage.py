"""Rows that cannot be read: what they stood for is lost or made anew, and all else is told."""

from datetime import datetime

import pytest

from bot.rules.alerts import AlertKind, Severity
from bot.rules.matchers import Matcher, Op
from bot.settings import Settings
from handlers.flows import alerts
from storage import alert_groups, silences
from storage import alerts as stored
from storage.db import Tx
from tests.handlers.flows.alerting import cards, later, look, only, signal
from tests.storage.rows import LIN, NOW

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
DRIFT, LOW = AlertKind.DRIFT, AlertKind.PACKAGE_LOW
ALERT = [("facts", "garbage"), ("labels", "{"), ("labels", "[]"), ("kind", "of_the_future")]


def broken(tx: Tx, table: str, column: str, value: object) -> None:
    """Of the first row that was made."""
    first = f"SELECT id FROM {table} ORDER BY rowid LIMIT 1"
    tx.run(f"UPDATE {table} SET {column} = :value WHERE id = ({first})", value=value)


def looks(tx: Tx, settings: Settings, until_s: int) -> None:
    """As the worker has them: what cannot be looked at is put off."""
    for second in range(0, until_s, 5):
        now = later(seconds=second)
        alerts.advance(tx, settings, now)
        alerts.look_at(tx, alerts.due_groups(tx, now), settings, now)


def apps(tx: Tx) -> set[str]:
    """Those that cards tell of."""
    return {each["labels"]["app"] for card in cards(tx) for each in card["shown"]}


@pytest.mark.parametrize(("column", "value"), ALERT)
def test_a_damaged_alert_keeps_no_other_from_being_told_or_over(
    tx: Tx, settings: Settings, column: str, value: object
) -> None:
    alerts.raise_event(tx, signal(DRIFT, app="one"), settings, NOW, quiet_s=50)
    broken(tx, "alerts", column, value)
    alerts.raise_event(tx, signal(DRIFT, app="two"), settings, NOW, quiet_s=50)
    looks(tx, settings, 40)
    assert "two" in apps(tx)
    looks(tx, settings, 800)
    assert not alert_groups.find_open(tx)
    assert not tx.all("SELECT id FROM alerts WHERE ended_at_ms IS NULL")
    assert not tx.all("SELECT alert_id FROM alert_labels")


@pytest.mark.parametrize(("column", "value"), ALERT)
def test_what_goes_on_is_told_anew_where_its_row_is_damaged(
    tx: Tx, settings: Settings, column: str, value: object
) -> None:
    alerts.observe(tx, {LOW}, [signal(LOW)], settings, NOW)
    alerts.raise_event(tx, signal(DRIFT, app="two"), settings, NOW)
    for kind in (LOW.value, DRIFT.value):
        tx.run(f"UPDATE alerts SET {column} = :value WHERE kind = :kind", value=value, kind=kind)
    alerts.observe(tx, {LOW}, [signal(LOW)], settings, later(seconds=5))
    alerts.raise_event(tx, signal(DRIFT, app="two"), settings, later(seconds=5))
    looks(tx, settings, 60)
    assert apps(tx) == {"demo", "two"}
    assert {each.kind for each in stored.find_open(tx)} == {LOW, DRIFT}


def test_one_damaged_alert_of_many_keeps_its_card_from_nothing(tx: Tx, settings: Settings) -> None:
    many = [signal(LOW, CRITICAL, scope=str(nth)) for nth in range(20)]
    alerts.observe(tx, {LOW}, many, settings, NOW)
    broken(tx, "alerts", "facts", "garbage")
    look(tx, settings, later(seconds=5))
    (card,) = cards(tx)
    assert card["firing"] == 20


@pytest.mark.parametrize(("column", "value"), [("labels", "{"), ("state", 9)])
def test_a_damaged_group_keeps_no_other_from_being_told(
    tx: Tx, settings: Settings, column: str, value: object
) -> None:
    alerts.raise_event(tx, signal(DRIFT, app="one"), settings, NOW)
    broken(tx, "alert_groups", column, value)
    alerts.raise_event(tx, signal(DRIFT, app="two"), settings, NOW)
    looks(tx, settings, 60)
    assert "two" in apps(tx)
    assert len(alert_groups.find_open(tx)) >= 1


def test_a_group_whose_labels_are_damaged_has_those_of_its_key(tx: Tx, settings: Settings) -> None:
    alerts.raise_event(tx, signal(DRIFT, app="one"), settings, NOW)
    broken(tx, "alert_groups", "labels", "{")
    assert only(tx).labels == {"alert": "drift", "app": "one"}


def test_a_damaged_group_makes_place_for_a_new_one(tx: Tx, settings: Settings) -> None:
    alerts.raise_event(tx, signal(DRIFT, app="one"), settings, NOW)
    broken(tx, "alert_groups", "state", 9)
    alerts.raise_event(tx, signal(DRIFT, app="one", scope="US"), settings, NOW)
    look(tx, settings, later(seconds=30))
    assert apps(tx) == {"one"}


@pytest.mark.parametrize(
    "matchers", ["{", "[1]", '[{"label": "app"}]', '[{"label": "app", "op": "=~", "value": "("}]']
)
def test_a_damaged_silence_covers_nothing_and_the_others_hold(
    tx: Tx, settings: Settings, matchers: str
) -> None:
    damaged = silence(tx, "one", later(seconds=100))
    silence(tx, "two", later(hours=1))
    tx.run("UPDATE silences SET matchers = :to WHERE id = :id", to=matchers, id=damaged)
    assert len(silences.find_listed(tx, NOW)) == 1
    for app in ("one", "two"):
        alerts.raise_event(tx, signal(DRIFT, app=app), settings, NOW)
    looks(tx, settings, 120)
    assert apps(tx) == {"one"}
    assert silences.next_turn(tx) == later(hours=1)


def silence(tx: Tx, app: str, ends_at: datetime) -> str:
    return alerts.silence(
        tx,
        (Matcher("app", Op.EQUAL, app),),
        group_id="",
        author=LIN,
        comment="",
        begins_at=NOW,
        ends_at=ends_at,
        now=NOW,
    ).id
