"""How long a message is: characters, and the segments Tencent bills for it.

Fact, mainland (product/382/18058; 39023 of 2025-06-17): signature and text up to 70 characters are
one segment, beyond that 67 each; every character counts 1; at most 500 in all.
Fact, international (product/382/18052 of 2025-10-13): a text of GSM characters alone fits 160, then
153 each, and ``| ^ € { } [ ] ~ \\`` count 2; any other text fits 70, then 67 each; at most 2,000.
Assumption: the two brackets 【】 of a mainland signature count (Tencent does not say; a switch), an
emoji counts 2 (its UTF-16 units, which is what a phone counts), and no segment is shortened to keep
such a pair whole. `Fee` in Tencent's answer is the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAINLAND_LIMIT = 500
INTERNATIONAL_LIMIT = 2_000

# 3GPP TS 23.038 §6.2.1, without the escape that opens the extension table.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("|^€{}[]~\\")
GSM = GSM_BASIC | GSM_EXTENSION


class Encoding(StrEnum):
    """How the characters of a message are counted."""

    MAINLAND = "mainland"
    GSM_7 = "gsm_7"
    UCS_2 = "ucs_2"


# Characters in an only segment, and in each of several.
ROOM: Mapping[Encoding, tuple[int, int]] = {
    Encoding.MAINLAND: (70, 67),
    Encoding.GSM_7: (160, 153),
    Encoding.UCS_2: (70, 67),
}


@dataclass(frozen=True, slots=True)
class Segments:
    """The length of one message: counted characters, billed segments, and the limit it is under."""

    characters: int
    segments: int
    encoding: Encoding
    limit: int

    @property
    def is_too_long(self) -> bool:
        """Whether Tencent refuses the message for its length."""
        return self.characters > self.limit


def count(text: str, *, international: bool = False, brackets_count: bool = True) -> Segments:
    """The length of the whole `text` as it is received, 【signature】 included.

    `brackets_count` says whether the two brackets around a mainland signature are counted.
    """
    if international:
        return _count_international(text)
    uncounted = 2 if _is_signed(text) and not brackets_count else 0
    characters = _utf16_units(text) - uncounted
    return _segments(characters, Encoding.MAINLAND, MAINLAND_LIMIT)


def room(encoding: Encoding, segments: int) -> int:
    """How many characters fit into so many segments."""
    single, each = ROOM[encoding]
    return single if segments == 1 else each * segments


def is_gsm(text: str) -> bool:
    """Whether every character is one of the GSM set."""
    return set(text) <= GSM


def _count_international(text: str) -> Segments:
    if is_gsm(text):
        units = len(text) + sum(character in GSM_EXTENSION for character in text)
        return _segments(units, Encoding.GSM_7, INTERNATIONAL_LIMIT)
    return _segments(_utf16_units(text), Encoding.UCS_2, INTERNATIONAL_LIMIT)


def _segments(length: int, encoding: Encoding, limit: int) -> Segments:
    single, each = ROOM[encoding]
    pieces = 1 if length <= single else -(-length // each)
    return Segments(length, pieces, encoding, limit)


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_signed(text: str) -> bool:
    return text.startswith("【") and "】" in text
