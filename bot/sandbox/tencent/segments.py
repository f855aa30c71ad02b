"""How many billed segments a text makes (the `Fee` of an answer)."""

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Each of these takes two places (tencentcloud.com/document/product/382/18052, 2025-10-13).
GSM7_EXTENDED = frozenset("|^€{}[]~\\")


def count_segments(text: str, *, international: bool) -> int:
    """Billed segments of `text`, signature and its brackets included."""
    if international and set(text) <= GSM7_BASIC | GSM7_EXTENDED:
        places = len(text) + sum(character in GSM7_EXTENDED for character in text)
        return _split(places, single=160, part=153)
    return _split(count_units(text), single=70, part=67)


def count_units(text: str) -> int:
    """The length of `text` in UTF-16 units, which is what a phone counts: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def _split(places: int, *, single: int, part: int) -> int:
    return 1 if places <= single else -(-places // part)
