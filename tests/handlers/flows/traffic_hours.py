"""What an app sent, hour by hour, put where the watch on traffic reads it."""

from datetime import UTC, datetime

from bot.rules.brake import HOUR_S, WEEK_S
from storage import traffic
from storage.db import Tx
from tests.storage.lines import line, put
from tests.storage.rows import NOW, NUMBER

ABROAD = "+998901234567"
HOUR = traffic.hour_of(NOW)


def fill(tx: Tx, many: int, at: datetime = NOW, fate: str = "begun", number: str = NUMBER) -> None:
    """So many messages of the hour of `at`."""
    country = "CN" if number.startswith("+86") else "UZ"
    put(tx, line(traffic.hour_of(at), number, country), {fate: many})


def live(tx: Tx, many: int = 20, weeks: int = 4, until: datetime = NOW) -> None:
    """An app that was watched for weeks, sent so many messages an hour, and all of them came."""
    end = traffic.hour_of(until)
    for hour_s in range(end - weeks * WEEK_S, end, HOUR_S):
        traffic.note_watched(tx, ["demo"], datetime.fromtimestamp(hour_s, UTC))
        put(tx, line(hour_s), {"begun": many, "accepted": many, "delivered": many})
