"""What it takes to say where alerts go and which of them share a card."""

import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.rules.alerts import AlertKind, Severity
from bot.rules.matchers import Matcher, Op, parse
from bot.rules.routes import Destination, Receiver, Route, destinations
from tests.bench.figures import Reading

ALERTS, APPS, TEMPLATES = 10_000, 20, 500
Labels = Mapping[str, str]
Groups = dict[tuple[str, str], list[Labels]]


def some_alerts(count: int) -> list[Labels]:
    """As a bad day brings them: every kind of every app, each about something else."""
    kinds, severities = list(AlertKind), list(Severity)
    return [
        {
            "alert": kinds[nth % len(kinds)].value,
            "severity": severities[nth % 3].word,
            "app": f"app-{nth // len(kinds) % APPS}",
            "template": str(nth % TEMPLATES),
            "request": f"R-{nth:05d}",
        }
        for nth in range(count)
    ]


def a_tree() -> Route:
    """Each app has its team, with routes of its own for what is urgent and for what is not."""
    teams = tuple(
        _route(
            f"{nth}",
            f"app=app-{nth}",
            _route(f"{nth}-urgent", 'severity="critical", alert!~"review_.*|config_fault"'),
            _route(f"{nth}-limits", 'alert=~"limit_.*|drift"'),
        )
        for nth in range(APPS)
    )
    return _route("all", "", *teams)


def routing_time(rounds: int = 9, count: int = ALERTS) -> Reading:
    """Milliseconds for all alerts, by us and by a plain loop over the same matchers."""
    alerts = some_alerts(count)
    ours, theirs = [], []
    for _ in range(rounds):
        # A new tree: nothing is known of it yet.
        root = a_tree()
        plain = _flat(root)
        began = time.perf_counter()
        mine = grouped(root, alerts)
        between = time.perf_counter()
        other = looped(plain, alerts)
        ours.append((between - began) * 1e3)
        theirs.append((time.perf_counter() - between) * 1e3)
        if mine != other:
            raise ValueError("the loop groups otherwise")
    return Reading.of(ours, theirs)


def grouped(root: Route, alerts: Sequence[Labels]) -> Groups:
    """Which alerts share a card, by the rules."""
    found: Groups = defaultdict(list)
    for labels in alerts:
        for destination in destinations(root, labels):
            found[_key(destination, labels)].append(labels)
    return found


#: A way down the tree: all matchers on it, and where it leads.
Way = tuple[Sequence[tuple[str, Op, str, "re.Pattern[str]"]], Destination]


def looped(ways: Sequence[Way], alerts: Sequence[Labels]) -> Groups:
    """The same by hand: the first way all of whose matchers fit."""
    found: Groups = defaultdict(list)
    for labels in alerts:
        for conditions, destination in ways:
            if all(_fits(*each, labels) for each in conditions):
                found[_key(destination, labels)].append(labels)
                break
    return found


def _fits(label: str, op: Op, value: str, pattern: "re.Pattern[str]", labels: Labels) -> bool:
    given = labels.get(label, "")
    if op is Op.EQUAL:
        return given == value
    if op is Op.NOT_EQUAL:
        return given != value
    return (pattern.fullmatch(given) is not None) is (op is Op.LIKE)


def _flat(root: Route, above: tuple[Matcher, ...] = ()) -> list[Way]:
    """Every way down, the deepest first: nothing here goes on behind a match."""
    conditions = (*above, *root.matchers)
    below = [way for child in root.routes for way in _flat(child, conditions)]
    plain = [(each.label, each.op, each.value, re.compile(each.value)) for each in conditions]
    return [*below, (plain, root.destination)]


def _key(destination: Destination, labels: Labels) -> tuple[str, str]:
    return destination.route, repr(destination.group_labels(labels))


def _route(name: str, text: str, *routes: Route) -> Route:
    conditions = parse(text) if text else ()
    assert isinstance(conditions, tuple)
    return Route(Destination(name, Receiver(name), ("alert", "app")), conditions, routes=routes)
