"""What stands behind ``/sms reveal``: which number, and why somebody has to see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.rules.limit_words import BECAUSE_WORDS, GLUED
from bot.rules.words import Word

#: Reveals of one person within an hour, attempts that found nothing included: nobody reads a list
#: off one by one.
MOST, WITHIN = 20, timedelta(hours=1)
#: Shorter than any reason that says something to whoever reads it a year later.
REASON_MIN, REASON_MAX = 3, 200


class RevealRefusal(StrEnum):
    """Why no number is shown."""

    UNKNOWN = "unknown"
    """There is no such request, or no message with that serial number."""
    SEVERAL = "several"
    """The request is about more than one number."""
    FORGOTTEN = "forgotten"
    """The number was deleted when its time was over, or because it was asked to be."""
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, slots=True)
class RevealAsked:
    """What was typed; each may be empty."""

    what: tuple[str, ...] = ()
    reason: str = ""


def read(words: Sequence[Word]) -> RevealAsked:
    """What is meant, and behind ``because`` the reason."""
    what: list[str] = []
    reason: list[str] = []
    is_reason = False
    for word in words:
        plain = word.text if word.key is None else f"{word.key}={word.text}"
        glued = next((each for each in GLUED if plain.startswith(each)), "")
        if is_reason:
            reason.append(plain)
        elif word.key in BECAUSE_WORDS:
            is_reason, reason = True, [word.text]
        elif word.key is None and plain.casefold() in BECAUSE_WORDS:
            is_reason = True
        elif glued:
            is_reason, reason = True, [plain.removeprefix(glued)]
        else:
            what.append(plain)
    said = " ".join(" ".join(reason).split())
    return RevealAsked(tuple(what), said[:REASON_MAX])
