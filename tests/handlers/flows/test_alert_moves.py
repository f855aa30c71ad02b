from dataclasses import replace
from datetime import datetime

import pytest

from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.matchers import Matcher, Op
from bot.settings import Settings
from handlers.flows import alerts
from handlers.flows.alerts import TooLate
from storage import alert_groups, escalations
from storage.alert_groups import Group
from storage.db import Tx
from tests.handlers.flows.alerting import cards, later, lines, look, moves, only, signal
from tests.handlers.flows.asks import settings_with
from tests.storage.rows import LIN, MAYA, NOW

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
LOW = signal(AlertKind.PACKAGE_LOW)
WORSE = signal(AlertKind.PACKAGE_LOW, CRITICAL)
OF_LOW = {AlertKind.PACKAGE_LOW}
#: Fires, and what explains it.
EFFECT, CAUSE = signal(AlertKind.SUCCESS_LOW, CRITICAL), signal(AlertKind.TENCENT_UNREACHABLE)


@pytest.fixture
def one_route() -> Settings:
    """However bad: what rises stays in its group."""
    return settings_with(**{"alerts.route.routes": []})


def acknowledge(tx: Tx, settings: Settings, at: datetime, by: str = LIN) -> Group | TooLate:
    group = only(tx)
    return alerts.move(
        tx, group.id, Move.ACKNOWLEDGE, by=by, via="command", settings=settings, now=at
    )


def silence(tx: Tx, ends: datetime) -> None:
    matchers = (Matcher("alert", Op.EQUAL, "package_low"),)
    alerts.silence(
        tx, matchers, group_id="", author=LIN, comment="", begins_at=NOW, ends_at=ends, now=NOW
    )


@pytest.mark.parametrize("is_silenced", [False, True])
def test_what_somebody_takes_in_hand_before_it_was_told_has_a_card_and_speaks_to_nobody(
    tx: Tx, one_route: Settings, *, is_silenced: bool
) -> None:
    if is_silenced:
        silence(tx, later(minutes=5))
    alerts.observe(tx, OF_LOW, [LOW], one_route, NOW)
    look(tx, one_route, later(seconds=is_silenced and 30))
    acknowledge(tx, one_route, later(seconds=31))
    (card,) = cards(tx)
    assert (card["state"], card["acked_by"], card["mention"]) == ("acknowledged", LIN, [])
    assert only(tx).told_at == later(seconds=31)


def test_what_was_in_hand_before_it_was_told_is_told_once_it_is_worse(
    tx: Tx, one_route: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [LOW], one_route, NOW)
    acknowledge(tx, one_route, later(seconds=2))
    alerts.observe(tx, OF_LOW, [WORSE], one_route, later(minutes=10))
    look(tx, one_route, later(minutes=11))
    assert only(tx).state is GroupState.FIRING
    assert moves(tx) == ["rise"]


def test_more_of_what_was_in_hand_before_it_was_told_is_said_under_its_card(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    acknowledge(tx, settings, later(seconds=2))
    other = signal(AlertKind.PACKAGE_LOW, package="b")
    alerts.observe(tx, OF_LOW, [LOW, other], settings, later(minutes=10))
    look(tx, settings, later(minutes=11))
    assert [(line["move"], line["alerts"]) for line in lines(tx)] == [("news", 1)]


def test_what_fell_before_somebody_took_it_in_hand_is_told_when_it_rises_again(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=1))
    acknowledge(tx, settings, later(minutes=2))
    alerts.observe(tx, OF_LOW, [WORSE], settings, later(minutes=30))
    look(tx, settings, later(minutes=31))
    assert (only(tx).state, only(tx).severity) == (GroupState.FIRING, CRITICAL)
    assert moves(tx) == ["acknowledge", "rise"]
    assert escalations.get_open(tx, only(tx).id) is not None


def test_what_fell_before_somebody_resolved_it_is_told_when_it_rises_again(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [WORSE], settings, NOW)
    look(tx, settings, later(seconds=5))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=1))
    group = only(tx)
    alerts.move(
        tx, group.id, Move.RESOLVE, by=LIN, via="button", settings=settings, now=later(minutes=2)
    )
    alerts.observe(tx, OF_LOW, [WORSE], settings, later(minutes=30))
    look(tx, settings, later(minutes=31))
    assert only(tx).state is GroupState.FIRING


def test_after_a_reminder_somebody_else_may_take_it_over(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    acknowledge(tx, settings, later(minutes=1))
    assert isinstance(acknowledge(tx, settings, later(minutes=2), MAYA), TooLate)
    look(tx, settings, later(minutes=61))
    taken = acknowledge(tx, settings, later(minutes=62), MAYA)
    assert isinstance(taken, Group)
    assert (taken.acked_by, taken.reminded_at) == (MAYA, None)
    assert isinstance(acknowledge(tx, settings, later(minutes=63), LIN), TooLate)


def test_the_end_of_what_nobody_wants_to_hear_of_is_said_in_its_thread_alone(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    silence(tx, later(hours=4))
    look(tx, settings, later(minutes=1))
    alerts.observe(tx, OF_LOW, [], settings, later(minutes=20))
    look(tx, settings, later(minutes=40))
    said = [(line["move"], line["also_in_channel"]) for line in lines(tx)]
    assert said == [("mute", False), ("clear", False)]


@pytest.mark.parametrize(("covered_s", "goes_on"), [(2, True), (301, False)])
def test_after_a_moments_cover_the_chain_goes_on_where_it_was(
    tx: Tx, settings: Settings, covered_s: int, *, goes_on: bool
) -> None:
    alerts.observe(tx, {EFFECT.kind}, [EFFECT], settings, NOW)
    look(tx, settings, later(seconds=5))
    group_id = only(tx).id
    begun = escalations.get_open(tx, group_id)
    assert begun is not None
    assert escalations.save(tx, replace(begun, next_step=2, due_at=later(seconds=300)))
    alerts.observe(tx, {CAUSE.kind}, [CAUSE], settings, later(seconds=60))
    look(tx, settings, later(seconds=60))
    covered = alert_groups.get(tx, group_id)
    assert covered is not None
    assert covered.state is GroupState.SILENCED
    assert escalations.get_open(tx, group_id) is None
    end = later(seconds=60 + covered_s)
    alerts.observe(tx, {CAUSE.kind}, [], settings, end)
    look(tx, settings, end)
    at = escalations.get_open(tx, group_id)
    assert at is not None
    expected = (0, 2, later(seconds=300)) if goes_on else (1, 0, end)
    assert (at.nth, at.next_step, at.due_at) == expected
