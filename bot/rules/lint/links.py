"""Links in a text, whole: where each begins and ends."""

import re
from collections.abc import Iterator

from bot.rules.lint.findings import Span
from bot.rules.lint.folding import Folded
from bot.rules.wording import IP_ADDRESS, URL

# What a link is made of. Braces too, for a variable inside; no quote, bracket or comma: those are
# the sentence's.
PIECE = re.compile(r"[\w.~:/?#@!$&*+;=%{}-]", re.ASCII)
# A Chinese sentence runs into the link behind it.
BEFORE = re.compile(r"[^\x00-\x7f]+(?=[a-z0-9])")
TRAILING = ".!?:;"
IP = re.compile(IP_ADDRESS)


def links_in(folded: Folded) -> tuple[Span, ...]:
    """Every link of a text, in order, as places of the folded text."""
    return tuple(_links(folded.text))


def is_ip_address(link: str) -> bool:
    """Whether a link names its host by number."""
    return IP.search(f"{link}/") is not None


def _links(text: str) -> Iterator[Span]:
    done = 0
    for found in URL.finditer(text):
        start, end = found.span()
        if start < done:
            continue
        sentence = BEFORE.match(text, start, end)
        start = start if sentence is None else sentence.end()
        while start > done and PIECE.match(text, start - 1):
            start -= 1
        while end < len(text) and PIECE.match(text, end):
            end += 1
        while end > found.end() and text[end - 1] in TRAILING:
            end -= 1
        done = end
        yield Span(start, end)
