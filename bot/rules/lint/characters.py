"""Rules about single characters: brackets, glyphs, what cannot be seen, width and spaces."""

import re
import unicodedata
from collections.abc import Iterable

from bot.rules.lint.findings import Hit, Span
from bot.rules.lint.subject import Subject
from bot.rules.wording import Unwanted, unwanted

SIGNED = re.compile(r"\s*【[^【】]*】\s*")
BRACKETS = str.maketrans({"【": "（", "】": "）"})
BRACKETS_ABROAD = str.maketrans({"【": "(", "】": ")"})

PRICE = re.compile(r"[¥￥]\s*([0-9][0-9.,]*|\{[1-9][0-9]?\})\s*元?")
AND = str.maketrans({"&": "和", "＆": "和"})
ARROWS = re.compile("[\u2190-\u21ff]+")
#: Turns what stands before it into an emoji, or into a key of a phone.
JOINED = frozenset({*map(chr, range(0xFE00, 0xFE10)), "\u20e3"})
SYMBOL_CATEGORIES = frozenset({"So", "Co", "Cn"})
SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
#: Two spaces or more, or one that is not the plain one.
ODD_SPACES = re.compile(
    "[ \u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}|[\u00a0\u2000-\u200a\u202f\u205f\u3000]"
)
SHOWN = 8


def bracket(subject: Subject) -> Hit | None:
    """【】 is kept for the signature. One at the very beginning is a signature, and goes."""
    text = subject.text
    found = re.search("[【】]", text)
    if found is None:
        return None
    signed = SIGNED.match(text)
    rest = text if signed is None or signed.end() == len(text) else text[signed.end() :]
    fixed = rest.translate(BRACKETS if subject.is_mainland else BRACKETS_ABROAD)
    return Hit(Span(*found.span()), fixed=fixed)


def glyph(subject: Subject) -> Hit | None:
    """Glyphs the standard names, and faces made of plain ones."""
    searches = subject.table.searches
    search = searches.glyphs if subject.is_mainland else searches.glyphs_abroad
    found = search.search(subject.text)
    if found is None:
        return None
    shown = dict.fromkeys(search.findall(subject.text))
    price = r"\1元" if subject.is_mainland else r"CNY \1"
    mended = PRICE.sub(price, subject.text)
    mended = mended.translate(AND) if subject.is_mainland else mended
    return Hit(
        Span(*found.span()),
        {"characters": " ".join(list(shown)[:SHOWN])},
        fixed=search.sub("", mended),
    )


def symbol(subject: Subject) -> Hit | None:
    """Emoji, circled numbers, arrows and other symbols the standard does not name one by one."""
    searches = subject.table.searches
    rest = searches.glyphs.sub(lambda found: "x" * len(found[0]), subject.text)
    allowed = subject.table.lists.symbols_allowed
    odd = [i for i, one in enumerate(rest) if one not in allowed and _is_symbol(one)]
    if not odd:
        return None
    shown = dict.fromkeys(subject.text[i] for i in odd)
    places = set(odd)
    text = subject.text
    fixed = "".join(_plain(one) if i in places else one for i, one in enumerate(text))
    return Hit(Span(odd[0], odd[0] + 1), {"characters": " ".join(list(shown)[:SHOWN])}, fixed=fixed)


def invisible(subject: Subject) -> Hit | None:
    """What nobody sees and a phone may show as a box: zero width, direction, control characters."""
    text = subject.text
    odd = [i for i, one in enumerate(text) if _is_unseen(one)]
    if not odd:
        return None
    fixed = without_unseen(text)
    return Hit(Span(odd[0], odd[0] + 1), {"code_point": code_point(text[odd[0]])}, fixed=fixed)


def space(subject: Subject) -> Hit | None:
    """Spaces that are counted and not wanted: at the ends, in a row, of another width."""
    text = subject.text
    fixed = ODD_SPACES.sub(" ", text).strip()
    if fixed == text:
        return None
    found = ODD_SPACES.search(text) or re.search(r"^\s+|\s+$", text)
    return Hit(subject.whole if found is None else Span(*found.span()), fixed=fixed)


def wide(subject: Subject) -> Hit | None:
    """Full-width letters and digits."""
    found = WIDE.search(subject.text)
    if found is None:
        return None
    fixed = WIDE.sub(lambda each: unicodedata.normalize("NFKC", each[0]), subject.text)
    return Hit(Span(*found.span()), {"characters": found[0][:SHOWN]}, fixed=fixed)


def without_unseen(text: str) -> str:
    """`text` with what cannot be seen taken out, and its own line breaks plain."""
    return "".join(map(_seen, text.replace("\r\n", "\n")))


def unseen_in(text: str) -> Iterable[int]:
    """The places of what cannot be seen."""
    return (i for i, one in enumerate(text) if _is_unseen(one))


def code_point(character: str) -> str:
    """``U+202E``."""
    return f"U+{ord(character):04X}"


def _is_unseen(character: str) -> bool:
    kind = unwanted(character)
    return kind not in {None, Unwanted.BRACKET} and character != "\n"


def _seen(character: str) -> str:
    if not _is_unseen(character):
        return character
    if character == "\t":
        return " "
    return "\n" if unwanted(character) is Unwanted.LINE_BREAK else ""


def _is_symbol(character: str) -> bool:
    if character < "\u00a2":
        return False
    return (
        unicodedata.category(character) in SYMBOL_CATEGORIES
        or character in JOINED
        or character in SKIN_TONES
        or ARROWS.match(character) is not None
        or unicodedata.decomposition(character).startswith("<circle>")
    )


def _plain(symbol: str) -> str:
    if ARROWS.match(symbol):
        return "-"
    plain = unicodedata.normalize("NFKC", symbol)
    return f"{plain}." if plain.isascii() and plain.isdigit() else ""
