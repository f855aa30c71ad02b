"""Faults of the table of approvals that no single key can have: rows nothing ever comes to, and a
last row that leaves something undecided, or whatever is left to nobody.

Like `bot.settings.across`, these look at the file as it was read.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from bot.rules.approval_table import KIND_NAMES, SEND, Scope, never_read
from bot.rules.classes import TemplateClass
from bot.settings.approvals import ROWS_MAX
from bot.settings.document import Document, Value
from bot.settings.faults import Fault, Problem, fault_at
from bot.settings.places import Place, dotted

TABLE: Place = ("approvals", "table")
OF_SENDS = ("types", "up_to")


def approval_faults(document: Document) -> Iterator[Fault]:
    """Every fault of the table that takes more than one key to see."""
    table = document.at(TABLE)
    rows = table if isinstance(table, list) and len(table) <= ROWS_MAX else []
    alone = list(_of_sends(document, rows))
    yield from alone
    scopes = [_scope(row) for row in rows]
    known = [scope for scope in scopes if scope is not None]
    # What is no row yet says nothing of the others.
    if rows and not alone and len(known) == len(scopes):
        yield from _of_order(document, known)
        yield from _of_rest(document, rows)


def _of_sends(document: Document, rows: list[Value]) -> Iterator[Fault]:
    """Only a send has a type, and recipients to count."""
    for at, row in enumerate(rows):
        if isinstance(row, dict) and row.get("kinds") != [SEND]:
            for key in OF_SENDS:
                if key in row:
                    yield _fault(document, (*TABLE, at, key), Problem.SENDS_ONLY)


def _of_order(document: Document, rows: list[Scope]) -> Iterator[Fault]:
    for at, by in never_read(rows):
        other = dotted((*TABLE, by))
        yield _fault(document, (*TABLE, at), Problem.NEVER_READ, other=other)
    if not rows[-1].is_all:
        yield _fault(document, (*TABLE, len(rows) - 1), Problem.NOT_FOR_ALL)


def _of_rest(document: Document, rows: list[Value]) -> Iterator[Fault]:
    """What a later version may ask for is nobody's to see yet; who wants something done without a
    second pair of eyes names it."""
    last = len(rows) - 1
    row, scope = rows[last], _scope(rows[last])
    # true is no number, and told as such.
    is_free = isinstance(row, dict) and row.get("approvals") == 0 and row["approvals"] is not False
    if is_free and scope is not None and scope.is_all:
        yield _fault(document, (*TABLE, last, "approvals"), Problem.REST_IS_FREE)


def _fault(document: Document, place: Place, problem: Problem, other: str = "") -> Fault:
    """What is wrong says what would be right."""
    found = fault_at(place, document.mark(place), problem, other=other)
    return replace(found, accepts=None)


def _scope(row: Value) -> Scope | None:
    """What a row is about; None where that cannot be said yet."""
    if not isinstance(row, dict):
        return None
    kinds, types, up_to = row.get("kinds"), row.get("types"), row.get("up_to")
    sound = (
        _is_some_of(kinds, KIND_NAMES),
        _is_some_of(types, [*TemplateClass]),
        up_to is None or (type(up_to) is int and up_to > 1),
    )
    if not all(sound):
        return None
    named = [TemplateClass(each) for each in _words(types)]
    return Scope(tuple(_words(kinds)), tuple(named), up_to if isinstance(up_to, int) else None)


def _is_some_of(listed: Value, known: Collection[str]) -> bool:
    """Whether a list that may be left out is one, of at least one of these words."""
    return listed is None or (
        isinstance(listed, list) and 0 < len(listed) == sum(each in known for each in listed)
    )


def _words(listed: Value) -> list[str]:
    return [str(each) for each in listed] if isinstance(listed, list) else []
