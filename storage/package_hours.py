"""What messages to the mainland cost the account, by the hour: from Tencent's lists of packages,
one after the other, and from our own messages for the time before the first of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.rules.figures import HOUR_S
from bot.rules.limits import MAINLAND_COUNTRY
from storage.db import Tx
from storage.traffic import hour_of

ADD_HOUR = """
INSERT INTO package_hours (hour_s, used_segments, known_s) VALUES (:hour, :used, :known)
ON CONFLICT (hour_s) DO UPDATE SET
  used_segments = package_hours.used_segments + excluded.used_segments,
  known_s = package_hours.known_s + excluded.known_s
"""
BETWEEN = "SELECT * FROM package_hours WHERE hour_s >= :since AND hour_s < :until ORDER BY hour_s"
FORGET = "DELETE FROM package_hours WHERE hour_s < :before"
# An hour in which the bot ran has a row of its own.
OWN = f"""
SELECT ran.from_s AS hour_s, coalesce(mainland.segments, 0) AS segments
FROM figures AS ran LEFT JOIN figures AS mainland
  ON mainland.app = ran.app AND mainland.dimension = 'country' AND mainland.span_s = ran.span_s
  AND mainland.from_s = ran.from_s AND mainland.value = :mainland
WHERE ran.app = :app AND ran.dimension = '' AND ran.span_s = {HOUR_S} AND ran.value = ''
  AND ran.from_s >= :since AND ran.from_s < :until
"""
#: Of an hour, so much must be known to stand for all of it.
KNOWN_S = HOUR_S // 2


def add(tx: Tx, shares: Mapping[int, tuple[int, int]]) -> None:
    """Adds segments and known seconds to each hour (UTC seconds since 1970)."""
    tx.run_many(
        ADD_HOUR,
        [
            {"hour": hour_s, "used": used, "known": known_s}
            for hour_s, (used, known_s) in shares.items()
        ],
    )


def known(tx: Tx, since_s: int, until_s: int) -> dict[int, float]:
    """Segments of each hour of a span of which half is known at least, as of a whole hour."""
    rows = tx.all(BETWEEN, since=since_s, until=until_s)
    return {
        row["hour_s"]: row["used_segments"] * HOUR_S / row["known_s"]
        for row in rows
        if row["known_s"] >= KNOWN_S
    }


def own(tx: Tx, apps: Sequence[str], since_s: int, until_s: int) -> dict[int, float]:
    """What our own messages cost in each hour of a span in which the bot ran."""
    tx.deferred.write(tx)
    found: dict[int, float] = {}
    for app in apps:
        for row in tx.all(OWN, app=app, since=since_s, until=until_s, mainland=MAINLAND_COUNTRY):
            found[row["hour_s"]] = found.get(row["hour_s"], 0.0) + row["segments"]
    return found


def forget(tx: Tx, before: datetime) -> int:
    """Deletes hours before that of `before`; returns how many."""
    return tx.run(FORGET, before=hour_of(before))
