"""Reading what people type after ``/sms``: from one text to words, some with a key (``code=4370``).

People type with Chinese input methods, in editors that curl quotes and lengthen dashes, and Slack
wraps what it takes for links. Only structure is made plain: keys, separators, and words that are
all ASCII once folded (``ｓｅｎｄ``, ``１３８``). A value in quotes, or in Chinese, stays as typed.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

TEXT_LIMIT = 3_000
# Longer than any word there is to suggest; the comparison takes the square of the length.
WORD_LIMIT = 40

SPACES = frozenset(" \t\r\n\u00a0\u3000")
EQUALS = frozenset("=＝")
# What ends a value, by what opened it; input methods sometimes give the two hands the wrong way.
CLOSERS: Mapping[str, str] = {
    '"': '"',
    "＂": "＂",
    "“": "”",
    "”": "”“",
    "‘": "’‘",
    "’": "’‘",
    "「": "」",
    "『": "』",
}
NESTING = frozenset("“「『")
DOUBLE_QUOTES = frozenset('"＂“”')
# These end a value only before a space: inside a word they are apostrophes.
APOSTROPHES = frozenset("’‘")
ESCAPABLE = frozenset({"\\", *CLOSERS, *"".join(CLOSERS.values())})
KEY = re.compile(r"[\w{}.-]{1,40}")
WIDE = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
LEADING_LONG_DASHES = re.compile(r"^[—―]+")
SLACK_LINK = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]*:)[^<>|]*)(?:\|([^<>]*))?>")


class TextFault(StrEnum):
    """Why a text cannot be read as a command."""

    TOO_LONG = "too_long"
    #: A control, direction or zero-width character, or half of a surrogate pair.
    CONTROL_CHARACTER = "control_character"
    UNBALANCED_QUOTE = "unbalanced_quote"
    #: A quote in the middle of a word, or a word right behind a closing quote.
    MISPLACED_QUOTE = "misplaced_quote"


@dataclass(frozen=True, slots=True)
class Word:
    """One word, and the key it was given under."""

    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text that could be read, word by word."""

    tokens: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class BadText:
    """A text that could not: why, its length and the limit, or the character and its place from 1.

    `position` counts in the text as Slack sent it, except where a quote is at fault: there links
    and entities count as what they stand for.
    """

    reason: TextFault
    given: int
    limit: int = TEXT_LIMIT
    position: int | None = None
    code_point: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A character as typed, or a whole link of Slack's, which is never structure."""

    text: str
    is_link: bool = False


def read(text: str) -> Words | BadText:
    """The words of `text`, or the first reason why it has none."""
    if len(text) > TEXT_LIMIT:
        return BadText(TextFault.TOO_LONG, len(text))
    for position, character in enumerate(text, start=1):
        if _is_unwanted(character):
            point = f"U+{ord(character):04X}"
            return BadText(
                TextFault.CONTROL_CHARACTER, len(text), position=position, code_point=point
            )
    return _Reader(_pieces(text)).read()


def text_behind(text: str, count: int) -> str:
    """What stands behind the first `count` words, as typed; empty where `read` finds no words.

    Only Slack's own markup is taken off it: quotes, dashes and line breaks stay.
    """
    reader = _Reader(_pieces(text))
    for _ in range(count):
        if not reader.skip_word():
            return ""
    return "".join(piece.text for piece in reader.pieces[reader.at :]).strip()


def did_you_mean(
    word: str, choices: Iterable[str], synonyms: Mapping[str, str] | None = None
) -> str | None:
    """The choice nearest to a mistyped `word`, or None; `synonyms` are other names of choices."""
    names = {choice.casefold(): choice for choice in choices}
    names |= {name.casefold(): choice for name, choice in (synonyms or {}).items()}
    wanted = _fold(word[:WORD_LIMIT]).casefold()
    # Two Chinese characters of which one is right are half alike: 模版 for 模板.
    cutoff = 0.6 if wanted.isascii() else 0.5
    nearest = difflib.get_close_matches(wanted, list(names), n=1, cutoff=cutoff)
    return names[nearest[0]] if nearest else None


def _is_unwanted(character: str) -> bool:
    if character in SPACES:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _pieces(text: str) -> list[Piece]:
    """`text` with Slack's links taken out of their markup and its entities decoded."""
    pieces: list[Piece] = []
    end = 0
    for link in SLACK_LINK.finditer(text):
        pieces += map(Piece, decode(text[end : link.start()]))
        shown = _link_text(decode(link[1]), decode(link[2] or ""))
        pieces.append(Piece(shown, is_link=True))
        end = link.end()
    pieces += map(Piece, decode(text[end:]))
    return pieces


def decode(text: str) -> str:
    """Slack encodes exactly these three; ``&amp;`` last, so that ``&amp;lt;`` is decoded once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _link_text(target: str, label: str) -> str:
    """What a link stands for: an id with its sign (``@U1``, ``#C1``), a number, or an address."""
    if target.startswith(("tel:", "mailto:")):
        return target.partition(":")[2]
    # Slack adds the scheme itself; any other label could hide where a link leads.
    is_as_typed = target.partition("://")[2].rstrip("/") == label.rstrip("/")
    return label if label and is_as_typed else target


class _Reader:
    """Takes words off a row of pieces, from left to right."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.at = 0

    def read(self) -> Words | BadText:
        words: list[Word] = []
        while self._skip_spaces():
            word = self._word()
            if isinstance(word, BadText):
                return word
            words.append(word)
        return Words(tuple(words))

    def skip_word(self) -> bool:
        """Goes behind the next word; False where there is none."""
        return self._skip_spaces() and not isinstance(self._word(), BadText)

    def _sign(self, at: int) -> str | None:
        """The character at `at`; "" for a link, None behind the end."""
        if at >= len(self.pieces):
            return None
        return "" if self.pieces[at].is_link else self.pieces[at].text

    def _is_edge(self, at: int) -> bool:
        sign = self._sign(at)
        return sign is None or sign in SPACES

    def _skip_spaces(self) -> bool:
        while self._sign(self.at) in SPACES:
            self.at += 1
        return self.at < len(self.pieces)

    def _word(self) -> Word | BadText:
        key = self._key()
        is_quoted = self._sign(self.at) in CLOSERS
        text = self._quoted() if is_quoted else self._bare(has_key=key is not None)
        return text if isinstance(text, BadText) else Word(text, key)

    def _key(self) -> str | None:
        end = self.at
        while (sign := self._sign(end)) and sign not in SPACES | EQUALS:
            end += 1
        name = _fold("".join(piece.text for piece in self.pieces[self.at : end]))
        if self._sign(end) not in EQUALS or not KEY.fullmatch(name):
            return None
        self.at = end + 1
        return name

    def _bare(self, *, has_key: bool) -> str | BadText:
        start = self.at
        while not self._is_edge(self.at):
            if self._sign(self.at) in DOUBLE_QUOTES:
                return self._fault(TextFault.MISPLACED_QUOTE, self.at)
            self.at += 1
        taken = self.pieces[start : self.at]
        text = "".join(piece.text for piece in taken)
        if any(piece.is_link for piece in taken):
            return text
        return _fold(text) if has_key else _fold_word(text)

    def _quoted(self) -> str | BadText:
        opener = self.pieces[self.at].text
        start, depth, text = self.at, 1, ""
        self.at += 1
        while (sign := self._sign(self.at)) is not None:
            if sign == "\\" and self._sign(self.at + 1) in ESCAPABLE:
                self.at += 1
            elif self._closes(opener, sign):
                depth -= 1
                if depth == 0:
                    return self._behind_quote(text)
            elif sign == opener and opener in NESTING:
                depth += 1
            text += self.pieces[self.at].text
            self.at += 1
        return self._fault(TextFault.UNBALANCED_QUOTE, start)

    def _closes(self, opener: str, sign: str) -> bool:
        if sign == "" or sign not in CLOSERS[opener]:
            return False
        return sign not in APOSTROPHES or self._is_edge(self.at + 1)

    def _behind_quote(self, text: str) -> str | BadText:
        self.at += 1
        if self._is_edge(self.at):
            return text
        return self._fault(TextFault.MISPLACED_QUOTE, self.at)

    def _fault(self, reason: TextFault, at: int) -> BadText:
        sign = self._sign(at)
        point = f"U+{ord(sign):04X}" if sign else None
        return BadText(reason, len(self.pieces), position=at + 1, code_point=point)


def _fold(text: str) -> str:
    """Full-width letters, digits and punctuation made plain, if nothing but ASCII is left then."""
    plain = text.translate(WIDE)
    return plain if plain.isascii() else text


def _fold_word(text: str) -> str:
    """A word that is no value: its dashes, too, are made plain (``—help`` was ``--help``)."""
    plain = LEADING_LONG_DASHES.sub("--", text).translate(WIDE | DASHES)
    return plain if plain.isascii() else text
