"""Rules about words: the table's rows, placeholders left behind, a purpose nobody can see."""

from collections.abc import Iterable

from bot.rules.classes import TemplateClass
from bot.rules.lint.findings import Hit, Rule
from bot.rules.lint.folding import Folded
from bot.rules.lint.subject import Subject
from bot.rules.lint.table import Words


def word_hits(
    rows: Iterable[Words], squeezed: Folded, class_: TemplateClass | None
) -> Iterable[tuple[Words, Hit]]:
    """The first word of every row that is found; `class_` None looks for signatures' rows."""
    for row in rows:
        wanted = row.signatures if class_ is None else class_ in row.classes
        if row.is_ignored or not wanted:
            continue
        found = row.pattern.search(squeezed.text)
        if found is not None and found[0]:
            yield row, _hit(row, squeezed, *found.span())


def placeholder(subject: Subject) -> Hit | None:
    """Something the writer meant to fill in."""
    found = subject.table.searches.placeholders.search(subject.squeezed.text)
    if found is None:
        return None
    return Hit(subject.squeezed.original(*found.span()), {"text": found[0]})


def remark(subject: Subject) -> Hit | None:
    """A short or much varied text without an example for the reviewer."""
    figures = subject.table.figures
    letters = sum(one.isalnum() for one in subject.words_text)
    is_clear = len(subject.variables) < figures.remark_variables
    if subject.draft.remark.strip() or (is_clear and letters >= figures.remark_characters):
        return None
    return Hit(subject.whole)


def _hit(row: Words, squeezed: Folded, start: int, end: int) -> Hit:
    values: dict[str, str | int] = {"word": squeezed.text[start:end], "note": row.note or row.id}
    terms = {"trade": f"lint.trade.{row.id}"} if row.rule is Rule.TRADE else {}
    return Hit(squeezed.original(start, end), values, terms, severity=row.severity)
