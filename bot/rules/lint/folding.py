"""A text as a reviewer reads it: one width, one case, nothing unseen in it.

``ＬＯＡＮ`` and a word with a zero-width space in it are found like the plain word, and so is
``贷 款`` once it is squeezed. Every place in a folded text leads back to the original's.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.rules.lint.findings import Span
from bot.rules.wording import Unwanted, unwanted

SPACES = frozenset(" \t\u00a0\u3000")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is folded; its character i stands at `places[i]` of the original."""

    text: str
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> Span:
        """Where a non-empty stretch of the folded text stands in the original."""
        return Span(self.places[start], self.places[end - 1] + 1)


def fold(text: str) -> Folded:
    """`text` folded; takes any text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in _folded(character):
            letters.append(letter)
            places.append(place)
    return Folded("".join(letters), tuple(places))


def squeeze(folded: Folded) -> Folded:
    """Without the spaces beside ideographs, which part no words there; English keeps its own."""
    text = folded.text
    if " " not in text:
        return folded
    kept = [i for i in range(len(text)) if not _is_gap(text, i)]
    return Folded("".join(text[i] for i in kept), tuple(folded.places[i] for i in kept))


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    if character in SPACES:
        return " "
    if unwanted(character) in {Unwanted.INVISIBLE_CHARACTER, Unwanted.LONE_SURROGATE}:
        return ""
    return unicodedata.normalize("NFKC", character).casefold()


def _is_gap(text: str, i: int) -> bool:
    return text[i] == " " and (_is_ideograph(text[i - 1 : i]) or _is_ideograph(text[i + 1 : i + 2]))


def _is_ideograph(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"
