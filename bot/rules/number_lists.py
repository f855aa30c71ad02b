"""Taking a typed or pasted list of phone numbers apart, one text a number; nothing is judged here.

Commas of both scripts, 、, semicolons, tabs and line breaks part numbers. A space may stand inside
a number (``138 0000 0001``) or between two: it parts only where every piece reads as a number.
"""

import re

from bot.rules.numbers import Number, read_number

SEPARATORS = ",，、;；\t\r\n"
SEPARATOR = re.compile(f"[{SEPARATORS}]")
#: No number is written in more parts than this.
PARTS_MAX = 8
SPACE = re.compile(r"[ \u00a0\u3000]+")


def split(text: str) -> tuple[str, ...]:
    """The pieces of `text` that stand for a number each, in order, without the empty ones."""
    pieces = (piece.strip(" \u00a0\u3000") for piece in SEPARATOR.split(text))
    return tuple(number for piece in pieces if piece for number in _apart(piece))


def is_open(word: str) -> bool:
    """Whether a list goes on behind `word`: it ends with a separator."""
    return word[-1:] in SEPARATORS and bool(word)


def is_more(word: str) -> bool:
    """Whether `word` goes on with the list before it: it begins with a separator."""
    return word[:1] in SEPARATORS and bool(word)


def _apart(piece: str) -> tuple[str, ...]:
    parts = SPACE.split(piece)
    if len(parts) == 1 or isinstance(read_number(piece), Number):
        return (piece,)
    if all(isinstance(read_number(part), Number) for part in parts):
        return tuple(parts)
    return _only_way(parts) or (piece,)


def _only_way(parts: list[str]) -> tuple[str, ...]:
    """`parts` put together to whole numbers; () where that goes in no way, or in more than one."""
    #: From each part on: in how many ways, and where the first number of one of them ends.
    ways, ends = [0] * len(parts) + [1], [0] * len(parts)
    for start in reversed(range(len(parts))):
        for end in range(start + 1, min(start + PARTS_MAX, len(parts)) + 1):
            if ways[end] and isinstance(read_number(" ".join(parts[start:end])), Number):
                ways[start] += ways[end]
                ends[start] = end
    if ways[0] != 1:
        return ()
    numbers, start = [], 0
    while start < len(parts):
        numbers.append(" ".join(parts[start : ends[start]]))
        start = ends[start]
    return tuple(numbers)
