"""What each app's messages came to, by hour and by place: what the watch on traffic reads of the
figures (`storage.figures`).

An hour in which the bot ran has a row of its own, so that nothing sent and nobody there are told
apart.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.rules.figures import COLUMNS, HOUR_S, Counts
from storage.db import Tx
from storage.ids import to_ms

_NAMES, _SUMS = ", ".join(COLUMNS), ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)
IS_WATCHED = f"""
SELECT 1 FROM figures
WHERE app = :app AND dimension = '' AND span_s = {HOUR_S} AND from_s = :hour AND value = ''
"""
NOTE_WATCHED = f"""
INSERT INTO figures (app, dimension, span_s, from_s, value, {_NAMES})
VALUES (:app, '', {HOUR_S}, :hour, '', {", ".join("0" for _ in COLUMNS)}) ON CONFLICT DO NOTHING
"""
BY_HOUR = f"""
SELECT from_s, {_NAMES} FROM figures
WHERE app = :app AND dimension = '' AND span_s = {HOUR_S} AND from_s >= :since AND from_s < :until
ORDER BY from_s
"""
BY_PLACE = f"""
SELECT value, {_SUMS} FROM figures
WHERE app = :app AND dimension = 'place' AND span_s = {HOUR_S}
  AND from_s >= :since AND from_s < :until
GROUP BY value ORDER BY value
"""

FORGET_PLACES = f"""
DELETE FROM figures
WHERE app = :app AND dimension = 'place' AND span_s = {HOUR_S} AND from_s < :before
"""


def hour_of(moment: datetime) -> int:
    """When the clock hour of `moment` began: UTC seconds since 1970."""
    return to_ms(moment) // 1000 // HOUR_S * HOUR_S


def note_watched(tx: Tx, apps: Iterable[str], now: datetime) -> None:
    """The bot runs in this hour: where an app sends nothing in it, that is what it sent."""
    for app in apps:
        tx.run(NOTE_WATCHED, app=app, hour=hour_of(now))


def unwatched(tx: Tx, apps: Iterable[str], now: datetime) -> list[str]:
    """The apps of which it is not yet noted that they were watched in this hour."""
    hour_s = hour_of(now)
    return [app for app in apps if tx.one(IS_WATCHED, app=app, hour=hour_s) is None]


def by_hour(tx: Tx, app: str, since_s: int, until_s: int) -> dict[int, Counts]:
    """Every hour from `since_s` on and before `until_s` in which the bot ran, by its beginning."""
    tx.deferred.write(tx)
    rows = tx.all(BY_HOUR, app=app, since=since_s, until=until_s)
    return {row["from_s"]: Counts(*row[1:]) for row in rows}


def by_place(tx: Tx, app: str, since_s: int, until_s: int) -> dict[tuple[str, str], Counts]:
    """What was sent in a span by country (ISO, '' where it is not known) and the first digits of a
    number."""
    tx.deferred.write(tx)
    found = {}
    for row in tx.all(BY_PLACE, app=app, since=since_s, until=until_s):
        country, _, prefix = row["value"].partition(":")
        # PostgreSQL's sums are decimals.
        found[country, prefix] = Counts(*map(int, row[1:]))
    return found


def forget_places(tx: Tx, app: str, before: datetime) -> int:
    """Deletes the places of hours before `before`, which are most of all rows; returns how many."""
    return tx.run(FORGET_PLACES, app=app, before=hour_of(before))
