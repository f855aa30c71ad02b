"""Who was written to most, and what limits held back, looked at with bounded work.

No index finds an app's messages of a day; the latest few thousand rows tell who is near a limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.delivery import MessageState
from storage.db import Tx
from storage.ids import first_message_id, to_ms
from storage.messages import COUNTED
from storage.vault import SealedNumber

#: So many rows are looked at, however many there are.
LATEST_MESSAGES, LATEST_REFUSALS = 20_000, 50_000
HOUR_MS = 3_600_000
#: What is sent today was asked for that long ago at the most: a job starts within 30 days.
ASKED_WITHIN = timedelta(days=40)

_COUNTED = ", ".join(str(state.value) for state in sorted(COUNTED))
_WAITING = f"{MessageState.QUEUED.value}, {MessageState.CLAIMED.value}"
MOST_SENT = f"""
SELECT number, count(*) AS sent FROM (
  SELECT app, number, state, file_row, signed_at_ms, created_at_ms FROM messages
  WHERE id >= :first ORDER BY id DESC LIMIT :bound
) AS latest
WHERE app = :app AND state IN ({_COUNTED}) AND coalesce(signed_at_ms, created_at_ms) >= :since
  AND (state NOT IN ({_WAITING}) OR file_row IS NULL)
GROUP BY number HAVING count(*) > 1 ORDER BY sent DESC, number LIMIT :limit
"""
LATEST_REFUSED = """
SELECT number, max(at_ms) AS at FROM (
  SELECT number, at_ms FROM limit_refusals
  WHERE app = :app AND at_ms >= :since ORDER BY at_ms DESC LIMIT :bound
) AS latest
GROUP BY number ORDER BY at DESC, number LIMIT :limit
"""
REFUSED_BY_HOUR = """
SELECT at_ms / :hour AS hour, count(*) AS refused FROM (
  SELECT at_ms FROM limit_refusals
  WHERE app = :app AND at_ms >= :since ORDER BY at_ms DESC LIMIT :bound
) AS latest
GROUP BY at_ms / :hour
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """How many sends our limits did not let go, by the hour (UTC, hours since 1970); `is_all` is
    False where there are more than were looked at."""

    by_hour: Mapping[int, int]
    is_all: bool

    @property
    def total(self) -> int:
        return sum(self.by_hour.values())


def candidates(tx: Tx, app: str, since: datetime, limit: int) -> list[SealedNumber]:
    """Numbers that got most since `since`, and before them those that our limits refused last."""
    values = {"app": app, "since": to_ms(since), "limit": limit}
    refused = tx.all(LATEST_REFUSED, bound=LATEST_REFUSALS, **values)
    first = first_message_id(since - ASKED_WITHIN)
    most = tx.all(MOST_SENT, first=first, bound=LATEST_MESSAGES, **values)
    return list(dict.fromkeys(row["number"] for row in (*refused, *most)))


def refused_by_hour(tx: Tx, app: str, since: datetime) -> Refused:
    """What our limits did not let go since `since`."""
    rows = tx.all(REFUSED_BY_HOUR, app=app, since=to_ms(since), hour=HOUR_MS, bound=LATEST_REFUSALS)
    by_hour = {row["hour"]: row["refused"] for row in rows}
    return Refused(by_hour, sum(by_hour.values()) < LATEST_REFUSALS)
