"""Faults of alerts that no single key can have: names nothing has, and matchers that match nothing.

Like `bot.settings.across`, these look at the file as it was read.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.rules import matchers
from bot.rules.matchers import MatcherFault
from bot.settings.alert_routes import DEFAULT, REVIEWS
from bot.settings.alerts import AlertReactions
from bot.settings.document import Document, Value
from bot.settings.faults import Fault, Problem, fault_at
from bot.settings.masking import shown
from bot.settings.places import Place, dotted

ALERTS: Place = ("alerts",)
ROUTE: Place = (*ALERTS, "route")
_OF_TIMES = ("mute_time_intervals", "active_time_intervals")
_OF_RULES = ("source_matchers", "target_matchers")


def alert_faults(document: Document) -> Iterator[Fault]:
    """Every fault of routes, receivers, times and rules that takes more than one key to see."""
    looking = _Looking(document)
    for name in ("receivers", "time_intervals"):
        yield from looking.taken((*ALERTS, name))
    yield from looking.chains()
    for place in looking.routes(ROUTE):
        yield from looking.route(place)
    for place in looking.entries((*ALERTS, "inhibit_rules")):
        for key in _OF_RULES:
            yield from looking.conditions((*place, key))
    yield from looking.two_words()


class _Looking:
    """Looks things up in a document of which any part may be of any shape."""

    def __init__(self, document: Document) -> None:
        self.document = document
        channels = self.at(("channels",))
        has_reviews = isinstance(channels, dict) and "reviews" in channels
        known = {DEFAULT, REVIEWS} if has_reviews else {DEFAULT}
        self.receivers = known | set(self.names((*ALERTS, "receivers")))
        self.times = set(self.names((*ALERTS, "time_intervals")))

    def at(self, place: Place) -> Value:
        return self.document.at(place)

    def entries(self, place: Place) -> list[Place]:
        """The places of what a list holds; none where there is no list."""
        found = self.at(place)
        return [(*place, nth) for nth in range(len(found))] if isinstance(found, list) else []

    def names(self, place: Place) -> list[str]:
        """What the entries of a list are called."""
        found = (self.at((*each, "name")) for each in self.entries(place))
        return [each for each in found if isinstance(each, str)]

    def routes(self, place: Place) -> Iterator[Place]:
        """The place of a route and of all below it."""
        yield place
        for each in self.entries((*place, "routes")):
            yield from self.routes(each)

    def route(self, place: Place) -> Iterator[Fault]:
        receiver = (*place, "receiver")
        yield from self._unknown(receiver, self.receivers, Problem.NO_SUCH_RECEIVER)
        for key in _OF_TIMES:
            for each in self.entries((*place, key)):
                yield from self._unknown(each, self.times, Problem.NO_SUCH_TIMES)
        yield from self.conditions((*place, "matchers"))

    def chains(self) -> Iterator[Fault]:
        """Receivers that call a chain there is none of."""
        known = set(self.names(("oncall", "chains")))
        for each in self.entries((*ALERTS, "receivers")):
            yield from self._unknown((*each, "chain"), known, Problem.NO_SUCH_CHAIN)

    def conditions(self, place: Place) -> Iterator[Fault]:
        for each in self.entries(place):
            text = self.at(each)
            found = matchers.parse(text) if isinstance(text, str) else ()
            if isinstance(found, matchers.Fault):
                yield self._of_matcher(each, found)

    def taken(self, place: Place) -> Iterator[Fault]:
        """Names that two entries have."""
        first: dict[str, Place] = {}
        for each in self.entries(place):
            name, where = self.at((*each, "name")), (*each, "name")
            if isinstance(name, str) and (other := first.setdefault(name, where)) != where:
                yield self._fault(where, Problem.TAKEN, other=dotted(other))

    def two_words(self) -> Iterator[Fault]:
        """Emoji that would acknowledge and resolve."""
        place = (*ALERTS, "reactions")
        known: dict[str, Value] = {
            "acknowledge": [*AlertReactions().acknowledge],
            "resolve": [*AlertReactions().resolve],
        }
        section = self.at(place)
        written = {key for key in known if isinstance(section, dict) and key in section}
        # Where one of them is written alone, it is that one which is to be changed.
        key, other = (
            ("acknowledge", "resolve") if written == {"acknowledge"} else tuple(known)[::-1]
        )
        against = self.at((*place, other)) if other in written else known[other]
        for each in self.entries((*place, key)):
            if isinstance(against, list) and self.at(each) in against:
                yield self._fault(each, Problem.TAKEN, other=dotted((*place, other)))

    def _unknown(self, place: Place, known: set[str], problem: Problem) -> Iterator[Fault]:
        name = self.at(place)
        if isinstance(name, str) and name not in known:
            yield self._fault(place, problem)

    def _of_matcher(self, place: Place, found: matchers.Fault) -> Fault:
        if found.reason is MatcherFault.UNKNOWN_WORD:
            problem = Problem.MISSPELT_WORD if found.near else Problem.UNKNOWN_WORD
            return self._fault(place, problem, near=found.near)
        fault = self._fault(place, Problem.IN_MATCHER)
        return replace(fault, terms={"says": f"matcher.fault.{found.reason.value}"})

    def _fault(self, place: Place, problem: Problem, **values: object) -> Fault:
        return fault_at(
            place, self.document.mark(place), problem, shown(self.at(place), ""), **values
        )
