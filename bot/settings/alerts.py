"""What app.yaml may say of alerts: who hears of which, when, and which hide others.

The names and their meaning are Alertmanager's (docs/configuration.md, 2025); what is left out has
its defaults. A fault that is in the middle of a tree is found in `bot.settings.alert_faults`.
"""

from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from bot.rules.inhibition import KNOWN, InhibitRule
from bot.rules.roles import is_person
from bot.rules.routes import Route
from bot.rules.time_intervals import Intervals
from bot.settings.alert_routes import (
    Label,
    MatcherText,
    ReceiverSettings,
    RootRoute,
    read,
    route_tree,
)
from bot.settings.alert_thresholds import DeliveryThresholds
from bot.settings.durations import OFF, CountOrOff, DurationOrOff, seconds
from bot.settings.section import Section
from bot.settings.shapes import Emoji
from bot.settings.time_intervals import NamedInterval


def _not_empty(matchers: tuple[str, ...]) -> tuple[str, ...]:
    """A rule without a condition would hide everything, or be hidden by anything."""
    if not matchers:
        raise PydanticCustomError("no_matchers", "at least one matcher")
    return matchers


Matchers = Annotated[
    tuple[MatcherText, ...], AfterValidator(_not_empty), Field(json_schema_extra={"minItems": 1})
]


class InhibitSettings(Section):
    """What hides what."""

    source_matchers: Matchers = Field(description="Which alerts hide others.")
    target_matchers: Matchers = Field(description="Which ones they hide.")
    equal: tuple[Label, ...] = Field(
        default=(), description="Labels that have to be the same in both."
    )


class AlertReactions(Section):
    """Which emoji on a card are a word, by their names without colons. Others mean nothing."""

    acknowledge: tuple[Emoji, ...] = Field(
        default=("eyes",), description="Emoji that acknowledge; taken back, they un-acknowledge."
    )
    resolve: tuple[Emoji, ...] = Field(
        default=("white_check_mark",), description="Emoji that resolve."
    )


class Acknowledgement(Section):
    """What becomes of an alert somebody acknowledged and that goes on."""

    remind_after: DurationOrOff = Field(
        default="1h",
        description="So often whoever acknowledged it is reminded while it goes on. off: never.",
    )
    forget_after: CountOrOff = Field(
        default=3,
        description="After so many reminders without an answer it fires again, and its chain "
        "begins anew. off: never.",
    )

    @property
    def remind_after_s(self) -> int | None:
        """None: nobody is reminded."""
        return None if self.remind_after == OFF else seconds(self.remind_after)

    @property
    def forget_reminders(self) -> int | None:
        """None: it is never forgotten."""
        return self.forget_after if isinstance(self.forget_after, int) else None


class Alerts(Section):
    """Routes, receivers, and what belongs to them."""

    route: RootRoute = Field(
        default=RootRoute(), description="The tree of routes, as in Alertmanager."
    )
    receivers: tuple[ReceiverSettings, ...] = Field(
        default=(),
        description="Who hears of alerts. default is there without being written: the channel for "
        "alerts; so is reviews where channels.reviews is named.",
    )
    inhibit_rules: tuple[InhibitSettings, ...] = Field(
        default=(), description="Alerts that hide others, as in Alertmanager."
    )
    inhibit_known: bool = Field(
        default=True,
        description="true: what is known to follow from something else is hidden as well, such as "
        "refusals while a package is empty.",
    )
    time_intervals: tuple[NamedInterval, ...] = Field(
        default=(), description="Times that routes name, as in Alertmanager."
    )
    reactions: AlertReactions = Field(
        default=AlertReactions(), description="Emoji on a card that acknowledge and resolve."
    )
    ack: Acknowledgement = Field(
        default=Acknowledgement(), description="Reminders of what was acknowledged and goes on."
    )
    delivery: DeliveryThresholds = Field(
        default=DeliveryThresholds(), description="From when on too little is delivered."
    )
    _zone: ZoneInfo = PrivateAttr(default=ZoneInfo("UTC"))
    _reviews: str = PrivateAttr(default="")

    def placed(self, zone: ZoneInfo, reviews: str) -> "Alerts":
        """The same, knowing what else app.yaml says: the zone of times that name none, and the
        channel for reviews, "" for none."""
        placed = Alerts.model_construct(self.model_fields_set, **dict(self))
        placed._zone, placed._reviews = zone, reviews
        return placed

    @cached_property
    def root(self) -> Route:
        """The tree, with everything inherited, and below it what is known of reviews."""
        return route_tree(self.route, self.receivers, self._reviews)

    def groups(self) -> frozenset[str]:
        """Every user group that a receiver mentions, as written."""
        named = {each.mention for each in self.receivers if each.mention}
        return frozenset(each for each in named if not is_person(each))

    @cached_property
    def inhibit(self) -> tuple[InhibitRule, ...]:
        """What hides what: what is known, and what is written."""
        own = (
            InhibitRule(read(rule.source_matchers), read(rule.target_matchers), rule.equal)
            for rule in self.inhibit_rules
        )
        return (*(KNOWN if self.inhibit_known else ()), *own)

    @cached_property
    def intervals(self) -> Intervals:
        """The times by the names routes know them by."""
        return {each.name: each.intervals(self._zone) for each in self.time_intervals}
