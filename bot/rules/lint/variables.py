"""Rules about variables: their form, their numbers, what is between them, and if they may be."""

import re
import unicodedata
from collections.abc import Iterator

from bot.rules.lint.drafts import Variables
from bot.rules.lint.findings import Hit, Severity, Span
from bot.rules.lint.subject import Subject
from bot.rules.templates import VARIABLE, variables_of

# What people write for a variable elsewhere: {code}, ${code}, {{1}}, ｛1｝, #code#, %s. The "$" of
# "${1}" may be a price, so it belongs to a name only.
WRITTEN = re.compile(
    r"\$?[{｛]{1,3}(?P<inner>[^{}｛｝\n]{0,40})[}｝]{1,3}"
    r"|#(?P<hash>[A-Za-z_]\w{0,30})#"
    r"|(?<![0-9%])%[sd](?![A-Za-z])"
)
BRACE = re.compile("[{}｛｝]")
FIRST, EXAMPLE, LAST_NUMBER = "{1}", "{1}, {2}", 99
ADJACENT = re.compile(r"\{[1-9][0-9]?\}\s*\{[1-9][0-9]?\}")
# A comma or a full stop ends a clause and parts two variables well enough; a hyphen joins them.
JOINED = re.compile(
    r"\{[1-9][0-9]?\}(?P<joint>(?:[^\w{}，。；！？,;!?\n]|_){1,8})(?=(?P<next>\{[1-9][0-9]?\}))"
)
IDEOGRAPH = re.compile("[\u3400-\u9fff]")
WORD = re.compile(r"[^\W\d_]{2,}")
#: Letters of text a reviewer wants for each variable, and besides.
TEXT_EACH, TEXT_BESIDES = 2, 3
#: Ideographs an English word stands for.
LETTERS_A_WORD = 3


def form(subject: Subject) -> Hit | None:
    """Braces that make no variable, and variables as other systems write them."""
    text = subject.text
    odd = next(_odd_in(text), None)
    if odd is None:
        return None
    values: dict[str, str | int] = {"text": text[odd.start : odd.end], "example": EXAMPLE}
    return Hit(odd, values, fixed=_mend(text))


def numbering(subject: Subject) -> Hit | None:
    """Numbers run from 1 without a gap. Where a form is wrong, mending that numbers anew."""
    numbers = variables_of(subject.text)
    is_in_order = list(numbers) == list(range(1, len(numbers) + 1))
    if is_in_order or form(subject) is not None:
        return None
    shown = ", ".join(f"{{{number}}}" for number in numbers)
    wrong = next(span for number, span in subject.variables if number > len(numbers))
    return Hit(wrong, {"numbers": shown, "first": FIRST}, fixed=renumbered(subject.text))


def adjacent(subject: Subject) -> Hit | None:
    """Two variables with nothing but a space between them."""
    found = ADJACENT.search(subject.text)
    return None if found is None else Hit(Span(*found.span()), {"text": found[0]})


def combined(subject: Subject) -> Hit | None:
    """Two variables with nothing but punctuation between them."""
    found = next((at for at in JOINED.finditer(subject.text) if at["joint"].strip()), None)
    if found is None:
        return None
    return Hit(Span(found.start(), found.end("next")), {"text": found[0] + found["next"]})


def only(subject: Subject) -> Hit | None:
    """Nothing but variables."""
    if not subject.variables or any(one.isalnum() for one in subject.words_text):
        return None
    return Hit(subject.whole)


def thin(subject: Subject) -> Hit | None:
    """So little text around the variables that nobody can tell what the message is for."""
    count = len(subject.variables)
    text = subject.words_text
    words = WORD.findall(IDEOGRAPH.sub(" ", text))
    letters = len(IDEOGRAPH.findall(text)) + LETTERS_A_WORD * len(words)
    if not count or not letters or letters >= TEXT_EACH * count + TEXT_BESIDES:
        return None
    # A code template that says so is understood.
    if subject.is_otp and letters >= TEXT_EACH:
        return None
    return Hit(subject.whole, {"variables": count})


def count(subject: Subject) -> Hit | None:
    """More variables than an individually verified account may have."""
    most = subject.table.figures.individual_variables
    numbers = variables_of(subject.text)
    if not subject.facts.is_individual or len(numbers) <= most:
        return None
    return Hit(subject.whole, {"variables": len(numbers), "limit": most})


def forbidden(subject: Subject) -> Hit | None:
    """Newer accounts may have no variables in mainland notices and marketing."""
    if not subject.variables or subject.is_otp or not subject.is_mainland:
        return None
    if subject.facts.variables is Variables.ALLOWED:
        return None
    is_known = subject.facts.variables is Variables.REFUSED
    return Hit(subject.variables[0][1], severity=None if is_known else Severity.ADVICE)


def renumbered(text: str) -> str:
    """Variables numbered in the order they first appear."""
    numbers: dict[str, int] = {}
    return VARIABLE.sub(lambda each: f"{{{numbers.setdefault(each[1], len(numbers) + 1)}}}", text)


def _odd_in(text: str) -> Iterator[Span]:
    """Where something stands that looks like a variable and is none."""
    done = 0
    for found in WRITTEN.finditer(text):
        yield from (Span(at.start(), at.end()) for at in BRACE.finditer(text, done, found.start()))
        if not VARIABLE.fullmatch(found[0].removeprefix("$")):
            yield Span(*found.span())
        done = found.end()
    yield from (Span(at.start(), at.end()) for at in BRACE.finditer(text, done))


def _mend(text: str) -> str | None:
    """Every variable in the one form there is, numbered in order; stray braces gone."""
    numbers: dict[str, int] = {}
    parts, done = [], 0
    for found in WRITTEN.finditer(text):
        name = unicodedata.normalize("NFKC", found["inner"] or found["hash"] or "").strip()
        # Nameless ones are one variable each.
        number = numbers.setdefault(name or f"\0{found.start()}", len(numbers) + 1)
        is_price = found[0].startswith("$") and name.isdigit()
        parts += [BRACE.sub("", text[done : found.start()]), "$" * is_price, f"{{{number}}}"]
        done = found.end()
    parts.append(BRACE.sub("", text[done:]))
    return None if len(numbers) > LAST_NUMBER else "".join(parts)
