"""Packages of an account as a message is given them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.rules.content import Package
from bot.rules.package_usage import WEEK_HOURS, Usage
from bot.rules.packages import Planned, Stock, left_now, stock_of
from tests.slack.made import NOW

DAY = timedelta(days=1)


def usage(a_day: float, deviation: float = 0.0) -> Usage:
    """The same in every hour."""
    return Usage((a_day / 24,) * WEEK_HOURS, deviation, 28)


def stocked(
    left: int,
    a_day: float | None,
    *,
    expires: timedelta = 700 * DAY,
    planned: Sequence[Planned] = (),
    deviation: float = 0.0,
    more: Sequence[Package] = (),
) -> Stock:
    """One package of 1,000 segments, or of more where more is left; `a_day` None: too little is
    known of what is used."""
    amount = max(1000, left)
    package = Package("7001", amount, amount - left, NOW - DAY, NOW + expires)
    known = None if a_day is None else usage(a_day, deviation)
    return stock_of(left_now([package, *more], 0, NOW), known, planned, seen_at=NOW, now=NOW)
