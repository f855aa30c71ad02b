"""Finding what somebody means by a code: Tencent's, a number of legacy v5, or a carrier's.

People copy codes from cards, logs, SDK constants and consoles, with and without what stands before
the dot or the colon. A spelling that several lists have has several meanings: all are found.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from bot.rules.codes import CODES, FAMILIES, OTHER, Code, code_of
from bot.rules.legacy_codes import NUMBERS
from bot.rules.receipts import Category, Receipt, listed, plain, receipt_of, receipts

#: Longer than any code there is.
TYPED_LIMIT = 80
NEAREST_SHOWN = 4
#: How like a name a mistyped one is: lower, and every word has a neighbour. One with digits is
#: more often a code nobody listed than a slip.
ALIKE, ALIKE_WITH_DIGITS = 0.72, 0.86
#: Fewer codes under one prefix prove nothing.
RELATIVES_MIN = 5
BEFORE = re.compile(r"[.:]")
LEGACY = re.compile(r"v5[.:]?(\d{1,6})")
#: What stands around a code in a sentence.
AROUND = " \t\r\n\u3000,;，；。、`'\"“”()[]（）【】"
Key = Callable[[str], str]
Item = TypeVar("Item", Code, Receipt)


@dataclass(frozen=True, slots=True)
class Relatives:
    """Listed receipt codes with the same beginning: how many, and what most of them mean."""

    prefix: str
    count: int
    category: Category
    of_category: int


@dataclass(frozen=True, slots=True)
class Explained:
    """All that one typed code may mean. Nothing found: `nearest` names, and what can be guessed."""

    typed: str
    codes: tuple[Code, ...] = ()
    """Tencent's codes of that name."""
    numbers: tuple[int, ...] = ()
    """Numbers of legacy v5; `code_of_number` has the code of each."""
    receipts: tuple[Receipt, ...] = ()
    """Carriers' codes of that name."""
    is_partial: bool = False
    """Nothing has that name: these end with it."""
    longer: tuple[str, ...] = ()
    """Carriers' codes that end with it: a prefix may have been left out."""
    nearest: tuple[str, ...] = ()
    """Names it may be a slip of, the likeliest first."""
    family: Code | None = None
    """What an unlisted code of a known family is taken for."""
    guess: Receipt | None = None
    """What an unlisted receipt code is taken for by its prefix."""
    relatives: Relatives | None = None
    """What listed receipt codes with the same prefix mean, where no prefix decides."""

    @property
    def is_known(self) -> bool:
        """Whether any list has it."""
        return bool(self.codes or self.numbers or self.receipts)


def explain(typed: str) -> Explained:
    """What is known of `typed`, any string at all, or what it may be a slip of."""
    return find(typed) or _unlisted(_text(typed))


def find(typed: str) -> Explained | None:
    """What the lists have of `typed`: by its whole name, else by its letters alone, else by its
    end; None where they have nothing."""
    text = _text(typed)
    return _by_name(text) or _by_letters(text) or _by_end(text)


def code_of_number(number: int) -> Code:
    """The code of API 3.0 that a number of legacy v5 stands for. Raises KeyError for others."""
    return CODES[NUMBERS[number]]


def _by_name(text: str) -> Explained | None:
    folded = _fold(text)
    legacy = LEGACY.fullmatch(folded)
    name = legacy[1] if legacy else folded
    found = Explained(
        text,
        codes=_tencents(text, folded),
        numbers=tuple(each for each in NUMBERS if str(each) == name),
        # Written alike, and meaning something else: DB:0140 and its full-width sister.
        receipts=tuple(dict.fromkeys((*listed(text), *_of_carriers(_fold).get(folded, ())))),
    )
    longer = [each.code for each in _of_carriers(_end).get(folded, ())]
    return replace(found, longer=tuple(longer)) if found.is_known else None


def _tencents(text: str, folded: str) -> tuple[Code, ...]:
    # SMS and voice have names that differ by one letter's size alone.
    exact = CODES.get(text.rstrip("."))
    return (exact,) if exact else _of_tencent(_fold).get(folded.rstrip("."), ())


def _by_letters(text: str) -> Explained | None:
    """``LIMITEXCEEDED_APPDAILYLIMIT`` of the SDKs, ``mk 0001``, a code with a colon behind it."""
    # Of a bare number the sign counts: -12 is not 12.
    return _found(text, _letters(text), _letters) if any(each.isalpha() for each in text) else None


def _by_end(text: str) -> Explained | None:
    """``PhoneNumberDailyLimit``, ``0001``: what stands before the dot or colon is left out."""
    found = _found(text, _fold(text), _end)
    return replace(found, is_partial=True) if found else None


def _found(text: str, wanted: str, key: Key) -> Explained | None:
    codes, carriers = _of_tencent(key).get(wanted, ()), _of_carriers(key).get(wanted, ())
    return Explained(text, codes, receipts=carriers) if codes or carriers else None


def _unlisted(text: str) -> Explained:
    family, guess = _family(text), receipt_of(text)
    is_guessed = guess.category is not Category.UNKNOWN
    return Explained(
        text,
        nearest=_nearest(text),
        family=family,
        guess=guess if is_guessed and not family else None,
        relatives=None if is_guessed or family else _relatives(text),
    )


def _family(text: str) -> Code | None:
    """``limitexceeded.New``: what codes of a known family are taken for."""
    head, dot, rest = text.partition(".")
    known = {_fold(each): each for each in FAMILIES if each != OTHER}
    family = known.get(_fold(head))
    return code_of(f"{family}{dot}{rest}") if family else None


def _relatives(text: str) -> Relatives | None:
    """``MB:`` of ``MB:9999``, and what the listed codes under it mean."""
    prefix, colon, _ = plain(text).partition(":")
    if not (prefix and colon):
        return None
    found = [each.category for code, each in receipts().items() if code.startswith(f"{prefix}:")]
    if len(found) < RELATIVES_MIN:
        return None
    most = max(dict.fromkeys(found), key=found.count)
    return Relatives(f"{prefix}:", len(found), most, found.count(most))


def _nearest(text: str) -> tuple[str, ...]:
    folded = _fold(text)
    # A bare number is one or is none: any other is as near.
    if not any(each.isalpha() for each in folded):
        return ()
    names = _names()
    has_digits = any(each.isdigit() for each in folded)
    cutoff = ALIKE_WITH_DIGITS if has_digits else ALIKE
    near = difflib.get_close_matches(folded, list(names), n=NEAREST_SHOWN, cutoff=cutoff)
    holding = [each for each in names if folded in each]
    found = dict.fromkeys(name for each in (*near, *holding) for name in names[each])
    return tuple(found)[:NEAREST_SHOWN]


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Names by what may be typed for them: as a whole, and Tencent's by their end too."""
    names = {end: [each.name for each in codes] for end, codes in _of_tencent(_end).items()}
    for name in (*CODES, *receipts()):
        names.setdefault(_fold(name), []).append(name)
    return {typed: tuple(found) for typed, found in names.items()}


@cache
def _of_tencent(key: Key) -> Mapping[str, tuple[Code, ...]]:
    return _index(CODES, key)


@cache
def _of_carriers(key: Key) -> Mapping[str, tuple[Receipt, ...]]:
    return _index(receipts(), key)


def _index(named: Mapping[str, Item], key: Key) -> Mapping[str, tuple[Item, ...]]:
    """What is listed, by what `key` makes of its names; nameless it is not found."""
    found: dict[str, list[Item]] = {}
    for name, item in named.items():
        found.setdefault(key(name), []).append(item)
    return {name: tuple(items) for name, items in found.items() if name}


def _text(typed: str) -> str:
    return typed.strip(AROUND)[:TYPED_LIMIT].strip()


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _letters(text: str) -> str:
    return "".join(each for each in _fold(text) if each.isalnum())


def _end(name: str) -> str:
    """What stands behind the last dot or colon; nothing where there is none."""
    return BEFORE.split(_fold(name))[-1] if BEFORE.search(name) else ""
