"""Changes of limits that began or ended and of which nobody was told yet."""

from datetime import datetime

from storage import limits
from storage.db import Tx
from storage.ids import to_ms
from storage.limits import LimitChange

# As the index of open changes has it; these are few.
OPEN = "folded_at_ms IS NULL AND undone_at_ms IS NULL AND told_end_ms IS NULL"
FIND_BEGUN = f"""
SELECT request_id FROM limit_changes
WHERE {OPEN} AND unasked = 0 AND told_start_ms IS NULL AND starts_at_ms <= :now
ORDER BY starts_at_ms, nth
"""
FIND_ENDED = f"""
SELECT request_id FROM limit_changes
WHERE {OPEN} AND ends_at_ms <= :now ORDER BY ends_at_ms, nth
"""


def find_begun(tx: Tx, now: datetime) -> list[LimitChange]:
    """Those that began, in the order in which they did."""
    return _of(tx, [row["request_id"] for row in tx.all(FIND_BEGUN, now=to_ms(now))])


def find_ended(tx: Tx, now: datetime) -> list[LimitChange]:
    """Those for a while that are over."""
    return _of(tx, [row["request_id"] for row in tx.all(FIND_ENDED, now=to_ms(now))])


def _of(tx: Tx, ids: list[str]) -> list[LimitChange]:
    found = (limits.get_change(tx, each) for each in ids)
    return [each for each in found if each is not None]
