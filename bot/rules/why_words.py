"""Reading what somebody wants explained: a request's id, a serial number, a number, or a code.

People paste whole lines of a card or a log, so every word is looked at. What is read here may be
several things at once; what there is in the store decides (`handlers.flows.whys`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.numbers import (
    MASKED,
    NUMBER_DIGITS_MIN,
    BadNumber,
    Number,
    NumberFault,
    read_number,
)
from bot.rules.words import Word

#: Of a pasted message, no more words are looked at.
WORDS_READ = 60
#: A random id has four characters, and grows by one each time one is taken.
REQUEST_ID = re.compile(r"R-?([0-9A-Z]{4,12})")
ALERT_ID = re.compile(r"A-([0-9A-Z]{4,12})")
#: People read O for 0, and I or L for 1; Crockford's alphabet has none of them.
MISREAD = str.maketrans("OIL", "011")
#: Shorter than any serial number, longer than most words; and longer than any.
SERIAL_MIN, SERIAL_MAX = 8, 128
LIKE_SERIAL = re.compile(r"[0-9A-Za-z]{1,8}:[0-9A-Za-z]{16,}")
AROUND = " \t\r\n\u3000,;，；。、·`'\"“”()[]（）【】"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, as each of the things it may be."""

    text: str
    request_ids: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    """Words that may be serial numbers, or ids of calls."""
    number: Number | None = None
    is_all_number: bool = False
    """Nothing else was typed."""
    number_fault: NumberFault | None = None
    """What was typed would be a number but for this."""
    digits: int = 0
    """How many there are in what was typed."""
    is_masked: bool = False
    """A number as cards show it: nobody can tell whose it is."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.text

    @property
    def is_like_serial(self) -> bool:
        """Whether it can hardly be anything but a serial number."""
        return LIKE_SERIAL.fullmatch(self.text) is not None


def read(words: Sequence[str]) -> Asked:
    """What the words may mean."""
    text = " ".join(words).strip(AROUND)
    parts = list(dict.fromkeys(bare for word in words[:WORDS_READ] if (bare := word.strip(AROUND))))
    whole = read_number(text)
    number = whole if isinstance(whole, Number) else _first_number(parts)
    return Asked(
        text=text,
        request_ids=tuple(found for part in parts if (found := request_id_of(part))),
        serials=tuple(part for part in parts if SERIAL_MIN <= len(part) <= SERIAL_MAX),
        number=number,
        is_all_number=isinstance(whole, Number),
        number_fault=_fault(text, whole),
        digits=whole.digits if isinstance(whole, BadNumber) else 0,
        is_masked=number is None and MASKED.search(text) is not None,
    )


def as_typed(words: Sequence[Word]) -> list[str]:
    """Words that may have had a key, as they were typed."""
    return [word.text if word.key is None else f"{word.key}={word.text}" for word in words]


def request_id_of(word: str) -> str:
    """The request's id in a word, as it is stored; empty where there is none."""
    folded = unicodedata.normalize("NFKC", word).upper()
    found = REQUEST_ID.fullmatch(folded)
    return f"R-{found[1].translate(MISREAD)}" if found else ""


def alert_id_of(word: str) -> str:
    """The alert's id in a word, as it is stored; empty where there is none."""
    found = ALERT_ID.fullmatch(unicodedata.normalize("NFKC", word).upper())
    return f"A-{found[1].translate(MISREAD)}" if found else ""


def _first_number(parts: Sequence[str]) -> Number | None:
    read = (read_number(part) for part in parts)
    return next((each for each in read if isinstance(each, Number)), None)


def _fault(text: str, whole: Number | BadNumber) -> NumberFault | None:
    """Letters and colons belong to codes and serial numbers."""
    if isinstance(whole, Number) or whole.digits < NUMBER_DIGITS_MIN:
        return None
    is_numeric = not any(each.isalpha() or each in ":：*" for each in text)
    return whole.reason if is_numeric else None
