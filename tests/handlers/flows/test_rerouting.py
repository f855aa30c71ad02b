from datetime import datetime

import pytest

from bot.rules.alert_life import GroupState, Move
from bot.rules.alerts import AlertKind, Severity
from bot.settings import Settings
from bot.slack.messages.escalations import ON_CARD
from handlers.flows import alerts, reaching, rerouting
from storage import alert_groups, escalations
from storage import alerts as stored
from storage.db import Tx
from tests.handlers.flows.alerting import cards, later, look, only, posted, signal
from tests.handlers.flows.asks import settings_with
from tests.storage.rows import LIN, NOW

OMAR = "U0OMAR"
KIND = AlertKind.DRIFT
BEFORE = settings_with(**{"alerts.route.routes": [], "alerts.receivers": []})
URGENT = {"name": "urgent", "channel": "#urgent", "chain": "default"}
ROUTE = {"matchers": ['severity="critical"'], "receiver": "urgent", "group_wait": "5s"}


def routed(receiver: object = URGENT, route: object = ROUTE) -> Settings:
    return settings_with(**{"alerts.route.routes": [route], "alerts.receivers": [receiver]})


def fires(tx: Tx, settings: Settings, *scopes: str) -> None:
    found = [signal(KIND, Severity.CRITICAL, scope=each) for each in scopes]
    alerts.observe(tx, {KIND}, found, settings, NOW)
    look(tx, settings, later(seconds=40))


def start(tx: Tx, settings: Settings, at: datetime) -> rerouting.Strays:
    found = rerouting.find(tx, settings, at)
    rerouting.bring_home(tx, found, settings, at)
    assert rerouting.find(tx, settings, at) == rerouting.Strays()
    return found


def test_what_fires_goes_to_a_route_that_came_and_its_chain_begins(tx: Tx) -> None:
    fires(tx, BEFORE, "CN", "US")
    old, after = only(tx), routed()
    assert escalations.get_open(tx, old.id) is None
    start(tx, after, later(minutes=10))
    look(tx, after, later(minutes=11))
    new = only(tx)
    assert (new.receiver, new.channel, new.state) == ("urgent", "#urgent", GroupState.FIRING)
    assert escalations.get_open(tx, new.id) is not None
    gone = next(card for card in cards(tx) if card["group"] == old.id)
    assert (gone["state"], gone["moved_to"]) == ("resolved", new.id)


def test_what_fires_goes_where_all_goes_once_its_route_is_gone(tx: Tx) -> None:
    fires(tx, routed(), "CN")
    start(tx, BEFORE, later(minutes=10))
    look(tx, BEFORE, later(minutes=11))
    assert only(tx).receiver == "default"


@pytest.mark.parametrize("settings", [BEFORE, routed()])
def test_nothing_moves_where_app_yaml_says_the_same(tx: Tx, settings: Settings) -> None:
    fires(tx, settings, "CN", "US")
    assert rerouting.find(tx, settings, later(minutes=10)) == rerouting.Strays()


@pytest.mark.parametrize("move", [None, Move.ACKNOWLEDGE])
def test_another_chain_of_the_same_route_begins_where_nobody_has_it_in_hand(
    tx: Tx, move: Move | None
) -> None:
    silent, after = routed({"name": "urgent", "channel": "#urgent"}), routed()
    fires(tx, silent, "CN")
    if move is not None:
        alerts.move(
            tx, only(tx).id, move, by=LIN, via="button", settings=silent, now=later(minutes=1)
        )
    before = only(tx)
    start(tx, after, later(minutes=10))
    assert only(tx).id == before.id
    assert (escalations.get_open(tx, before.id) is not None) == (move is None)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_chain_that_comes_later_speaks_to_its_people_under_the_card(
    tx: Tx, *, is_late: bool
) -> None:
    after = settings_with(
        **{
            "alerts.route.routes": [ROUTE],
            "alerts.receivers": [URGENT],
            "oncall.rotas.0.people": [OMAR],
        }
    )
    # What was posted for nobody mentions nobody; what was posted for Omar does.
    fires(tx, routed({"name": "urgent", "channel": "#urgent"}) if is_late else after, "CN")
    start(tx, after, later(minutes=10))
    reaching.take(tx, only(tx).id, after, later(minutes=10))
    [step] = escalations.steps_of(tx, only(tx).id)
    assert (step.user_id, step.detail) == (OMAR, "" if is_late else ON_CARD)
    assert len(posted(tx, reaching.MENTION)) == is_late


def test_another_receiver_of_the_same_route_hears_of_it_from_then_on(tx: Tx) -> None:
    fires(tx, routed(), "CN")
    after = routed({**URGENT, "name": "night"}, {**ROUTE, "receiver": "night"})
    start(tx, after, later(minutes=10))
    assert only(tx).receiver == "night"


def test_what_somebody_resolved_stays_so_and_goes_its_way_when_it_is_taken_up(tx: Tx) -> None:
    fires(tx, BEFORE, "CN")
    alerts.move(
        tx,
        only(tx).id,
        Move.RESOLVE,
        by=LIN,
        via="button",
        settings=BEFORE,
        now=later(minutes=1),
    )
    assert start(tx, routed(), later(minutes=10)) == rerouting.Strays()
    assert not alert_groups.find_open(tx)
    assert stored.find_open(tx)
    look(tx, routed(), later(hours=5))
    assert only(tx).receiver == "urgent"


def test_many_are_brought_home_a_few_at_a_time() -> None:
    many = rerouting.Strays(tuple(str(nth) for nth in range(120)), ("A-1",))
    parts = list(many.parts())
    assert [len(each.alerts) + len(each.groups) for each in parts] == [50, 50, 20, 1]
    assert tuple(name for each in parts for name in each.alerts) == many.alerts
