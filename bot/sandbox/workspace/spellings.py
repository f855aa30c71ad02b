"""How dates, times and numbers are written in Block Kit's texts."""

import re
from collections.abc import Callable
from datetime import date, time

# Wide enough for any real form, and small enough for a float.
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,30}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)


def is_date(text: str) -> bool:
    """A day there is, as YYYY-MM-DD."""
    return _DATE.fullmatch(text) is not None and _reads(date.fromisoformat, text)


def is_time(text: str) -> bool:
    """A time of day, as HH:mm in 24 hours."""
    return _TIME.fullmatch(text) is not None and _reads(time.fromisoformat, text)


def is_decimal(text: str) -> bool:
    """A number, with a point or without."""
    return _DECIMAL.fullmatch(text) is not None


def is_whole(text: str) -> bool:
    """A number without a point."""
    return _WHOLE.fullmatch(text) is not None


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
