"""Alerts about limits and unusual traffic in words: all of them, inert, in both languages."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.locales import Locale
from bot.rules.alerts import AlertKind, Severity, Signal, traffic
from bot.rules.alerts.traffic import Held, Refusals
from bot.rules.brake import Kind
from bot.rules.drift import Direction
from bot.rules.policies import policy_of
from bot.slack import blocks
from bot.slack.messages import brakes, declarations
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from storage.ids import to_ms
from tests.slack.made import DRIFT, HOSTILE, NOW, UNUSUAL

PUMPING: dict[str, Any] = {
    "kind": "new_numbers",
    "new_countries": ["UZ"],
    "many": 50,
    "total": 100,
    "usual": 0.02,
}
LOST: dict[str, Any] = {
    "kind": "success",
    "many": 6,
    "total": 100,
    "usual": 0.95,
    "measure": "delivered",
}
POLICY = policy_of({"mainland.warn": 8_000, "mainland.stop": 10_000, "SG.warn": 1})
DAY = "LimitExceeded.PhoneNumberDailyLimit"


def held(messages: int = 14, app: str = "demo") -> Signal:
    return traffic.limit_hit(Held(app, "number.day", 5, messages, "R-7K3Q"))


def refused(times: int = 3, app: str = "demo") -> Signal:
    signal = traffic.limit_tencent(Refusals(app, DAY, times, "R-7K3Q", "+86 138****0001"))
    assert signal is not None
    return signal


def totals(app: str = "demo") -> list[Signal]:
    """The warning and the stop of the mainland, and the warning of a country with no stop."""
    return list(traffic.totals(app, POLICY, {"CN": 10_000, "SG": 1}, NOW))


def hour(app: str = "demo", **changes: Any) -> Signal:
    facts = {**UNUSUAL, **changes, "app": app}
    return traffic.unusual(app, Kind(facts["kind"]), facts)


def every(app: str = "demo") -> list[Signal]:
    facts = {**DRIFT, "app": app}
    return [
        held(app=app),
        held(1, app),
        refused(app=app),
        refused(1, app),
        *totals(app),
        traffic.drift(app, "number.day", Direction.STRICTER, facts),
        hour(app),
        hour(app, **PUMPING),
        hour(app, **LOST),
        hour(app, stop={"by": "rule", "at_ms": to_ms(NOW)}),
        hour(app, ignored_by="U0LIN", ignored_until_ms=to_ms(NOW)),
        hour(app, ended_at_ms=to_ms(NOW), ended_how="usual"),
    ]


def described(signal: Signal, locale: Locale = Locale.EN) -> Described:
    facts = {**signal.facts, **signal.labels}
    more = {"count": signal.count, "severity": signal.severity.word}
    return DESCRIBE[signal.kind]({**facts, **more}, locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("nth", range(len(every())))
def test_each_says_what_it_is_what_that_means_and_what_to_do(nth: int, locale: Locale) -> None:
    said = described(every()[nth], locale)
    for text in (said.title, said.means, said.do):
        left = text.replace("{time}", "").replace("{date_short_pretty}", "")
        assert left
        assert "{" not in left
    assert "demo" in said.title
    assert "\n" not in said.title
    assert said.evidence
    row = [blocks.actions("a", *(dict(each) for each in said.buttons))] if said.buttons else []
    for block in Block.parse_all([*row, blocks.section(said.means)]):
        block.validate_json()
    assert len(said.buttons) <= 3


def test_every_kind_of_traffic_is_among_them() -> None:
    assert {each.kind for each in every()} == {
        AlertKind.LIMIT_HIT,
        AlertKind.LIMIT_TENCENT,
        AlertKind.LIMIT_WARN,
        AlertKind.LIMIT_STOP,
        AlertKind.DRIFT,
        AlertKind.VOLUME,
        AlertKind.NEW_NUMBERS,
        AlertKind.SUCCESS_LOW,
    }


@pytest.mark.parametrize("nth", range(len(every())))
def test_what_stands_in_it_is_no_markup(nth: int) -> None:
    said = described(every(HOSTILE)[nth])
    shown = " ".join((said.title, said.means, said.do))
    assert "<!channel>" not in shown
    assert "<https://a.cn" not in shown


def test_it_counts_and_names_the_cap() -> None:
    assert described(held(1_400)).title == (
        "demo: 1,400 messages held back by our limits. To one number in a day: 5"
    )
    assert "a message held back" in described(held(1)).title
    assert described(held()).evidence == ("/sms why R-7K3Q", "/sms limit show demo")


def test_a_refusal_of_tencent_s_has_its_cause_and_its_cure() -> None:
    said = described(refused())
    assert said.title == "demo: 3 times refused by a limit of Tencent’s (PhoneNumberDailyLimit)"
    assert "as many messages as it may today" in said.means
    assert "+86 138****0001" in said.means
    assert "raise the daily limit in the console" in said.do


def test_a_warning_says_where_it_stops_or_that_nothing_does() -> None:
    country, warn, stop = totals()
    assert country.kind is AlertKind.LIMIT_WARN
    assert "no limit stops it" in described(country).means
    assert "At 10,000 it stops" in described(warn).means
    assert described(stop).title == (
        "demo: 10,000 messages to the mainland today, as many as its limits allow"
    )
    assert stop.severity is Severity.CRITICAL


def test_unusual_traffic_offers_what_is_left_to_do_and_says_how_it_ended() -> None:
    def offered(**changes: Any) -> list[str]:
        return [each["action_id"] for each in described(hour("demo", **changes)).buttons]

    stop = {"by": "U0LIN", "at_ms": to_ms(NOW)}
    assert offered() == [brakes.STOP, brakes.TIGHTEN, brakes.IGNORE]
    assert offered(stop=stop) == [brakes.TIGHTEN, brakes.IGNORE]
    assert "<@U0LIN> stopped demo" in described(hour(stop=stop)).means
    over = described(hour(ended_at_ms=to_ms(NOW), ended_how="silent"))
    assert "a whole hour passed without a message" in over.title
    assert "SMS pumping looks like this" in described(hour(**PUMPING)).means
    ignored = described(hour(ignored_by="U0LIN", ignored_until_ms=to_ms(NOW)))
    assert "<@U0LIN> expected this" in ignored.title


def test_a_contradiction_says_what_it_proves_and_opens_the_declaration() -> None:
    said = described(traffic.drift("demo", "number.day", Direction.STRICTER, DRIFT))
    assert said.title == "Tencent refused what the declared limits of demo allow"
    assert "*What this proves*" in said.means
    assert [each["action_id"] for each in said.buttons] == [declarations.DECLARE]
    assert said.evidence == ("/sms why R-7K3Q", "/sms limit show demo")
