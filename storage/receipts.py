"""Carriers' delivery reports as Tencent pushed them: kept first, understood afterwards.

A report for a serial we do not know is kept apart by the same rules: it usually precedes our own
commit of the answer that names the serial, and is matched when that comes.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import NamedTuple

from bot.rules.delivery import FENCED
from storage.db import Tx
from storage.ids import to_ms

OF_SERIAL = """
SELECT success, carrier_code FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number
ORDER BY stored_at_ms, success DESC
"""
COLUMNS = (
    "serial_at_s", "serial", "number", "success", "app", "carrier_code", "description",
    "carrier_at_ms", "stored_at_ms",
)  # fmt: skip
ADD = f"""
INSERT INTO receipts ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
ON CONFLICT (serial_at_s, serial, number, success) DO NOTHING
"""
#: Receipts in one statement; each statement text is prepared once for each count.
AT_ONCE = 100
Row = tuple[int, str, str, int, str, str, str, int | None, int]
# A mainland serial holds the unix seconds of its acceptance: 5000:1045710669157053657849499619.
UNIX_SECONDS = re.compile(r"(?=(1[5-9]\d{8}|2[01]\d{8}))")


# NamedTuples: made for every report, and a frozen dataclass takes three times as long to make.
class Receipt(NamedTuple):
    """One verdict on one message; `number` is E.164."""

    serial: str
    number: str
    success: bool
    carrier_code: str
    description: str
    carrier_at: datetime | None


class Arrival(NamedTuple):
    """A receipt as it came: for which app, and when."""

    app: str
    receipt: Receipt
    at: datetime


def add(tx: Tx, app: str, receipt: Receipt, now: datetime) -> bool:
    """Keeps a verdict once; False for a repeat. A contrary verdict is a second row."""
    row = _row(tx, Arrival(app, receipt, now))
    return tx.conn.execute(ADD, row).rowcount == 1


def add_unrelated(tx: Tx, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Keeps what is about no message of ours, in few statements; returns the rest, unkept.

    A report is about one by its serial, or may be by a fence on its number.
    """
    return [
        arrival
        for start in range(0, len(arrivals), AT_ONCE)
        for arrival in _add_unrelated(tx, arrivals[start : start + AT_ONCE])
    ]


def _add_unrelated(tx: Tx, arrivals: Sequence[Arrival]) -> list[Arrival]:
    # Every statement gives up the interpreter, and a busy event loop is slow to hand it back
    # (100 µs): one for all of them, and a second only where some are repeats or ours.
    rows = [_row(tx, arrival) for arrival in arrivals]
    values = list(chain.from_iterable(rows))
    if tx.conn.execute(_add_strangers(len(rows)), values).rowcount == len(rows):
        return []
    names = [serial for _, serial, *_ in rows] + [number for _, _, number, *_ in rows]
    ours = {name for found in tx.conn.execute(_which_related(len(rows)), names) for name in found}
    return [
        arrival
        for arrival, (_, serial, number, *_) in zip(arrivals, rows, strict=True)
        if serial in ours or number in ours
    ]


@cache
def _add_strangers(count: int) -> str:
    marks = "(" + ", ".join("?" * len(COLUMNS)) + ")"
    fenced = ", ".join(str(state.value) for state in sorted(FENCED))
    # Both engines name the columns of VALUES so. PostgreSQL takes parameters in it for text.
    return f"""
INSERT INTO receipts ({", ".join(COLUMNS)})
SELECT
  CAST(column1 AS BIGINT), column2, column3, CAST(column4 AS BIGINT), column5, column6, column7,
  CAST(column8 AS BIGINT), CAST(column9 AS BIGINT)
FROM (VALUES {", ".join([marks] * count)}) AS came
WHERE NOT EXISTS (SELECT 1 FROM messages WHERE serial = column2)
  AND NOT EXISTS (SELECT 1 FROM messages WHERE state IN ({fenced}) AND number = column3)
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


def _row(tx: Tx, arrival: Arrival) -> Row:
    """What is stored, in the order of COLUMNS. A tuple: this runs once for every report."""
    receipt = arrival.receipt
    return (
        serial_time(receipt.serial),
        receipt.serial,
        tx.vault.seal_number(receipt.number),
        int(receipt.success),
        arrival.app,
        receipt.carrier_code,
        receipt.description,
        None if receipt.carrier_at is None else to_ms(receipt.carrier_at),
        to_ms(arrival.at),
    )


def of_serial(tx: Tx, serial: str, number: str) -> Iterable[tuple[bool, str]]:
    """The verdicts kept for a serial and number, in the order they came: success, carrier code."""
    rows = tx.all(
        OF_SERIAL,
        serial_at_s=serial_time(serial),
        serial=serial,
        number=tx.vault.seal_number(number),
    )
    return [(bool(row["success"]), row["carrier_code"]) for row in rows]


def serial_time(serial: str) -> int:
    """The unix seconds inside a serial, 0 where none can be read.

    Only a place in the key, so that reports of one time lie together: whether the digits truly are
    the time does not matter, that equal serials give equal answers does.
    """
    _, _, digits = serial.partition(":")
    found = UNIX_SECONDS.search(digits, 6)
    return int(found.group(1)) if found else 0
