"""What stands behind ``/sms alerts silence``: which alerts, for how long, and why.

``alert=limit_hit app=~"demo|web" for 4h because "load test"``; ``A-7K3Q until tomorrow 9:00``. What
matchers and times mean is not judged here. An id of an alert is read as people type it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import matchers, validity
from bot.rules.limit_words import BECAUSE_WORDS, FOR_WORDS, FROM_WORDS, GLUED, UNTIL_WORDS
from bot.rules.validity import ValidityFault
from bot.rules.words import Word

#: Crockford's letters that people read for others.
LOOK_ALIKES = str.maketrans("OIL", "011")
DASHES = str.maketrans("‐‑‒–—―−", "-------")
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{4,12}")
#: A quoted value belongs to its label, spaces in it as well.
WORD = re.compile(r'(?:[^\s"]+|"(?:[^"\\]|\\.)*"|")+')
QUOTES = "\"“”„＂'‘’「」"
#: Words behind which a phrase may stand without a blank.
GLUED_FOR, GLUED_UNTIL = ("持续", "为期"), ("直到", "到", "至")


@dataclass(frozen=True, slots=True)
class SilenceWords:
    """What was typed; what was not is empty. Either `group_id` or `matchers`."""

    group_id: str = ""
    matchers: str = ""
    starts: str = ""
    lasts: str = ""
    until: str = ""
    comment: str = ""


def read_id(typed: str, letter: str) -> str:
    """``a7k3q``, ``7K3Q``, ``Ａ－７Ｋ３Ｑ`` as ``A-7K3Q``; "" for what is no id of that letter.

    Without its dash it needs a digit: ``fixed`` is a word.
    """
    plain = unicodedata.normalize("NFKC", typed).translate(DASHES).upper().strip("`*,.;:()")
    begun = re.match(rf"{letter}-?(?=.{{4}})", plain)
    rest = plain[begun.end() :] if begun else plain
    if not plain.startswith(f"{letter}-") and not any(map(str.isdecimal, rest)):
        return ""
    shown = rest.translate(LOOK_ALIKES)
    return f"{letter}-{shown}" if ID.fullmatch(shown) else ""


def read_ids(typed: Sequence[Word], letter: str) -> list[str]:
    """The ids of that letter that come first, each once."""
    found: list[str] = []
    for word in typed:
        known = read_id(word.text, letter) if word.key is None else ""
        if not known:
            break
        found.append(known)
    return list(dict.fromkeys(found))


def read(text: str) -> SilenceWords:
    """The words, each in its place; a reason goes on to the end."""
    which, phrases = _apart(text)
    lasts = phrases.get("lasts", "")
    before, last = which[:-1], which[-1] if which else ""
    if not lasts and before and not isinstance(validity.read(last), ValidityFault):
        # A-7K3Q 4h
        which, lasts = before, last
    group_id = read_id(which[0], "A") if len(which) == 1 and "=" not in which[0] else ""
    return SilenceWords(
        group_id=group_id,
        matchers="" if group_id else " ".join(which),
        starts=phrases.get("starts", ""),
        lasts=lasts,
        until=phrases.get("until", ""),
        comment=phrases.get("comment", ""),
    )


def _apart(text: str) -> tuple[list[str], dict[str, str]]:
    """The words that say which alerts, and the phrases behind a mark."""
    # Every sign is another single one: a place in `plain` is the same place in `text`.
    plain = text.translate(matchers.PLAIN)
    which: list[str] = []
    phrases: dict[str, str] = {}
    name = ""
    for found in WORD.finditer(plain):
        word = found[0]
        mark, rest = _mark(word)
        if mark == "comment":
            behind = text[found.end() - len(rest) :]
            phrases["comment"] = behind.strip().strip(QUOTES).strip()
            break
        if mark:
            name = mark
            word = rest
        if name:
            phrases[name] = f"{phrases.get(name, '')} {word}".strip()
        else:
            which.append(word)
    return which, phrases


def _mark(word: str) -> tuple[str, str]:
    """Which phrase a word begins, and what of the phrase stands in the word itself."""
    typed = word.casefold()
    for marks, name in (
        (FOR_WORDS, "lasts"),
        (UNTIL_WORDS, "until"),
        (FROM_WORDS - {"at", "在"}, "starts"),
        (BECAUSE_WORDS, "comment"),
    ):
        if typed.rstrip(":：") in marks:
            return name, ""
    for glued, name in ((GLUED, "comment"), (GLUED_FOR, "lasts"), (GLUED_UNTIL, "until")):
        for mark in glued:
            if typed.startswith(mark) and len(typed) > len(mark):
                return name, word[len(mark) :]
    return "", word
