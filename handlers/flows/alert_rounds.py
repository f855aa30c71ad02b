"""Looking at groups of alerts: what time, silences and other alerts make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from bot.rules import alert_life as life
from bot.rules import inhibition, matchers, routes
from bot.rules.alert_life import GroupState, Move, Seen, Times
from bot.rules.alerts import AlertKind, Severity
from bot.rules.inhibition import Cause
from bot.rules.routes import Destination
from bot.settings import Settings
from handlers.flows.alert_cards import Doing
from handlers.flows.alert_moves import apply, show
from storage import alert_groups, alert_moves, alerts, silences
from storage.alert_groups import Group
from storage.alerts import Alert
from storage.db import Tx
from storage.silences import Silence

#: A card is edited so often at the most while nothing is told.
EDIT_EVERY = timedelta(seconds=5)
LOOK_LEAST = timedelta(seconds=1)
#: Moves one look can make: told, then covered, then cleared; more is a fault of the table.
MOVES_MAX = 4


@dataclass(frozen=True, slots=True)
class Members:
    """The alerts of a group that fire, and of these the ones nothing covers."""

    firing: Sequence[Alert]
    heard: Sequence[Alert]

    @property
    def worst(self) -> Severity | None:
        return max((each.severity for each in self.heard), default=None)

    def of(self, group: Group) -> Group:
        """The group as bad as they are: by those that are heard, else by all."""
        fires = max((each.severity for each in self.firing), default=group.severity)
        return replace(group, severity=self.worst or fires)


class Round:
    """One look at any number of groups, in one transaction."""

    def __init__(self, tx: Tx, settings: Settings, now: datetime) -> None:
        self.tx, self.settings, self.now = tx, settings, now
        self._known_at: dict[tuple[tuple[str, ...], tuple[str, ...]], datetime] = {}

    @cached_property
    def silences(self) -> Sequence[Silence]:
        """Those that hold now."""
        return silences.find_active(self.tx, self.now)

    @cached_property
    def causes(self) -> Sequence[Cause]:
        """What the open alerts explain."""
        rules = self.settings.alerts.inhibit
        kinds = [kind for kind in AlertKind if any(rule.may_begin_with(kind) for rule in rules)]
        known = [labels for _, labels in alerts.open_labels(self.tx, kinds)]
        return inhibition.causes(rules, known)

    def is_explained(self, alert: Alert) -> bool:
        """Whether people know, or are told, why."""
        return any(cause.hides(alert.all_labels) for cause in self.causes)

    def is_covered(self, alert: Alert) -> bool:
        """Whether nobody is to hear of it now."""
        return bool(self.covering([alert])) or self.is_explained(alert)

    def covering(self, firing: Sequence[Alert]) -> list[Silence]:
        """The silences that cover any of them."""
        labels = [each.all_labels for each in firing]
        return [
            each
            for each in self.silences
            if any(matchers.matches(each.matchers, known) for known in labels)
        ]

    def destination(self, group: Group) -> Destination:
        """Where its route sends it, by app.yaml as it is now."""
        root = self.settings.alerts.root
        path, _, _ = group.key.partition(":")
        return routes.at_path(root, path) or routes.destinations(root, group.labels)[0]

    def is_off_hours(self, destination: Destination) -> bool:
        return routes.is_muted(destination, self.settings.alerts.intervals, self.now)

    def _heard_at(self, destination: Destination) -> datetime | None:
        """When its route tells again, looked for once; None where it tells now."""
        if not self.is_off_hours(destination):
            return None
        key = (destination.mute, destination.active)
        if key not in self._known_at:
            intervals = self.settings.alerts.intervals
            self._known_at[key] = routes.heard_at(destination, intervals, self.now)
        return self._known_at[key]

    def members(self, group: Group) -> Members:
        firing = alerts.firing_of_group(self.tx, group.id)
        heard = [each for each in firing if not self.is_covered(each)]
        return Members(firing, heard)

    def look(self, group: Group) -> Group:
        """What becomes of it now, its card included, and when to look next."""
        destination = self.destination(group)
        group = group.by(self.now)
        for _ in range(MOVES_MAX):
            members = self.members(group)
            group = members.of(group)
            seen = self._seen(group, members, destination)
            times = self._times(destination)
            move = life.decide(group.standing, seen, times, self.now)
            if move is None:
                return self._rest(group, seen, times, destination)
            doing = self._doing(move, group, members)
            moved = apply(self.tx, group, move, destination, self.settings, self.now, doing)
            if moved is None:
                raise ValueError(f"{group.id}: no {move} from {group.state}")
            group = moved
        raise ValueError(f"{group.id}: moves without an end")

    def _seen(self, group: Group, members: Members, destination: Destination) -> Seen:
        untold = alert_groups.untold(self.tx, group.id) if group.told_at else set()
        heard_at = self._heard_at(destination)
        return Seen(
            fires=bool(members.firing),
            heard=members.worst,
            has_news=any(each.id in untold for each in members.heard),
            is_off_hours=heard_at is not None,
            heard_at=heard_at,
            ended_at=None if members.firing else alerts.last_end(self.tx, group.id, self.now),
            is_newly_silenced=group.state is GroupState.ACKNOWLEDGED
            and self._newly(group, members) is not None,
        )

    def _newly(self, group: Group, members: Members) -> Silence | None:
        """The latest silence that keeps it quiet, where its history does not tell of it yet: of
        several at once one is told, for each would be a move of its own."""
        found = self.covering(members.firing)
        if not found:
            return None
        moves = alert_moves.of_group(self.tx, group.id)
        told = {each.facts.get("note") for each in moves if each.move is Move.MUTE}
        return None if found[-1].id in told else found[-1]

    def _times(self, destination: Destination) -> Times:
        waits, ack = destination.waits, self.settings.alerts.ack
        return Times(
            group_wait=timedelta(seconds=waits.group_wait_s),
            group_interval=timedelta(seconds=waits.group_interval_s),
            repeat_interval=timedelta(seconds=waits.repeat_interval_s),
            remind_after=_span(ack.remind_after_s),
            forget_reminders=ack.forget_reminders,
        )

    def _doing(self, move: Move, group: Group, members: Members) -> Doing:
        if move is Move.MUTE:
            by = self._newly(group, members)
            by = by or next(iter(self.covering(members.firing)[-1:]), None)
            # Without a silence it is another alert that explains it.
            return Doing(by.author if by else "", "", by.id if by else "", members.firing)
        if move is Move.NEWS:
            untold = alert_groups.untold(self.tx, group.id)
            return Doing(alerts=[each for each in members.heard if each.id in untold])
        return Doing(alerts=members.heard)

    def _rest(self, group: Group, seen: Seen, times: Times, destination: Destination) -> Group:
        """Nothing happens to it now: its card is brought up to date, not too often."""
        next_at = life.next_look(group.standing, seen, times, self.now)
        eases_at = life.eases_at(group.standing, seen, times)
        if eases_at is not None and eases_at <= self.now:
            group = replace(group, told_severity=int(group.severity))
        elif eases_at is not None:
            next_at = eases_at if next_at is None else min(eases_at, next_at)
        if group.wanted != group.shown:
            edits_at = (group.shown_at or group.opened_at) + EDIT_EVERY
            if group.told_at is None or edits_at <= self.now:
                group = show(self.tx, group, destination, self.settings, self.now)
            else:
                next_at = edits_at if next_at is None else min(edits_at, next_at)
        if next_at is not None:
            next_at = max(next_at, self.now + LOOK_LEAST)
        return alert_groups.rest(self.tx, group, next_at)


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
