"""Taking single values of a table an operator wrote, or noting what is wrong with them.

Nothing here is ever a regular expression, and every list and text has an end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from bot.rules.lint.patterns import LONGEST

Kind = TypeVar("Kind")

ROWS_LIMIT = 200
WORDS_LIMIT = 1_000
NOTE_LIMIT = 200
SMALL_LIMIT = 100


class TableReason(StrEnum):
    """Why a part of a table is not taken."""

    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, slots=True)
class TableFault:
    """One fault: where it stands (``words.ours.severity``) and what would be taken there, the end
    of a key under ``lint.accepts``.
    """

    place: str
    reason: TableReason
    accepts: str

    @property
    def says_key(self) -> str:
        return f"lint.table.{self.reason.value}"

    @property
    def accepts_key(self) -> str:
        return f"lint.accepts.{self.accepts}"


class Accepting:
    """Takes values, and keeps every fault it meets with the place it stands at."""

    def __init__(self) -> None:
        self.faults: list[TableFault] = []

    def refuse(self, place: str, accepts: str) -> None:
        """Notes that what stands there is not accepted, and what would be."""
        self.faults.append(TableFault(place, TableReason.NOT_ACCEPTED, accepts))

    def miss(self, place: str, accepts: str) -> None:
        """Notes that something has to stand there."""
        self.faults.append(TableFault(place, TableReason.MISSING, accepts))

    def rows(self, place: str, value: object) -> dict[str, object]:
        """A mapping of names to anything, of at most so many."""
        if not isinstance(value, Mapping) or len(value) > ROWS_LIMIT:
            self.refuse(place, "section")
            return {}
        return {str(key): item for key, item in value.items()}

    def section(self, place: str, value: object, known: Iterable[str]) -> dict[str, object]:
        """A mapping with known keys only; the others are told and left out."""
        read, names = self.rows(place, value), frozenset(known)
        for key in read.keys() - names:
            where = f"{place}.{key}" if place else key
            self.faults.append(TableFault(where, TableReason.UNKNOWN_KEY, "key"))
        return {key: item for key, item in read.items() if key in names}

    def one_of(self, place: str, value: object, among: Iterable[Kind], instead: Kind) -> Kind:
        """The one of `among` that equals `value`; `instead` where none does."""
        found = next((one for one in among if one == value), None)
        if found is None:
            self.refuse(place, place.rpartition(".")[2])
        return instead if found is None else found

    def day(self, place: str, value: object) -> date | None:
        """A date, or one written 2025-06-17."""
        found = day_of(value)
        if found is None:
            self.refuse(place, "date")
        return found

    def flag(self, place: str, value: object) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.refuse(place, "flag")
        return value is True

    def note(self, place: str, value: object) -> str:
        """A text of a sentence or two."""
        if not isinstance(value, str) or len(value) > NOTE_LIMIT:
            self.refuse(place, "note")
            return ""
        return value

    def texts(self, place: str, value: object) -> tuple[str, ...]:
        """A list of short texts, none of them empty."""
        if (
            not isinstance(value, list | tuple)
            or not 0 < len(value) <= WORDS_LIMIT
            or not all(isinstance(text, str) and 0 < len(text) <= LONGEST for text in value)
        ):
            self.refuse(place, "words")
            return ()
        return tuple(value)


def day_of(value: object) -> date | None:
    """A date as TOML reads it or as text, None where it is none."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None


def range_of(value: object) -> tuple[int, int] | None:
    """Fewest and most, None where it is not that."""
    if not isinstance(value, list) or len(value) != 2 or not are_small(value):
        return None
    fewest, most = value
    return (fewest, most) if fewest <= most else None


def are_small(values: list[object]) -> bool:
    """Whether all are whole numbers up to 100."""
    return all(type(value) is int and 0 <= value <= SMALL_LIMIT for value in values)
