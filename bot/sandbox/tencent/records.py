"""Flat frozen dataclasses to JSON objects and back, strictly: the way back is open to strangers."""

import dataclasses
import typing
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, TypeVar

T = TypeVar("T")
#: No field of a record is negative, and the largest is a time in milliseconds (year 9892).
MAX_INTEGER = 250_000_000_000_000


class RecordError(ValueError):
    """A JSON object that is not the record it should be; the message names the field."""


def encode(record: Any) -> dict[str, Any]:
    """The JSON object of a record whose fields are all plain."""
    return dataclasses.asdict(record)


def decode(kind: type[T], row: object, defaults: Mapping[str, object] | None = None) -> T:
    """The record in `row`, fields missing there taken from `defaults`. Raises RecordError."""
    if not isinstance(row, dict):
        raise RecordError(f"{kind.__name__}: not an object")
    hints = typing.get_type_hints(kind)
    if unknown := row.keys() - hints.keys():
        raise RecordError(f"{kind.__name__}: unknown field {min(map(str, unknown))}")
    merged = {**(defaults or {}), **row}
    return kind(**{name: _value(merged, name, hint) for name, hint in hints.items()})


def decode_all(kind: type[T], rows: object) -> list[T]:
    """The records in a JSON array. Raises RecordError."""
    if not isinstance(rows, list):
        raise RecordError(f"{kind.__name__}: not an array")
    return [decode(kind, row) for row in rows]


def is_unicode(text: str) -> bool:
    """Whether `text` can be written down: JSON can spell half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode() == text


def _value(row: Mapping[str, object], name: str, hint: Any) -> object:
    if name not in row:
        raise RecordError(f"{name}: missing")
    value = row[name]
    allowed = typing.get_args(hint) or (hint,)
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return _member(hint, name, value)
    # A bool is an int to isinstance, but not to a reader of the file.
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise RecordError(f"{name}: wrong type")
    if isinstance(value, int) and not 0 <= value <= MAX_INTEGER:
        raise RecordError(f"{name}: out of range")
    if isinstance(value, str) and not is_unicode(value):
        raise RecordError(f"{name}: not Unicode")
    return value


def _member(kind: type[IntEnum], name: str, value: object) -> IntEnum:
    if type(value) is int and value in kind.__members__.values():
        return kind(value)
    if isinstance(value, kind):
        return value
    raise RecordError(f"{name}: not one of {', '.join(str(int(member)) for member in kind)}")
