"""Alerts that hide others."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.alerts import AlertKind
from bot.rules.inhibition import KNOWN, InhibitRule, hidden
from bot.rules.matchers import Matcher, Op, matches

EMPTY, LOW = Matcher("alert", Op.EQUAL, "package_empty"), Matcher("alert", Op.EQUAL, "success_low")
OF_APP = InhibitRule((EMPTY,), (LOW,), ("app",))
ALL = Matcher("alert", Op.LIKE, ".*")


def alert(kind: str, **labels: str) -> dict[str, str]:
    return {"alert": kind, **labels}


def test_a_cause_hides_its_effects_where_what_is_equal_is_the_same() -> None:
    alerts = [
        alert("package_empty", app="demo"),
        alert("success_low", app="demo"),
        alert("success_low", app="web"),
        alert("drift", app="demo"),
    ]
    assert hidden([OF_APP], alerts) == {1}
    assert hidden([OF_APP], alerts[1:]) == frozenset()
    assert hidden([], alerts) == frozenset()


def test_a_label_neither_has_is_the_same_and_one_that_one_has_is_not() -> None:
    assert hidden([OF_APP], [alert("package_empty"), alert("success_low")]) == {1}
    assert hidden([OF_APP], [alert("package_empty"), alert("success_low", app="x")]) == frozenset()


def test_no_alert_hides_itself_and_two_of_a_kind_do_not_hide_each_other() -> None:
    of_all = InhibitRule((ALL,), (ALL,))
    assert hidden([of_all], [alert("drift"), alert("drift"), alert("volume")]) == frozenset()


def test_what_is_source_and_target_is_hidden_by_what_is_a_source_alone() -> None:
    rule = InhibitRule(
        (Matcher("severity", Op.LIKE, "critical|warning"),), (Matcher("app", Op.EQUAL, "x"),)
    )
    cause = {"severity": "critical", "app": "y"}
    both = {"severity": "warning", "app": "x"}
    assert hidden([rule], [cause, both]) == {1}
    assert hidden([rule], [both, both]) == frozenset()


LABELS = st.fixed_dictionaries({}, optional={name: st.sampled_from("ab") for name in "xyz"})
ONE = st.builds(
    Matcher,
    st.sampled_from("xyz"),
    st.sampled_from([Op.EQUAL, Op.NOT_EQUAL]),
    st.sampled_from(["a", ""]),
)
MATCHERS = st.lists(ONE, max_size=2).map(tuple)
RULES = st.builds(
    InhibitRule, MATCHERS, MATCHERS, st.lists(st.sampled_from("xyz"), max_size=2).map(tuple)
)


def naive(rule: InhibitRule, alerts: list[Mapping[str, str]], target: int) -> bool:
    """Every pair looked at, in Alertmanager's words."""
    labels = alerts[target]
    if not matches(rule.target, labels):
        return False
    is_both = matches(rule.source, labels)
    return any(
        matches(rule.source, cause)
        and all(cause.get(name, "") == labels.get(name, "") for name in rule.equal)
        and not (is_both and matches(rule.target, cause))
        for cause in alerts
    )


@given(st.lists(RULES, max_size=3), st.lists(LABELS, max_size=8))
def test_any_rules_hide_as_alertmanager_says(
    rules: list[InhibitRule], alerts: list[Mapping[str, str]]
) -> None:
    expected = {at for at in range(len(alerts)) if any(naive(rule, alerts, at) for rule in rules)}
    assert hidden(rules, alerts) == expected


@pytest.mark.parametrize(
    ("cause", "effect", "is_known"),
    [
        (AlertKind.PACKAGE_EMPTY, AlertKind.SUCCESS_LOW, True),
        (AlertKind.ARREARS, AlertKind.DELIVERY_LOW, True),
        (AlertKind.PACKAGE_EMPTY, AlertKind.PACKAGE_LOW, True),
        (AlertKind.TENCENT_UNREACHABLE, AlertKind.IN_DOUBT, True),
        (AlertKind.SLACK_UNREACHABLE, AlertKind.POSTS_LATE, True),
        (AlertKind.PACKAGE_EMPTY, AlertKind.VOLUME, False),
        (AlertKind.DRIFT, AlertKind.LIMIT_HIT, False),
    ],
)
def test_what_follows_from_something_is_hidden_by_it(
    cause: AlertKind, effect: AlertKind, *, is_known: bool
) -> None:
    alerts = [alert(cause), alert(effect, app="demo")]
    assert (1 in hidden(KNOWN, alerts)) is is_known
    assert 0 not in hidden(KNOWN, alerts)


def test_no_known_kinds_hide_each_other_in_a_circle() -> None:
    below: dict[AlertKind, set[AlertKind]] = {
        cause: {effect for effect in AlertKind if 1 in hidden(KNOWN, [alert(cause), alert(effect)])}
        for cause in AlertKind
    }

    def reach(kind: AlertKind, seen: frozenset[AlertKind]) -> bool:
        return any(each in seen or reach(each, seen | {each}) for each in below[kind])

    assert not any(reach(kind, frozenset({kind})) for kind in AlertKind)
