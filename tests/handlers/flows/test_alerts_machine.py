"""The life of alerts held to its table: whatever fires, is silenced, acknowledged and resolved, by
whom and when, nothing is lost, nothing is said twice, and nobody is told what is covered."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings as run_settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bot.rules.alert_life import BY_PEOPLE, GroupState, Move, after
from bot.rules.alerts import AlertKind, Severity, Signal
from bot.rules.matchers import Matcher, Op
from bot.settings import Settings, load
from handlers.flows import alerts
from handlers.flows.alerts import TooLate
from storage import alert_groups, alert_moves, silences
from storage import alerts as stored
from storage.alert_groups import Group
from tests.handlers.flows.alerting import cards, lines, look
from tests.handlers.flows.conftest import ENVIRON, ROOT
from tests.handlers.flows.machine import StoreMachine
from tests.storage.rows import LIN, MAYA, NOW

QUIET_S = 600
#: Two kinds of events and two of conditions, of which one explains the other.
EVENTS = (AlertKind.LIMIT_HIT, AlertKind.LIMIT_TENCENT)
STATES = (AlertKind.PACKAGE_LOW, AlertKind.PACKAGE_EMPTY)
SCOPES = ("CN", "US")
REPEAT = timedelta(hours=4)
INTERVAL = timedelta(minutes=5)
#: By themselves, and because something is new: not more often than group_interval.
UNHURRIED = frozenset({Move.NEWS, Move.CLEAR, Move.REPEAT})

people = st.sampled_from([LIN, MAYA])
scopes = st.sampled_from(SCOPES)
severities = st.sampled_from(Severity)
groups = st.integers(0, 5)


def one_route() -> Settings:
    loaded = load(ROOT / "app.yaml", ENVIRON, {"alerts": {}})
    assert isinstance(loaded, Settings), loaded
    return loaded


class AlertLife(StoreMachine):
    """`counted` and `conditions` are what a naive watcher knows: how many events of each were since
    it was last quiet, and which facts are so now."""

    settings = one_route()

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.counted: Counter[tuple[AlertKind, str]] = Counter()
        self.last: dict[tuple[AlertKind, str], datetime] = {}
        self.conditions: dict[tuple[AlertKind, str], Severity] = {}

    # What happens.

    @rule(kind=st.sampled_from(EVENTS), scope=scopes, count=st.integers(1, 9), severity=severities)
    def something_happens(
        self, kind: AlertKind, scope: str, count: int, severity: Severity
    ) -> None:
        signal = Signal(kind, severity, {"app": "demo", "scope": scope}, {}, count)
        alerts.raise_event(self.tx, signal, self.settings, self.now, quiet_s=QUIET_S)
        self.counted[kind, scope] += count
        self.last[kind, scope] = self.now

    @rule(kind=st.sampled_from(STATES), scope=scopes, severity=st.none() | severities)
    def a_condition_changes(self, kind: AlertKind, scope: str, severity: Severity | None) -> None:
        self.conditions.pop((kind, scope), None)
        if severity is not None:
            self.conditions[kind, scope] = severity
        self._observe(kind)

    @rule(kind=st.sampled_from(STATES))
    def a_look_finds_the_same(self, kind: AlertKind) -> None:
        before = self.tx.all("SELECT * FROM alerts ORDER BY id")
        self._observe(kind)
        assert self.tx.all("SELECT * FROM alerts ORDER BY id") == before

    def _observe(self, kind: AlertKind) -> None:
        found = [
            Signal(each, severity, {"app": "demo", "scope": scope})
            for (each, scope), severity in self.conditions.items()
            if each is kind
        ]
        alerts.observe(self.tx, {kind}, found, self.settings, self.now)

    @rule(seconds=st.sampled_from([1, 10, 31, 301, 601, 3601, 15_000]))
    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self._look()

    def _look(self) -> None:
        for key, at in list(self.last.items()):
            if self.now >= at + timedelta(seconds=QUIET_S):
                del self.last[key]
                self.counted.pop(key)
        look(self.tx, self.settings, self.now)

    # What people do.

    @rule(nth=groups, move=st.sampled_from(sorted(BY_PEOPLE)), by=people)
    def somebody_acts(self, nth: int, move: Move, by: str) -> None:
        found = [*alert_groups.find_open(self.tx), *alert_groups.find_resolved(self.tx, NOW)]
        if not found:
            return
        before = found[nth % len(found)]
        end = alerts.move(
            self.tx, before.id, move, by=by, via="button", settings=self.settings, now=self.now
        )
        if after(before.state, move) is None:
            assert isinstance(end, TooLate)
            assert alert_groups.get(self.tx, before.id) == before
        self._look()

    @rule(
        kind=st.none() | st.sampled_from(EVENTS + STATES),
        scope=scopes,
        begins=st.sampled_from([0, 600]),
        lasts=st.sampled_from([300, 4000]),
        by=people,
    )
    def somebody_silences(
        self, kind: AlertKind | None, scope: str, begins: int, lasts: int, by: str
    ) -> None:
        of_kind = () if kind is None else (Matcher("alert", Op.EQUAL, kind.value),)
        begins_at = self.now + timedelta(seconds=begins)
        alerts.silence(
            self.tx,
            (*of_kind, Matcher("scope", Op.EQUAL, scope)),
            group_id="",
            author=by,
            comment="",
            begins_at=begins_at,
            ends_at=begins_at + timedelta(seconds=lasts),
            now=self.now,
        )
        self._look()

    @rule(by=people)
    def somebody_ends_a_silence(self, by: str) -> None:
        for each in silences.find_listed(self.tx, self.now)[:1]:
            assert alerts.unsilence(self.tx, each.id, by, self.now) is not None
        self._look()

    # What must hold.

    @invariant()
    def what_fires_is_what_the_watcher_knows(self) -> None:
        found = {(each.kind, each.labels["scope"]): each for each in stored.find_open(self.tx)}
        assert found.keys() == self.counted.keys() | self.conditions.keys()
        assert {key: found[key].count for key in self.counted} == self.counted
        assert {key: found[key].severity for key in self.conditions} == self.conditions

    @invariant()
    def everything_that_fires_is_in_one_open_group_unless_somebody_dismissed_it(self) -> None:
        for alert in stored.find_open(self.tx):
            within = [each for each in alert_groups.of_alert(self.tx, alert.id) if _is_open(each)]
            assert len(within) == (1 if alert.fires() else 0)

    @invariant()
    def every_move_is_in_the_table_and_leads_where_the_group_is(self) -> None:
        for group in self._all():
            state = GroupState.PENDING
            for each in alert_moves.of_group(self.tx, group.id):
                after_it = after(state, each.move)
                assert after_it is not None
                is_human = each.move in BY_PEOPLE or each.move is Move.MUTE
                assert is_human or not each.by
                state = after_it
            assert state is group.state

    @invariant()
    def one_card_a_group_and_it_shows_where_the_group_is(self) -> None:
        said = {card["group"]: card for card in cards(self.tx)}
        assert len(said) == len(cards(self.tx))
        for group in self._all():
            assert (group.id in said) == (group.told_at is not None)
            if group.id in said and group.shown == group.wanted:
                assert said[group.id]["state"] == group.state.name.lower()

    @invariant()
    def nothing_waits_longer_than_its_route_says(self) -> None:
        for group in alert_groups.find_open(self.tx):
            waits = group.state is GroupState.PENDING and group.look_at is not None
            assert group.state is not GroupState.PENDING or waits
            if waits and group.look_at is not None:
                assert group.look_at <= group.opened_at + timedelta(seconds=30)

    @invariant()
    def what_comes_by_itself_is_said_no_more_often_than_group_interval(self) -> None:
        last: dict[str, int] = {}
        for line in lines(self.tx):
            at, move = line["at_ms"], Move(line["move"])
            if move in UNHURRIED and line["group"] in last:
                assert at - last[line["group"]] >= INTERVAL / timedelta(milliseconds=1)
            if move in UNHURRIED:
                last[line["group"]] = at

    @invariant()
    def a_silenced_group_has_nothing_left_that_people_should_hear_of(self) -> None:
        held = silences.find_active(self.tx, self.now)
        for group in alert_groups.find_open(self.tx):
            if group.state is not GroupState.SILENCED or group.look_at is not None:
                continue
            firing = [each for each in stored.of_group(self.tx, group.id) if each.fires()]
            for alert in firing:
                is_silenced = any(
                    all(each.accepts(alert.all_labels.get(each.label, "")) for each in one.matchers)
                    for one in held
                )
                assert is_silenced or self._is_explained(alert.kind)

    def _is_explained(self, kind: AlertKind) -> bool:
        causes = {each for each, _ in self.conditions}
        return kind is not AlertKind.PACKAGE_EMPTY and AlertKind.PACKAGE_EMPTY in causes

    def _all(self) -> list[Group]:
        return [*alert_groups.find_open(self.tx), *alert_groups.find_resolved(self.tx, NOW)]


def _is_open(group: Group) -> bool:
    return group.resolved_at is None


TestAlertLife = AlertLife.TestCase
TestAlertLife.settings = run_settings(max_examples=40, stateful_step_count=30, deadline=None)
