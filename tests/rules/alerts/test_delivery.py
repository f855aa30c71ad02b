from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.alerts.delivery import (
    ALL,
    SPANS_H,
    Deliveries,
    Part,
    Reported,
    Shares,
    Thresholds,
    Unfiled,
    low_shares,
    may_be_low,
    not_deliverable,
)

MOBILE, UNICOM = Part("carrier", "mobile"), Part("carrier", "unicom")
ABROAD = Part("country", "SG")
NOT_FIRING: frozenset[str] = frozenset()
LEAST = 50
#: As app.yaml has them where it says nothing.
THRESHOLDS = Thresholds(drop=0.1, drop_of_others=0.2, missed_from=10, outage=0.5)


def shares(parts: Mapping[Part, tuple[int, int]]) -> Shares:
    """Of each part how many came, of how many; all of them together are what all came to."""
    found = {part: Reported(came, total - came) for part, (came, total) in parts.items()}
    return {**found, ALL: sum(found.values(), Reported())}


def usually(parts: Mapping[Part, tuple[int, int]], days: int = 7) -> list[Shares]:
    return [shares(parts)] * days


WEEK = usually({MOBILE: (950, 1_000), UNICOM: (960, 1_000), ABROAD: (180, 200)})


def look(
    lately: Mapping[Part, tuple[int, int]],
    days: list[Shares] | None = None,
    was: tuple[Signal, ...] = (),
    thresholds: Thresholds = THRESHOLDS,
) -> tuple[Signal, ...]:
    """All of it in the last two hours."""
    spans = [shares(lately)] * len(SPANS_H)
    known = WEEK if days is None else days
    found = Deliveries("demo", spans, known, LEAST, thresholds, [("MK:0001", 30)])
    return low_shares(found, frozenset(each.fingerprint for each in was))


def kinds(signals: tuple[Signal, ...]) -> list[tuple[AlertKind, dict[str, str]]]:
    return [(each.kind, dict(each.labels)) for each in signals]


def test_what_is_delivered_as_usual_is_no_alert() -> None:
    assert look({MOBILE: (470, 500), UNICOM: (480, 500), ABROAD: (88, 100)}) == ()


def test_less_than_usual_of_every_carrier_is_told_of_the_app() -> None:
    (signal,) = look({MOBILE: (400, 500), UNICOM: (390, 500)})
    assert kinds((signal,)) == [(AlertKind.DELIVERY_LOW, {"app": "demo"})]
    assert signal.severity is Severity.WARNING
    assert signal.facts == {
        "many": 790,
        "total": 1_000,
        "usual": 0.95,
        "hours": 2,
        "causes": [["MK:0001", 30]],
    }


def test_a_carrier_that_explains_it_is_told_alone() -> None:
    (signal,) = look({MOBILE: (475, 500), UNICOM: (200, 500), ABROAD: (90, 100)})
    labels = {"app": "demo", "carrier": "unicom"}
    assert kinds((signal,)) == [(AlertKind.CARRIER_LOW, labels)]
    assert signal.severity is Severity.CRITICAL


def test_so_are_a_country_abroad_and_two_parts_of_three() -> None:
    found = look({MOBILE: (475, 500), UNICOM: (350, 500), ABROAD: (60, 100)})
    assert [each.labels.get("carrier", each.labels.get("country")) for each in found] == [
        "unicom",
        "SG",
    ]
    assert {each.kind for each in found} == {AlertKind.CARRIER_LOW}


def test_a_small_carrier_that_falls_is_told_though_hardly_anybody_else_is_met() -> None:
    (signal,) = look({MOBILE: (9_500, 10_000), UNICOM: (20, 60)})
    assert signal.labels["carrier"] == "unicom"


def test_an_app_that_has_one_carrier_is_told_of_as_an_app() -> None:
    days = usually({MOBILE: (950, 1_000)})
    assert kinds(look({MOBILE: (200, 500)}, days)) == [(AlertKind.DELIVERY_LOW, {"app": "demo"})]


def test_a_carrier_that_is_new_is_judged_by_the_others() -> None:
    days = usually({MOBILE: (950, 1_000)})
    assert look({MOBILE: (475, 500), UNICOM: (400, 500)}, days) == ()
    (signal,) = look({MOBILE: (475, 500), UNICOM: (350, 500)}, days)
    assert (signal.labels["carrier"], signal.facts["usual"]) == ("unicom", 0.95)


@pytest.mark.parametrize("days", [0, 2])
def test_an_app_that_is_new_has_nothing_usual(days: int) -> None:
    assert look({MOBILE: (0, 500)}, usually({MOBILE: (950, 1_000)}, days)) == ()


def test_the_shortest_span_with_reports_enough_is_judged() -> None:
    few, fallen, good = {MOBILE: (0, 49)}, {MOBILE: (40, 100)}, {MOBILE: (950, 1_000)}
    days = usually({MOBILE: (950, 1_000)})

    def hours(*spans: Mapping[Part, tuple[int, int]]) -> list[int]:
        found = Deliveries("demo", [shares(each) for each in spans], days, LEAST, THRESHOLDS)
        return [each.facts["hours"] for each in low_shares(found, NOT_FIRING)]

    assert hours(few, fallen, good) == [6]
    assert hours(fallen, good, good) == [2]
    assert hours(good, fallen, fallen) == []
    assert hours(few, few, few) == []


def test_what_fires_goes_on_until_half_of_it_is_made_good() -> None:
    days = usually({MOBILE: (950, 1_000)})
    was = look({MOBILE: (400, 500)}, days)
    assert look({MOBILE: (440, 500)}, days) == ()
    assert len(look({MOBILE: (440, 500)}, days, was)) == 1
    assert look({MOBILE: (455, 500)}, days, was) == ()


@given(st.integers(LEAST, 5_000), st.integers(50, 100))
def test_a_day_like_all_others_is_never_an_alert(total: int, percent: int) -> None:
    came = total * percent // 100
    assert look({MOBILE: (came, total)}, usually({MOBILE: (came, total)})) == ()


@given(st.integers(100, 5_000), st.integers(60, 100))
def test_a_third_less_is_always_one(total: int, percent: int) -> None:
    days = usually({MOBILE: (total * percent // 100, total)})
    lately = {MOBILE: (total * (percent - 33) // 100, total)}
    assert [each.kind for each in look(lately, days)] == [AlertKind.DELIVERY_LOW]


def test_hardly_anything_that_did_not_come_saves_the_look() -> None:
    assert not may_be_low({ALL: Reported(5_000, 9)}, THRESHOLDS)
    assert may_be_low({ALL: Reported(0, 10)}, THRESHOLDS)
    assert not may_be_low({}, THRESHOLDS)
    assert may_be_low({ALL: Reported(0, 9)}, replace(THRESHOLDS, missed_from=9))


def test_a_team_says_how_much_less_than_usual_is_an_alert() -> None:
    lately = {MOBILE: (400, 500), UNICOM: (390, 500)}
    assert look(lately, thresholds=replace(THRESHOLDS, drop=0.2)) == ()
    slightly = {MOBILE: (455, 500), UNICOM: (455, 500)}
    assert look(slightly) == ()
    (signal,) = look(slightly, thresholds=replace(THRESHOLDS, drop=0.03))
    assert signal.severity is Severity.WARNING
    (signal,) = look(lately, thresholds=replace(THRESHOLDS, outage=0.9))
    assert signal.severity is Severity.CRITICAL


def test_a_team_says_how_few_wake_nobody() -> None:
    lately = {MOBILE: (400, 500), UNICOM: (390, 500)}
    assert look(lately, thresholds=replace(THRESHOLDS, missed_from=161)) == ()


def test_a_team_says_how_far_a_new_carrier_may_be_from_the_others() -> None:
    days = usually({MOBILE: (950, 1_000)})
    lately = {MOBILE: (475, 500), UNICOM: (400, 500)}
    (signal,) = look(lately, days, thresholds=replace(THRESHOLDS, drop_of_others=0.1))
    assert signal.labels["carrier"] == "unicom"


def unfiled(
    by_carrier: Mapping[str, int], reported: int, was: frozenset[str] = NOT_FIRING
) -> Signal | None:
    return not_deliverable(Unfiled("demo", "腾讯云", by_carrier, reported), was)


@pytest.mark.parametrize(("many", "reported"), [(4, 4), (5, 101), (49, 1_000)])
def test_a_few_such_receipts_are_the_carrier_s_own_mistakes(many: int, reported: int) -> None:
    assert unfiled({"mobile": many}, reported) is None


def test_a_signature_some_carriers_do_not_know_is_approved_but_not_deliverable() -> None:
    signal = unfiled({"telecom": 2, "mobile": 40}, 500)
    assert signal is not None
    assert signal.labels == {"app": "demo", "signature": "腾讯云"}
    assert signal.severity is Severity.WARNING
    assert signal.facts == {
        "many": 42,
        "total": 500,
        "carriers": [["mobile", 40], ["telecom", 2]],
    }


def test_one_that_hardly_any_carrier_knows_wakes_somebody() -> None:
    signal = unfiled({"mobile": 250}, 500)
    assert signal is not None
    assert signal.severity is Severity.CRITICAL


def test_it_fires_until_a_day_passes_without_one() -> None:
    signal = unfiled({"mobile": 5}, 5)
    assert signal is not None
    was = frozenset({signal.fingerprint})
    assert unfiled({"mobile": 1}, 5_000, was) is not None
    assert unfiled({}, 5_000, was) is None
