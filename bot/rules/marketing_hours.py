"""When marketing may go out, and the next moment at which it may.

The carriers take it from 08:00 to 22:00 only (cloud.tencent.com/document/product/382/39023,
2025-06-17); a team may want to be quieter, never louder.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.rules.limits import MAINLAND_ZONE


@dataclass(frozen=True, slots=True)
class Hours:
    """Part of a day by the mainland's clock; `closes` itself is outside."""

    opens: time
    closes: time


CARRIERS = Hours(time(8), time(22))


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether marketing may go out at `at`."""
    clock = at.astimezone(MAINLAND_ZONE).time()
    return hours.opens <= clock < hours.closes


def last_open(hours: Hours, at: datetime) -> datetime:
    """The end of the time before `at` in which it may: `at` itself where it may until then."""
    local = at.astimezone(MAINLAND_ZONE)
    if hours.opens < local.time() <= hours.closes:
        return at
    is_later = local.time() > hours.closes
    day = local.date() if is_later else local.date() - timedelta(days=1)
    return datetime.combine(day, hours.closes, MAINLAND_ZONE).astimezone(at.tzinfo)


def next_open(hours: Hours, at: datetime) -> datetime:
    """The first moment from `at` on at which it may: `at` itself where it is open."""
    if is_open(hours, at):
        return at
    local = at.astimezone(MAINLAND_ZONE)
    day = local.date() if local.time() < hours.opens else local.date() + timedelta(days=1)
    return datetime.combine(day, hours.opens, MAINLAND_ZONE).astimezone(at.tzinfo)
