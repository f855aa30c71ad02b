"""The table of app.yaml that says how many must say yes to what: how it is read, what is wrong.

A request is under the first row, from the top, whose kinds name it, whose types name its type, and
whose `up_to` its recipients do not exceed; what a row leaves out fits everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestKind

SEND, CHANGE = RequestKind.SEND.value, RequestKind.LIMITS_CHANGE.value
#: A change of limits that never lets more through: a kind of its own to the table.
TIGHTEN = "limits.tighten"
#: Every kind a row may name.
KIND_NAMES = (*(kind.value for kind in RequestKind), TIGHTEN)


@dataclass(frozen=True, slots=True)
class Matter:
    """What the table looks at of a request. Only a send has a type and recipients; without them it
    is as one of a type no row names, to more than any row names."""

    kind: str
    type: TemplateClass | None = None
    recipients: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a row is about; empty or None: it does not matter."""

    kinds: tuple[str, ...] = ()
    types: tuple[TemplateClass, ...] = ()
    up_to: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether every request fits."""
        return not self.kinds and not self.types and self.up_to is None

    def fits(self, matter: Matter) -> bool:
        """Whether the row is about this."""
        return (
            (not self.kinds or matter.kind in self.kinds)
            and (not self.types or matter.type in self.types)
            and (
                self.up_to is None
                or (matter.recipients is not None and matter.recipients <= self.up_to)
            )
        )

    def cells(self) -> Iterator[tuple[str, TemplateClass | None]]:
        """Every kind and type it is about, whatever the size."""
        for kind in self.kinds or KIND_NAMES:
            if kind == SEND:
                yield from ((kind, type_) for type_ in self.types or TemplateClass)
            elif not self.types and self.up_to is None:
                yield kind, None


@dataclass(frozen=True, slots=True)
class Fitting:
    """The row a request is under, as people are told of it: `number` counts from 1, `above` is how
    many recipients the rows before end with, 0 where they do not."""

    number: int
    kind: str
    types: tuple[TemplateClass, ...]
    above: int
    up_to: int | None


def first_fit(rows: Sequence[Scope], matter: Matter) -> Fitting | None:
    """The row a request is under; None where it fits none."""
    for at, row in enumerate(rows):
        if row.fits(matter):
            kind = matter.kind if row.kinds else ""
            above = _above(rows[:at], matter.kind, matter.type)
            return Fitting(at + 1, kind, row.types, above, row.up_to)
    return None


def reached_above(rows: Sequence[Scope], at: int) -> int:
    """The recipients up to which the rows before `at` take everything from it, 0 for none."""
    return min((_above(rows[:at], *cell) for cell in rows[at].cells()), default=0)


def left_to(rows: Sequence[Scope], at: int) -> tuple[str, ...]:
    """The kinds that come to a row whatever their type and size."""
    fittings = {kind: first_fit(rows[: at + 1], Matter(kind)) for kind in KIND_NAMES}
    return tuple(kind for kind, fit in fittings.items() if fit is not None and fit.number == at + 1)


def _above(rows: Sequence[Scope], kind: str, type_: TemplateClass | None) -> int:
    """The recipients with which the rows about one kind and type end."""
    about = (each.up_to for each in rows if Scope(each.kinds, each.types).fits(Matter(kind, type_)))
    return max((up_to for up_to in about if up_to is not None), default=0)


def never_read(rows: Sequence[Scope]) -> Iterator[tuple[int, int]]:
    """The rows no request can be under, each with the last of those that take everything from it;
    positions count from 0. The last row is for what a later version may ask for."""
    for at, row in enumerate(rows):
        hiding = [_hidden_by(rows[:at], row, kind, type_) for kind, type_ in row.cells()]
        others = [other for other in hiding if other is not None]
        is_rest = row.is_all and at == len(rows) - 1 and not any(each.is_all for each in rows[:at])
        if hiding and len(others) == len(hiding) and not is_rest:
            yield at, max(others)


def _hidden_by(
    above: Sequence[Scope], row: Scope, kind: str, type_: TemplateClass | None
) -> int | None:
    """The row that takes all of one kind and type from `row`; sizes begin at one end alone."""
    for at, other in enumerate(above):
        takes = Scope(other.kinds, other.types).fits(Matter(kind, type_))
        if takes and (other.up_to is None or (row.up_to is not None and other.up_to >= row.up_to)):
            return at
    return None
