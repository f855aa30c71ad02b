"""The tree of routes in app.yaml and its receivers, in Alertmanager's names, and what they mean."""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from bot.rules import matchers
from bot.rules.alerts import APP, KIND, AlertKind
from bot.rules.matchers import Matcher, Op, written
from bot.rules.routes import ALL_LABELS, Destination, Receiver, Route, Waits
from bot.settings.durations import DurationText, SomeDurationText, seconds
from bot.settings.section import Section
from bot.settings.shapes import Channel, Name

DEFAULT, REVIEWS, OVERDUE, ROOT = "default", "reviews", "overdue", "root"
GROUP_BY = (KIND, APP)
Label = Annotated[
    str, Field(pattern=rf"^([A-Za-z_][A-Za-z0-9_]{{0,39}}|{ALL_LABELS.replace('.', '[.]')})$")
]
MatcherText = Annotated[str, Field(max_length=matchers.TEXT_LIMIT)]
Mention = Annotated[str, Field(pattern=r"^(@[^\s@A-Z,]{1,80}|[SUW][A-Z0-9]{2,20})$")]


class ReceiverSettings(Section):
    """Who hears of an alert."""

    name: Name = Field(description="What routes call it. Unique.")
    channel: Channel | None = Field(
        default=None,
        description="Channel of its cards, by name (in quotes) or id. "
        "Left out: channels.alerts, else the app's first channel.",
    )
    mention: Mention | None = Field(
        default=None,
        description="User group (@handle or id) or person (id) who is mentioned on a card that "
        "fires. Left out: nobody.",
    )
    chain: Name | None = Field(
        default=None,
        description="Chain of oncall.chains that is called while nobody acknowledges. "
        "Left out: nobody is called.",
    )

    @property
    def receiver(self) -> Receiver:
        """The receiver as the rules have it."""
        return Receiver(self.name, self.channel or "", self.mention or "", self.chain or "")


class RootRoute(Section):
    """The top of the tree: every alert comes here."""

    receiver: Name | None = Field(
        default=None,
        description="Who hears of it. Left out: as the route above; at the top, default.",
    )
    group_by: tuple[Label, ...] | None = Field(
        default=None,
        description="Labels whose alerts share a card where they are the same; [...] gives each "
        "alert its own. Left out: as the route above; at the top [alert, app].",
    )
    group_wait: DurationText | None = Field(
        default=None,
        description="So long more alerts may join before a card is posted. "
        "Left out: as above; 30s.",
    )
    group_interval: SomeDurationText | None = Field(
        default=None,
        description="So often new alerts of a card are told in its thread. Left out: as above; 5m.",
    )
    repeat_interval: SomeDurationText | None = Field(
        default=None,
        description="So often an alert nobody acknowledged is told again. Left out: as above; 4h.",
    )
    routes: tuple["ChildRoute", ...] = Field(
        default=(), description="Routes below; the first whose matchers all fit takes the alert."
    )

    def waits(self, above: Waits) -> Waits:
        """What is said here, else what is said above."""
        return Waits(
            _first(self.group_wait, above.group_wait_s),
            _first(self.group_interval, above.group_interval_s),
            _first(self.repeat_interval, above.repeat_interval_s),
        )


class ChildRoute(RootRoute):
    """A route below another; what it leaves out is as above it."""

    matchers: tuple[MatcherText, ...] = Field(
        default=(),
        description="What an alert must be, such as 'alert=\"limit_hit\"' or 'app=~\"demo|web\"'; "
        "operators = != =~ !~. All must fit; without any, every alert does.",
    )
    continue_: bool = Field(
        default=False, alias="continue", description="true: the routes after it are looked at too."
    )
    mute_time_intervals: tuple[Name, ...] = Field(
        default=(), description="Names of time_intervals in which nobody is told."
    )
    active_time_intervals: tuple[Name, ...] = Field(
        default=(), description="Names of time_intervals outside of which nobody is told."
    )


def route_tree(written: RootRoute, receivers: Iterable[ReceiverSettings], reviews: str) -> Route:
    """The tree with everything inherited, and below it what is known of reviews; `reviews` is their
    channel, "" for none."""
    return _Tree(receivers, reviews).root(written)


def read(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """The matchers of all texts, which were looked at with the file."""
    found: list[Matcher] = []
    for text in texts:
        each = matchers.parse(text)
        if isinstance(each, matchers.Fault):
            raise ValueError(text)
        found += each
    return tuple(found)


class _Tree:
    """Makes the tree of rules from the one that is written."""

    def __init__(self, receivers: Iterable[ReceiverSettings], reviews: str) -> None:
        self.reviews = reviews
        self.receivers = {name: Receiver(name) for name in (DEFAULT,)}
        self.receivers |= {REVIEWS: Receiver(REVIEWS, reviews)}
        self.receivers |= {each.name: each.receiver for each in receivers}
        self.keys: set[str] = set()

    def root(self, written: RootRoute) -> Route:
        above = Destination("", self.receivers[DEFAULT], GROUP_BY)
        destination = self._destination(written, above, ROOT)
        routes = tuple(self._below(child, destination) for child in written.routes)
        return Route(destination, routes=(*routes, *self._of_reviews(destination)))

    def _of_reviews(self, root: Destination) -> tuple[Route, ...]:
        """How reviews go is told where reviews are, at once, each by itself; the last of all, so
        that a route that is written goes first. What is overdue shares a card: it may be much."""
        if not self.reviews:
            return ()
        at_once = Waits(0, root.waits.group_interval_s, root.waits.repeat_interval_s)
        receiver = self.receivers[REVIEWS]
        ended = Destination(REVIEWS, receiver, (ALL_LABELS,), at_once)
        overdue = Destination(OVERDUE, receiver, GROUP_BY, root.waits)
        return (
            Route(ended, (Matcher(KIND, Op.EQUAL, AlertKind.REVIEW_ENDED.value),)),
            Route(overdue, (Matcher(KIND, Op.EQUAL, AlertKind.REVIEW_OVERDUE.value),)),
        )

    def _below(self, written: ChildRoute, above: Destination) -> Route:
        conditions = read(written.matchers)
        destination = self._destination(written, above, self._key(above.route, conditions))
        routes = tuple(self._below(child, destination) for child in written.routes)
        return Route(destination, conditions, written.continue_, routes)

    def _destination(self, written: RootRoute, above: Destination, key: str) -> Destination:
        """Times are not inherited, as in Alertmanager."""
        child = written if isinstance(written, ChildRoute) else None
        return Destination(
            route=key,
            receiver=self.receivers[written.receiver] if written.receiver else above.receiver,
            group_by=above.group_by if written.group_by is None else written.group_by,
            waits=written.waits(above.waits),
            mute=child.mute_time_intervals if child else (),
            active=child.active_time_intervals if child else (),
        )

    def _key(self, above: str, conditions: tuple[Matcher, ...]) -> str:
        """Of the way there by its matchers: as long as those stay, groups of before are known
        again. Two that say the same are told apart by their order."""
        wanted = f"{above} {written(conditions)}"
        key, at = _short(wanted), 1
        while key in self.keys:
            key, at = _short(f"{wanted} {at}"), at + 1
        self.keys.add(key)
        return key


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:12]


def _first(written: str | None, otherwise_s: int) -> int:
    return otherwise_s if written is None else seconds(written)
