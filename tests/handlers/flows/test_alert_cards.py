"""What a card and the lists tell of a group: all that is so, bounded, and plain JSON."""

import json

from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.rules.matchers import Matcher, Op, parse, written
from bot.rules.roles import EVERY_APP
from bot.settings import Settings
from bot.slack.messages.alert_lists import Query
from handlers.flows import alert_cards, alert_lists, alerts
from storage import alert_groups
from storage.db import Tx
from tests.handlers.flows.alerting import later, lines, look, only, signal
from tests.storage.rows import LIN, NOW

KINDS = (AlertKind.LIMIT_HIT, AlertKind.DRIFT)


def raise_many(tx: Tx, settings: Settings, count: int) -> None:
    for nth in range(count):
        severity = Severity.CRITICAL if nth == 3 else Severity.WARNING
        alerts.raise_event(tx, signal(severity=severity, scope=f"s{nth}"), settings, NOW)


def matchers(text: str) -> tuple[Matcher, ...]:
    found = parse(text)
    assert isinstance(found, tuple)
    return found


def test_a_card_tells_the_worst_first_and_counts_the_rest(tx: Tx, settings: Settings) -> None:
    raise_many(tx, settings, 3)
    alerts.raise_event(tx, signal(count=7, scope="s0"), settings, NOW)
    look(tx, settings, later(seconds=31))
    group = only(tx)
    facts = alert_cards.facts(tx, group, settings, later(seconds=31))
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["group"], facts["state"], facts["severity"]) == (group.id, "firing", "warning")
    assert (facts["firing"], facts["alerts"], facts["kinds"]) == (3, 3, {"limit_hit": 3})
    assert sum(facts["lately"]) == 10
    assert {each["labels"]["scope"] for each in facts["shown"]} == {"s0", "s1", "s2"}


def test_what_only_happened_is_not_said_to_go_on(tx: Tx, settings: Settings) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    look(tx, settings, later(seconds=31))
    assert not alert_cards.facts(tx, only(tx), settings, NOW)["goes_on"]
    held = signal(AlertKind.DRIFT)
    alerts.observe(tx, [AlertKind.DRIFT], [held], settings, NOW)
    look(tx, settings, later(seconds=31))
    groups = alert_groups.find_open(tx)
    goes_on = [alert_cards.facts(tx, each, settings, NOW)["goes_on"] for each in groups]
    assert sorted(goes_on) == [False, True]


def test_a_line_in_the_channel_carries_what_names_its_alert(tx: Tx, settings: Settings) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    look(tx, settings, later(seconds=31))
    for move in (Move.ACKNOWLEDGE, Move.RESOLVE):
        now = later(minutes=1)
        alerts.move(tx, only(tx).id, move, by=LIN, via="button", settings=settings, now=now)
    acknowledged, resolved = lines(tx)
    assert (acknowledged["also_in_channel"], acknowledged["kinds"]) == (False, {})
    assert (resolved["also_in_channel"], resolved["kinds"]) == (True, {"limit_hit": 1})


def test_a_card_of_thousands_opens_ten(tx: Tx, settings: Settings) -> None:
    raise_many(tx, settings, 40)
    group = next(g for g in alert_groups.find_open(tx) if g.severity is Severity.WARNING)
    facts = alert_cards.facts(tx, group, settings, NOW)
    assert facts["alerts"] == 39
    assert len(facts["shown"]) == alert_cards.SHOWN


def test_who_acknowledged_and_how_is_told_until_it_is_given_back(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    look(tx, settings, later(seconds=31))
    group_id = only(tx).id
    now = later(minutes=1)

    def say(move: Move) -> None:
        alerts.move(tx, group_id, move, by=LIN, via="reaction", settings=settings, now=now)

    say(Move.ACKNOWLEDGE)
    facts = alert_cards.facts(tx, only(tx), settings, later(minutes=1))
    assert (facts["acked_by"], facts["acked_via"]) == (LIN, "reaction")
    say(Move.UNACKNOWLEDGE)
    facts = alert_cards.facts(tx, only(tx), settings, later(minutes=1))
    assert (facts["acked_by"], facts["acked_via"], facts["acked_at_ms"]) == ("", "", None)


def test_what_keeps_it_quiet_is_named_on_the_card_and_in_its_thread(
    tx: Tx, settings: Settings
) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    look(tx, settings, later(seconds=31))
    group = only(tx)
    wanted = alert_lists.matchers_of(tx, group)
    assert written(wanted) == 'alert="limit_hit", app="demo", severity=~"info|warning"'
    now = later(minutes=1)
    kept = alerts.silence(
        tx,
        wanted,
        group_id=group.id,
        author=LIN,
        comment="known",
        begins_at=now,
        ends_at=later(hours=1),
        now=now,
    )
    look(tx, settings, now)
    assert only(tx).state is GroupState.SILENCED
    facts = alert_cards.facts(tx, only(tx), settings, now)
    assert [each["id"] for each in facts["silences"]] == [kept.id]
    assert lines(tx)[-1]["silence"]["comment"] == "known"
    assert lines(tx)[-1]["note"] == ""
    assert alert_lists.covered(tx, wanted).count == 1
    shown, more = alert_lists.quiet(tx, now, lambda _: True, lambda _: True)
    assert ([(each.silence_id, each.covers) for each in shown], more) == ([(kept.id, 1)], 0)
    assert not alert_lists.row(tx, only(tx), now).is_explained


def test_in_a_list_what_another_alert_keeps_quiet_is_told_from_what_somebody_silenced(
    tx: Tx, settings: Settings
) -> None:
    for kind in (AlertKind.PACKAGE_LOW, AlertKind.PACKAGE_RUNWAY):
        alerts.observe(tx, {kind}, [signal(kind)], settings, NOW)
    look(tx, settings, later(seconds=31))
    page = alert_lists.find(tx, Query(), (), EVERY_APP, later(seconds=31))
    known = {next(iter(each.kinds)): (each.state, each.is_explained) for each in page.rows}
    assert known == {
        "package_runway": (GroupState.FIRING, False),
        "package_low": (GroupState.SILENCED, True),
    }


def test_a_group_without_labels_is_covered_by_its_kinds(tx: Tx, settings: Settings) -> None:
    group = alert_groups.open_new(
        tx,
        key="k",
        receiver="default",
        channel="",
        labels={},
        severity=Severity.WARNING,
        look_at=NOW,
        now=NOW,
    )
    for kind in KINDS:
        alerts.raise_event(tx, signal(kind), settings, NOW)
    for known in tx.all("SELECT id FROM alerts"):
        alert_groups.add_member(tx, group.id, known["id"])
    severities = Matcher("severity", Op.LIKE, "info|warning")
    kinds = Matcher("alert", Op.LIKE, "drift|limit_hit")
    assert alert_lists.matchers_of(tx, group) == (kinds, severities)


def test_lists_are_narrowed_by_any_alert_of_a_group_and_turned(tx: Tx, settings: Settings) -> None:
    for nth in range(12):
        found = signal(AlertKind.LIMIT_WARN, app=f"app{nth:02}", scope="mainland")
        alerts.raise_event(tx, found, settings, NOW)
    alerts.raise_event(tx, signal(AlertKind.ARREARS, Severity.CRITICAL), settings, NOW)
    first = alert_lists.find(tx, Query(), (), EVERY_APP, NOW)
    assert (first.known, first.found, first.pages, len(first.rows)) == (13, 13, 2, 10)
    assert first.rows[0].severity == "critical"
    last = alert_lists.find(tx, Query(page=99), (), EVERY_APP, NOW)
    assert (last.query.page, len(last.rows)) == (1, 3)
    wanted = matchers('app=~"app0[0-4]" scope="mainland"')
    narrowed = alert_lists.find(tx, Query("x"), wanted, EVERY_APP, NOW)
    assert (narrowed.known, narrowed.found) == (13, 5)


def test_those_that_are_over_are_listed_for_a_day(tx: Tx, settings: Settings) -> None:
    alerts.raise_event(tx, signal(), settings, NOW)
    group_id = only(tx).id
    now = later(minutes=1)
    alerts.move(tx, group_id, Move.RESOLVE, by=LIN, via="button", settings=settings, now=now)
    for query, wanted, hours, found in (
        (Query(), "", 1, 0),
        (Query(is_resolved=True), "", 1, 1),
        (Query(is_resolved=True), "app=demo", 1, 1),
        (Query(is_resolved=True), "app=web", 1, 0),
        (Query(is_resolved=True), "", 25, 0),
    ):
        read = matchers(wanted) if wanted else ()
        assert alert_lists.find(tx, query, read, EVERY_APP, later(hours=hours)).found == found


def test_all_of_one_is_told_a_page_at_a_time_with_its_history(tx: Tx, settings: Settings) -> None:
    raise_many(tx, settings, 3)
    for nth in range(40):
        alerts.raise_event(tx, signal(scope=f"t{nth}"), settings, NOW)
    look(tx, settings, later(seconds=31))
    group_id = only(tx).id
    pages = [alert_lists.whole(tx, group_id, nth, settings, NOW) for nth in range(3)]
    assert [len(each.members) for each in pages if each] == [20, 20, 3]
    beyond = alert_lists.whole(tx, group_id, 9_999, settings, NOW)
    assert beyond is not None
    assert (beyond.page, beyond.pages) == (2, 3)
    assert [each["move"] for each in beyond.moves] == ["tell"]
    assert alert_lists.whole(tx, "A-ZZZZ", 0, settings, NOW) is None
