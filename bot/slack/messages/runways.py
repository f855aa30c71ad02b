"""How long packages last, in words: wherever it is said, it is said so."""

from collections.abc import Sequence
from datetime import timedelta

from bot.locales import Locale, text
from bot.rules.packages import HORIZON, HOUR, End, Outlook, Unused
from bot.slack.messages.faults import moment

#: So many hours are told as hours, more as days.
HOURS_MAX = 48
#: Packages named one by one.
UNUSED_SHOWN = 3


def when(told: Outlook, locale: Locale) -> str:
    """When nothing is left, and how far off that may be."""
    if told.empty_at is None:
        return text(locale, "package.lasts", days=HORIZON.days)
    time = moment(told.empty_at)
    if told.end is End.EXPIRED:
        return text(locale, "package.expires", time=time)
    if told.width is None and told.earliest is not None:
        earliest = moment(told.earliest)
        return text(locale, "package.empty_open", time=time, earliest=earliest)
    return text(locale, "package.empty", time=time, width=wide(told.width or HOUR, locale))


def wide(width: timedelta, locale: Locale) -> str:
    """A width, in whole hours or days."""
    hours = -(-width // HOUR)
    if hours <= HOURS_MAX:
        return text(locale, "package.hours", count=max(1, hours))
    return text(locale, "package.days", count=-(-hours // 24))


def unused(found: Sequence[Unused], locale: Locale) -> list[str]:
    """What expires unused, the next first: a line each, and what that is of the rest."""
    lines = [
        text(
            locale,
            "package.unused",
            count=f"{each.segments:,}",
            date=moment(each.at, "{date_short}"),
        )
        for each in found[:UNUSED_SHOWN]
    ]
    rest = sum(each.segments for each in found[UNUSED_SHOWN:])
    return [*lines, text(locale, "package.unused_more", count=f"{rest:,}")] if rest else lines
