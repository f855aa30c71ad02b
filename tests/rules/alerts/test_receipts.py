from datetime import timedelta

import pytest

from bot.rules.alerts import AlertKind, Severity, Signal, fingerprint_of
from bot.rules.alerts.receipts import (
    MISSING_MIN,
    RUN_MAX,
    RUN_MIN,
    Contrary,
    Pushes,
    Receipts,
    contradict,
    differs,
    is_old,
    may_be_missing,
    missing,
    pull_refused,
    stopped,
)
from tests.storage.rows import NOW

#: A week in which two of a hundred did not come by themselves, and one could not be had at all.
USUAL = Receipts(1_000, 980, 990)
NEVER_PUSHED = Receipts(1_000, 0, 990)
NOTHING_KNOWN = Receipts()
NOT_FIRING: frozenset[str] = frozenset()


def firing(kind: AlertKind) -> frozenset[str]:
    return frozenset({fingerprint_of(kind, {"app": "demo"})})


def look(
    due: int, came: int, known: int, usual: Receipts = USUAL, was: frozenset[str] = NOT_FIRING
) -> Signal | None:
    """All of it in the last two hours."""
    return missing("demo", [Receipts(due, came, known)] * 3, usual, was)


def pushes(run: int, usual: Receipts = USUAL, was: frozenset[str] = NOT_FIRING) -> Signal | None:
    return stopped(Pushes("demo", run, NOW), usual, was)


def test_receipts_that_come_as_usual_are_no_alert() -> None:
    assert look(100, 98, 99) is None
    assert not may_be_missing(Receipts(100, 98, 99))


def test_receipts_that_have_to_be_asked_for_are() -> None:
    signal = look(100, 70, 100)
    assert signal is not None
    assert signal.facts == {
        "due": 100,
        "absent": 30,
        "unknown": 0,
        "hours": 2,
        "is_lost": False,
    }
    assert may_be_missing(Receipts(100, 70, 100))


def test_those_that_cannot_be_had_at_all_are_said_to_be() -> None:
    signal = look(100, 60, 65)
    assert signal is not None
    assert signal.facts["is_lost"] is True


def test_where_they_never_come_by_themselves_only_lost_ones_are_told() -> None:
    assert look(100, 0, 99, NEVER_PUSHED) is None
    assert look(100, 0, 60, NEVER_PUSHED) is not None


def test_of_an_app_that_is_new_only_lost_ones_are_told() -> None:
    assert look(100, 0, 99, NOTHING_KNOWN) is None
    assert look(100, 0, 60, NOTHING_KNOWN) is not None


def test_a_few_messages_tell_nothing_until_a_longer_span_has_enough() -> None:
    few, enough = Receipts(MISSING_MIN - 1, 0, 0), Receipts(MISSING_MIN, 0, 0)
    assert missing("demo", [few, few, few], USUAL, NOT_FIRING) is None
    signal = missing("demo", [few, few, enough], USUAL, NOT_FIRING)
    assert signal is not None
    assert signal.facts["hours"] == 24


def test_what_fires_goes_on_until_half_of_it_is_made_good() -> None:
    was = firing(AlertKind.RECEIPTS_MISSING)
    assert look(100, 86, 100) is None
    assert look(100, 86, 100, was=was) is not None
    assert look(100, 89, 100, was=was) is None


@pytest.mark.parametrize(("run", "is_alert"), [(0, False), (RUN_MIN - 1, False), (RUN_MIN, True)])
def test_so_many_in_a_row_without_one_are_no_chance(run: int, is_alert: bool) -> None:
    assert (pushes(run) is not None) is is_alert


def test_where_fewer_come_a_longer_run_is_asked_for() -> None:
    half = Receipts(1_000, 500, 1_000)
    assert pushes(RUN_MIN, half) is None
    assert pushes(RUN_MAX, half) is not None


def test_where_they_do_not_usually_come_nothing_has_stopped() -> None:
    assert pushes(RUN_MAX, NEVER_PUSHED) is None
    assert pushes(RUN_MAX, NOTHING_KNOWN) is None


def test_it_is_over_with_the_first_that_is_pushed_however_usual_it_has_become() -> None:
    was = firing(AlertKind.CALLBACKS_STOPPED)
    assert pushes(1, NEVER_PUSHED, was) is not None
    assert pushes(0, USUAL, was) is None


def test_it_says_when_the_last_one_came_where_that_is_known() -> None:
    known, unknown = pushes(RUN_MAX), stopped(Pushes("demo", RUN_MAX, None), USUAL, NOT_FIRING)
    assert known is not None
    assert unknown is not None
    assert known.facts == {"last_ms": NOW.timestamp() * 1000}
    assert unknown.facts == {"last_ms": None}


def test_a_difference_is_told_of_its_app_and_gets_old() -> None:
    day_s = int(NOW.timestamp())
    signal = differs("demo", {"app": "demo", "day_s": day_s, "differences": []})
    assert (signal.labels, signal.severity) == ({"app": "demo"}, Severity.WARNING)
    assert "app" not in signal.facts
    assert not is_old(signal.facts, NOW + timedelta(days=3))
    assert is_old(signal.facts, NOW + timedelta(days=5))


def test_a_closed_queue_is_good_to_know() -> None:
    signal = pull_refused("demo", "UnauthorizedOperation")
    assert (signal.kind, signal.severity) == (AlertKind.PULL_REFUSED, Severity.INFO)
    assert signal.facts == {"code": "UnauthorizedOperation"}


def test_a_receipt_that_contradicts_is_told_with_both_numbers_as_they_are_shown() -> None:
    example = Contrary("5000:1", "+86 138****0001", "+86 139****0002")
    signal = contradict("demo", 3, [example])
    assert (signal.severity, signal.labels) == (Severity.WARNING, {"app": "demo"})
    shown = [["5000:1", "+86 138****0001", "+86 139****0002"]]
    assert signal.facts == {"many": 3, "examples": shown}
