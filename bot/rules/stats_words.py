"""What stands behind ``/sms stats``: an app or ``all``, and how far back (``24h``, ``7d``)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.rules.figures import DAY_S, HOUR_S
from bot.rules.words import Word

SPAN_S = DAY_S
#: Hours are shown one by one, so not too many; days as many as a year has.
MOST = {HOUR_S: 72, DAY_S: 366}
SPAN = re.compile(r"([0-9]{1,6})\s*(?:(h|hours?|小时|个小时)|d|days?|天|日)", re.IGNORECASE)
NAMED = {
    "today": DAY_S,
    "day": DAY_S,
    "week": 7 * DAY_S,
    "month": 30 * DAY_S,
    "一天": DAY_S,
    "一周": 7 * DAY_S,
    "一个月": 30 * DAY_S,
}
ALL = frozenset({"all", "全部", "所有"})
APP_KEYS = frozenset({"app", "应用"})


class StatsFault(StrEnum):
    """Why a span cannot be shown."""

    NOTHING = "nothing"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class StatsAsked:
    """What was typed. `app` is empty where none was named; `is_all`: every app together."""

    app: str = ""
    is_all: bool = False
    span_s: int = SPAN_S
    fault: StatsFault | None = None
    #: The first word too many: a second name or a second span.
    stray: Word | None = None


def read(words: Sequence[Word]) -> StatsAsked:
    """One name and one span at the most, in either order."""
    asked, seen = StatsAsked(), set[bool]()
    for word in words:
        found = None if word.key in APP_KEYS else _span_s(word.text.casefold())
        is_span = found is not None
        if is_span in seen:
            return replace(asked, stray=word)
        seen.add(is_span)
        if isinstance(found, StatsFault):
            return replace(asked, fault=found)
        if found is not None:
            asked = replace(asked, span_s=found)
        elif word.text.casefold() in ALL and word.key is None:
            asked = replace(asked, is_all=True)
        else:
            asked = replace(asked, app=word.text)
    return asked


def _span_s(typed: str) -> int | StatsFault | None:
    if typed in NAMED:
        return NAMED[typed]
    found = SPAN.fullmatch(typed)
    if found is None:
        return None
    unit_s = HOUR_S if found[2] else DAY_S
    many = int(found[1])
    if not many:
        return StatsFault.NOTHING
    return many * unit_s if many <= MOST[unit_s] else StatsFault.TOO_LONG
