"""Where replies stand in Slack: one thread a number in a channel, and how many an hour had."""

from dataclasses import dataclass
from datetime import datetime

from storage.db import Row, Tx
from storage.ids import from_ms, to_ms
from storage.vault import SealedNumber

GET_THREAD = """
SELECT root, last_at_ms FROM reply_threads WHERE channel = :channel AND number = :number
"""
PUT_THREAD = """
INSERT INTO reply_threads (channel, number, root, last_at_ms)
VALUES (:channel, :number, :root, :now)
ON CONFLICT (channel, number) DO UPDATE SET last_at_ms = excluded.last_at_ms
"""
MOVE_THREAD = "UPDATE reply_threads SET root = :root WHERE root = :gone"
BEGIN_HOUR = """
INSERT INTO reply_hours (channel, hour_s, told, told_no, gathered, gathered_no, shown, shown_at_ms,
  edits)
VALUES (:channel, :hour_s, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT (channel, hour_s) DO NOTHING
"""
GET_HOUR = "SELECT * FROM reply_hours WHERE channel = :channel AND hour_s = :hour_s"
SAVE_HOUR = """
UPDATE reply_hours SET told = :told, told_no = :told_no, gathered = :gathered,
  gathered_no = :gathered_no
WHERE channel = :channel AND hour_s = :hour_s
"""
FIND_UNSHOWN = """
SELECT * FROM reply_hours WHERE gathered > shown AND shown_at_ms <= :before ORDER BY shown_at_ms
LIMIT :limit
"""
NOTE_SHOWN = """
UPDATE reply_hours SET shown = :gathered, shown_at_ms = :now, edits = edits + 1
WHERE channel = :channel AND hour_s = :hour_s
"""


@dataclass(frozen=True, slots=True)
class Thread:
    """The post under which a number's replies stand, and when the last one was put there."""

    root: str
    last_at: datetime


@dataclass(slots=True)
class Hour:
    """How many replies of one hour were told one by one, and how many gathered in one message;
    `_no` are those that opted out. `edits` counts what was said of the gathered ones so far."""

    channel: str
    hour_s: int
    told: int
    told_no: int
    gathered: int
    gathered_no: int
    edits: int


def get(tx: Tx, channel: str, number: SealedNumber) -> Thread | None:
    row = tx.one(GET_THREAD, channel=channel, number=number)
    return None if row is None else Thread(row["root"], from_ms(row["last_at_ms"]))


def put(tx: Tx, channel: str, number: SealedNumber, root: str, now: datetime) -> None:
    """Keeps the thread of a number; one that is known keeps its root."""
    tx.run(PUT_THREAD, channel=channel, number=number, root=root, now=to_ms(now))


def move(tx: Tx, gone: str, root: str) -> None:
    """What comes from here on stands under the post `root`: the post `gone` is gone from Slack."""
    tx.run(MOVE_THREAD, gone=gone, root=root)


def hour(tx: Tx, channel: str, hour_s: int) -> Hour:
    """The counts of an hour; it begins with none."""
    tx.run(BEGIN_HOUR, channel=channel, hour_s=hour_s)
    row = tx.one(GET_HOUR, channel=channel, hour_s=hour_s)
    if row is None:
        raise LookupError(f"{hour_s}: no such hour")
    return _hour(row)


def save_hour(tx: Tx, hour: Hour) -> None:
    tx.run(
        SAVE_HOUR,
        channel=hour.channel,
        hour_s=hour.hour_s,
        told=hour.told,
        told_no=hour.told_no,
        gathered=hour.gathered,
        gathered_no=hour.gathered_no,
    )


def find_unshown(tx: Tx, before: datetime, limit: int) -> list[Hour]:
    """Hours that have more gathered than is said, and of which nothing was said since `before`."""
    return [_hour(row) for row in tx.all(FIND_UNSHOWN, before=to_ms(before), limit=limit)]


def note_shown(tx: Tx, hour: Hour, now: datetime) -> None:
    tx.run(
        NOTE_SHOWN,
        channel=hour.channel,
        hour_s=hour.hour_s,
        gathered=hour.gathered,
        now=to_ms(now),
    )


def _hour(row: Row) -> Hour:
    return Hour(
        row["channel"],
        row["hour_s"],
        row["told"],
        row["told_no"],
        row["gathered"],
        row["gathered_no"],
        row["edits"],
    )
