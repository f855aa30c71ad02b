"""Alerts about packages and money: from when on, how bad, how long, in figures that hold still."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.alerts import packages as raising
from bot.rules.alerts.packages import Refused, Thresholds
from bot.rules.content import Package
from bot.rules.packages import Planned, Stock
from tests.slack.made import NOW
from tests.slack.stocked import DAY, stocked

BOUNDS = Thresholds(
    low_percent=30,
    critical_percent=10,
    runway=7 * DAY,
    urgent=DAY,
    expiring=30 * DAY,
)
REFUSED = Refused(12, "demo", NOW - timedelta(hours=2))


def low(stock: Stock) -> Signal | None:
    return raising.low(stock, BOUNDS)


def runway(stock: Stock, before: Severity | None = None) -> Signal | None:
    fingerprint = Signal(AlertKind.PACKAGE_RUNWAY, Severity.INFO).fingerprint
    return raising.runway_short(stock, BOUNDS, {} if before is None else {fingerprint: before})


def expiring(stock: Stock, fires: Signal | None = None) -> tuple[Signal, ...]:
    firing = {} if fires is None else {fires.fingerprint: fires.severity}
    return raising.expiring(stock, BOUNDS, firing)


def severity(signal: Signal | None) -> Severity | None:
    return None if signal is None else signal.severity


def test_packages_are_the_accounts_and_no_apps() -> None:
    found = [
        raising.arrears(REFUSED),
        raising.empty(stocked(0, 5), REFUSED),
        low(stocked(200, 5)),
        runway(stocked(200, 100)),
    ]
    assert [each and dict(each.labels) for each in found] == [{}, {}, {}, {}]


@pytest.mark.parametrize(
    ("left", "a_day", "told"),
    [
        (310, None, None),
        (300, None, Severity.WARNING),
        (109, None, Severity.CRITICAL),
        # It is known how long it lasts: that says how bad it is.
        (109, 5.0, Severity.WARNING),
        (109, 0.0, None),
        (0, 5.0, None),
    ],
)
def test_little_left_is_told(left: int, a_day: float | None, told: Severity | None) -> None:
    assert severity(low(stocked(left, a_day))) is told


def test_little_is_of_the_packages_that_are_not_used_up() -> None:
    """A second one that is full makes it plenty; one that is used up long ago changes nothing."""
    full = Package("full", 1000, 0, NOW - DAY, NOW + 90 * DAY)
    assert low(stocked(100, 5, more=[full])) is None
    used = replace(full, used_segments=1000)
    assert low(stocked(400, 5, more=[used])) is None
    assert low(stocked(100, 5, more=[used])) is not None


@pytest.mark.parametrize(
    ("stock", "refused", "is_told"),
    [
        (stocked(0, 5.0), None, True),
        (stocked(0, 0.0), None, False),
        (stocked(0, None), None, False),
        (stocked(0, None, expires=-5 * DAY), None, True),
        (stocked(0, 0.0, expires=-31 * DAY), None, False),
        (stocked(0, None), REFUSED, True),
        # Tencent says so, whatever its list says.
        (stocked(500, 5.0), REFUSED, True),
        (stocked(500, 5.0), None, False),
    ],
)
def test_nothing_left_is_told_where_somebody_sends(
    stock: Stock, refused: Refused | None, is_told: bool
) -> None:
    found = raising.empty(stock, refused)
    assert (found is not None) is is_told
    assert found is None or found.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("days", "before", "told"),
    [
        (7.1, None, None),
        (6.9, None, Severity.WARNING),
        (1.01, None, Severity.WARNING),
        (0.99, None, Severity.CRITICAL),
        # An estimate that sways is no news.
        (7.9, Severity.WARNING, Severity.WARNING),
        (8.2, Severity.WARNING, None),
        (1.1, Severity.CRITICAL, Severity.CRITICAL),
        (1.2, Severity.CRITICAL, Severity.WARNING),
    ],
)
def test_a_short_runway_is_told_and_stays_until_it_is_clearly_longer(
    days: float, before: Severity | None, told: Severity | None
) -> None:
    assert severity(runway(stocked(round(100 * days), 100.0), before)) is told


def test_a_runway_counts_what_is_planned_and_says_so() -> None:
    sends = [Planned("R-AAAA", NOW + DAY, 700), Planned("R-BBBB", NOW + 60 * DAY, 5)]
    assert runway(stocked(1000, 10.0)) is None
    found = runway(stocked(720, 10.0, planned=sends))
    assert found is not None
    assert found.facts["planned"] == [["R-AAAA", 700]]
    assert found.facts["short"] == []
    lacking = runway(stocked(600, 10.0, planned=sends[:1]))
    assert lacking is not None
    assert lacking.facts["short"] == [["R-AAAA", 110]]


def test_the_last_package_that_expires_is_a_short_runway_too() -> None:
    found = runway(stocked(900, 10.0, expires=3 * DAY))
    assert found is not None
    assert found.facts["end"] == "expired"


@pytest.mark.parametrize(
    ("ends", "left", "told"),
    [
        (31 * DAY, 1000, []),
        (29 * DAY, 1000, [Severity.INFO]),
        (6 * DAY, 1000, [Severity.WARNING]),
        # All of it, and nearly all of it, is used before.
        (29 * DAY, 290, []),
        (29 * DAY, 295, []),
    ],
)
def test_what_expires_unused_is_told_by_package(
    ends: timedelta, left: int, told: list[Severity]
) -> None:
    found = expiring(stocked(left, 10.0, expires=ends))
    assert [each.severity for each in found] == told
    assert all(each.labels == {"package": "7001"} for each in found)


def test_an_estimate_of_waste_that_sways_stays_told() -> None:
    (found,) = expiring(stocked(301, 10.0, expires=29 * DAY))
    assert expiring(stocked(299, 10.0, expires=29 * DAY)) == ()
    assert expiring(stocked(299, 10.0, expires=29 * DAY), found) != ()
    assert expiring(stocked(297, 10.0, expires=29 * DAY), found) == ()


def test_a_package_tencent_names_strangely_is_named_by_a_plain_word() -> None:
    strange = Package("<!here> " * 20, 5000, 0, NOW - DAY, NOW + 9 * DAY)
    found = expiring(stocked(0, 10.0, more=[strange]))
    assert [set(each.labels["package"]) <= set("0123456789abcdef") for each in found] == [True]


def test_what_a_card_says_changes_by_the_hour_and_not_by_the_message() -> None:
    def told(left: int, **later: float) -> list[Signal | None]:
        stock = stocked(left, 2000.0, expires=20 * DAY)
        moved = replace(stock, at=stock.at + timedelta(**later))
        return [low(moved), runway(moved), *expiring(moved)]

    assert told(5031) == told(5027, seconds=30)
    assert told(5031) != told(4000)


def test_arrears_are_told_as_long_as_tencent_refuses() -> None:
    assert raising.arrears(None) is None
    found = raising.arrears(REFUSED)
    assert found is not None
    assert (found.kind, found.severity) == (AlertKind.ARREARS, Severity.CRITICAL)
    assert found.facts["refused"] == 12
