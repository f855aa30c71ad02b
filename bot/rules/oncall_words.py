"""What people type after `/sms oncall set`: a rota, who stands in, from when and until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.words import Word

#: A person or a user group as Slack writes them in a command, or a group as app.yaml has it.
PERSON = re.compile(r"@?([UW][A-Z0-9]{2,20})")
GROUP = re.compile(r"!?(?:subteam\^)?(S[A-Z0-9]{2,20})|(@[^\s@A-Z,]{1,80})")
NOBODY_WORDS = frozenset({"nobody", "none", "无人", "没有人"})
OWN_WORDS = frozenset({"own", "clear", "back", "恢复", "清除"})
FROM_WORDS = frozenset({"from", "从", "自"})
UNTIL_WORDS = frozenset({"until", "till", "to", "直到", "至", "到"})
FOR_WORDS = frozenset({"for", "持续"})
#: In the place of a person: nobody stands in, or nobody does any more.
NOBODY, OWN = "nobody", "own"


@dataclass(frozen=True, slots=True)
class SetWords:
    """The parts of it, each empty where it was not typed. `who` is an id, a handle, `NOBODY` or
    `OWN`; `unread` is the first word that is none of them."""

    rota: str = ""
    who: str = ""
    starts: str = ""
    until: str = ""
    lasts: str = ""
    unread: str = ""


def read_set(words: Sequence[Word], rotas: Sequence[str]) -> SetWords:
    """The parts of what was typed. A word that names a rota is one, wherever it stands."""
    found: dict[str, str] = {}
    part = ""
    for word in words:
        typed = word.text
        opens = word.key or _opens(typed)
        if word.key:
            part = _opens(word.key)
            if not part:
                found.setdefault("unread", f"{word.key}={typed}")
                continue
            found[part] = typed
        elif opens:
            part = opens
        elif part:
            found[part] = f"{found.get(part, '')} {typed}".strip()
        elif typed in rotas and "rota" not in found:
            found["rota"] = typed
        elif "who" not in found and (who := who_of(typed)):
            found["who"] = who
        else:
            found.setdefault("unread", typed)
    return SetWords(**found)


def who_of(typed: str) -> str:
    """A user id, a user group, `NOBODY` or `OWN`; "" for anything else."""
    person = PERSON.fullmatch(typed)
    if person:
        return person[1]
    group = GROUP.fullmatch(typed)
    if group:
        return group[1] or group[2]
    if typed.casefold() in NOBODY_WORDS:
        return NOBODY
    return OWN if typed.casefold() in OWN_WORDS else ""


def _opens(typed: str) -> str:
    """The part a word begins."""
    word = typed.casefold()
    named = (("starts", FROM_WORDS), ("until", UNTIL_WORDS), ("lasts", FOR_WORDS))
    return next((part for part, words in named if word in words), "")
