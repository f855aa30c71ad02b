import json
from datetime import datetime, timedelta

import pytest

from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.matchers import Matcher, Op
from bot.settings import Settings
from handlers.flows import alerts
from handlers.flows.alerts import Late, TooLate
from storage import alert_groups, silences
from storage import alerts as stored
from storage.alert_groups import Group
from storage.db import Tx
from storage.ids import to_ms
from tests.handlers.flows.alerting import cards, later, lines, look, moves, only, signal
from tests.handlers.flows.asks import settings_with
from tests.storage.rows import LIN, MAYA, NOW

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
LOW = signal(AlertKind.PACKAGE_LOW, facts={"left": 900})
EMPTY = signal(AlertKind.PACKAGE_EMPTY, CRITICAL)
OF_LOW = {AlertKind.PACKAGE_LOW}


def told(tx: Tx, settings: Settings) -> Group:
    """A group of one condition that people heard of at NOW + 30 s."""
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    return only(tx)


def do(tx: Tx, settings: Settings, move: Move, at: datetime, by: str = LIN) -> Group | TooLate:
    group = (alert_groups.find_open(tx) or alert_groups.find_resolved(tx, NOW))[0]
    return alerts.move(tx, group.id, move, by=by, via="button", settings=settings, now=at)


def silence(tx: Tx, at: datetime, ends: datetime, begins: datetime | None = None) -> str:
    matchers = (Matcher("alert", Op.EQUAL, "package_low"),)
    kept = alerts.silence(
        tx,
        matchers,
        group_id="",
        author=LIN,
        comment="known",
        begins_at=begins or at,
        ends_at=ends,
        now=at,
    )
    return kept.id


def test_events_are_counted_into_one_card_after_group_wait(tx: Tx, settings: Settings) -> None:
    for nth in range(20):
        alerts.raise_event(tx, signal(count=2), settings, later(seconds=nth))
    assert not cards(tx)
    look(tx, settings, later(seconds=29))
    assert not cards(tx)
    look(tx, settings, later(seconds=30))
    (card,) = cards(tx)
    assert (card["state"], card["shown"][0]["count"]) == ("firing", 40)


def test_what_comes_later_is_edited_into_the_card_and_said_once_an_interval(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    look(tx, settings, later(seconds=30))
    for nth in range(31, 91):
        alerts.raise_event(tx, signal(), settings, later(seconds=nth))
        look(tx, settings, later(seconds=nth))
    look(tx, settings, later(seconds=95))
    (card,) = cards(tx)
    assert card["shown"][0]["count"] == 61
    edits = tx.all("SELECT key FROM posts WHERE edits <> ''")
    assert 10 <= len(edits) <= 13
    assert moves(tx) == []
    alerts.raise_event(tx, signal(AlertKind.LIMIT_HIT, scope="US"), settings, later(seconds=95))
    look(tx, settings, later(seconds=100))
    assert moves(tx) == []
    look(tx, settings, later(seconds=330))
    assert moves(tx) == ["news"]


def test_events_that_stop_coming_are_over_and_said_to_be_in_the_channel(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, signal(), settings, NOW, quiet_s=600)
    look(tx, settings, later(seconds=30))
    look(tx, settings, later(seconds=599))
    assert only(tx).state is GroupState.FIRING
    look(tx, settings, later(seconds=600))
    assert not stored.find_open(tx)
    look(tx, settings, later(seconds=899))
    assert only(tx).state is GroupState.FIRING
    look(tx, settings, later(seconds=900))
    assert not alert_groups.find_open(tx)
    (line,) = lines(tx)
    assert (line["move"], line["by"], line["also_in_channel"]) == ("clear", "", True)
    assert cards(tx)[0]["state"] == "resolved"


def test_what_is_gone_before_it_was_told_is_never_said(tx: Tx, settings: Settings) -> None:
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    alerts.observe(tx, OF_LOW, [], settings, later(seconds=10))
    for nth in (10, 30, 60):
        look(tx, settings, later(seconds=nth))
    assert not cards(tx)
    (group,) = alert_groups.find_resolved(tx, NOW)
    assert group.told_at is None


def test_a_condition_ends_where_a_look_does_not_find_it(tx: Tx, settings: Settings) -> None:
    told(tx, settings)
    assert not alerts.differs(tx, OF_LOW, [LOW])
    assert not alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=9))
    assert alerts.differs(tx, OF_LOW, [])
    assert alerts.observe(tx, OF_LOW, [], settings, later(minutes=10))
    assert not stored.find_open(tx)
    look(tx, settings, later(minutes=15))
    assert not alert_groups.find_open(tx)


def test_a_look_at_one_app_ends_nothing_of_another(tx: Tx, settings: Settings) -> None:
    mine, other = signal(AlertKind.VOLUME), signal(AlertKind.VOLUME, app="web")
    kinds = {AlertKind.VOLUME}
    alerts.observe(tx, kinds, [mine], settings, NOW, app="demo")
    alerts.observe(tx, kinds, [other], settings, NOW, app="web")
    alerts.observe(tx, kinds, [], settings, NOW, app="demo")
    assert [each.labels["app"] for each in stored.find_open(tx)] == ["web"]


def test_what_comes_and_goes_says_so_at_most_once_an_interval_on_one_card(
    tx: Tx, settings: Settings
) -> None:
    for nth in range(0, 1800, 10):
        fires = nth % 40 < 20
        alerts.observe(tx, OF_LOW, [LOW] if fires else [], settings, later(seconds=nth))
        look(tx, settings, later(seconds=nth))
    assert len(cards(tx)) == 1
    assert len(lines(tx)) <= 2 * 1800 / 300


def test_worse_is_said_at_once_in_the_channel_and_takes_an_acknowledgement_back(
    tx: Tx, settings: Settings
) -> None:
    known = signal(AlertKind.PACKAGE_LOW, Severity.INFO)
    alerts.observe(tx, OF_LOW, [known], settings, NOW)
    look(tx, settings, later(seconds=30))
    do(tx, settings, Move.ACKNOWLEDGE, later(seconds=40))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(seconds=50))
    look(tx, settings, later(seconds=50))
    group = only(tx)
    assert (group.state, group.severity, group.acked_by) == (GroupState.FIRING, WARNING, "")
    assert [line["move"] for line in lines(tx) if line["also_in_channel"]] == ["rise"]


def test_what_is_worse_goes_where_its_route_sends_it_and_the_old_card_says_so(
    tx: Tx, settings: Settings
) -> None:
    old = told(tx, settings)
    worse = signal(AlertKind.PACKAGE_LOW, CRITICAL)
    alerts.observe(tx, OF_LOW, [worse], settings, later(seconds=40))
    look(tx, settings, later(seconds=45))
    new = only(tx)
    assert (new.receiver, new.state) == ("urgent", GroupState.FIRING)
    (line,) = lines(tx)
    assert (line["group"], line["move"]) == (old.id, "clear")
    assert new.id in json.dumps(line)
    assert [card["state"] for card in cards(tx)] == ["resolved", "firing"]


def test_two_who_acknowledge_at_once_one_is_told_who_was_first(tx: Tx, settings: Settings) -> None:
    told(tx, settings)
    first = do(tx, settings, Move.ACKNOWLEDGE, later(seconds=40), LIN)
    second = do(tx, settings, Move.ACKNOWLEDGE, later(seconds=40), MAYA)
    assert isinstance(first, Group)
    assert first.acked_by == LIN
    assert isinstance(second, TooLate)
    assert (second.reason, second.by) == (Late.ACKNOWLEDGED, LIN)
    assert moves(tx) == ["acknowledge"]


def test_who_acknowledged_is_reminded_and_answers_by_acknowledging_again(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    do(tx, settings, Move.ACKNOWLEDGE, later(minutes=1))
    assert isinstance(do(tx, settings, Move.ACKNOWLEDGE, later(minutes=2)), TooLate)
    look(tx, settings, later(minutes=61))
    assert lines(tx)[-1]["mention"] == [LIN]
    assert isinstance(do(tx, settings, Move.ACKNOWLEDGE, later(minutes=70)), Group)
    look(tx, settings, later(minutes=121))
    assert only(tx).state is GroupState.ACKNOWLEDGED
    look(tx, settings, later(minutes=131))
    look(tx, settings, later(minutes=191))
    look(tx, settings, later(minutes=251))
    look(tx, settings, later(minutes=311))
    again = ["acknowledge", "remind", "remind", "remind", "forget"]
    assert moves(tx) == ["acknowledge", "remind", *again]
    assert only(tx).state is GroupState.FIRING


def test_an_acknowledged_alert_is_not_repeated_and_one_that_is_not_is(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    look(tx, settings, later(hours=4, seconds=30))
    assert moves(tx) == ["repeat"]
    do(tx, settings, Move.ACKNOWLEDGE, later(hours=5))
    do(tx, settings, Move.UNACKNOWLEDGE, later(hours=5, minutes=1), MAYA)
    assert moves(tx) == ["repeat", "acknowledge", "unacknowledge"]
    assert only(tx).state is GroupState.FIRING


def test_what_a_person_resolved_stays_quiet_until_it_has_ended_and_begun_again(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    do(tx, settings, Move.RESOLVE, later(minutes=1))
    assert cards(tx)[0]["resolved_by"] == LIN
    for nth in range(2, 200, 10):
        alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=nth))
        look(tx, settings, later(minutes=nth))
    assert not alert_groups.find_open(tx)
    alerts.observe(tx, OF_LOW, [], settings, later(minutes=201))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=202))
    assert only(tx).state is GroupState.PENDING


def test_what_a_person_resolved_and_goes_on_is_told_again_after_repeat_interval_or_when_worse(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    do(tx, settings, Move.RESOLVE, later(minutes=1))
    look(tx, settings, later(hours=4, seconds=59))
    assert not alert_groups.find_open(tx)
    look(tx, settings, later(hours=4, minutes=1))
    assert only(tx).state is GroupState.PENDING
    look(tx, settings, later(hours=4, minutes=2))
    do(tx, settings, Move.RESOLVE, later(hours=4, minutes=3))
    worse = signal(AlertKind.PACKAGE_LOW, CRITICAL)
    alerts.observe(tx, OF_LOW, [worse], settings, later(hours=4, minutes=4))
    assert only(tx).severity is CRITICAL


def test_a_resolved_group_can_be_opened_again_unless_a_newer_one_took_its_place(
    tx: Tx, settings: Settings
) -> None:
    old = told(tx, settings)
    do(tx, settings, Move.RESOLVE, later(minutes=1))
    opened = do(tx, settings, Move.REOPEN, later(minutes=2), MAYA)
    assert isinstance(opened, Group)
    assert opened.state is GroupState.FIRING
    do(tx, settings, Move.RESOLVE, later(minutes=3))
    alerts.observe(tx, OF_LOW, [], settings, later(minutes=30))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=40))
    late = alerts.move(
        tx, old.id, Move.REOPEN, by=LIN, via="button", settings=settings, now=later(minutes=41)
    )
    assert isinstance(late, TooLate)
    assert late.reason is Late.REPLACED
    assert late.group == only(tx)


def test_a_group_whose_facts_are_gone_cannot_stay_open_by_hand(tx: Tx, settings: Settings) -> None:
    told(tx, settings)
    alerts.observe(tx, OF_LOW, [], settings, later(minutes=10))
    look(tx, settings, later(minutes=10))
    do(tx, settings, Move.REOPEN, later(minutes=11))
    look(tx, settings, later(minutes=30))
    assert not alert_groups.find_open(tx)


def test_a_silence_keeps_what_it_covers_from_being_told_and_its_end_tells_it(
    tx: Tx, settings: Settings
) -> None:
    silence(tx, NOW, later(hours=1))
    alerts.observe(tx, OF_LOW, [LOW], settings, later(minutes=1))
    look(tx, settings, later(minutes=2))
    assert only(tx).state is GroupState.SILENCED
    assert not cards(tx)
    look(tx, settings, later(hours=1))
    (card,) = cards(tx)
    assert card["state"] == "firing"


def test_a_silence_on_a_card_is_shown_there_and_ends_early_by_hand(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    silence_id = silence(tx, later(minutes=1), later(hours=4))
    look(tx, settings, later(minutes=1))
    (card,) = cards(tx)
    assert (card["state"], card["silences"][0]["author"]) == ("silenced", LIN)
    assert alerts.unsilence(tx, silence_id, MAYA, later(minutes=2)) is not None
    assert alerts.unsilence(tx, silence_id, MAYA, later(minutes=2)) is None
    look(tx, settings, later(minutes=2))
    assert moves(tx) == ["mute", "unmute"]
    kept = silences.get(tx, silence_id)
    assert kept is not None
    assert kept.ended_by == MAYA


def test_a_silence_of_what_is_in_hand_is_told_once_and_outlives_it(
    tx: Tx, settings: Settings
) -> None:
    group_id = told(tx, settings).id
    do(tx, settings, Move.ACKNOWLEDGE, later(minutes=1))
    silence_id = silence(tx, later(minutes=2), later(hours=4))
    for minutes in (2, 3, 4):
        look(tx, settings, later(minutes=minutes))
        alert_groups.touch(tx, group_id, later(minutes=minutes))
    assert moves(tx) == ["acknowledge", "mute"]
    assert lines(tx)[-1]["silence"]["id"] == silence_id
    assert only(tx).state is GroupState.ACKNOWLEDGED
    do(tx, settings, Move.RESOLVE, later(minutes=5))
    [card] = cards(tx)
    assert (card["state"], card["silences"][0]["id"]) == ("resolved", silence_id)


def test_of_many_silences_at_once_of_what_is_in_hand_one_is_told(
    tx: Tx, settings: Settings
) -> None:
    group_id = told(tx, settings).id
    do(tx, settings, Move.ACKNOWLEDGE, later(minutes=1))
    for _ in range(6):
        silence(tx, later(minutes=2), later(hours=4))
    for minutes in (2, 3):
        look(tx, settings, later(minutes=minutes))
        alert_groups.touch(tx, group_id, later(minutes=minutes))
    assert moves(tx) == ["acknowledge", "mute"]


def test_of_several_silences_the_one_that_lasts_longest_is_told_with_how_many_others(
    tx: Tx, settings: Settings
) -> None:
    told(tx, settings)
    longest = silence(tx, later(minutes=1), later(hours=9))
    for hours in (4, 1, 2, 3):
        silence(tx, later(minutes=1), later(hours=hours))
    look(tx, settings, later(minutes=1))
    line = lines(tx)[-1]
    assert (line["silence"]["id"], line["other_silences"]) == (longest, 4)
    (card,) = cards(tx)
    ends = [each["ends_at_ms"] for each in card["silences"]]
    assert ends == [to_ms(later(hours=hours)) for hours in (9, 4, 3)]
    assert card["more_silences"] == 2


def test_a_silence_that_begins_later_covers_from_then_on(tx: Tx, settings: Settings) -> None:
    told(tx, settings)
    silence(tx, later(minutes=1), later(hours=4), begins=later(hours=1))
    look(tx, settings, later(minutes=59))
    assert only(tx).state is GroupState.FIRING
    look(tx, settings, later(hours=1))
    assert only(tx).state is GroupState.SILENCED


def test_an_alert_that_explains_others_keeps_them_from_being_told(
    tx: Tx, settings: Settings
) -> None:
    alerts.observe(tx, {AlertKind.PACKAGE_EMPTY}, [EMPTY], settings, NOW)
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    assert [card["shown"][0]["kind"] for card in cards(tx)] == ["package_empty"]
    states = {group.labels["alert"]: group.state for group in alert_groups.find_open(tx)}
    assert states["package_low"] is GroupState.SILENCED


@pytest.mark.parametrize("fallback", [None, "#elsewhere"])
def test_where_no_channel_is_named_it_is_told_all_the_same(
    tx: Tx, settings: Settings, fallback: str | None
) -> None:
    app = settings.apps[0].model_copy(update={"channels": ()})
    channels = settings.channels.model_copy(update={"alerts": None, "fallback": fallback})
    bare = settings.model_copy(update={"apps": (app,), "channels": channels})
    alerts.observe(tx, OF_LOW, [LOW], bare, NOW)
    look(tx, bare, later(seconds=30))
    assert only(tx).channel == (fallback or "sms-alerts")
    assert len(cards(tx)) == 1


@pytest.mark.parametrize("move", [Move.TELL, Move.CLEAR, Move.RISE])
def test_what_comes_by_itself_is_no_persons_move(tx: Tx, settings: Settings, move: Move) -> None:
    group = told(tx, settings)
    with pytest.raises(ValueError, match="by itself"):
        alerts.move(tx, group.id, move, by=LIN, via="button", settings=settings, now=NOW)


def test_nothing_is_due_where_nothing_can_happen(tx: Tx, settings: Settings) -> None:
    assert alerts.next_due(tx) is None
    told(tx, settings)
    due = alerts.next_due(tx)
    assert due is not None
    assert due >= later(seconds=30) + timedelta(hours=4)


def opened_apps(tx: Tx, settings: Settings, *apps: str) -> None:
    """One card for each of these apps."""
    found = [signal(AlertKind.LIMIT_HIT, app=each) for each in apps]
    alerts.observe(tx, {AlertKind.LIMIT_HIT}, found, settings, NOW)
    look(tx, settings, later(seconds=30))


def edits(tx: Tx) -> int:
    return len(tx.all("SELECT key FROM posts WHERE edits <> ''"))


def silence_app(tx: Tx, at: datetime, ends: datetime, begins: datetime | None = None) -> str:
    kept = alerts.silence(
        tx,
        (Matcher("app", Op.EQUAL, "web"),),
        group_id="",
        author=LIN,
        comment="",
        begins_at=begins or at,
        ends_at=ends,
        now=at,
    )
    return kept.id


def looked_at(tx: Tx, settings: Settings, at: datetime) -> list[str]:
    """The apps of the cards something is done about then."""
    alerts.advance(tx, settings, at)
    due = alerts.due_groups(tx, at)
    assert not alerts.look_at(tx, due, settings, at)
    found = [alert_groups.get(tx, each) for each in due]
    return sorted(group.labels["app"] for group in found if group is not None)


def test_a_silence_edits_no_card_that_it_does_not_cover(tx: Tx, settings: Settings) -> None:
    opened_apps(tx, settings, "web", "demo", "shop")
    silence_app(tx, later(minutes=1), later(minutes=3), later(minutes=2))
    assert looked_at(tx, settings, later(minutes=1)) == []
    assert looked_at(tx, settings, later(minutes=2)) == ["web"]
    assert looked_at(tx, settings, later(minutes=3)) == ["web"]
    early = silence_app(tx, later(minutes=4), later(hours=1))
    assert looked_at(tx, settings, later(minutes=4)) == ["web"]
    alerts.unsilence(tx, early, LIN, later(minutes=5))
    assert looked_at(tx, settings, later(minutes=5)) == ["web"]
    assert not [card for card in cards(tx) if card["labels"]["app"] != "web" and card["silences"]]


def test_a_cause_that_begins_and_ends_edits_no_card_that_it_does_not_explain(
    tx: Tx, settings: Settings
) -> None:
    opened_apps(tx, settings, "web", "demo")
    causes, effects = {AlertKind.SUCCESS_LOW}, {AlertKind.DELIVERY_LOW}
    found = [signal(AlertKind.DELIVERY_LOW, app=each) for each in ("web", "demo")]
    alerts.observe(tx, effects, found, settings, NOW)
    look(tx, settings, later(seconds=30))
    cause = signal(AlertKind.SUCCESS_LOW, app="web")
    alerts.observe(tx, causes, [cause], settings, later(minutes=1))
    due = alerts.due_groups(tx, later(minutes=1))
    touched = [alert_groups.get(tx, each) for each in due]
    assert [dict(each.labels) for each in touched if each] == [
        {"alert": "delivery_low", "app": "web"}
    ]
    look(tx, settings, later(minutes=2))
    alerts.observe(tx, causes, [], settings, later(minutes=3))
    before = edits(tx)
    look(tx, settings, later(minutes=3))
    assert edits(tx) <= before + 2


def test_a_silence_that_has_begun_holds_though_the_clock_is_set_back(
    tx: Tx, settings: Settings
) -> None:
    opened_apps(tx, settings, "web")
    silence_app(tx, later(minutes=1), later(hours=2), later(minutes=10))
    look(tx, settings, later(minutes=11))
    assert only(tx).state is GroupState.SILENCED
    alerts.look_anew(tx, later(minutes=2))
    for minute in range(2, 30):
        look(tx, settings, later(minutes=minute))
        assert only(tx).state is GroupState.SILENCED
    assert moves(tx) == ["mute"]


def test_what_rose_to_another_card_is_not_opened_again_on_the_old_one(
    tx: Tx, settings: Settings
) -> None:
    old = told(tx, settings)
    do(tx, settings, Move.RESOLVE, later(minutes=1))
    worse = signal(AlertKind.PACKAGE_LOW, CRITICAL)
    alerts.observe(tx, OF_LOW, [worse], settings, later(minutes=2))
    look(tx, settings, later(minutes=3))
    new = only(tx)
    late = alerts.move(
        tx, old.id, Move.REOPEN, by=LIN, via="button", settings=settings, now=later(minutes=4)
    )
    assert isinstance(late, TooLate)
    assert (late.reason, late.group and late.group.id) == (Late.REPLACED, new.id)


def test_a_card_is_opened_again_without_what_rose_to_another_one(
    tx: Tx, settings: Settings
) -> None:
    stays, rises = LOW, signal(AlertKind.PACKAGE_LOW, package="b")
    alerts.observe(tx, OF_LOW, [stays, rises], settings, NOW)
    look(tx, settings, later(seconds=30))
    old = only(tx)
    do(tx, settings, Move.RESOLVE, later(minutes=1))
    worse = signal(AlertKind.PACKAGE_LOW, CRITICAL, package="b")
    alerts.observe(tx, OF_LOW, [stays, worse], settings, later(minutes=2))
    opened = alerts.move(
        tx, old.id, Move.REOPEN, by=LIN, via="button", settings=settings, now=later(minutes=4)
    )
    assert isinstance(opened, Group)
    for alert in stored.find_open(tx):
        within = [each for each in alert_groups.of_alert(tx, alert.id) if not each.resolved_at]
        assert len(within) == 1


def test_what_is_muted_by_the_clock_is_looked_at_when_its_route_tells_again(tx: Tx) -> None:
    hours = {"start_time": "00:00", "end_time": f"{NOW:%H}:40"}
    nights = {"times": [hours], "location": "UTC"}
    settings = settings_with(
        **{
            "alerts.time_intervals": [{"name": "nights", "time_intervals": [nights]}],
            "alerts.route.routes": [{"matchers": ["app=demo"], "mute_time_intervals": ["nights"]}],
        }
    )
    alerts.observe(tx, OF_LOW, [LOW], settings, NOW)
    look(tx, settings, later(seconds=30))
    assert alert_groups.next_look(tx) == later(minutes=40)
    look(tx, settings, later(minutes=40))
    assert len(cards(tx)) == 1
