from datetime import timedelta

import pytest

from bot.reach import FOR, IN_A_ROW, Outage
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.alerts.answers import MANY, Doubts, in_doubt, unreachable
from tests.storage.rows import NOW

TENCENT = AlertKind.TENCENT_UNREACHABLE


def doubts(total: int, due: int, *, is_alert: bool = False) -> Signal | None:
    return in_doubt(Doubts("demo", is_alert, total, due, NOW, "R-7K3Q"))


@pytest.mark.parametrize(("total", "due"), [(1, 0), (MANY - 1, 0)])
def test_doubts_that_settle_by_themselves_are_no_alert(total: int, due: int) -> None:
    assert doubts(total, due) is None


@pytest.mark.parametrize(("total", "due"), [(1, 1), (MANY, 0)])
def test_doubts_that_nothing_settles_and_many_at_once_are(total: int, due: int) -> None:
    signal = doubts(total, due)
    assert signal is not None
    assert (signal.kind, signal.severity) == (AlertKind.IN_DOUBT, Severity.WARNING)
    assert signal.labels == {"app": "demo"}
    assert signal.facts["request_id"] == "R-7K3Q"


def test_an_alert_that_may_not_have_arrived_wakes_somebody() -> None:
    waiting, due = doubts(MANY, 0, is_alert=True), doubts(1, 1, is_alert=True)
    assert waiting is not None
    assert due is not None
    assert (waiting.severity, due.severity) == (Severity.WARNING, Severity.CRITICAL)
    assert due.labels == {"app": "demo", "class": "alert"}


def test_a_wire_over_which_nothing_comes_for_a_while_is_critical() -> None:
    signal = unreachable(TENCENT, Outage(IN_A_ROW, NOW - FOR, "unsent"), NOW)
    assert signal is not None
    assert (signal.kind, signal.severity, signal.labels) == (TENCENT, Severity.CRITICAL, {})


@pytest.mark.parametrize(
    "outage",
    [
        None,
        Outage(IN_A_ROW - 1, NOW - FOR, "unsent"),
        Outage(500, NOW - FOR + timedelta(seconds=1), "unknown"),
    ],
)
def test_a_few_that_are_lost_and_a_burst_are_not(outage: Outage | None) -> None:
    assert unreachable(TENCENT, outage, NOW) is None


def test_what_it_says_holds_still_while_it_lasts() -> None:
    first = unreachable(TENCENT, Outage(3, NOW - FOR, "unsent"), NOW)
    later = unreachable(TENCENT, Outage(900, NOW - FOR, "unsent"), NOW + timedelta(hours=1))
    assert first == later
