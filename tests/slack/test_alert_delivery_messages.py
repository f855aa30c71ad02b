"""Alerts about delivery, receipts and answers in words: all of them, in both languages."""

from typing import Any

import pytest

from bot.locales import Locale, text
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.carriers import Carrier
from bot.rules.coverage import Cause, Measure
from bot.slack.messages.alert_kinds import DESCRIBE, Described
from storage.ids import to_ms
from tests.slack.made import HOSTILE, NOW

LOW = {"many": 780, "total": 1_000, "usual": 0.953, "hours": 2, "causes": [["MK:0001", 120]]}
DOUBTS = {"total": 3, "due": 2, "since_ms": to_ms(NOW), "request_id": "R-7K3Q"}
MISSING = {"due": 500, "absent": 210, "unknown": 12, "hours": 6, "is_lost": False}
UNFILED = {"many": 42, "total": 500, "carriers": [["mobile", 40], ["", 2]]}
DIFFERENCE = {"measure": "accepted", "theirs": 12_345, "ours": 12_000, "cause": "somebody_else"}
DIFFERS = {"day_s": 1_795_276_800, "is_exclusive": True, "differences": [DIFFERENCE]}


def signal(kind: AlertKind, facts: dict[str, Any], app: str = "demo", **labels: str) -> Signal:
    return Signal(kind, Severity.WARNING, {"app": app, **labels}, facts)


def outage(kind: AlertKind, fault: str) -> Signal:
    return Signal(kind, Severity.CRITICAL, {}, {"since_ms": to_ms(NOW), "fault": fault})


def every(app: str = "demo", word: str = "腾讯云") -> list[Signal]:
    alert = {"class": "alert"}
    return [
        signal(AlertKind.DELIVERY_LOW, LOW, app),
        signal(AlertKind.DELIVERY_LOW, {**LOW, "causes": []}, app),
        signal(AlertKind.CARRIER_LOW, {**LOW, "causes": []}, app, carrier="unicom"),
        signal(AlertKind.CARRIER_LOW, {**LOW, "causes": []}, app, country="SG"),
        signal(AlertKind.NOT_DELIVERABLE, UNFILED, app, signature=word),
        signal(AlertKind.IN_DOUBT, DOUBTS, app),
        signal(AlertKind.IN_DOUBT, {**DOUBTS, "total": 1, "due": 1}, app),
        signal(AlertKind.IN_DOUBT, {**DOUBTS, "total": 20, "due": 0}, app),
        signal(AlertKind.IN_DOUBT, DOUBTS, app, **alert),
        signal(AlertKind.IN_DOUBT, {**DOUBTS, "total": 1, "due": 1}, app, **alert),
        signal(AlertKind.RECEIPTS_MISSING, MISSING, app),
        signal(AlertKind.RECEIPTS_MISSING, {**MISSING, "is_lost": True}, app),
        signal(AlertKind.CALLBACKS_STOPPED, {"last_ms": to_ms(NOW)}, app),
        signal(AlertKind.CALLBACKS_STOPPED, {"last_ms": None}, app),
        signal(AlertKind.COUNTS_DIFFER, DIFFERS, app),
        signal(AlertKind.RECEIPTS_CONTRADICT, {"many": 1_200, "examples": [[word] * 3]}, app),
        signal(AlertKind.RECEIPTS_CONTRADICT, {"many": 1, "examples": []}, app),
        signal(AlertKind.PULL_REFUSED, {"code": word}, app),
        *(outage(AlertKind.TENCENT_UNREACHABLE, fault) for fault in ("unsent", "unknown")),
        *(outage(AlertKind.SLACK_UNREACHABLE, fault) for fault in (word, "token_revoked")),
    ]


def described(said: Signal, locale: Locale = Locale.EN) -> Described:
    more = {"count": said.count, "severity": said.severity.word}
    return DESCRIBE[said.kind]({**said.facts, **said.labels, **more}, locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("nth", range(len(every())))
def test_each_says_what_it_is_what_that_means_and_what_to_do(nth: int, locale: Locale) -> None:
    said = described(every()[nth], locale)
    for part in (said.title, said.means, said.do):
        left = part.replace("{time}", "").replace("{date_short_pretty}", "")
        assert left
        assert "{" not in left
    assert "\n" not in said.title
    assert len(said.means) < 1_000


def test_every_kind_of_delivery_is_among_them() -> None:
    assert {each.kind for each in every()} == {
        AlertKind.DELIVERY_LOW,
        AlertKind.CARRIER_LOW,
        AlertKind.NOT_DELIVERABLE,
        AlertKind.IN_DOUBT,
        AlertKind.RECEIPTS_MISSING,
        AlertKind.CALLBACKS_STOPPED,
        AlertKind.COUNTS_DIFFER,
        AlertKind.RECEIPTS_CONTRADICT,
        AlertKind.PULL_REFUSED,
        AlertKind.TENCENT_UNREACHABLE,
        AlertKind.SLACK_UNREACHABLE,
    }


@pytest.mark.parametrize("nth", range(len(every())))
def test_what_stands_in_it_is_no_markup(nth: int) -> None:
    said = described(every(HOSTILE, HOSTILE)[nth])
    shown = " ".join((said.title, said.means, said.do))
    assert "<!channel>" not in shown
    assert "<https://a.cn" not in shown


def test_a_share_is_told_beside_the_usual_one_with_what_carriers_say() -> None:
    said = described(signal(AlertKind.DELIVERY_LOW, LOW))
    assert said.title == (
        "demo: 78 % of 1,000 reported messages delivered in 2 hours, usually 95.3 %"
    )
    assert "(`MK:0001`, 120)" in said.means
    assert said.evidence == ("/sms stats demo 24h",)


@pytest.mark.parametrize(
    ("labels", "where"), [({"carrier": "unicom"}, "China Unicom"), ({"country": "SG"}, "`SG`")]
)
def test_a_carrier_has_its_name_and_a_country_its_code(labels: dict[str, str], where: str) -> None:
    title = described(signal(AlertKind.CARRIER_LOW, LOW, **labels)).title
    assert f"messages to {where} delivered" in title


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("carrier", [each for each in Carrier if each])
def test_every_carrier_has_a_name(carrier: Carrier, locale: Locale) -> None:
    title = described(signal(AlertKind.CARRIER_LOW, LOW, carrier=carrier.value), locale).title
    assert text(locale, f"stats.carrier.{carrier.value}") in title


def test_approved_but_not_deliverable_says_so_and_where() -> None:
    said = described(signal(AlertKind.NOT_DELIVERABLE, UNFILED, signature="腾讯云"))
    assert said.title == "demo: 【腾讯云】 is approved but not deliverable (42 of 500 receipts)"
    assert "China Mobile 40 · abroad 2" in said.means
    assert said.evidence == ("/sms sign show 腾讯云", "/sms why code TX:2000")


def test_a_doubt_says_what_can_be_decided_now_or_that_it_waits() -> None:
    due = described(signal(AlertKind.IN_DOUBT, DOUBTS))
    assert due.title.startswith("demo: 3 messages in doubt since <!date^")
    assert "2 can be decided now" in due.do
    assert due.evidence == ("/sms why R-7K3Q",)
    waiting = described(signal(AlertKind.IN_DOUBT, {**DOUBTS, "due": 0}))
    assert "15 minutes" in waiting.do
    urgent = described(signal(AlertKind.IN_DOUBT, DOUBTS, **{"class": "alert"}))
    assert urgent.title.startswith("demo: 3 alerts in doubt")
    assert "another way" in urgent.do


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("measure", Measure)
def test_every_difference_can_be_said(locale: Locale, cause: Cause, measure: Measure) -> None:
    row = {"measure": measure.value, "theirs": 1, "ours": 900, "cause": cause.value}
    for is_exclusive in (True, False):
        facts = {**DIFFERS, "differences": [row], "is_exclusive": is_exclusive}
        said = described(signal(AlertKind.COUNTS_DIFFER, facts), locale)
        assert ("exclusive: false" in said.means) == (not is_exclusive)
        assert "2026-11-22" in said.title


def test_a_difference_is_told_with_its_figures_and_its_cause() -> None:
    said = described(signal(AlertKind.COUNTS_DIFFER, DIFFERS))
    assert said.means == (
        "Accepted: Tencent 12,345 · ours 12,000 (+345)\n"
        "• Tencent took more than was sent here. Does anything else send through this application?"
    )


def test_a_token_that_does_not_count_needs_another_cure_than_an_outage() -> None:
    def said(fault: str) -> Described:
        return described(outage(AlertKind.SLACK_UNREACHABLE, fault))

    assert "new token" in said("token_revoked").do
    assert "status page" in said("http_503").do
    assert "(`http_503`)" in said("http_503").title


def test_a_receipt_that_contradicts_is_told_with_both_numbers_and_how_to_change_the_secret() -> (
    None
):
    facts = {"many": 1, "examples": [["5000:1", "+86 138****0001", "+86 139****0002"]]}
    said = described(signal(AlertKind.RECEIPTS_CONTRADICT, facts))
    assert said.title == "demo: a receipt names a number that its message did not go to"
    assert "`5000:1` went to `+86 138****0001`; the receipt says `+86 139****0002`" in said.means
    assert "SMSOPS_CALLBACK_SECRET" in said.do
    assert said.evidence == ("/sms why 5000:1",)
