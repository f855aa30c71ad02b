"""How many events an alert counted lately, in steps of five minutes: for the card's small chart."""

from datetime import datetime

from storage.db import Tx
from storage.ids import to_ms

STEP_S, STEPS = 300, 12

ADD_COUNT = """
INSERT INTO alert_counts (alert_id, step_s, count) VALUES (:alert_id, :step, :count)
ON CONFLICT (alert_id, step_s) DO UPDATE SET count = alert_counts.count + excluded.count
"""
DROP_OLD = "DELETE FROM alert_counts WHERE alert_id = :alert_id AND step_s < :first"
OF_GROUP = """
SELECT alert_counts.step_s AS step_s, sum(alert_counts.count) AS many
FROM alert_members JOIN alert_counts ON alert_counts.alert_id = alert_members.alert_id
WHERE alert_members.group_id = :group_id AND alert_counts.step_s >= :first
GROUP BY alert_counts.step_s
"""


def add(tx: Tx, alert_id: str, count: int, now: datetime) -> None:
    """Counts `count` more events of an alert; what is older than the last hour is forgotten."""
    step = _step(now)
    tx.run(ADD_COUNT, alert_id=alert_id, step=step, count=count)
    tx.run(DROP_OLD, alert_id=alert_id, first=_first(step))


def of_group(tx: Tx, group_id: str, now: datetime) -> list[int]:
    """Events of all alerts of a group in the last hour, a figure for each step, earliest first."""
    last = _step(now)
    first = _first(last)
    rows = tx.all(OF_GROUP, group_id=group_id, first=first)
    found = {row["step_s"]: int(row["many"]) for row in rows}
    return [found.get(at, 0) for at in range(first, last + STEP_S, STEP_S)]


def _step(now: datetime) -> int:
    seconds = to_ms(now) // 1000
    return seconds - seconds % STEP_S


def _first(last: int) -> int:
    return last - (STEPS - 1) * STEP_S
