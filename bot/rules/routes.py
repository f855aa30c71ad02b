"""Where an alert goes, as Alertmanager decides it: down a tree of matchers, the deepest that fits.

A node that fits and does not say `continue` is the last one looked at among its siblings; one none
of whose children fits takes the alert itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.rules.matchers import Matcher, matches
from bot.rules.time_intervals import Intervals, is_any

#: In the place of labels to group by: all of them, so that every alert stands alone.
ALL_LABELS = "..."
#: So far ahead it is looked when people are told again; intervals begin and end with a minute.
MINUTES_AHEAD = 60


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who hears of it. `channel` is a name or an id, "" for where the app's alerts go; `mention` a
    user group or a person, `chain` the on-call chain that is called; both "" for none."""

    name: str
    channel: str = ""
    mention: str = ""
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """Alertmanager's three, in seconds: before a group is first told, before what is new in it is,
    and before what goes on is told again."""

    group_wait_s: int = 30
    group_interval_s: int = 300
    repeat_interval_s: int = 14_400


@dataclass(frozen=True, slots=True)
class Destination:
    """One place an alert goes to. `route` names the way there, letters and digits alone, and stays
    as long as the way does; `mute` and `active` name intervals."""

    route: str
    receiver: Receiver
    group_by: tuple[str, ...]
    waits: Waits = Waits()
    mute: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    def group_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels by which an alert is grouped here; one it has not got is left out."""
        if ALL_LABELS in self.group_by:
            return dict(labels)
        return {name: labels[name] for name in self.group_by if name in labels}


# The same only as itself: a tree is built once, and what was found in it is remembered.
@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A node of the tree, with everything it inherits. `continues`: siblings are looked at too."""

    destination: Destination
    matchers: tuple[Matcher, ...] = ()
    continues: bool = False
    routes: tuple["Route", ...] = ()


def destinations(root: Route, labels: Mapping[str, str]) -> tuple[Destination, ...]:
    """Where an alert with these labels goes. `root` takes what nothing below it does."""
    return _found(root, tuple(labels.get(name, "") for name in _names(root)))


def at_path(root: Route, path: str) -> Destination | None:
    """The destination whose `route` is `path`; None where app.yaml knows it no more."""
    if root.destination.route == path:
        return root.destination
    found = (at_path(child, path) for child in root.routes)
    return next((each for each in found if each is not None), None)


def is_muted(destination: Destination, intervals: Intervals, now: datetime) -> bool:
    """Whether nobody is told there at this time."""
    if is_any(destination.mute, intervals, now):
        return True
    return bool(destination.active) and not is_any(destination.active, intervals, now)


def heard_at(destination: Destination, intervals: Intervals, now: datetime) -> datetime:
    """When somebody is told there again, where nobody is now: a whole minute; at the latest when
    it is to be looked again."""
    at = now.replace(second=0, microsecond=0)
    for _ in range(MINUTES_AHEAD):
        at += timedelta(minutes=1)
        if not is_muted(destination, intervals, at):
            break
    return at


@lru_cache(maxsize=16)
def _names(root: Route) -> tuple[str, ...]:
    """The labels that any matcher of the tree looks at."""
    return tuple(sorted(set(_labels(root))))


def _labels(route: Route) -> Iterator[str]:
    yield from (each.label for each in route.matchers)
    for child in route.routes:
        yield from _labels(child)


@lru_cache(maxsize=8_192)
def _found(root: Route, values: tuple[str, ...]) -> tuple[Destination, ...]:
    """By the values of `_names`: alerts come in thousands, and few of them differ in these."""
    labels = dict(zip(_names(root), values, strict=True))
    return tuple(_below(root, labels)) or (root.destination,)


def _below(route: Route, labels: Mapping[str, str]) -> Iterator[Destination]:
    for child in route.routes:
        if matches(child.matchers, labels):
            yield from tuple(_below(child, labels)) or (child.destination,)
            if not child.continues:
                return
