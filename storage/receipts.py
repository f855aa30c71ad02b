"""Carriers' delivery reports as Tencent pushed them: kept first, understood afterwards.

A report for a serial we do not know is kept apart by the same rules: it usually precedes our own
commit of the answer that names the serial, and is matched when that comes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from storage.db import Tx
from storage.ids import to_ms

ADD_RECEIPT = """
INSERT INTO receipts (serial_at_s, serial, number, success, app, carrier_code, description,
                      carrier_at_ms, stored_at_ms)
VALUES (:serial_at_s, :serial, :number, :success, :app, :carrier_code, :description,
        :carrier_at, :now)
ON CONFLICT (serial_at_s, serial, number, success) DO NOTHING
"""
OF_SERIAL = """
SELECT success, carrier_code FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number = :number
ORDER BY stored_at_ms, success DESC
"""
# A mainland serial holds the unix seconds of its acceptance: 5000:1045710669157053657849499619.
UNIX_SECONDS = re.compile(r"(?=(1[5-9]\d{8}|2[01]\d{8}))")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One verdict on one message; `number` is E.164."""

    serial: str
    number: str
    success: bool
    carrier_code: str
    description: str
    carrier_at: datetime | None


def add(tx: Tx, app: str, receipt: Receipt, now: datetime) -> bool:
    """Keeps a verdict once; False for a repeat. A contrary verdict is a second row."""
    return (
        tx.run(
            ADD_RECEIPT,
            serial_at_s=serial_time(receipt.serial),
            serial=receipt.serial,
            number=tx.vault.seal_number(receipt.number),
            success=int(receipt.success),
            app=app,
            carrier_code=receipt.carrier_code,
            description=receipt.description,
            carrier_at=None if receipt.carrier_at is None else to_ms(receipt.carrier_at),
            now=to_ms(now),
        )
        == 1
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


@lru_cache(maxsize=4096)
def serial_time(serial: str) -> int:
    """The unix seconds inside a serial, 0 where none can be read.

    Only a place in the key, so that reports of one time lie together: whether the digits truly are
    the time does not matter, that equal serials give equal answers does.
    """
    _, _, digits = serial.partition(":")
    found = UNIX_SECONDS.search(digits, 6)
    return int(found.group(1)) if found else 0
