"""Words as a table writes them, made into one search.

A pattern is a plain word; a ``*`` in it stands for up to six characters. That is all there is, so
that no pattern of an operator's can make a search slow.
"""

import re
from collections.abc import Iterable

from bot.rules.lint.folding import fold, squeeze

WILDCARD = "*"
WILDCARDS_LIMIT = 2
GAP = r"[^\n]{0,6}?"
LONGEST = 40


def compiled(words: Iterable[str]) -> re.Pattern[str]:
    """One search for all `words` in a folded text. An English word is found as a whole word."""
    folded = (squeeze(fold(word)).text for word in words)
    longest_first = sorted({word for word in folded if word}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_one, longest_first)) or r"(?!)")


def _one(word: str) -> str:
    body = GAP.join(re.escape(part) for part in word.split(WILDCARD))
    before = r"(?<![a-z0-9])" if _is_latin(word[0]) else ""
    after = r"(?![a-z0-9])" if _is_latin(word[-1]) else ""
    return before + body + after


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()
