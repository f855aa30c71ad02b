"""What stands behind ``/sms send``: numbers, template, values, and when.

``<number>[,<number>…] <template> [value …] [at <time>] [valid <time>]``. A comma with a space
behind it goes on with the numbers, and so does a word behind one that is a number itself; `at`
takes every word up to `valid`, a word with a key, or the end, and as the last word of all it is a
value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import number_lists
from bot.rules.numbers import NUMBER_DIGITS_MIN, Number, read_number
from bot.rules.words import Word

APP_KEY = "app"
SIGNATURE_KEYS = frozenset({"sign", "signature", "签名"})
AT_WORDS = frozenset({"at", "定时", "在"})
VALID_WORDS = frozenset({"valid", "有效", "有效期"})


@dataclass(frozen=True, slots=True)
class SendWords:
    """What was typed; what was not is empty."""

    numbers: tuple[str, ...]
    #: Its id or name.
    template: str
    #: The values, with their keys where they have one.
    pairs: tuple[tuple[str | None, str], ...]
    at: str
    valid: str
    app: str | None
    signature: str | None

    @property
    def is_job(self) -> bool:
        """Whether it is more than one message, at once."""
        return len(self.numbers) > 1 or bool(self.at or self.valid)


def read(words: Sequence[Word]) -> SendWords:
    """The words behind ``/sms send``, each in its place."""
    rest, at = _take(list(words), AT_WORDS)
    rest, valid = _take(rest, VALID_WORDS)
    keyed = {word.key: word.text for word in rest if word.key is not None}
    signature = next((keyed[key] for key in sorted(SIGNATURE_KEYS) if key in keyed), None)
    rest = [word for word in rest if word.key not in {APP_KEY, *SIGNATURE_KEYS}]
    numbers, rest = _take_numbers(rest)
    template, rest = _take_plain(rest)
    return SendWords(
        numbers=number_lists.split(numbers),
        template=template,
        pairs=tuple((word.key, word.text) for word in rest),
        at=at,
        valid=valid,
        app=keyed.get(APP_KEY),
        signature=signature,
    )


def _take(words: list[Word], names: frozenset[str]) -> tuple[list[Word], str]:
    """The words without a phrase that begins with one of `names`, and the phrase behind that."""
    start = next((at for at, word in enumerate(words) if at > 0 and _is(word, names)), None)
    if start is None:
        return words, ""
    end = start + 1
    while end < len(words) and words[end].key is None and not _is(words[end], MARKS):
        end += 1
    phrase = " ".join(word.text for word in words[start + 1 : end])
    return (words[:start] + words[end:], phrase) if phrase else (words, "")


def _take_numbers(words: list[Word]) -> tuple[str, list[Word]]:
    """The list of numbers, over as many words as it runs, and the words that are left."""
    found, rest = _take_plain(words)
    while found and rest and rest[0].key is None:
        word = rest[0].text
        if number_lists.is_open(found) or number_lists.is_more(word):
            found += word
        elif _looks_like_number(found) and _is_number(word):
            found += f",{word}"
        else:
            break
        rest = rest[1:]
    return found, rest


def _is_number(word: str) -> bool:
    """Whether it is a number, or several with separators between or behind them."""
    pieces = number_lists.split(word)
    return bool(pieces) and all(isinstance(read_number(piece), Number) for piece in pieces)


def _looks_like_number(text: str) -> bool:
    """Whether a template is not what stands there: their ids are shorter, their names have few."""
    return sum(character.isdecimal() for character in text) >= NUMBER_DIGITS_MIN


def _take_plain(words: list[Word]) -> tuple[str, list[Word]]:
    """The first word without a key, and the words that are left; a key may stand anywhere."""
    at = next((at for at, word in enumerate(words) if word.key is None), None)
    return ("", words) if at is None else (words[at].text, words[:at] + words[at + 1 :])


def _is(word: Word, names: frozenset[str]) -> bool:
    return word.key is None and word.text.casefold() in names


MARKS = AT_WORDS | VALID_WORDS
