import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.settings import Settings
from handlers.flows import alerts
from storage import alert_groups
from storage.db import Tx
from tests.handlers.flows.alerting import cards, later, lines, look, moves, only, signal
from tests.storage.rows import LIN, MAYA, NOW

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
LOW = signal(AlertKind.PACKAGE_LOW)
WORSE = signal(AlertKind.PACKAGE_LOW, CRITICAL)
OF_LOW = {AlertKind.PACKAGE_LOW}
DAY = timedelta(days=1)


def run(tx: Tx, settings: Settings, begin_s: int, end_s: int, step_s: int = 5) -> None:
    for second in range(begin_s, end_s + 1, step_s):
        look(tx, settings, later(seconds=second))


def test_a_card_that_fell_is_listed_as_bad_as_it_says(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=1))
    look(tx, settings, later(minutes=1))
    assert cards(tx)[0]["severity"] == "warning"
    assert only(tx).severity is WARNING


def test_what_fell_and_rises_again_much_later_is_told_at_once(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=1))
    run(tx, settings, 60, 600)
    alerts.observe(tx, OF_LOW, [WORSE], settings, later(hours=2))
    run(tx, settings, 7200, 7205)
    assert [(line["move"], line["also_in_channel"]) for line in lines(tx)] == [("rise", True)]


def test_what_rises_and_falls_says_so_at_most_once_an_interval(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    for second in range(10, 3610, 10):
        found = WORSE if second % 40 < 20 else LOW
        alerts.observe(tx, OF_LOW, [found], settings, later(seconds=second))
        look(tx, settings, later(seconds=second))
        look(tx, settings, later(seconds=second + 5))
    said = [line["at_ms"] for line in lines(tx)]
    assert set(moves(tx)) == {"rise"}
    assert len(said) >= 6
    assert min(after - before for before, after in pairwise(said)) >= 300_000


def test_a_gap_takes_what_somebody_has_in_hand_from_nobody(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    alerts.move(tx, only(tx).id, Move.ACKNOWLEDGE, by=LIN, via="button", settings=settings, now=NOW)
    for minute in range(10, 60, 10):
        alerts.observe(tx, OF_LOW, [], settings, later(minutes=minute))
        look(tx, settings, later(minutes=minute))
        look(tx, settings, later(minutes=minute, seconds=6))
        alerts.observe(tx, OF_LOW, [WORSE], settings, later(minutes=minute, seconds=10))
        look(tx, settings, later(minutes=minute, seconds=15))
        assert (only(tx).state, only(tx).acked_by) == (GroupState.ACKNOWLEDGED, LIN)
    assert set(moves(tx)) == {"acknowledge", "news"}


def test_what_somebody_had_in_hand_is_said_to_be_over_group_interval_after_its_end(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    alerts.move(tx, only(tx).id, Move.ACKNOWLEDGE, by=LIN, via="button", settings=settings, now=NOW)
    alerts.observe(tx, OF_LOW, [], settings, later(minutes=30))
    run(tx, settings, 1800, 2099)
    assert only(tx).state is GroupState.ACKNOWLEDGED
    assert cards(tx)[0]["firing"] == 0
    run(tx, settings, 2100, 2100)
    assert moves(tx) == ["acknowledge", "clear"]


def test_a_clock_set_back_keeps_nobody_from_being_told(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW + DAY)
    alerts.look_anew(tx, NOW)
    run(tx, settings, 0, 10)
    assert len(cards(tx)) == 1
    assert only(tx).opened_at <= later(seconds=10)


def test_a_clock_set_back_keeps_nothing_back_of_what_was_told(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW + DAY)
    look(tx, settings, NOW + DAY + timedelta(seconds=30))
    said = len(tx.all("SELECT key FROM posts"))
    alerts.look_anew(tx, NOW)
    run(tx, settings, 0, 60)
    assert len(tx.all("SELECT key FROM posts")) == said
    more = signal(AlertKind.PACKAGE_LOW, package="b")
    alerts.observe(tx, OF_LOW, [LOW, more], settings, later(seconds=100))
    run(tx, settings, 100, 106)
    assert cards(tx)[0]["firing"] == 2
    run(tx, settings, 110, 400)
    assert moves(tx) == ["news"]
    alerts.observe(tx, OF_LOW, [], settings, later(seconds=800))
    run(tx, settings, 800, 1200)
    assert moves(tx) == ["news", "clear"]


def test_what_ended_before_the_clock_was_set_back_is_said_to_be_over(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW + DAY)
    look(tx, settings, NOW + DAY + timedelta(seconds=30))
    alerts.observe(tx, OF_LOW, [], settings, NOW + DAY + timedelta(seconds=40))
    alerts.look_anew(tx, NOW)
    run(tx, settings, 0, 400)
    assert moves(tx) == ["clear"]


def test_events_that_stopped_before_the_clock_was_set_back_are_over(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, signal(), settings, NOW + DAY, quiet_s=60)
    alerts.look_anew(tx, NOW)
    run(tx, settings, 0, 400)
    assert [card["state"] for card in cards(tx)] == ["resolved"]


def test_a_clock_set_back_keeps_nobody_from_being_reminded(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW + DAY)
    at = NOW + DAY + timedelta(seconds=30)
    look(tx, settings, at)
    alerts.move(tx, only(tx).id, Move.ACKNOWLEDGE, by=MAYA, via="button", settings=settings, now=at)
    alerts.look_anew(tx, NOW)
    run(tx, settings, 0, 3600, 60)
    assert moves(tx) == ["acknowledge", "remind"]


def calls(work: Callable[[], object], name: str) -> int:
    """How often `work` calls functions of that name."""
    found = 0

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal found
        found += event == "call" and frame.f_code.co_name == name

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("kind", [AlertKind.LIMIT_STOP, AlertKind.SUCCESS_LOW])
def test_a_look_at_many_alerts_that_explain_others_takes_each_of_them_once(
    tx: Tx, settings: Settings, kind: AlertKind
) -> None:
    def matched(many: int) -> int:
        found = [signal(kind, scope=str(nth)) for nth in range(many)]
        alerts.observe(tx, {kind}, found, settings, NOW)
        alert_groups.touch(tx, only(tx).id, later(minutes=1))
        return calls(lambda: look(tx, settings, later(minutes=1)), "accepts")

    few, many = matched(10), matched(40)
    assert few < many < 5 * few


def test_what_ended_long_ago_is_not_opened_at_a_look(tx: Tx, settings: Settings) -> None:
    def opened(flaps: int) -> int:
        stays = signal(AlertKind.PACKAGE_LOW, package="stays")
        for _ in range(flaps):
            alerts.observe(tx, OF_LOW, [stays, LOW], settings, NOW)
            alerts.observe(tx, OF_LOW, [stays], settings, NOW)
        return calls(lambda: alerts.covering(tx, only(tx), settings, NOW), "_alert")

    assert opened(2) == opened(20) == 1
