"""What an app's people wanted sent, in order of time: what went out, and what a limit of ours did
not let go. Numbers stay sealed: equal ones are equal, and a replay asks no more.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import cast

from bot.rules.delivery import MessageState
from bot.rules.limits import MAINLAND_COUNTRY
from bot.rules.policies import CLASSES
from bot.rules.replay import Attempted
from storage.ids import to_ms
from storage.messages import COUNTED
from storage.recipients import TIME_DIGITS

#: An id begins with when its message, or the job of it, was made: a job may begin this much later.
BEGUN_WITHIN = timedelta(days=60)
#: So many messages tell what one of their class takes.
LATEST = 2_000
#: Of a message that was billed nothing, and whose class was billed nothing.
SEGMENTS = 1

_REFUSED = MessageState.REFUSED.value
_STATES = ", ".join(str(state.value) for state in sorted(COUNTED | {MessageState.REFUSED}))
_UNBILLED = """WHEN class = 'otp' THEN :otp WHEN class = 'notice' THEN :notice
    WHEN class = 'marketing' THEN :marketing ELSE :alert"""
_AT = "coalesce(signed_at_ms, created_at_ms)"
# What a job has not begun was never wanted. Rows of an earlier program know no country: without a
# signature they went abroad.
BEGUN = f"""
SELECT {_AT} AS at_ms, number, content, class,
  CASE WHEN country = '' AND signature <> '' THEN '{MAINLAND_COUNTRY}' ELSE country END AS country,
  CASE WHEN state = {_REFUSED} THEN 0 WHEN fee_segments IS NOT NULL THEN fee_segments
    {_UNBILLED} END AS segments,
  CASE WHEN state = {_REFUSED} THEN 0 ELSE 1 END AS counts
FROM messages
WHERE id >= :first AND app = :app AND state IN ({_STATES})
  AND (file_row IS NULL OR signed_at_ms IS NOT NULL) AND {_AT} >= :since AND {_AT} < :until
ORDER BY at_ms, id
"""
REFUSED = f"""
SELECT at_ms, number, content, class, country, CASE {_UNBILLED} END AS segments, 1 AS counts
FROM limit_refusals
WHERE app = :app AND at_ms >= :since AND at_ms < :until
ORDER BY at_ms, request_id, number
"""
BILLED = """
SELECT class, sum(fee_segments) AS segments, count(*) AS sends FROM (
  SELECT class, fee_segments FROM messages
  WHERE id >= :first AND app = :app AND fee_segments IS NOT NULL ORDER BY id DESC LIMIT :limit
) AS latest
GROUP BY class
"""


def attempts(
    conn: sqlite3.Connection, app: str, since: datetime, until: datetime
) -> Iterator[Attempted]:
    """Everything wanted at `since` or later and before `until`, by time, then in the order in which
    it was asked for. What nobody was billed for counts with what its class takes lately.

    Needs no vault. Read row by row: memory does not grow with how many there are.
    """
    first = f"{max(0, to_ms(since - BEGUN_WITHIN)):0{TIME_DIGITS}x}"
    values: dict[str, object] = {
        "app": app,
        "first": first,
        "since": to_ms(since),
        "until": to_ms(until),
    }
    billed = {
        class_: ceil(segments / sends)
        for class_, segments, sends in _rows(conn, BILLED, values | {"limit": LATEST})
    }
    values |= {each: billed.get(each, SEGMENTS) for each in CLASSES}
    begun = cast("Iterator[Attempted]", _rows(conn, BEGUN, values))
    refused = cast("Iterator[Attempted]", _rows(conn, REFUSED, values))
    return _merged(begun, refused)


def _rows(conn: sqlite3.Connection, sql: str, values: Mapping[str, object]) -> sqlite3.Cursor:
    """Plain tuples: a million rows show the difference."""
    cursor = conn.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values)


def _merged(begun: Iterator[Attempted], refused: Iterator[Attempted]) -> Iterator[Attempted]:
    """Both by time, of one time what was begun first; a million rows are no place for `heapq`."""
    waiting = next(refused, None)
    for each in begun:
        while waiting is not None and waiting[0] < each[0]:
            yield waiting
            waiting = next(refused, None)
        yield each
    if waiting is not None:
        yield waiting
        yield from refused
