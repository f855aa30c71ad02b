"""One number is to go from everything that is stored: who may have it gone, and how it may be
written in a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from bot.rules import reveals
from bot.rules.numbers import DASHES, TEXT_LIMIT, mask, national_of
from bot.rules.words import Word

#: Shorter than any reason that says something to whoever reads it a year later.
REASON_MIN, REASON_MAX = reveals.REASON_MIN, 300
#: What may stand between two digits: all that `read_number` skips, what else people part groups
#: with, line ends, and what has no width.
PARTING = rf"\s{re.escape(''.join(sorted(DASHES)))}().（）．/·・•_,，、~"
NO_WIDTH = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
BETWEEN = f"[{PARTING}{NO_WIDTH}]{{0,{TEXT_LIMIT}}}"
#: The same, and digits, as JSON may have them: escaped, and that once more.
ESCAPED = r"\\++(?:[nrtbf/]|u(?!ff1|FF1|003[0-9])[0-9a-fA-F]{4})"
ESCAPES = re.compile(r"(?<!\\)\\++(?:[nrtbf/]|u[0-9a-fA-F]{4})")
ZERO_WIDE = 0xFF10
#: What is dialled before a country's digits.
EXITS = ("00", "011", "0011", "010", "001", "810")


class EraseRefusal(StrEnum):
    """Why a number is not erased."""

    #: app.yaml forbids it: retention.legal_hold.
    LEGAL_HOLD = "legal_hold"
    #: Somebody is called under it.
    ON_CALL = "on_call"
    ALREADY_ASKED = "already_asked"
    #: There is nothing of it.
    NOTHING = "nothing"


class EraseWait(StrEnum):
    """What an erasure that was approved waits for."""

    #: A message to the number is in flight or in doubt: without it, nobody could prove what became
    #: of it.
    UNRESOLVED = "unresolved"
    #: app.yaml forbids it since it was begun: retention.legal_hold.
    LEGAL_HOLD = "legal_hold"
    #: Somebody is called under it since it was begun.
    ON_CALL = "on_call"


@dataclass(frozen=True, slots=True)
class EraseAsked:
    """What was typed; each may be empty."""

    number: str = ""
    reason: str = ""


def read(words: Sequence[Word]) -> EraseAsked:
    """The number, and behind ``because`` the reason."""
    asked = reveals.read(words)
    return EraseAsked(" ".join(asked.what), asked.reason)


@lru_cache(maxsize=16)
def spelt(e164: str) -> re.Pattern[str]:
    """Finds the number in a text, with its country and without, as it is dialled at home too,
    however its digits are parted and whichever digits they are. A part of a longer run of digits
    is none."""
    national = national_of(e164)
    country = e164.removeprefix("+").removesuffix(national)
    exits = "|".join(_digits(each) for each in EXITS)
    home = "|".join(_digits(each) for each in sorted({"0", _at_home(country)} - {""}))
    before = rf"(?:(?:(?:[+＋]|{exits}){BETWEEN})?{_digits(country)}{BETWEEN})?"
    trunk = rf"(?:(?:{home}){BETWEEN})?"
    return re.compile(rf"(?<![0-9０-９]){before}{trunk}{_digits(national)}(?![0-9０-９])")


@lru_cache(maxsize=16)
def hinted(e164: str) -> re.Pattern[str]:
    """Finds its digits alone, in JSON text as well, however it is escaped: where this finds none,
    there is no spelling of it, and it reads many times as fast."""
    between = f"(?:[{PARTING}{NO_WIDTH}]|{ESCAPED})*+"
    return re.compile(
        between.join(f"(?:{_digit(each)}|{_escaped(each)})" for each in national_of(e164))
    )


def replace(text: str, e164: str) -> str:
    """`text` with the number masked wherever it stands."""
    return spelt(e164).sub(mask(e164), text)


def unescaped(text: str) -> str:
    """`text`, which is no JSON, without the escapes of JSON it may be full of: the last digit of
    one is not the first of a number."""
    return ESCAPES.sub(lambda found: _meant(found[0]), text)


def _meant(escape: str) -> str:
    name = escape.lstrip("\\")
    if not name.startswith("u"):
        return name if name == "/" else " "
    character = chr(int(name[1:], 16))
    # Half a pair would break whatever is written with it.
    return escape if "\ud800" <= character <= "\udfff" else character


def _digits(digits: str) -> str:
    return BETWEEN.join(map(_digit, digits))


def _digit(digit: str) -> str:
    return f"[{digit}{chr(ZERO_WIDE + int(digit))}]"


def _escaped(digit: str) -> str:
    return rf"(?<!\\)\\++u(?:ff1{digit}|FF1{digit}|003{digit})"


def _at_home(country: str) -> str:
    """What is dialled before a national number within its country."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country or 0), ())
    found = (phonenumbers.ndd_prefix_for_region(each, True) for each in regions[:1])
    return next(found, None) or ""
