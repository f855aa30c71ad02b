"""What fires already goes where app.yaml sends it, once app.yaml has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.rules.alert_life import GroupState
from bot.rules.alerts import AlertKind
from bot.rules.routes import Receiver
from bot.settings import Settings
from handlers.flows import alerts, escalations
from handlers.flows.alert_rounds import Round
from storage import alert_groups
from storage import alerts as stored
from storage import escalations as chains
from storage.alert_groups import Group
from storage.db import Tx

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Strays:
    """Ids of alerts that are in other groups than app.yaml puts them into, and of groups of which
    another receiver hears, or another chain."""

    alerts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def parts(self) -> Iterator["Strays"]:
        """So many at a time that nobody else waits long for the writer."""
        for at in range(0, len(self.alerts), AT_ONCE):
            yield Strays(alerts=self.alerts[at : at + AT_ONCE])
        for at in range(0, len(self.groups), AT_ONCE):
            yield Strays(groups=self.groups[at : at + AT_ONCE])


def find(tx: Tx, settings: Settings, now: datetime) -> Strays:
    """What is open and not where it belongs by now. Reads only."""
    look = Round(tx, settings, now)
    groups = (
        each
        for each in alert_groups.open_ids(tx)
        if (group := alert_groups.get(tx, each)) is not None
        and _is_elsewhere(tx, group, look.destination(group).receiver)
    )
    return Strays(tuple(_misplaced(tx, settings)), tuple(groups))


def _misplaced(tx: Tx, settings: Settings) -> list[str]:
    places: dict[str, set[str]] = {}
    for alert_id, key in alert_groups.open_places(tx):
        places.setdefault(alert_id, set()).add(key)
    # What is in no open group was dismissed, and goes its way when it is taken up.
    return [
        alert_id
        for alert_id, labels in stored.open_labels(tx, AlertKind)
        if alert_id in places and places[alert_id] != alerts.keys(labels, settings)
    ]


def _is_elsewhere(tx: Tx, group: Group, receiver: Receiver) -> bool:
    return group.receiver != receiver.name or _has_new_chain(tx, group, receiver)


def _has_new_chain(tx: Tx, group: Group, receiver: Receiver) -> bool:
    is_calling = group.state is GroupState.FIRING
    return is_calling and chains.last_chain(tx, group.id) != receiver.chain


def bring_home(tx: Tx, strays: Strays, settings: Settings, now: datetime) -> None:
    """They go where they belong: alerts to their groups, groups to their receivers. One that breaks
    stays where it is."""
    for alert_id in strays.alerts:
        with tx.apart("alert"):
            alert = stored.get(tx, alert_id)
            if alert is not None and alert.fires():
                alerts.take_up(tx, alert, settings, now)
    look = Round(tx, settings, now)
    for group_id in strays.groups:
        with tx.apart("alert"):
            group = alert_groups.get(tx, group_id)
            if group is not None and group.resolved_at is None:
                _hand_over(tx, group, look.destination(group).receiver, settings, now)


def _hand_over(tx: Tx, group: Group, receiver: Receiver, settings: Settings, now: datetime) -> None:
    alert_groups.hand_over(tx, group.id, receiver.name)
    if _has_new_chain(tx, group, receiver):
        escalations.begin(tx, group, receiver, settings, now)
    alert_groups.touch(tx, group.id, now)
