"""Carriers' delivery reports as Tencent pushed them: kept first, understood afterwards.

A report for a serial we do not know is kept apart by the same rules: it usually precedes our own
commit of the answer that names the serial, and is matched when that comes.

A receipt that says what its carrier's code usually comes with keeps no words of its own: they are
once in `carrier_words`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum
from functools import cache
from itertools import chain
from typing import NamedTuple

from bot.rules.delivery import FENCED
from storage.db import Tx
from storage.ids import from_ms_or_none, to_ms

OF_SERIAL = """
SELECT success, carrier_code, carrier_at_ms, came_by FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number
ORDER BY stored_at_ms, success DESC
"""
# Few are looked at: an app of which none came would have all of them read.
LATEST_OF_APP = """
SELECT max(stored_at_ms) AS at_ms FROM (
  SELECT app, stored_at_ms, came_by FROM receipts WHERE serial_at_s >= :since
  ORDER BY serial_at_s DESC, serial DESC LIMIT :within
) AS latest
WHERE app = :app AND came_by = 0
"""
# Those accepted last, whichever app's: one that sends seldom must not have all of them read.
LATEST_ACCEPTED = """
SELECT serial, number FROM (
  SELECT app, serial, number, accepted_at_ms FROM messages
  WHERE fee_segments IS NOT NULL AND accepted_at_ms >= :since AND accepted_at_ms <= :before
  ORDER BY accepted_at_ms DESC LIMIT :within
) AS latest
WHERE app = :app AND serial IS NOT NULL ORDER BY accepted_at_ms DESC LIMIT :limit
"""
CAME_BY_ITSELF = """
SELECT 1 FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number AND came_by <> 1
LIMIT 1
"""
# Behind the insert: nearly all are pushed, and theirs is the hot path.
NOTE_CAME_BY = """
UPDATE receipts SET came_by = :came_by
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number AND success = :success
"""
DROP = """
DELETE FROM receipts WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number
"""
COLUMNS = (
    "serial_at_s", "serial", "number", "success", "app", "carrier_code", "description",
    "carrier_at_ms", "stored_at_ms",
)  # fmt: skip
ADD_WORDS = """
INSERT INTO carrier_words (carrier_code, description) VALUES (?, ?)
ON CONFLICT (carrier_code) DO NOTHING
"""
#: Receipts in one statement; each statement text is prepared once for each count.
AT_ONCE = 100
Row = tuple[int, str, str, int, str, str, str, int | None, int]
# A mainland serial holds the unix seconds of its acceptance: 5000:1045710669157053657849499619.
UNIX_SECONDS = re.compile(r"[^:]*:.{6}.*?(1[5-9]\d{8}|2[01]\d{8})", re.DOTALL)


class Came(IntEnum):
    """How a receipt came to us; the numbers are stored."""

    PUSHED = 0
    #: Asked for by its number, because it had not come.
    FETCHED = 1
    #: Taken from the application's queue at Tencent.
    TAKEN = 2


# NamedTuples: made for every report, and a frozen dataclass takes three times as long to make.
class Receipt(NamedTuple):
    """One verdict on one message; `number` is E.164."""

    serial: str
    number: str
    success: bool
    carrier_code: str
    description: str
    carrier_at: datetime | None


class Said(NamedTuple):
    """A kept verdict: what the carrier said, and when it says that was so."""

    success: bool
    carrier_code: str
    carrier_at: datetime | None
    came: Came = Came.PUSHED


class Arrival(NamedTuple):
    """Receipts that came together: for which app, and when."""

    app: str
    receipts: Sequence[Receipt]
    at: datetime


def add(tx: Tx, app: str, receipt: Receipt, now: datetime, came: Came = Came.PUSHED) -> bool:
    """Keeps a verdict once, as it came first; False for a repeat. A contrary verdict is a second
    row."""
    row = _rows(tx, Arrival(app, [receipt], now))[0]
    if tx.conn.execute(_add_any(1), row).rowcount != 1:
        return False
    if came is not Came.PUSHED:
        at_s, serial, number, success, *_ = row
        tx.run(
            NOTE_CAME_BY,
            serial_at_s=at_s,
            serial=serial,
            number=number,
            success=success,
            came_by=came.value,
        )
    return True


def drop(tx: Tx, receipt: Receipt) -> None:
    """Deletes what is kept of a receipt."""
    tx.run(
        DROP,
        serial_at_s=serial_time(receipt.serial),
        serial=receipt.serial,
        number=tx.vault.seal_number(receipt.number),
    )


def add_words(tx: Tx, words: Iterable[tuple[str, str]]) -> None:
    """Keeps what carriers' codes come with, code and description; the first to come stays."""
    tx.run_many(ADD_WORDS, words)


def add_unrelated(tx: Tx, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Keeps what is about no message of ours, in few statements; returns the rest, unkept.

    A report is about one by its serial, or may be by a fence on its number.
    """
    rows = [row for arrival in arrivals for row in _rows(tx, arrival)]
    ours: set[Row] = set()
    for start in range(0, len(rows), AT_ONCE):
        ours |= _add_unrelated(tx, rows[start : start + AT_ONCE])
    return _only(arrivals, rows, ours) if ours else []


def _add_unrelated(tx: Tx, rows: Sequence[Row]) -> set[Row]:
    """Those of the rows that are about messages of ours."""
    # Every statement gives up the interpreter, and a busy event loop is slow to hand it back
    # (100 µs): one for all of them, and a second only where some are repeats or ours.
    values = list(chain.from_iterable(rows))
    if tx.conn.execute(_add_strangers(len(rows)), values).rowcount == len(rows):
        return set()
    names = [serial for _, serial, *_ in rows] + [number for _, _, number, *_ in rows]
    ours = {name for found in tx.conn.execute(_which_related(len(rows)), names) for name in found}
    return {row for row in rows if row[1] in ours or row[2] in ours}


def _only(arrivals: Sequence[Arrival], rows: Sequence[Row], ours: set[Row]) -> list[Arrival]:
    """The arrivals without what was kept of them; `rows` are those of all, one after the other."""
    left, found = iter(rows), []
    for arrival in arrivals:
        receipts = [receipt for receipt in arrival.receipts if next(left) in ours]
        if receipts:
            found.append(arrival._replace(receipts=receipts))
    return found


@cache
def _add_any(count: int) -> str:
    return _add_where("1 = 1", count)


@cache
def _add_strangers(count: int) -> str:
    fenced = ", ".join(str(state.value) for state in sorted(FENCED))
    return _add_where(
        f"""NOT EXISTS (SELECT 1 FROM messages WHERE serial = column2)
  AND NOT EXISTS (SELECT 1 FROM messages WHERE state IN ({fenced}) AND number = column3)""",
        count,
    )


def _add_where(condition: str, count: int) -> str:
    marks = "(" + ", ".join("?" * len(COLUMNS)) + ")"
    # Both engines name the columns of VALUES so. PostgreSQL takes parameters in it for text.
    return f"""
INSERT INTO receipts ({", ".join(COLUMNS)})
SELECT
  CAST(column1 AS BIGINT), column2, column3, CAST(column4 AS BIGINT), column5, column6,
  CASE WHEN EXISTS (
    SELECT 1 FROM carrier_words
    WHERE carrier_words.carrier_code = column6 AND carrier_words.description = column7
  ) THEN '' ELSE column7 END,
  CAST(column8 AS BIGINT), CAST(column9 AS BIGINT)
FROM (VALUES {", ".join([marks] * count)}) AS came
WHERE {condition}
ON CONFLICT (serial_at_s, serial, number, success) DO NOTHING
"""


@cache
def _which_related(count: int) -> str:
    marks = ", ".join("?" * count)
    fenced = ", ".join(str(state.value) for state in sorted(FENCED))
    return f"""
SELECT serial, '' FROM messages WHERE serial IN ({marks})
UNION ALL SELECT '', number FROM messages WHERE state IN ({fenced}) AND number IN ({marks})
"""


def _rows(tx: Tx, arrival: Arrival) -> list[Row]:
    """What is stored, in the order of COLUMNS. Tuples, and no moment is read twice: this runs for
    every report."""
    app, at_ms, seal, ms = arrival.app, to_ms(arrival.at), tx.vault.seal_number, _Milliseconds()
    return [
        (
            serial_time(serial),
            serial,
            seal(number),
            1 if success else 0,
            app,
            carrier_code,
            description,
            ms[carrier_at],
            at_ms,
        )
        for serial, number, success, carrier_code, description, carrier_at in arrival.receipts
    ]


class _Milliseconds(dict[datetime | None, int | None]):
    """A moment's milliseconds; receipts that come together share their moments."""

    def __missing__(self, moment: datetime | None) -> int | None:
        self[moment] = found = None if moment is None else to_ms(moment)
        return found


def of_serial(tx: Tx, serial: str, number: str) -> list[Said]:
    """The verdicts kept for a serial and number, in the order they came."""
    rows = tx.all(
        OF_SERIAL,
        serial_at_s=serial_time(serial),
        serial=serial,
        number=tx.vault.seal_number(number),
    )
    return [
        Said(
            bool(row["success"]),
            row["carrier_code"],
            from_ms_or_none(row["carrier_at_ms"]),
            Came(row["came_by"]),
        )
        for row in rows
    ]


def latest_at(tx: Tx, app: str, *, since: datetime, within: int) -> datetime | None:
    """When the latest of an app was pushed, if it is among the latest `within` of those whose
    messages were accepted since."""
    row = tx.one(LATEST_OF_APP, app=app, since=to_ms(since) // 1000, within=within)
    return from_ms_or_none(row["at_ms"]) if row else None


def absent_in_a_row(
    tx: Tx, app: str, *, since: datetime, before: datetime, limit: int, within: int
) -> int:
    """How many of the latest messages of an app, accepted since and before, have no receipt that
    came by itself, up to the first one that has: of `limit` at the most, among the latest `within`
    of all apps."""
    rows = tx.all(
        LATEST_ACCEPTED,
        app=app,
        since=to_ms(since),
        before=to_ms(before),
        limit=limit,
        within=within,
    )
    for nth, row in enumerate(rows):
        at_s = serial_time(row["serial"])
        found = tx.one(CAME_BY_ITSELF, serial_at_s=at_s, serial=row["serial"], number=row["number"])
        if found is not None:
            return nth
    return len(rows)


def serial_time(serial: str) -> int:
    """The unix seconds inside a serial, 0 where none can be read.

    Only a place in the key, so that reports of one time lie together: whether the digits truly are
    the time does not matter, that equal serials give equal answers does.
    """
    found = UNIX_SECONDS.match(serial)
    return int(found[1]) if found else 0
