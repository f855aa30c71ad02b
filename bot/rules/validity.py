"""For how long a send may go on: what people type for it (``2h``, ``90 min``, ``两小时``)."""

import re
import unicodedata
from enum import StrEnum

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
#: A send that is over before a minute is over helps nobody; one that lasts a week is forgotten.
SHORTEST_S, LONGEST_S = MINUTE_S, 7 * DAY_S
TEXT_LIMIT = 40
CHINESE = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "十": 10,
    "半": 0.5,
}
UNITS = {
    MINUTE_S: r"m|mins?|minutes?|分钟?|分鐘",
    HOUR_S: r"h|hrs?|hours?|个?小时|個?小時|个?钟头",
    DAY_S: r"d|days?|天|日",
}
ENGLISH = {"a": 1, "an": 1, "halfa": 0.5, "halfan": 0.5}
AMOUNT = (
    r"([0-9]{1,4}(?:\.[0-9]{1,2})?|[一二两三四五六七八九十半]"
    r"|(?:half)?an?(?=minute|hour|day))"
)
PART = re.compile("|".join(rf"{AMOUNT}(?:{names})(?![a-z])" for names in UNITS.values()))
#: 一天半 is half a day more, 一天半小时 is not.
AND_HALF = re.compile(r"半(?![个個小天日钟分])")
#: 一个半小时 is written as 一小时半 is.
HALF_INSIDE = re.compile(r"[个個]半(小时|小時|钟头|天|日)")


class ValidityFault(StrEnum):
    """Why a text is no such time."""

    UNREADABLE = "unreadable"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


def read(typed: str, longest_s: int = LONGEST_S) -> int | ValidityFault:
    """Seconds, at most `longest_s`; parts add up (``1h30m``)."""
    if len(typed) > TEXT_LIMIT:
        return ValidityFault.UNREADABLE
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", typed)).casefold()
    text = HALF_INSIDE.sub(r"\1半", text)
    total_s, at = 0.0, 0
    while at < len(text):
        found = PART.match(text, at)
        if found is None:
            return ValidityFault.UNREADABLE
        unit_s, amount = _read(found)
        half = AND_HALF.match(text, found.end())
        total_s += unit_s * (amount + 0.5 if half else amount)
        at = (half or found).end()
    if at == 0:
        return ValidityFault.UNREADABLE
    if total_s < SHORTEST_S:
        return ValidityFault.TOO_SHORT
    return ValidityFault.TOO_LONG if total_s > longest_s else int(total_s)


def write(seconds: int) -> str:
    """Seconds as people would type them; what is less than a minute is left out."""
    parts = []
    for unit_s, letter in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "m")):
        amount, seconds = divmod(seconds, unit_s)
        if amount:
            parts.append(f"{amount}{letter}")
    return " ".join(parts)


def _read(found: re.Match[str]) -> tuple[int, float]:
    """The seconds of a unit, and how many of it."""
    unit_s, amount = next(
        (unit_s, amount) for unit_s, amount in zip(UNITS, found.groups(), strict=True) if amount
    )
    known = CHINESE | ENGLISH
    return unit_s, known[amount] if amount in known else float(amount)
