"""Flat frozen dataclasses to JSON objects and back, strictly: the way back is open to strangers."""

import dataclasses
import typing
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
#: No field of a record is negative, and the largest is a time in milliseconds (year 9892).
MAX_INTEGER = 250_000_000_000_000
MAX_ITEMS = 10_000


class RecordError(ValueError):
    """A JSON object that is not the record it should be; the message names the field."""


def encode(record: Any) -> dict[str, Any]:
    """The JSON object of a record whose fields are all plain."""
    # Not by dataclasses.asdict, which copies every value: a state has ten thousands of records.
    return {each.name: getattr(record, each.name) for each in dataclasses.fields(record)}


def decode(kind: type[T], row: object, defaults: Mapping[str, object] | None = None) -> T:
    """The record in `row`, fields missing there taken from `defaults` or else from the record's
    own defaults. Raises RecordError."""
    if not isinstance(row, dict):
        raise RecordError(f"{kind.__name__}: not an object")
    hints = typing.get_type_hints(kind)
    if unknown := row.keys() - hints.keys():
        raise RecordError(f"{kind.__name__}: unknown field {min(map(str, unknown))}")
    merged = {**_own_defaults(kind), **(defaults or {}), **row}
    return kind(**{name: _value(merged, name, hint) for name, hint in hints.items()})


def decode_all(kind: type[T], rows: object) -> list[T]:
    """The records in a JSON array. Raises RecordError."""
    if not isinstance(rows, list):
        raise RecordError(f"{kind.__name__}: not an array")
    return [decode(kind, row) for row in rows]


def is_unicode(text: str) -> bool:
    """Whether `text` can be written down: JSON can spell half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode() == text


def _own_defaults(kind: Any) -> dict[str, object]:
    return {
        each.name: each.default
        for each in dataclasses.fields(kind)
        if each.default is not dataclasses.MISSING
    }


def _value(row: Mapping[str, object], name: str, hint: Any) -> object:
    if name not in row:
        raise RecordError(f"{name}: missing")
    value = row[name]
    if isinstance(hint, type) and issubclass(hint, IntEnum | StrEnum):
        return _member(hint, name, value)
    if typing.get_origin(hint) is tuple:
        return _items(typing.get_args(hint)[0], name, value)
    allowed = typing.get_args(hint) or (hint,)
    # A bool is an int to isinstance, but not to a reader of the file.
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise RecordError(f"{name}: wrong type")
    if isinstance(value, int) and not 0 <= value <= MAX_INTEGER:
        raise RecordError(f"{name}: out of range")
    if isinstance(value, str) and not is_unicode(value):
        raise RecordError(f"{name}: not Unicode")
    return value


def _items(hint: Any, name: str, value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_ITEMS:
        raise RecordError(f"{name}: not an array of at most {MAX_ITEMS}")
    return tuple(_value({name: each}, name, hint) for each in value)


def _member(kind: type[IntEnum] | type[StrEnum], name: str, value: object) -> object:
    # By type as well: True equals 1.
    if isinstance(value, kind) or type(value) in (int, str):
        for member in kind:
            if member == value:
                return member
    raise RecordError(f"{name}: not one of {', '.join(str(member.value) for member in kind)}")
