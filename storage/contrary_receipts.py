"""Receipts that contradict us: under the serial of a message of ours, for another number.

Their numbers stand in `receipts`; here is which messages they are about, one row each.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bot.rules.numbers import FORGOTTEN
from storage.db import Tx
from storage.ids import to_ms
from storage.receipts import serial_time

NOTE = """
INSERT INTO contrary_receipts (serial, app, noted_at_ms)
SELECT serial, app, :now FROM messages WHERE serial = :serial
ON CONFLICT (serial) DO UPDATE SET noted_at_ms = excluded.noted_at_ms
"""
MANY = """
SELECT app, count(*) AS many FROM contrary_receipts WHERE noted_at_ms > :since
GROUP BY app ORDER BY app
"""
LATEST = """
SELECT messages.serial AS serial, messages.number AS number FROM contrary_receipts
JOIN messages ON messages.serial = contrary_receipts.serial
WHERE contrary_receipts.app = :app AND noted_at_ms > :since
ORDER BY noted_at_ms DESC, messages.serial LIMIT :limit
"""
NAMED = """
SELECT number FROM receipts
WHERE serial_at_s = :serial_at_s AND serial = :serial AND number <> :number
ORDER BY stored_at_ms DESC, number LIMIT 1
"""


class Pair(NamedTuple):
    """The number a message went to and another one that a receipt under its serial names; E.164:
    mask them before showing them."""

    serial: str
    sent_to: str
    named: str


def note(tx: Tx, serial: str, now: datetime) -> None:
    """A receipt under `serial` names another number; nothing where no message of ours has it."""
    tx.run(NOTE, serial=serial, now=to_ms(now))


def is_one_kept(tx: Tx, serial: str, number: str) -> bool:
    """Whether any receipt under `serial` is kept for another number than `number`."""
    key = {"serial_at_s": serial_time(serial), "serial": serial}
    return tx.one(NAMED, **key, number=tx.vault.seal_number(number)) is not None


def many(tx: Tx, since: datetime) -> Mapping[str, int]:
    """About how many messages of each app one came since."""
    return {row["app"]: row["many"] for row in tx.all(MANY, since=to_ms(since))}


def latest(tx: Tx, app: str, since: datetime, limit: int) -> list[Pair]:
    """The latest of an app; those whose numbers were deleted meanwhile are left out."""
    found = []
    for row in tx.all(LATEST, app=app, since=to_ms(since), limit=limit):
        serial = row["serial"]
        key = {"serial_at_s": serial_time(serial), "serial": serial, "number": row["number"]}
        other, sent_to = tx.one(NAMED, **key), tx.vault.open_number(row["number"])
        if other is not None and not sent_to.startswith(FORGOTTEN):
            found.append(Pair(serial, sent_to, tx.vault.open_number(other["number"])))
    return found
