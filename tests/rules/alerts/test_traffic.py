"""What limits and traffic raise, how bad it is, and under which labels."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.alerts import AlertKind, Severity, traffic
from bot.rules.alerts.traffic import Held, Refusals
from bot.rules.brake import Kind
from bot.rules.codes import CODES
from bot.rules.drift import Direction
from bot.rules.limits import Rule, Use, end_of_day, total_of
from bot.rules.policies import CLASSES, INTERNATIONAL, MAINLAND, NUMBER, SAME, policy_of, read_key

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
COUNTRIES = ("CN", "SG", "US")
SCOPES = (MAINLAND, INTERNATIONAL, "SG", "US")


def refusals(code: str, times: int = 3) -> Refusals:
    return Refusals("demo", code, times, "R-7K3Q", "+86 138****0001")


def hour(**changes: Any) -> dict[str, Any]:
    return {
        "many": 60,
        "total": 100,
        "usual": 0.95,
        "stop": None,
        "ignored_by": "",
        "ended_at_ms": None,
        **changes,
    }


@pytest.mark.parametrize("rule", [each for each in Rule if each is not Rule.CARRIER_DAY])
def test_the_key_of_a_cap_that_is_hit_is_one_of_a_policy(rule: Rule) -> None:
    scope = {Rule.SAME_CONTENT_30S: SAME, Rule.TOTAL_STOP: "SG"}.get(rule, NUMBER)
    scope = CLASSES[0] if rule.value.startswith("class_") else scope
    key = read_key(Use(rule, scope, 5, 5, None).key)
    assert key is not None
    assert key.scope == scope


def test_what_our_limits_hold_back_is_counted_by_app_and_cap() -> None:
    signal = traffic.limit_hit(Held("demo", "number.day", 5, 14, "R-7K3Q"))
    assert (signal.kind, signal.severity, signal.count) == (AlertKind.LIMIT_HIT, WARNING, 14)
    assert signal.labels == {"app": "demo", "cap": "number.day"}
    other = traffic.limit_hit(Held("demo", "number.hour", 5, 14, "R-7K3Q"))
    assert other.fingerprint != signal.fingerprint


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", WARNING),
        ("LimitExceeded.DeliveryFrequencyLimit", WARNING),
        ("LimitExceeded.AppDailyLimit", CRITICAL),
        ("LimitExceeded.AppCountryOrRegionDailyLimit", CRITICAL),
    ],
)
def test_a_refusal_by_a_frequency_rule_is_worse_where_it_is_the_whole_app(
    code: str, severity: Severity
) -> None:
    signal = traffic.limit_tencent(refusals(code))
    assert signal is not None
    assert (signal.severity, signal.count) == (severity, 3)
    assert signal.labels == {"app": "demo", "code": code}


@pytest.mark.parametrize(
    "code",
    [
        "",
        "Ok",
        "LimitExceeded.NobodyListedThis <!channel>",
        "LimitExceeded.PhoneNumberCountLimit",
        "LimitExceeded.AppCountryOrRegionInBlacklist",
        "RequestLimitExceeded",
        "FailedOperation.InsufficientBalanceInSmsPackage",
    ],
)
def test_other_refusals_and_our_own_speed_are_no_frequency_rule(code: str) -> None:
    assert traffic.limit_tencent(refusals(code)) is None


def test_a_code_among_the_labels_is_one_of_the_listed() -> None:
    found = [traffic.limit_tencent(refusals(code)) for code in CODES]
    assert {each.labels["code"] for each in found if each is not None} <= CODES.keys()


@given(
    caps=st.dictionaries(
        st.sampled_from([f"{scope}.{measure}" for scope in SCOPES for measure in ("warn", "stop")]),
        st.integers(0, 6),
    ),
    begun=st.dictionaries(st.sampled_from(COUNTRIES), st.integers(0, 6)),
)
def test_a_total_fires_exactly_while_a_message_has_come_to_it(
    caps: dict[str, int], begun: dict[str, int]
) -> None:
    policy = policy_of(caps)
    fire = {
        (each.labels["scope"], each.kind) for each in traffic.totals("demo", policy, begun, NOW)
    }
    for scope in SCOPES:
        used = total_of(scope, begun)
        warn, stop = caps.get(f"{scope}.warn"), caps.get(f"{scope}.stop")
        is_near = warn is not None and used > 0 and used >= warn
        assert ((scope, AlertKind.LIMIT_WARN) in fire) == is_near
        is_full = bool(stop) and stop is not None and used >= stop
        assert ((scope, AlertKind.LIMIT_STOP) in fire) == is_full


def test_a_message_more_is_no_news_and_the_end_of_the_day_is_told() -> None:
    policy = policy_of({"mainland.warn": 3, "mainland.stop": 9})
    three, eight = (traffic.totals("demo", policy, {"CN": used}, NOW) for used in (3, 8))
    assert three == eight
    (signal,) = three
    ends_ms = end_of_day(NOW).timestamp() * 1000
    assert signal.facts == {"warn": 3, "stop": 9, "ends_ms": ends_ms}


def test_the_end_of_a_side_is_worse_than_that_of_a_country() -> None:
    policy = policy_of({"international.stop": 3, "SG.stop": 3})
    found = {
        each.labels["scope"]: each.severity
        for each in traffic.totals("demo", policy, {"SG": 3}, NOW)
    }
    assert found == {"SG": WARNING, "international": CRITICAL}


def test_a_contradiction_stands_alone_by_rule_and_direction() -> None:
    stricter, looser = (
        traffic.drift("demo", "number.day", direction, {"key": "number.day"})
        for direction in Direction
    )
    assert stricter.fingerprint != looser.fingerprint
    assert stricter.labels == {"app": "demo", "cap": "number.day", "direction": "stricter"}


@pytest.mark.parametrize(
    ("kind", "changes", "severity"),
    [
        (Kind.VOLUME, {"usual": 20}, WARNING),
        (Kind.VOLUME, {"usual": 20, "stop": {"by": "U0LIN", "at_ms": 1}}, WARNING),
        (Kind.VOLUME, {"usual": 20, "stop": {"by": "rule", "at_ms": 1}}, CRITICAL),
        (Kind.NEW_NUMBERS, {"usual": 0.02}, CRITICAL),
        (Kind.SUCCESS, {}, WARNING),
        (Kind.SUCCESS, {"many": 48}, WARNING),
        (Kind.SUCCESS, {"many": 47}, CRITICAL),
    ],
)
def test_how_bad_unusual_traffic_is(
    kind: Kind, changes: dict[str, Any], severity: Severity
) -> None:
    signal = traffic.unusual("demo", kind, hour(**changes))
    assert signal.severity is severity
    assert signal.labels == {"app": "demo"}


def test_what_somebody_expected_or_is_over_does_not_go_on() -> None:
    assert traffic.is_unexpected(hour())
    assert not traffic.is_unexpected(hour(ignored_by="U0LIN"))
    assert not traffic.is_unexpected(hour(ended_at_ms=1))
