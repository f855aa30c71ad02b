"""Attempts at sending: committed before the first byte leaves, settled many at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import NamedTuple

from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from storage.db import Tx
from storage.ids import AttemptId, MessageId, RequestId, to_ms
from storage.messages import HELD, IN_FLIGHT, OPEN_STATES, QUEUED, Settlement
from storage.receipts import serial_time

#: Rows in one statement; each statement text is prepared once for each count.
ROWS_AT_ONCE = 100
# It counts as not tried: a first attempt that never began leaves nothing that limits count.
TAKE_BACK = f"""
UPDATE messages SET state = {QUEUED}, attempt = NULL, attempts = attempts - 1,
  signed_at_ms = CASE WHEN attempts = 1 THEN NULL ELSE signed_at_ms END, changed_at_ms = :now
WHERE id = :id AND attempt = :attempt AND state = {IN_FLIGHT}
"""
IS_FIRST_TRY = f"""
SELECT 1 FROM messages
WHERE id = :id AND attempt = :attempt AND state = {IN_FLIGHT} AND attempts = 1
  AND file_row IS NOT NULL
"""


# A NamedTuple, as `message_queue.Waiting` is: one is made for every message of a job.
class Attempt(NamedTuple):
    """A message in flight: what its settlement needs. `attempt` is that of its whole call."""

    id: MessageId
    request_id: RequestId
    number: str
    class_: TemplateClass
    attempt: AttemptId
    attempts: int
    """This one included."""
    give_up_at: datetime
    is_of_job: bool
    is_agreed: bool
    """Somebody else had said yes to its job."""
    app: str
    country: str
    """The ISO code; empty in what an earlier program stored."""
    signed_at: datetime
    """Committed: the hour it counts in."""
    template_id: str
    signature: str


def start(tx: Tx, attempts: Sequence[tuple[MessageId, AttemptId]], now: datetime) -> int:
    """Commits attempts that `now` will sign; returns of how many messages.

    The fence of each number is looked at by whoever found them and held by the unique index
    messages_fence: sqlite3.IntegrityError where one has closed since.
    """
    moment, started = to_ms(now), 0
    for first in range(0, len(attempts), ROWS_AT_ONCE):
        part = attempts[first : first + ROWS_AT_ONCE]
        values = [moment, moment, *chain.from_iterable(part)]
        started += tx.conn.execute(_start_many(len(part)), values).rowcount
    return started


def settle_many(tx: Tx, settled: Sequence[tuple[Attempt, Settlement]], now: datetime) -> int:
    """Notes what became of attempts in flight, in few statements; returns of how many.

    Raises sqlite3.IntegrityError where a serial is another message's: ask `find_known` before.
    """
    moment, changed = to_ms(now), 0
    for first in range(0, len(settled), ROWS_AT_ONCE):
        part = settled[first : first + ROWS_AT_ONCE]
        rows = (_settled_row(attempt, settlement, moment) for attempt, settlement in part)
        values = [moment, *chain.from_iterable(rows)]
        changed += tx.conn.execute(_settle_many(len(part)), values).rowcount
    return changed


def find_known(tx: Tx, serials: Sequence[str]) -> set[str]:
    """Which of these serials a message of ours has, or a report is kept for."""
    known: set[str] = set()
    for first in range(0, len(serials), ROWS_AT_ONCE):
        part = serials[first : first + ROWS_AT_ONCE]
        values = list(chain.from_iterable((serial, serial_time(serial)) for serial in part))
        known |= {row[0] for row in tx.conn.execute(_known_of(len(part)), values)}
    return known


def take_back(tx: Tx, attempts: Iterable[Attempt], now: datetime) -> int:
    """Queues again what was committed and never begun; returns how many.

    For whoever committed them and knows that no byte has left.
    """
    rows = [{"id": each.id, "attempt": each.attempt, "now": to_ms(now)} for each in attempts]
    return tx.run_many(TAKE_BACK, rows)


def first_tried(tx: Tx, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Those of `attempts` that are in flight, of a job, and had none before."""
    return [each for each in attempts if tx.one(IS_FIRST_TRY, id=each.id, attempt=each.attempt)]


@cache
def _start_many(count: int) -> str:
    marks = ", ".join(["(?, ?)"] * count)
    # Both engines name the columns of VALUES so.
    return f"""
UPDATE messages SET state = {IN_FLIGHT}, attempt = column2, attempts = attempts + 1,
  signed_at_ms = ?, lease_until_ms = NULL, changed_at_ms = ?
FROM (VALUES {marks}) AS started
WHERE messages.id = column1 AND messages.state IN ({QUEUED}, {HELD})
"""


@cache
def _settle_many(count: int) -> str:
    marks = "(" + ", ".join("?" * 11) + ")"
    # PostgreSQL takes parameters in VALUES for text. A code's values go with its settlement.
    return f"""
UPDATE messages SET changed_at_ms = ?, state = CAST(column3 AS BIGINT), serial = column4,
  fee_segments = CAST(column5 AS BIGINT), code = column6, detail = column7,
  tencent_request_id = column8, accepted_at_ms = CAST(column9 AS BIGINT),
  final_at_ms = CAST(column10 AS BIGINT), settled_by = column11,
  template_values = CASE WHEN class = 'otp' THEN '' ELSE template_values END
FROM (VALUES {", ".join([marks] * count)}) AS settled
WHERE messages.id = column1 AND messages.attempt = column2 AND messages.state = {IN_FLIGHT}
"""


@cache
def _known_of(count: int) -> str:
    marks = ", ".join(["(?, ?)"] * count)
    return f"""
SELECT column1 FROM (VALUES {marks}) AS told
WHERE EXISTS (SELECT 1 FROM messages WHERE serial = column1)
  OR EXISTS (
    SELECT 1 FROM receipts WHERE serial_at_s = CAST(column2 AS BIGINT) AND receipts.serial = column1
  )
"""


def _settled_row(attempt: Attempt, settlement: Settlement, moment: int) -> tuple[object, ...]:
    return (
        attempt.id,
        attempt.attempt,
        settlement.state.value,
        settlement.serial,
        settlement.fee_segments,
        settlement.code,
        settlement.detail,
        settlement.tencent_request_id,
        moment if settlement.state is MessageState.ACCEPTED else None,
        None if settlement.state in OPEN_STATES else moment,
        settlement.settled_by,
    )
