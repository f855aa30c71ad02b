"""What is declared of the console is kept in order, app by app; a contradiction once."""

from dataclasses import replace

from bot.rules.drift import Direction
from storage import declarations
from storage.db import Tx
from storage.declarations import Copy, Declaration, Drift
from storage.ids import MessageId
from tests.storage.rows import LIN, MAYA, NOW, later

CAPS = {"same.30s": 1, "number.day": None}


def add(tx: Tx, app: str = "demo") -> Declaration:
    return declarations.add(tx, app, CAPS, evidence="seen", by=MAYA, now=NOW)


def test_each_app_counts_its_own_declarations_and_the_latest_is_the_copy(tx: Tx) -> None:
    add(tx)
    second = add(tx)
    other = add(tx, "other")
    assert (second.nth, other.nth) == (2, 1)
    assert declarations.latest(tx, "demo") == second == declarations.get(tx, "demo", 2)
    assert declarations.copy_of(tx, "demo") == Copy("demo", 2, CAPS, NOW)
    assert declarations.latest(tx, "third") is None
    assert declarations.copy_of(tx, "third") is None


def test_only_the_latest_is_confirmed_and_only_by_somebody_else_and_once(tx: Tx) -> None:
    first, second = add(tx), add(tx)
    assert declarations.confirm(tx, "demo", first.nth, LIN, later(s=1)) is None
    assert declarations.confirm(tx, "demo", second.nth, MAYA, later(s=1)) is None
    kept = declarations.confirm(tx, "demo", second.nth, LIN, later(s=1))
    assert kept == replace(second, confirmed_by=LIN, confirmed_at=later(s=1))
    assert declarations.confirm(tx, "demo", second.nth, "U0BO", later(s=2)) is None


def test_a_contradiction_is_kept_once_for_each_limit_and_direction(tx: Tx) -> None:
    drift = Drift(
        "demo", 1, "number.day", Direction.STRICTER, NOW, MessageId("m1"), "X", None, 2, True
    )
    assert declarations.add_drift(tx, drift)
    assert not declarations.add_drift(tx, replace(drift, counted=3))
    looser = replace(drift, direction=Direction.LOOSER, declared=5, is_proof=False)
    assert declarations.add_drift(tx, looser)
    assert declarations.drifts(tx, "demo") == [looser, drift]
    assert declarations.drifts(tx, "other") == []
    declarations.end_drift(tx, drift, 2)
    assert declarations.drifts(tx, "demo") == [looser]
