"""Numbers of an app that the caps of one number do not hold for: test phones, a pager's SIM."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.errors import WrongDataKey
from storage.damage import Damage
from storage.db import Row, Tx
from storage.ids import from_ms, from_ms_or_none, to_ms
from storage.vault import SealedNumber

log = logging.getLogger("smsops.storage")
PURPOSE = "limit_exemptions.reason"
#: Numbers in one look-up; each statement text is prepared once for each count.
AT_ONCE = 250

_HOLDS = "(ends_at_ms IS NULL OR ends_at_ms > :now)"
PUT = """
INSERT INTO limit_exemptions (app, number, ends_at_ms, reason, added_by, request_id, at_ms)
VALUES (:app, :number, :ends_at, :reason, :added_by, :request_id, :at)
ON CONFLICT (app, number) DO UPDATE SET ends_at_ms = :ends_at, reason = :reason,
  added_by = :added_by, request_id = :request_id, at_ms = :at
"""
REMOVE = "DELETE FROM limit_exemptions WHERE app = :app AND number = :number RETURNING *"
HAS_ENDED = f"SELECT 1 FROM limit_exemptions WHERE NOT {_HOLDS} LIMIT 1"
FORGET_ENDED = f"DELETE FROM limit_exemptions WHERE NOT {_HOLDS} RETURNING *"
GET = f"SELECT * FROM limit_exemptions WHERE app = :app AND number = :number AND {_HOLDS}"
LATEST = f"""
SELECT * FROM limit_exemptions WHERE app = :app AND {_HOLDS}
ORDER BY at_ms DESC, number LIMIT :limit OFFSET :skip
"""
COUNT = f"SELECT count(*) AS numbers FROM limit_exemptions WHERE app = :app AND {_HOLDS}"
EVERY_NUMBER = f"SELECT number FROM limit_exemptions WHERE app = :app AND {_HOLDS}"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One exempt number. `number` is the full number: mask it before showing it.

    `ends_at` is None for good. `added_by` asked for it in request `request_id`.
    """

    app: str
    number: str
    ends_at: datetime | None
    reason: str
    added_by: str
    request_id: str
    added_at: datetime
    is_damaged: bool = False
    """The reason cannot be read, and is empty: it holds all the same."""


def put(tx: Tx, exemption: Exemption, now: datetime) -> None:
    """Keeps an exemption, over what was known of the number."""
    tx.run(
        PUT,
        app=exemption.app,
        number=tx.vault.seal_number(exemption.number),
        ends_at=None if exemption.ends_at is None else to_ms(exemption.ends_at),
        reason=tx.vault.seal(exemption.reason, purpose=PURPOSE),
        added_by=exemption.added_by,
        request_id=exemption.request_id,
        at=to_ms(exemption.added_at),
    )


def remove(tx: Tx, app: str, number: str) -> Exemption | None:
    """Forgets the exemption of a number; returns what it was, or None where there was none."""
    row = tx.one(REMOVE, app=app, number=tx.vault.seal_number(number))
    return None if row is None else _exemption(tx, row)


def has_ended(tx: Tx, now: datetime) -> bool:
    """Whether there is an exemption that is over."""
    return tx.one(HAS_ENDED, now=to_ms(now)) is not None


def forget_ended(tx: Tx, now: datetime) -> list[Exemption]:
    """Forgets exemptions that are over; returns them, the number "" where it cannot be read."""
    damage = Damage()

    def shown(row: Row) -> Exemption:
        name = f"limit_exemptions {row['app']} {row['request_id']}"
        number = damage.read(name, lambda: tx.vault.open_number(row["number"]), otherwise="")
        return _with(tx, row, number)

    return [shown(row) for row in tx.all(FORGET_ENDED, now=to_ms(now))]


def get(tx: Tx, app: str, number: str, now: datetime) -> Exemption | None:
    """The exemption of a number that holds now."""
    row = tx.one(GET, app=app, number=tx.vault.seal_number(number), now=to_ms(now))
    return None if row is None else _exemption(tx, row)


def among(
    tx: Tx, app: str, numbers: Sequence[SealedNumber], now: datetime
) -> frozenset[SealedNumber]:
    """Which of the sealed `numbers` are exempt now."""
    found: set[SealedNumber] = set()
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        values = [app, to_ms(now), *part]
        found |= {row["number"] for row in tx.conn.execute(_which(len(part)), values)}
    return frozenset(found)


def every_number(tx: Tx, app: str, now: datetime) -> frozenset[SealedNumber]:
    """All numbers of an app that are exempt now, sealed."""
    return frozenset(row["number"] for row in tx.all(EVERY_NUMBER, app=app, now=to_ms(now)))


def latest(tx: Tx, app: str, now: datetime, limit: int, skip: int = 0) -> list[Exemption]:
    """The exemptions of an app that hold now, latest first, behind the first `skip`."""
    rows = tx.all(LATEST, app=app, now=to_ms(now), limit=limit, skip=skip)
    return [_exemption(tx, row) for row in rows]


def count(tx: Tx, app: str, now: datetime) -> int:
    """How many exemptions of an app hold now."""
    row = tx.one(COUNT, app=app, now=to_ms(now))
    return 0 if row is None else int(row["numbers"])


@cache
def _which(count: int) -> str:
    marks = ", ".join("?" * count)
    return f"""
SELECT number FROM limit_exemptions
WHERE app = ? AND (ends_at_ms IS NULL OR ends_at_ms > ?) AND number IN ({marks})
"""


def _reason(tx: Tx, row: Row) -> str | None:
    """None where it cannot be read."""
    try:
        return tx.vault.open(row["reason"], purpose=PURPOSE)
    except WrongDataKey:
        extra = {"event": "row_unreadable", "row": row["app"]}
        log.exception("exemption unreadable", extra=extra)
        return None


def _exemption(tx: Tx, row: Row) -> Exemption:
    return _with(tx, row, tx.vault.open_number(row["number"]))


def _with(tx: Tx, row: Row, number: str) -> Exemption:
    reason = _reason(tx, row)
    return Exemption(
        app=row["app"],
        number=number,
        ends_at=from_ms_or_none(row["ends_at_ms"]),
        reason=reason or "",
        added_by=row["added_by"],
        request_id=row["request_id"],
        added_at=from_ms(row["at_ms"]),
        is_damaged=reason is None,
    )
