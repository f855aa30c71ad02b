"""Where alerts go: down the tree, to the deepest route that fits."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.matchers import Fault as MatcherFault
from bot.rules.matchers import Matcher, Op, matches, parse
from bot.rules.routes import (
    Destination,
    Receiver,
    Route,
    at_path,
    destinations,
    heard_at,
    is_muted,
)
from bot.rules.time_intervals import TimeInterval

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def route(name: str, text: str = "", *routes: Route, goes_on: bool = False) -> Route:
    conditions = parse(text) if text else ()
    assert not isinstance(conditions, MatcherFault)
    return Route(Destination(name, Receiver(name), ("alert", "app")), conditions, goes_on, routes)


TREE = route(
    "root",
    "",
    route(
        "critical",
        "severity=critical",
        route("demo", "app=demo"),
        route("limits", 'alert=~"limit_.*"'),
    ),
    route("copy", 'app=~"demo|web"', goes_on=True),
    route("web", "app=web", route("never", "app=other")),
    route("last", "app=web"),
)


def where(**labels: str) -> list[str]:
    return [each.route for each in destinations(TREE, labels)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ["root"]),
        ({"severity": "warning", "app": "other"}, ["root"]),
        ({"severity": "critical"}, ["critical"]),
        ({"severity": "critical", "app": "demo", "alert": "limit_hit"}, ["demo"]),
        ({"severity": "critical", "app": "web", "alert": "limit_hit"}, ["limits"]),
        # Matched by a route that goes on, and by nothing behind it: not by the root as well.
        ({"app": "demo"}, ["copy"]),
        ({"app": "web"}, ["copy", "web"]),
    ],
)
def test_the_deepest_route_that_fits_takes_it(
    labels: Mapping[str, str], expected: list[str]
) -> None:
    assert where(**labels) == expected


def naive(node: Route, labels: Mapping[str, str]) -> list[str]:
    """Alertmanager's own words: if it does not match, none; children in order, until one has
    matched and does not continue; none of them: the node itself."""
    if not matches(node.matchers, labels):
        return []
    found: list[str] = []
    for child in node.routes:
        below = naive(child, labels)
        found += below
        if below and not child.continues:
            break
    return found or [node.destination.route]


VALUES = st.sampled_from(["", "a", "b", "c"])
MATCHERS = st.lists(
    st.builds(Matcher, st.sampled_from(["x", "y"]), st.sampled_from(Op), VALUES), max_size=2
).map(tuple)
NAMES = st.integers(0, 10**9).map(str)


def nodes(children: st.SearchStrategy[tuple[Route, ...]]) -> st.SearchStrategy[Route]:
    places = NAMES.map(lambda name: Destination(name, Receiver(name), ("x",)))
    return st.builds(Route, places, MATCHERS, st.booleans(), children)


TREES = st.recursive(
    nodes(st.just(())), lambda below: nodes(st.lists(below, max_size=4).map(tuple)), max_leaves=12
)


@given(TREES, st.dictionaries(st.sampled_from(["x", "y"]), VALUES))
def test_any_tree_routes_as_alertmanager_says(tree: Route, labels: dict[str, str]) -> None:
    root = Route(tree.destination, routes=tree.routes)
    found = [each.route for each in destinations(root, labels)]
    assert found == naive(root, labels)
    assert found


def test_a_path_leads_to_its_destination_as_long_as_it_is_there() -> None:
    found = at_path(TREE, "limits")
    assert found is not None
    assert found.receiver.name == "limits"
    assert at_path(TREE, "root") == TREE.destination
    assert at_path(TREE, "gone") is None


def test_alerts_are_grouped_by_the_labels_they_have() -> None:
    labels = {"alert": "limit_hit", "severity": "warning", "app": "demo", "cap": "day"}
    of_app = Destination("r", Receiver("r"), ("alert", "app", "carrier"))
    assert of_app.group_labels(labels) == {"alert": "limit_hit", "app": "demo"}
    assert Destination("r", Receiver("r"), ()).group_labels(labels) == {}
    assert Destination("r", Receiver("r"), ("...",)).group_labels(labels) == labels


@pytest.mark.parametrize(
    ("mute", "active", "is_quiet"),
    [
        ((), (), False),
        (("now",), (), True),
        (("other",), (), False),
        ((), ("now",), False),
        ((), ("other",), True),
        ((), ("other", "now"), False),
        # Muted wins where both are named, as in Alertmanager.
        (("now",), ("now",), True),
        ((), ("unknown",), True),
    ],
)
def test_nobody_is_told_in_muted_times_nor_outside_of_active_ones(
    mute: tuple[str, ...], active: tuple[str, ...], *, is_quiet: bool
) -> None:
    hour = NOW.hour * 60
    intervals = {
        "now": [TimeInterval(times=((hour, hour + 60),))],
        "other": [TimeInterval(times=((hour + 60, hour + 120),))],
    }
    destination = Destination("r", Receiver("r"), (), mute=mute, active=active)
    assert is_muted(destination, intervals, NOW) is is_quiet


@pytest.mark.parametrize(("end", "at"), [(25, 25), (59, 59), (200, 60)])
def test_when_a_muted_route_tells_again_is_looked_for_an_hour_ahead(end: int, at: int) -> None:
    midnight = NOW.replace(hour=0)
    intervals = {"night": [TimeInterval(times=((0, end),))]}
    destination = Destination("r", Receiver("r"), (), mute=("night",))
    found = heard_at(destination, intervals, midnight + timedelta(seconds=7))
    assert found == midnight + timedelta(minutes=at)
