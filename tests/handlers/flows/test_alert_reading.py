"""What one look, one row or one change of app.yaml must not take from the others."""

from datetime import timedelta

from bot.rules.alert_life import GroupState
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.settings import Settings, load
from handlers.flows import alerts, reaching
from storage import alert_groups, oncall, voice_calls
from storage import escalations as stored
from storage.db import Tx
from storage.ids import AttemptId
from tests.handlers.flows.alerting import later, look, moves, signal
from tests.handlers.flows.conftest import ENVIRON, ROOT
from tests.handlers.flows.test_reaching import ADA, NUMBERS, Case, know, plan
from tests.storage.rows import NOW

CALLS = plan(("voice", "primary"), ("dm", "primary"))

LOW, VOLUME = AlertKind.DISK_LOW, AlertKind.VOLUME
HIDES = {
    "inhibit_known": False,
    "inhibit_rules": [
        {
            "source_matchers": ['severity="critical"'],
            "target_matchers": ['alert="volume"'],
            "equal": ["app"],
        }
    ],
}


def hiding() -> Settings:
    loaded = load(ROOT / "app.yaml", ENVIRON, {"alerts": HIDES})
    assert isinstance(loaded, Settings), loaded
    return loaded


def test_what_a_cause_hid_is_heard_once_the_cause_is_less_bad(tx: Tx) -> None:
    settings = hiding()
    alerts.observe(tx, {LOW}, [signal(LOW, Severity.CRITICAL)], settings, NOW)
    alerts.observe(tx, {VOLUME}, [signal(VOLUME)], settings, NOW)
    look(tx, settings, later(seconds=30))
    states = {each.labels["alert"]: each.state for each in alert_groups.find_open(tx)}
    assert states["volume"] is GroupState.SILENCED
    alerts.observe(tx, {LOW}, [signal(LOW, Severity.WARNING)], settings, later(minutes=10))
    look(tx, settings, later(minutes=10, seconds=10))
    states = {each.labels["alert"]: each.state for each in alert_groups.find_open(tx)}
    assert states["volume"] is GroupState.FIRING


def test_what_was_covered_when_its_card_was_told_is_news_once_it_is_not(
    tx: Tx, settings: Settings
) -> None:
    kind, stop = AlertKind.LIMIT_WARN, AlertKind.LIMIT_STOP
    near = [signal(kind, scope=scope) for scope in ("CN", "US")]
    reached = Signal(stop, Severity.CRITICAL, {"app": "demo", "scope": "CN"})
    alerts.observe(tx, {stop}, [reached], settings, NOW)
    alerts.observe(tx, {kind}, near, settings, NOW)
    look(tx, settings, later(seconds=31))
    alerts.observe(tx, {stop}, [], settings, later(minutes=6))
    for nth in range(12):
        look(tx, settings, later(minutes=6 + nth))
    assert "news" in moves(tx)


def test_a_step_and_a_number_that_cannot_be_read_keep_nobody_from_being_called(tx: Tx) -> None:
    know(tx, ADA)
    tx.run("UPDATE oncall_numbers SET number = 'odd' WHERE user_id = :user", user=ADA)
    assert oncall.number_of(tx, ADA) is None
    case = Case(tx, CALLS)
    assert case.at(1) == ()
    tx.run("UPDATE escalation_steps SET detail = 'odd'")
    case.at(120)
    assert "dm" in [means for means, _, _ in case.steps]


def test_a_call_that_cannot_be_read_keeps_no_other_from_being_heard(tx: Tx) -> None:
    for attempt, user in (("a1", "U1"), ("a2", "U2")):
        voice_calls.add(
            tx,
            AttemptId(attempt),
            group_id="A-0",
            escalation=0,
            nth=0,
            user_id=user,
            number=NUMBERS[ADA],
            now=NOW,
        )
    tx.run("UPDATE voice_calls SET number = 'odd' WHERE attempt = 'a1'")
    assert [each.user_id for each in voice_calls.find_flying(tx)] == ["U2"]


def test_a_group_that_cannot_be_read_is_not_due_for_ever(tx: Tx) -> None:
    case = Case(tx, CALLS)
    tx.run("UPDATE alert_groups SET state = 77 WHERE id = :id", id=case.group_id)
    assert case.at(1) == ()
    assert reaching.find_due(tx, NOW + timedelta(days=1)) == []


def test_a_chain_goes_on_only_where_it_is_still_the_one(tx: Tx) -> None:
    case = Case(tx, CALLS)
    stored.end(tx, case.group_id, later(seconds=2))
    assert not stored.go_on(tx, case.group_id, "another", NOW)
    assert stored.go_on(tx, case.group_id, "default", NOW)
