"""What stands behind ``/sms limit exempt``: a verb, a number, for how long, and why.

``add 13800000001 for 7d because "load test"``; the reason may stand behind the number as it is,
and how long behind the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from bot.rules import limit_words, number_lists, validity
from bot.rules.limit_words import FOR_WORDS, LimitWords
from bot.rules.validity import ValidityFault
from bot.rules.words import Word

UNREADABLE = ValidityFault.UNREADABLE


class Verb(StrEnum):
    """What is to be done."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class ExemptWords:
    """What was typed. `verb` is None where the first word is none; `rest` is all else."""

    verb: Verb | None
    numbers: tuple[str, ...]
    rest: LimitWords


def read(words: Sequence[Word], synonyms: Mapping[str, str]) -> ExemptWords:
    """The words, each in its place; without any, it is the list."""
    verb, behind = _verb(words, synonyms)
    rest = limit_words.read(behind)
    first = list(takewhile(_is_of_number, rest.stray))
    reason = " ".join(filter(None, (*rest.stray[len(first) :], rest.reason)))
    numbers = number_lists.split(" ".join(first))
    return ExemptWords(verb, numbers, _lasting(replace(rest, reason=reason, stray=())))


def _lasting(rest: LimitWords) -> LimitWords:
    """A length of time at the end of a reason is meant as one: else it would be for good."""
    words = rest.reason.split()
    for at, word in enumerate(words):
        tail = " ".join(words[at + 1 :])
        is_length = word.casefold() in FOR_WORDS and validity.read(tail) is not UNREADABLE
        if at > 0 and is_length and not (rest.lasts or rest.until):
            return replace(rest, lasts=tail, reason=" ".join(words[:at]))
    return rest


def _verb(words: Sequence[Word], synonyms: Mapping[str, str]) -> tuple[Verb | None, Sequence[Word]]:
    if not words or words[0].key is not None or _is_of_number(words[0].text):
        return Verb.LIST, words
    typed = words[0].text.casefold()
    known = synonyms.get(typed, typed)
    verb = Verb.REMOVE if known == "delete" else known
    return (Verb(verb) if verb in list(Verb) else None), words[1:]


def _is_of_number(word: str) -> bool:
    """A number, a piece of one, or what stands between two."""
    return not any(character.isalpha() for character in word)
