"""Faults of on-call that no single key can have: steps that name what there is not.

Like `bot.settings.across`, these look at the file as it was read.
"""

import re
from collections.abc import Iterator

from bot.rules.escalation import NEXT, Means
from bot.settings.document import Document, Value
from bot.settings.faults import Fault, Problem, fault_at
from bot.settings.masking import shown
from bot.settings.oncall import GROUP, USER
from bot.settings.places import Place, dotted

ONCALL: Place = ("oncall",)
ROTAS, CHAINS = (*ONCALL, "rotas"), (*ONCALL, "chains")
_PEOPLE = re.compile(f"{GROUP}|{USER}")


def oncall_faults(document: Document) -> Iterator[Fault]:
    """Every fault of rotas, chains and what they are reached by that takes more than one key."""
    rotas = [(place, row) for place, row in _rows(document, ROTAS)]
    yield from _taken(document, ROTAS)
    yield from _taken(document, CHAINS)
    names = {str(row.get("name")) for _, row in rotas}
    for place, row in rotas:
        if row.get("name") == NEXT:
            yield _fault(document, (*place, "name"), Problem.NOT_ACCEPTED, NEXT)
    for place, _ in _rows(document, CHAINS):
        for nth, (step, row) in enumerate(_rows(document, (*place, "steps"))):
            yield from _step(document, step, row, names, is_first=nth == 0)
    yield from _app(document)


def _step(
    document: Document, place: Place, row: dict[str, Value], names: set[str], *, is_first: bool
) -> Iterator[Fault]:
    whom, by = row.get("whom"), row.get("by")
    known = names if is_first else {*names, NEXT}
    if isinstance(whom, str) and whom not in known and not _PEOPLE.fullmatch(whom):
        yield _fault(document, (*place, "whom"), Problem.NO_SUCH_ROTA, whom)
    if by in (Means.VOICE.value, Means.SMS.value) and document.at((*ONCALL, str(by))) is None:
        yield _fault(document, (*place, "by"), Problem.NOT_SET_UP, str(by))


def _app(document: Document) -> Iterator[Fault]:
    place = (*ONCALL, "sms", "app")
    name = document.at(place)
    names = [row.get("name") for _, row in _rows(document, ("apps",))]
    if isinstance(name, str) and name not in names:
        yield _fault(document, place, Problem.NO_SUCH_APP, name)


def _taken(document: Document, place: Place) -> Iterator[Fault]:
    """Names that two entries have."""
    first: dict[str, Place] = {}
    for each, row in _rows(document, place):
        name, where = row.get("name"), (*each, "name")
        if isinstance(name, str) and (other := first.setdefault(name, where)) != where:
            mark = document.mark(where)
            yield fault_at(where, mark, Problem.TAKEN, shown(name), other=dotted(other))


def _rows(document: Document, place: Place) -> list[tuple[Place, dict[str, Value]]]:
    """The mappings in a list, by their places; none where there is no list."""
    found = document.at(place)
    listed = found if isinstance(found, list) else []
    return [((*place, nth), row) for nth, row in enumerate(listed) if isinstance(row, dict)]


def _fault(document: Document, place: Place, problem: Problem, found: str) -> Fault:
    return fault_at(place, document.mark(place), problem, shown(found))
