"""Rules about length: what is too long, and what would cost less a little shorter."""

import unicodedata

from bot.rules import segments
from bot.rules.lint.findings import Hit
from bot.rules.lint.subject import Subject
from bot.rules.segments import Encoding, Segments
from bot.rules.templates import VARIABLE

# What editors and input methods put in the place of a plain character; the rest folds by itself.
PLAINER = str.maketrans(
    {
        **dict.fromkeys("‘’`´", "'"),
        **dict.fromkeys("“”「」", '"'),
        **dict.fromkeys("‐‑–—−•", "-"),
        "…": "...",
        "·": ".",
        "。": ".",
        "、": ",",
        "×": "x",
    }
)
SHOWN = 8


def empty(subject: Subject) -> Hit | None:
    """Nothing to read: no letter, no digit, no variable."""
    if subject.variables or any(character.isalnum() for character in subject.text):
        return None
    return Hit(subject.whole)


def too_long(subject: Subject) -> Hit | None:
    """Longer than any message may be, signature included, even with every variable empty."""
    return _over(subject, subject.shortest)


def too_long_with_values(subject: Subject) -> Hit | None:
    """Short enough by itself, too long once its variables are filled to the brim."""
    return None if subject.shortest.is_too_long else _over(subject, subject.longest)


def one_segment_less(subject: Subject) -> Hit | None:
    """A few characters over the end of a segment."""
    length = subject.longest
    if length.segments < 2 or length.is_too_long:
        return None
    over = length.characters - segments.room(length.encoding, length.segments - 1)
    if over > subject.table.figures.segment_slack:
        return None
    return Hit(subject.whole, {"over": over, "segments": length.segments})


def not_gsm(subject: Subject) -> Hit | None:
    """Abroad, one character outside the GSM set makes all of them dear; told where it costs."""
    now = subject.longest
    if subject.is_mainland or now.encoding is Encoding.GSM_7:
        return None
    # Of the template's own text alone: the braces of a variable are not sent.
    body = VARIABLE.sub("", subject.text)
    odd = dict.fromkeys(character for character in body if not segments.is_gsm(character))
    plain = subject.with_text("".join("x" if one in odd else one for one in subject.text))
    if plain.longest.segments >= now.segments:
        return None
    fixed = unicodedata.normalize("NFKC", subject.text.translate(PLAINER))
    shown = " ".join(list(odd)[:SHOWN])
    return Hit(subject.whole, {"characters": shown, "segments": now.segments}, fixed=fixed)


def _over(subject: Subject, length: Segments) -> Hit | None:
    if not length.is_too_long:
        return None
    return Hit(subject.whole, {"characters": length.characters, "limit": length.limit})
