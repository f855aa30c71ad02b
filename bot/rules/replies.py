"""Which message a reply probably answers, and what of its text can be shown.

Tencent tells a reply by number, signature and time alone (cloud.tencent.com/document/product/382/
42907, 2025-01-03): neither the message nor the application is named, so this is a guess and is
called one.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.classes import TemplateClass
from bot.rules.optouts import CLOCK_MARGIN, REPLY_WINDOW, plain_signature

#: In a channel, so much of a text is shown; an admin sees the whole.
SHOWN_CHARS, SHOWN_LINES = 600, 10
#: They turn the line they stand in, and what is written around it.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Answerable:
    """A message that reached the number, or may have; `at` is when it left."""

    message_id: str
    request_id: str
    app: str
    template_id: str
    class_: TemplateClass
    signature: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Guess:
    """The message that is probably answered, and how many others may be meant as well."""

    message: Answerable
    others: int


def probably_answers(
    signature: str, earlier: Sequence[Answerable], replied_at: datetime
) -> Guess | None:
    """The last of `earlier` before the reply, within 72 hours, under the signature it names.

    A message abroad bears no signature, so any reply may be to it; a reply that names none (the
    older callback) may be to any. None where there is no such message.
    """
    named = plain_signature(signature)
    within = [
        each
        for each in earlier
        if replied_at - REPLY_WINDOW <= each.at <= replied_at + CLOCK_MARGIN
        and (not named or each.signature in {named, ""})
    ]
    if not within:
        return None
    last = max(within, key=lambda each: (each.at, each.message_id))
    return Guess(last, len(within) - 1)


def readable(text: str) -> str:
    """A text from outside without what nobody sees or what turns the line: control characters but
    line breaks, and marks of direction."""
    return "".join(
        each
        for each in text.replace("\r\n", "\n").replace("\t", " ")
        if each == "\n" or (each not in TURNING and unicodedata.category(each) != "Cc")
    )


def beginning(text: str) -> str:
    """As much of a text as a channel shows, with an ellipsis where there is more."""
    plain = readable(text).strip()
    lines = plain.splitlines()
    shown = "\n".join(lines[:SHOWN_LINES])
    if len(shown) > SHOWN_CHARS:
        return shown[: SHOWN_CHARS - 1] + "…"
    return f"{shown}\n…" if len(lines) > SHOWN_LINES else shown
