"""How alike two texts are, and which of many known ones is like a new one.

Two texts are compared by their pairs of neighbouring letters (Dice's coefficient), with width,
case, punctuation and the numbers of variables left out. A 256-bit digest of the pairs rules out all
but a few of a thousand texts before any pair is compared, and never one it should not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from bot.rules.content import ReviewState
from bot.rules.lint.folding import fold
from bot.rules.templates import VARIABLE

DIGEST_BITS = 256


@dataclass(frozen=True, slots=True)
class KnownText:
    """A template's text or a signature's name that exists already, or was rejected before."""

    id: str
    text: str
    international: bool
    review: ReviewState
    review_reply: str = ""


@dataclass(frozen=True, slots=True)
class Print:
    """A text prepared for comparison. `letters` is what is compared, `pairs` its neighbours."""

    letters: str
    pairs: frozenset[str]
    digest: int


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """Known texts with their prints, in the order they were given, and by their letters."""

    texts: tuple[KnownText, ...] = ()
    prints: tuple[Print, ...] = ()
    by_letters: Mapping[str, tuple[KnownText, ...]] = field(default_factory=dict)

    def with_letters_of(self, text: str) -> tuple[KnownText, ...]:
        """The known texts that say the same as `text`, letter by letter."""
        return self.by_letters.get(print_of(text).letters, ())


NOTHING = KnownTexts()


def remember(texts: Iterable[KnownText]) -> KnownTexts:
    """Prepares known texts for comparison, once for many questions."""
    kept = tuple(texts)
    prints = tuple(print_of(known.text) for known in kept)
    by_letters: dict[str, tuple[KnownText, ...]] = {}
    for known, prepared in zip(kept, prints, strict=True):
        by_letters[prepared.letters] = (*by_letters.get(prepared.letters, ()), known)
    return KnownTexts(kept, prints, by_letters)


@lru_cache(maxsize=4_096)
def print_of(text: str) -> Print:
    """A text prepared for comparison."""
    folded = fold(VARIABLE.sub("\0", text)).text
    letters = "".join(letter for letter in folded if letter.isalnum() or letter == "\0")
    # With an end mark on both sides even a text of one letter has pairs.
    pairs = frozenset(first + second for first, second in pairwise(f"\1{letters}\1"))
    digest = 0
    for pair in pairs:
        digest |= 1 << (ord(pair[0]) * 31 + ord(pair[1])) % DIGEST_BITS
    return Print(letters, pairs, digest)


def likeness(one: Print, other: Print) -> float:
    """From 0.0, nothing in common, to 1.0, the same pairs."""
    return 2 * len(one.pairs & other.pairs) / (len(one.pairs) + len(other.pairs))


def most_alike(text: str, known: KnownTexts, at_least: float) -> list[tuple[float, KnownText]]:
    """The known texts that are at least so much like `text`, best first."""
    mine, found = print_of(text), []
    count, digest = len(mine.pairs), mine.digest
    for candidate, other in zip(known.texts, known.prints, strict=True):
        # Pairs in one text only: at most (1 - likeness) of both together. Each bit that differs
        # stands for one of them, so this can only rule out what is not alike.
        apart = (1 - at_least) * (count + len(other.pairs))
        if (digest ^ other.digest).bit_count() <= apart:
            score = likeness(mine, other)
            if score >= at_least:
                found.append((score, candidate))
    return sorted(found, key=lambda pair: -pair[0])
