"""What nobody answered for: messages in doubt, and the other ends of the two wires."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reach import Outage
from bot.rules.alerts.signal import APP, AlertKind, Severity, Signal
from bot.rules.classes import TemplateClass
from bot.rules.delivery import SETTLE_TIME

#: Tencent's books were read several times by then.
DUE_AFTER = SETTLE_TIME + timedelta(minutes=2)
#: So many of an app in doubt at once are told before their time has come.
MANY = 20
CLASS = "class"


@dataclass(frozen=True, slots=True)
class Doubts:
    """An app's messages in doubt, those of alerts apart from all others: how many, how many of them
    a person has to decide about by now, since when the oldest is there, and who asked for it."""

    app: str
    is_alert: bool
    total: int
    due: int
    since: datetime
    request_id: str


def in_doubt(doubts: Doubts) -> Signal | None:
    """Nobody knows whether they were sent, and nothing tells any more; or they are many.

    A message of class alert is waited for by somebody who should act: it wakes whoever is on call,
    and is not left to a question on a card.
    """
    if not doubts.due and doubts.total < MANY:
        return None
    is_urgent = doubts.is_alert and doubts.due > 0
    labels = {APP: doubts.app}
    if doubts.is_alert:
        labels[CLASS] = TemplateClass.ALERT.value
    facts = {
        "total": doubts.total,
        "due": doubts.due,
        "since_ms": round(doubts.since.timestamp() * 1000),
        "request_id": doubts.request_id,
    }
    severity = Severity.CRITICAL if is_urgent else Severity.WARNING
    return Signal(AlertKind.IN_DOUBT, severity, labels, facts)


def unreachable(kind: AlertKind, outage: Outage | None, now: datetime) -> Signal | None:
    """Tencent or Slack, by the kind: nothing the bot says gets there, or none of it is answered."""
    if outage is None or not outage.is_lasting(now):
        return None
    facts = {"since_ms": round(outage.since.timestamp() * 1000), "fault": outage.fault}
    return Signal(kind, Severity.CRITICAL, {}, facts)
