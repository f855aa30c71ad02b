"""What matchers pick of open alerts, found by values, is what they pick one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.matchers import Matcher, Op, matches
from storage import alert_groups, alert_labels, alerts
from storage.alert_labels import VALUES_MAX
from storage.db import Tx
from tests.storage.rows import NOW, open_tx

KINDS = (AlertKind.LIMIT_HIT, AlertKind.DRIFT, AlertKind.VOLUME)
EXPRESSIONS = ("", "a", "a|b", ".*", ".+", "[^a]", "x{0,2}", "limit_.*|drift", "critical|info")


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tx]:
    """Sixty open alerts, some ended, each with a group of its own."""
    path: Path = tmp_path_factory.mktemp("labels") / "smsops.db"
    with open_tx(path) as opened:
        for nth in range(72):
            known = {"app": "abc"[nth % 3], "request": f"R-{nth}", "carrier": "xy"[nth % 2]}
            labels = {name: value for name, value in known.items() if nth % 5 or name != "app"}
            signal = Signal(KINDS[nth % 3], Severity(1 + nth // 3 % 3), labels)
            alert = alerts.open_new(opened, signal, NOW, None)
            assert alert is not None
            group = alert_groups.open_new(
                opened,
                key=f"k:{nth}",
                receiver="default",
                channel="C0",
                labels={},
                severity=alert.severity,
                look_at=NOW,
                now=NOW,
            )
            alert_groups.add_member(opened, group.id, alert.id)
            if nth % 6 == 0:
                alerts.end(opened, alert.id, NOW)
        yield opened


PLAIN = st.builds(
    Matcher,
    st.sampled_from(["alert", "severity", "app", "carrier", "request", "unknown"]),
    st.sampled_from([Op.EQUAL, Op.NOT_EQUAL]),
    st.sampled_from(["", "a", "x", "R-7", "limit_hit", "critical", "zzz"]),
)
LIKE = st.builds(
    Matcher,
    st.sampled_from(["alert", "severity", "app", "carrier", "request", "unknown"]),
    st.sampled_from([Op.LIKE, Op.NOT_LIKE]),
    st.sampled_from(EXPRESSIONS),
)
MATCHERS = st.lists(PLAIN | LIKE, max_size=4)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MATCHERS)
def test_as_many_are_found_as_fit_one_by_one(tx: Tx, matchers: list[Matcher]) -> None:
    known = alerts.open_labels(tx, AlertKind)
    fitting = {each for each, labels in known if matches(matchers, labels)}
    assert alert_labels.count(tx, matchers) == len(fitting)
    keys = {key for alert, key in alert_groups.open_places(tx) if alert in fitting}
    expected = [each.id for each in alert_groups.find_open(tx) if each.key in keys]
    assert alert_labels.open_groups(tx, matchers) == expected


def test_what_has_ended_is_found_no_more(tx: Tx) -> None:
    assert alert_labels.count(tx, [Matcher("request", Op.EQUAL, "R-6")]) == 0
    assert alert_labels.count(tx, [Matcher("request", Op.EQUAL, "R-7")]) == 1


def test_more_values_than_a_statement_can_name_are_found_all_the_same(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = Matcher("request", Op.LIKE, "R-.*[02468]"), Matcher("app", Op.NOT_EQUAL, "a")
    before = (alert_labels.count(tx, [few, many]), alert_labels.open_groups(tx, [few, many]))
    assert before[0] > 0
    monkeypatch.setattr(alert_labels, "VALUES_MAX", 3)
    assert VALUES_MAX > 3
    after = (alert_labels.count(tx, [few, many]), alert_labels.open_groups(tx, [few, many]))
    assert after == before


def test_a_severity_that_changes_is_found_as_it_is(tx: Tx) -> None:
    def critical() -> int:
        only = [Matcher("request", Op.EQUAL, "R-1"), Matcher("severity", Op.EQUAL, "critical")]
        return alert_labels.count(tx, only)

    (alert,) = [each for each in alerts.find_open(tx) if each.labels.get("request") == "R-1"]
    worse = Signal(alert.kind, Severity.CRITICAL, alert.labels)
    assert (critical(), alert.severity) == (0, Severity.INFO)
    assert alerts.note_state(tx, alert.id, worse, NOW) is not None
    assert critical() == 1
    event = Signal(alert.kind, Severity.WARNING, alert.labels)
    assert alerts.note_event(tx, event, NOW, 60) is not None
    (after,) = [each for each in alerts.find_open(tx) if each.id == alert.id]
    assert critical() == int(after.severity is Severity.CRITICAL)
