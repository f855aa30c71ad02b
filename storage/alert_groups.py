"""Groups of alerts, one card each: where they are in their life, and when to look at them next."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.alert_life import GroupState, Standing
from bot.rules.alerts import Severity
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, new_short_id, to_ms

log = logging.getLogger("smsops.alerts")
IS_KNOWN = "SELECT 1 FROM alert_groups WHERE id = :id"
OPEN_GROUP = """
INSERT INTO alert_groups (id, key, receiver, channel, labels, state, severity, opened_at_ms,
  told_severity, moves, wanted, shown, look_at_ms, acked_by, resolved_by)
VALUES (:id, :key, :receiver, :channel, :labels, :state, :severity, :now,
  0, 0, 1, 0, :look_at, '', '')
ON CONFLICT DO NOTHING
RETURNING *
"""
GET_GROUP = "SELECT * FROM alert_groups WHERE id = :id"
OPEN_OF = "SELECT * FROM alert_groups WHERE key = :key AND resolved_at_ms IS NULL"
LAST_CLEARED = """
SELECT * FROM alert_groups
WHERE key = :key AND resolved_at_ms >= :since AND resolved_by = ''
ORDER BY resolved_at_ms DESC LIMIT 1
"""
FIND_OPEN = """
SELECT * FROM alert_groups WHERE resolved_at_ms IS NULL
ORDER BY severity DESC, opened_at_ms DESC, id LIMIT :limit
"""
FIND_RESOLVED = """
SELECT * FROM alert_groups WHERE resolved_at_ms >= :since
ORDER BY resolved_at_ms DESC, id LIMIT :limit
"""
# In the same order, without what they say.
OPEN_IDS = """
SELECT id FROM alert_groups WHERE resolved_at_ms IS NULL
ORDER BY severity DESC, opened_at_ms DESC, id
"""
OPEN_PLACES = """
SELECT alert_members.alert_id AS alert_id, alert_groups.key AS key
FROM alert_groups JOIN alert_members ON alert_members.group_id = alert_groups.id
WHERE alert_groups.resolved_at_ms IS NULL
"""
FIND_DUE = """
SELECT id FROM alert_groups WHERE look_at_ms <= :now ORDER BY look_at_ms LIMIT :limit
"""
NEXT_LOOK = "SELECT min(look_at_ms) AS at FROM alert_groups WHERE look_at_ms IS NOT NULL"
OF_ALERT = """
SELECT alert_groups.* FROM alert_members
JOIN alert_groups ON alert_groups.id = alert_members.group_id
WHERE alert_members.alert_id = :alert_id
"""
#: The group as it is now; guarded by the number of its moves, so that of two at once one wins.
SAVE_GROUP = """
UPDATE alert_groups SET state = :state, severity = :severity, told_at_ms = :told_at,
  told_severity = :told_severity, moves = moves + 1, wanted = wanted + 1, look_at_ms = :look_at,
  acked_by = :acked_by, acked_at_ms = :acked_at, reminded_at_ms = :reminded_at,
  resolved_by = :resolved_by, resolved_at_ms = :resolved_at
WHERE id = :id AND moves = :moves
RETURNING *
"""
TOUCH = """
UPDATE alert_groups SET wanted = wanted + 1,
  look_at_ms = CASE WHEN look_at_ms IS NULL OR look_at_ms > :at THEN :at ELSE look_at_ms END
WHERE id = :id
"""
# What is due by time alone, and nothing new is known of.
HOLD = """
UPDATE alert_groups SET look_at_ms = :until
WHERE look_at_ms < :until AND wanted = shown AND state IN (:firing, :acknowledged)
"""
# One that stands where no group can stand is in nobody's way.
RETIRE = """
UPDATE alert_groups SET resolved_at_ms = :now, look_at_ms = NULL
WHERE key = :key AND resolved_at_ms IS NULL
"""
HAND_OVER = "UPDATE alert_groups SET receiver = :receiver WHERE id = :id"
LOOK_AGAIN = "UPDATE alert_groups SET look_at_ms = :at WHERE id = :id"
# No move: what a look found of a group as it stays.
REST = """
UPDATE alert_groups SET look_at_ms = :at, severity = :severity, told_severity = :told_severity,
  opened_at_ms = :opened_at, told_at_ms = :told_at, shown_at_ms = :shown_at,
  acked_at_ms = :acked_at, reminded_at_ms = :reminded_at
WHERE id = :id
"""
LOOK_OPEN = "UPDATE alert_groups SET look_at_ms = :at WHERE resolved_at_ms IS NULL"
NOTE_SHOWN = """
UPDATE alert_groups SET shown = :wanted, shown_at_ms = :now WHERE id = :id
"""
ADD_MEMBER = """
INSERT INTO alert_members (group_id, alert_id) VALUES (:group_id, :alert_id)
ON CONFLICT DO NOTHING RETURNING alert_id
"""
DROP_MEMBER = "DELETE FROM alert_members WHERE group_id = :group_id AND alert_id = :alert_id"
FIND_UNTOLD = """
SELECT alert_id FROM alert_members WHERE group_id = :group_id AND told_at_ms IS NULL
"""
NOTE_TOLD = """
UPDATE alert_members SET told_at_ms = :now
WHERE group_id = :group_id AND alert_id = :alert_id AND told_at_ms IS NULL
"""
COUNT_BY_STATE = """
SELECT state, severity, count(*) AS many FROM alert_groups WHERE resolved_at_ms IS NULL
GROUP BY state, severity
"""


@dataclass(frozen=True, slots=True)
class Group:
    """The alerts of one card."""

    id: str
    """``A-7K3Q``."""
    key: str
    receiver: str
    channel: str
    """Where its card is."""
    labels: Mapping[str, str]
    """What all of them have in common, by how their route groups."""
    state: GroupState
    severity: Severity
    """The worst that fires, or fired last."""
    opened_at: datetime
    told_at: datetime | None
    """When people last heard of it; None where nobody did."""
    told_severity: int
    moves: int
    wanted: int
    shown: int
    shown_at: datetime | None
    look_at: datetime | None
    acked_by: str
    acked_at: datetime | None
    reminded_at: datetime | None
    """When whoever acknowledged it was asked whether it is still in hand."""
    resolved_by: str
    """A user id; "" where its facts were gone."""
    resolved_at: datetime | None

    @property
    def standing(self) -> Standing:
        """What its life goes by."""
        return Standing(
            self.state,
            self.opened_at,
            self.told_at,
            self.told_severity,
            self.acked_at,
            self.reminded_at,
        )

    def by(self, now: datetime) -> "Group":
        """The group without a time after `now`, as a clock leaves behind that was set back."""
        return replace(
            self,
            opened_at=min(self.opened_at, now),
            told_at=self.told_at and min(self.told_at, now),
            shown_at=self.shown_at and min(self.shown_at, now),
            acked_at=self.acked_at and min(self.acked_at, now),
            reminded_at=self.reminded_at and min(self.reminded_at, now),
        )


def open_new(
    tx: Tx,
    *,
    key: str,
    receiver: str,
    channel: str,
    labels: Mapping[str, str],
    severity: Severity,
    look_at: datetime,
    now: datetime,
) -> Group:
    """The group of `key` that begins now. Raises ValueError where one is open; one that cannot be
    read makes place for it."""
    if tx.one(OPEN_OF, key=key) is not None and open_of(tx, key) is None:
        tx.run(RETIRE, key=key, now=to_ms(now))
    row = tx.one(
        OPEN_GROUP,
        id=_free_id(tx),
        key=key,
        receiver=receiver,
        channel=channel,
        labels=json.dumps(dict(labels), ensure_ascii=False),
        state=int(GroupState.PENDING),
        severity=int(severity),
        look_at=to_ms(look_at),
        now=to_ms(now),
    )
    opened = None if row is None else _group(row)
    if opened is None:
        raise ValueError(f"{key}: a group is open")
    return opened


def _free_id(tx: Tx) -> str:
    length = 4
    while tx.one(IS_KNOWN, id=(group_id := new_short_id("A", length))) is not None:
        length += 1
    return group_id


def get(tx: Tx, group_id: str) -> Group | None:
    """The group of that id."""
    row = tx.one(GET_GROUP, id=group_id)
    return None if row is None else _group(row)


def open_of(tx: Tx, key: str) -> Group | None:
    """The open group of `key`, None where there is none."""
    row = tx.one(OPEN_OF, key=key)
    return None if row is None else _group(row)


def last_cleared(tx: Tx, key: str, since: datetime) -> Group | None:
    """The latest group of `key` that ended by itself after `since`, whether people had heard of it
    or not."""
    row = tx.one(LAST_CLEARED, key=key, since=to_ms(since))
    return None if row is None else _group(row)


def find_open(tx: Tx, limit: int = 1000) -> list[Group]:
    """Open groups, the worst first, of those the newest."""
    return _groups(tx.all(FIND_OPEN, limit=limit))


def open_ids(tx: Tx) -> list[str]:
    """The ids of all open groups, the worst first, of those the newest."""
    return [row["id"] for row in tx.all(OPEN_IDS)]


def open_places(tx: Tx) -> list[tuple[str, str]]:
    """Every alert in an open group, and the key of that group."""
    return [(row["alert_id"], row["key"]) for row in tx.all(OPEN_PLACES)]


def find_resolved(tx: Tx, since: datetime, limit: int = 1000) -> list[Group]:
    """Groups that ended after `since`, the newest first."""
    return _groups(tx.all(FIND_RESOLVED, since=to_ms(since), limit=limit))


def find_due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """The ids of groups there is something to do about, the longest due first."""
    return [row["id"] for row in tx.all(FIND_DUE, now=to_ms(now), limit=limit)]


def next_look(tx: Tx) -> datetime | None:
    """When the next group is to be looked at; None where none is."""
    row = tx.one(NEXT_LOOK)
    return None if row is None else from_ms_or_none(row["at"])


def of_alert(tx: Tx, alert_id: str) -> list[Group]:
    """The groups an alert is in, one for each route that took it, ended ones included."""
    return _groups(tx.all(OF_ALERT, alert_id=alert_id))


def save(tx: Tx, group: Group) -> Group | None:
    """Keeps what became of a group; None where somebody else was first."""
    row = tx.one(
        SAVE_GROUP,
        id=group.id,
        moves=group.moves,
        state=int(group.state),
        severity=int(group.severity),
        told_at=_ms(group.told_at),
        told_severity=group.told_severity,
        look_at=_ms(group.look_at),
        acked_by=group.acked_by,
        acked_at=_ms(group.acked_at),
        reminded_at=_ms(group.reminded_at),
        resolved_by=group.resolved_by,
        resolved_at=_ms(group.resolved_at),
    )
    return None if row is None else _group(row)


def touch(tx: Tx, group_id: str, look_at: datetime) -> None:
    """The card of a group is not what it should be: it is looked at by `look_at` at the latest."""
    tx.run(TOUCH, id=group_id, at=to_ms(look_at))


def touch_all(tx: Tx, group_ids: Iterable[str], look_at: datetime) -> None:
    """Something changed that may concern these groups: they are looked at by `look_at`."""
    tx.run_many(TOUCH, [{"id": each, "at": to_ms(look_at)} for each in group_ids])


def hold(tx: Tx, until: datetime) -> None:
    """Groups people know of, and of which there is no news, are not looked at before `until`."""
    standing = {"firing": GroupState.FIRING, "acknowledged": GroupState.ACKNOWLEDGED}
    tx.run(HOLD, until=to_ms(until), **{name: int(state) for name, state in standing.items()})


def put_off(tx: Tx, group_id: str, at: datetime) -> None:
    """A group is looked at next at `at`, whether it can be read or not."""
    tx.run(LOOK_AGAIN, id=group_id, at=to_ms(at))


def rest(tx: Tx, group: Group, at: datetime | None) -> Group:
    """Keeps how bad a group is and since when; nothing becomes of it before `at`."""
    tx.run(
        REST,
        id=group.id,
        at=_ms(at),
        severity=int(group.severity),
        told_severity=group.told_severity,
        opened_at=to_ms(group.opened_at),
        told_at=_ms(group.told_at),
        shown_at=_ms(group.shown_at),
        acked_at=_ms(group.acked_at),
        reminded_at=_ms(group.reminded_at),
    )
    return replace(group, look_at=at)


def look_open(tx: Tx, at: datetime) -> None:
    """All open groups are looked at by `at`; nothing of them is known to have changed."""
    tx.run(LOOK_OPEN, at=to_ms(at))


def note_shown(tx: Tx, group: Group, now: datetime) -> Group:
    """The card of a group shows it as it is."""
    tx.run(NOTE_SHOWN, id=group.id, wanted=group.wanted, now=to_ms(now))
    return replace(group, shown=group.wanted, shown_at=now)


def hand_over(tx: Tx, group_id: str, receiver: str) -> None:
    """Another receiver hears of a group from here on."""
    tx.run(HAND_OVER, id=group_id, receiver=receiver)


def add_member(tx: Tx, group_id: str, alert_id: str) -> bool:
    """Puts an alert into a group; False where it is there."""
    return tx.one(ADD_MEMBER, group_id=group_id, alert_id=alert_id) is not None


def drop_member(tx: Tx, group_id: str, alert_id: str) -> None:
    """Takes an alert out of a group: it is told of elsewhere from here on."""
    tx.run(DROP_MEMBER, group_id=group_id, alert_id=alert_id)


def untold(tx: Tx, group_id: str) -> set[str]:
    """The ids of the alerts of a group that nobody has heard of yet."""
    return {row["alert_id"] for row in tx.all(FIND_UNTOLD, group_id=group_id)}


def note_told(tx: Tx, group_id: str, alert_ids: Iterable[str], now: datetime) -> None:
    """People have heard of these alerts of a group."""
    rows = [{"group_id": group_id, "alert_id": each, "now": to_ms(now)} for each in alert_ids]
    tx.run_many(NOTE_TOLD, rows)


def count_open(tx: Tx) -> dict[tuple[GroupState, Severity], int]:
    """How many groups are open, by state and severity."""
    return {
        (GroupState(row["state"]), Severity(row["severity"])): row["many"]
        for row in tx.all(COUNT_BY_STATE)
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _groups(rows: Iterable[Row]) -> list[Group]:
    """Those that can be read."""
    found = (_group(row) for row in rows)
    return [each for each in found if each is not None]


def _group(row: Row) -> Group | None:
    """None where it cannot be read: it must not keep the others from being told."""
    try:
        return _read(row)
    except (AttributeError, ValueError):
        extra = {"event": "alert_group_unreadable", "group": row["id"]}
        log.exception("alert group unreadable", extra=extra)
        return None


def _labels(row: Row) -> dict[str, str]:
    """As they stand; damaged ones as they stand in its key too."""
    try:
        return {str(name): str(value) for name, value in json.loads(row["labels"]).items()}
    except (AttributeError, ValueError):
        _, _, known = row["key"].partition(":")
        return {str(name): str(value) for name, value in json.loads(known).items()}


def _read(row: Row) -> Group:
    return Group(
        id=row["id"],
        key=row["key"],
        receiver=row["receiver"],
        channel=row["channel"],
        labels=_labels(row),
        state=GroupState(row["state"]),
        severity=Severity(row["severity"]),
        opened_at=from_ms(row["opened_at_ms"]),
        told_at=from_ms_or_none(row["told_at_ms"]),
        told_severity=row["told_severity"],
        moves=row["moves"],
        wanted=row["wanted"],
        shown=row["shown"],
        shown_at=from_ms_or_none(row["shown_at_ms"]),
        look_at=from_ms_or_none(row["look_at_ms"]),
        acked_by=row["acked_by"],
        acked_at=from_ms_or_none(row["acked_at_ms"]),
        reminded_at=from_ms_or_none(row["reminded_at_ms"]),
        resolved_by=row["resolved_by"],
        resolved_at=from_ms_or_none(row["resolved_at_ms"]),
    )
