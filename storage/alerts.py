"""Facts that fire, from their first sign to their end."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import WrongDataKey
from bot.rules.alerts import APP, AlertKind, Severity, Signal
from bot.rules.roles import ACCOUNT
from storage import alert_labels
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, new_alert_id, to_ms

log = logging.getLogger("smsops.alerts")
PURPOSE = "alerts.facts"
KINDS = frozenset(kind.value for kind in AlertKind)

# Of an open one the count grows; of what it says, the latest stands, and the worst severity.
NOTE_EVENT = """
UPDATE alerts SET count = count + :count, seen_at_ms = :now, facts = :facts, quiet_s = :quiet_s,
  severity = CASE WHEN severity < :severity THEN :severity ELSE severity END
WHERE fingerprint = :fingerprint AND ended_at_ms IS NULL
RETURNING *
"""
NOTE_STATE = """
UPDATE alerts SET count = :count, seen_at_ms = :now, facts = :facts, severity = :severity
WHERE id = :id AND ended_at_ms IS NULL
RETURNING *
"""
OPEN_ALERT = """
INSERT INTO alerts (id, fingerprint, kind, labels, severity, routed, facts, count, raised_at_ms,
                    seen_at_ms, quiet_s)
VALUES (:id, :fingerprint, :kind, :labels, :severity, :severity, :facts, :count, :now,
        :now, :quiet_s)
ON CONFLICT DO NOTHING
RETURNING *
"""
OPEN_OF = "SELECT * FROM alerts WHERE fingerprint = :fingerprint AND ended_at_ms IS NULL"
GET_ALERT = "SELECT * FROM alerts WHERE id = :id"
FIND_OPEN = "SELECT * FROM alerts WHERE ended_at_ms IS NULL ORDER BY raised_at_ms, id"
FIND_OPEN_OF = "SELECT * FROM alerts WHERE ended_at_ms IS NULL AND kind = :kind"
FIND_LABELS = """
SELECT id, kind, severity, labels FROM alerts WHERE ended_at_ms IS NULL AND kind = :kind
"""
OF_GROUP = """
SELECT alerts.* FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id ORDER BY alerts.raised_at_ms, alerts.id
"""
LABELS_OF_GROUP = """
SELECT DISTINCT alerts.labels FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id
"""
FIRING_OF_GROUP = """
SELECT alerts.* FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id
  AND alerts.ended_at_ms IS NULL AND alerts.dismissed_until_ms IS NULL
ORDER BY alerts.raised_at_ms, alerts.id
"""
LAST_END = """
SELECT max(alerts.ended_at_ms) AS at
FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id AND alerts.ended_at_ms <= :now
"""
# What fires first, of that the worst, of that the latest.
WORST_OF_GROUP = """
SELECT alerts.* FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id
ORDER BY alerts.ended_at_ms IS NOT NULL, alerts.severity DESC, alerts.seen_at_ms DESC, alerts.id
LIMIT :limit
"""
TALLY_OF_GROUP = """
SELECT alerts.kind AS kind, count(*) AS many, sum(alerts.count) AS events,
  sum(CASE WHEN alerts.ended_at_ms IS NULL THEN 1 ELSE 0 END) AS firing
FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id GROUP BY alerts.kind
"""
# An event says nothing about its end: so long without another one, and it is over.
FIND_QUIET = """
SELECT id FROM alerts
WHERE ended_at_ms IS NULL AND quiet_s IS NOT NULL AND seen_at_ms + quiet_s * 1000 <= :now
"""
NEXT_TURN = """
SELECT min(at) AS at FROM (
  SELECT min(seen_at_ms + quiet_s * 1000) AS at FROM alerts
  WHERE ended_at_ms IS NULL AND quiet_s IS NOT NULL
  UNION ALL
  SELECT min(dismissed_until_ms) FROM alerts WHERE ended_at_ms IS NULL
) AS turns
"""
SEEN_BY = "UPDATE alerts SET seen_at_ms = :now WHERE ended_at_ms IS NULL AND seen_at_ms > :now"
END_ALERT = """
UPDATE alerts SET ended_at_ms = :now WHERE id = :id AND ended_at_ms IS NULL RETURNING *
"""
DISMISS = """
UPDATE alerts SET dismissed_until_ms = :until, routed = severity
WHERE id = :id AND ended_at_ms IS NULL
"""
TAKE_UP = "UPDATE alerts SET dismissed_until_ms = NULL, routed = severity WHERE id = :id"
FIND_DISMISSED = """
SELECT id FROM alerts WHERE ended_at_ms IS NULL AND dismissed_until_ms <= :now
"""
# An event whose quiet time is over has ended, whether somebody wrote that down yet or not.
LAST_SEEN = """
SELECT max(alerts.seen_at_ms) AS at
FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_id = :group_id AND alerts.ended_at_ms IS NULL
  AND alerts.dismissed_until_ms IS NULL
  AND (alerts.quiet_s IS NULL OR alerts.seen_at_ms + alerts.quiet_s * 1000 > :now)
"""
COUNT_OPEN = """
SELECT severity, count(*) AS many FROM alerts WHERE ended_at_ms IS NULL GROUP BY severity
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """One fact that fires, or fired."""

    id: str
    kind: AlertKind
    severity: Severity
    labels: Mapping[str, str]
    facts: Mapping[str, Any]
    count: int
    raised_at: datetime
    seen_at: datetime
    """The last event, or the last look that changed something."""
    quiet_s: int | None
    """So long without another event and it is over; None for what a look ends."""
    dismissed_until: datetime | None
    """Somebody resolved it while it went on: nobody hears of it before that."""
    ended_at: datetime | None
    routed: Severity
    """The severity by which its routes were found, or as which somebody dismissed it."""

    @property
    def signal(self) -> Signal:
        return Signal(self.kind, self.severity, self.labels, self.facts, self.count)

    @property
    def all_labels(self) -> dict[str, str]:
        return self.signal.all_labels

    def fires(self) -> bool:
        """Whether it goes on, and nobody dismissed it."""
        return self.ended_at is None and self.dismissed_until is None


@dataclass(frozen=True, slots=True)
class Tally:
    """Alerts of one kind in a group: all, those that go on, and the events they stand for."""

    alerts: int
    firing: int
    events: int


def note_event(tx: Tx, signal: Signal, now: datetime, quiet_s: int) -> Alert | None:
    """Counts one more of an open alert; None where none is open."""
    row = tx.one(
        NOTE_EVENT,
        fingerprint=signal.fingerprint,
        count=signal.count,
        severity=int(signal.severity),
        facts=_sealed(tx, signal.facts),
        quiet_s=quiet_s,
        now=to_ms(now),
    )
    return _changed(tx, row, now)


def note_state(tx: Tx, alert_id: str, signal: Signal, now: datetime) -> Alert | None:
    """What a look found an open alert to be now."""
    row = tx.one(
        NOTE_STATE,
        id=alert_id,
        count=signal.count,
        severity=int(signal.severity),
        facts=_sealed(tx, signal.facts),
        now=to_ms(now),
    )
    return _changed(tx, row, now)


def open_new(tx: Tx, signal: Signal, now: datetime, quiet_s: int | None) -> Alert | None:
    """The alert that begins now; None where it is open already. One that is open and cannot be
    read makes place for it."""
    known = tx.one(OPEN_OF, fingerprint=signal.fingerprint)
    if known is not None and _alert(tx, known) is None:
        end(tx, known["id"], now)
    row = tx.one(
        OPEN_ALERT,
        id=new_alert_id(now),
        fingerprint=signal.fingerprint,
        kind=signal.kind.value,
        labels=json.dumps(dict(sorted(signal.labels.items())), ensure_ascii=False),
        severity=int(signal.severity),
        facts=_sealed(tx, signal.facts),
        count=signal.count,
        quiet_s=quiet_s,
        now=to_ms(now),
    )
    if row is None:
        return None
    alert_labels.add(tx, row["id"], signal)
    return _alert(tx, row)


def _changed(tx: Tx, row: Row | None, now: datetime) -> Alert | None:
    """An open alert whose severity may be another one now; one that cannot be read is over."""
    if row is None:
        return None
    alert = _alert(tx, row)
    if alert is None:
        end(tx, row["id"], now)
    else:
        alert_labels.change(tx, row["id"], alert.signal)
    return alert


def get(tx: Tx, alert_id: str) -> Alert | None:
    """The alert of that id."""
    row = tx.one(GET_ALERT, id=alert_id)
    return None if row is None else _alert(tx, row)


def find_open(tx: Tx) -> list[Alert]:
    """Alerts that have not ended, dismissed ones included, oldest first."""
    return _alerts(tx, tx.all(FIND_OPEN))


def find_open_of(tx: Tx, kinds: Collection[AlertKind], app: str | None) -> list[Alert]:
    """Open alerts of some kinds; of one app where `app` is given."""
    rows = (row for kind in sorted(kinds) for row in tx.all(FIND_OPEN_OF, kind=kind.value))
    return [each for each in _alerts(tx, rows) if app is None or each.labels.get(APP) == app]


def open_labels(tx: Tx, kinds: Iterable[AlertKind]) -> list[tuple[str, dict[str, str]]]:
    """Id and all labels of the open alerts of some kinds, without opening what they say."""
    rows = (row for kind in kinds for row in tx.all(FIND_LABELS, kind=kind.value))
    found = ((row["id"], _labelled(row)) for row in rows)
    return [(each, signal.all_labels) for each, signal in found if signal is not None]


def of_group(tx: Tx, group_id: str) -> list[Alert]:
    """All that a group's card has told of, oldest first."""
    return _alerts(tx, tx.all(OF_GROUP, group_id=group_id))


def apps_of_group(tx: Tx, group_id: str) -> tuple[str, ...]:
    """The apps its alerts are of, each once; `ACCOUNT` for what is of none, or cannot be read."""
    found = {_app_of(row["labels"]) for row in tx.all(LABELS_OF_GROUP, group_id=group_id)}
    return tuple(sorted(found)) or (ACCOUNT,)


def _app_of(labels: str) -> str:
    try:
        return str(json.loads(labels).get(APP, ACCOUNT))
    except (AttributeError, ValueError):
        return ACCOUNT


def firing_of_group(tx: Tx, group_id: str) -> list[Alert]:
    """The alerts of a group that go on and that nobody dismissed, oldest first."""
    return _alerts(tx, tx.all(FIRING_OF_GROUP, group_id=group_id))


def last_end(tx: Tx, group_id: str, now: datetime) -> datetime | None:
    """When the last of a group's alerts that ended by `now` did."""
    row = tx.one(LAST_END, group_id=group_id, now=to_ms(now))
    return None if row is None else from_ms_or_none(row["at"])


def worst_of_group(tx: Tx, group_id: str, limit: int) -> list[Alert]:
    """The first few alerts of a group: what fires before what has ended, the worst first."""
    return _alerts(tx, tx.all(WORST_OF_GROUP, group_id=group_id, limit=limit))


def tally_of_group(tx: Tx, group_id: str) -> dict[AlertKind, Tally]:
    """How many alerts of each kind a group has, without opening what they say."""
    return {
        AlertKind(row["kind"]): Tally(row["many"], row["firing"], row["events"])
        for row in tx.all(TALLY_OF_GROUP, group_id=group_id)
        if row["kind"] in KINDS
    }


def last_seen(tx: Tx, group_id: str, now: datetime) -> datetime | None:
    """When something that fires in a group, and is not over by `now`, was seen last; None where
    nothing does."""
    row = tx.one(LAST_SEEN, group_id=group_id, now=to_ms(now))
    return None if row is None else from_ms_or_none(row["at"])


def find_quiet(tx: Tx, now: datetime) -> list[str]:
    """The ids of open alerts whose last event is so long ago that they are over."""
    return [row["id"] for row in tx.all(FIND_QUIET, now=to_ms(now))]


def next_turn(tx: Tx) -> datetime | None:
    """When the first alert ends if no more events come, or one that was dismissed is heard of
    again."""
    row = tx.one(NEXT_TURN)
    return None if row is None else from_ms_or_none(row["at"])


def find_dismissed(tx: Tx, now: datetime) -> list[str]:
    """The ids of alerts that were resolved while they went on, long ago, and that still go on."""
    return [row["id"] for row in tx.all(FIND_DISMISSED, now=to_ms(now))]


def seen_by(tx: Tx, now: datetime) -> None:
    """No alert that goes on was seen after `now`: the clock that said so was set back."""
    tx.run(SEEN_BY, now=to_ms(now))


def end(tx: Tx, alert_id: str, now: datetime) -> None:
    """Ends an alert, and drops its labels."""
    row = tx.one(END_ALERT, id=alert_id, now=to_ms(now))
    if row is None:
        return
    signal = _labelled(row)
    if signal is None:
        alert_labels.forget_all(tx, alert_id)
    else:
        alert_labels.forget(tx, alert_id, signal)


def dismiss(tx: Tx, alert_id: str, until: datetime) -> None:
    """Nobody hears of an alert before `until`, or before it has ended and begun again."""
    tx.run(DISMISS, id=alert_id, until=to_ms(until))


def take_up(tx: Tx, alert_id: str) -> None:
    """A dismissed alert is heard of again, and routed by its severity of now."""
    tx.run(TAKE_UP, id=alert_id)


def count_open(tx: Tx) -> dict[Severity, int]:
    """How many alerts are open, by severity."""
    return {Severity(row["severity"]): row["many"] for row in tx.all(COUNT_OPEN)}


def _sealed(tx: Tx, facts: Mapping[str, Any]) -> str:
    return tx.vault.seal(json.dumps(facts), purpose=PURPOSE)


def _labelled(row: Row) -> Signal | None:
    """What it is, without what it says; None where that cannot be read."""
    try:
        labels = {str(name): str(value) for name, value in json.loads(row["labels"]).items()}
        return Signal(AlertKind(row["kind"]), Severity(row["severity"]), labels)
    except (AttributeError, ValueError):
        log.exception("alert unreadable", extra={"event": "alert_unreadable", "alert": row["id"]})
        return None


def _alerts(tx: Tx, rows: Iterable[Row]) -> list[Alert]:
    """Those that can be read: a damaged row must not keep the others from being told."""
    found = (_alert(tx, row) for row in rows)
    return [each for each in found if each is not None]


def _alert(tx: Tx, row: Row) -> Alert | None:
    signal = _labelled(row)
    if signal is None:
        return None
    return Alert(
        id=row["id"],
        kind=signal.kind,
        severity=signal.severity,
        labels=signal.labels,
        facts=_facts(tx, row),
        count=row["count"],
        raised_at=from_ms(row["raised_at_ms"]),
        seen_at=from_ms(row["seen_at_ms"]),
        quiet_s=row["quiet_s"],
        dismissed_until=from_ms_or_none(row["dismissed_until_ms"]),
        ended_at=from_ms_or_none(row["ended_at_ms"]),
        routed=Severity(row["routed"]),
    )


def _facts(tx: Tx, row: Row) -> Mapping[str, Any]:
    """Nothing where they cannot be read: that it fires is known all the same."""
    try:
        facts = json.loads(tx.vault.open(row["facts"], purpose=PURPOSE))
    except (WrongDataKey, ValueError):
        log.exception("facts unreadable", extra={"event": "facts_unreadable", "alert": row["id"]})
        return {}
    return facts if isinstance(facts, dict) else {}
