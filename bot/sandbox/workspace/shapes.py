"""Small checks that compose: what a JSON value must look like, and where it does not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], Iterator["ShapeFault"]]


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """One thing wrong: where (a JSON pointer), its kind, a sentence, and the limit it broke."""

    pointer: str
    code: str
    message: str
    constraint: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys an object must and may have. ``type`` is always allowed."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    also: Check | None = None

    def __call__(self, value: Any, pointer: str) -> Iterator[ShapeFault]:
        """Every fault of one object."""
        if not isinstance(value, dict):
            yield ShapeFault(pointer, "must_be_object", "must be an object")
            return
        for key in self.required:
            if key not in value:
                yield ShapeFault(pointer, "missing_field", f"missing required field: {key}")
        for key, inner in value.items():
            check = self.required.get(key) or self.optional.get(key)
            if check is not None:
                yield from check(inner, f"{pointer}/{key}")
            elif key != "type":
                yield ShapeFault(pointer, "unknown_field", f"invalid additional property: {key}")
        if self.also is not None:
            yield from self.also(value, pointer)


def anything(value: Any, pointer: str) -> Iterator[ShapeFault]:
    """No demands."""
    yield from ()


def words(at_most: int, at_least: int = 1) -> Check:
    """A text of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, str):
            yield ShapeFault(pointer, "must_be_string", "must be a string")
        elif len(value) < at_least:
            said = f"must be more than {at_least - 1} characters"
            yield ShapeFault(pointer, "too_short", said, at_least)
        elif len(value) > at_most:
            said = f"must be less than {at_most + 1} characters"
            yield ShapeFault(pointer, "too_long", said, at_most)

    return check


def whole(at_least: int, at_most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield ShapeFault(pointer, "must_be_integer", "must be an integer")
        elif not at_least <= value <= at_most:
            said = f"must be between {at_least} and {at_most}"
            yield ShapeFault(pointer, "out_of_range", said, at_most)

    return check


def figure(more_than: float | None = None) -> Check:
    """A number, whole or not."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield ShapeFault(pointer, "must_be_number", "must be a number")
        elif more_than is not None and not value > more_than:
            yield ShapeFault(pointer, "out_of_range", f"must be more than {more_than}")

    return check


def flag(value: Any, pointer: str) -> Iterator[ShapeFault]:
    """True or false."""
    if not isinstance(value, bool):
        yield ShapeFault(pointer, "must_be_boolean", "must be a boolean")


def spelled(is_right: Callable[[str], bool], wanted: str) -> Check:
    """A text that says something: `wanted` is what, for the message."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, str):
            yield ShapeFault(pointer, "must_be_string", "must be a string")
        elif not is_right(value):
            yield ShapeFault(pointer, "invalid_format", f"must be {wanted}")

    return check


def in_order(low: str, high: str, of: Callable[[Any], float]) -> Check:
    """An object whose `low`, if it has both, is at most its `high`; `of` reads either.

    `of` raises ValueError or TypeError for what is no number: that is another check's fault.
    """

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        try:
            is_reversed = low in value and high in value and of(value[low]) > of(value[high])
        except (TypeError, ValueError):
            return
        if is_reversed:
            yield ShapeFault(f"{pointer}/{low}", "out_of_range", f"must be at most {high}")

    return check


def one_of(*choices: str) -> Check:
    """One of a few words."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if value not in choices:
            said = f"must be one of: {', '.join(choices)}"
            yield ShapeFault(pointer, "not_a_choice", said)

    return check


def link(at_most: int = 3000) -> Check:
    """An http, https or mailto address."""
    length = words(at_most)

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        faults = list(length(value, pointer))
        yield from faults
        if not faults and not _is_link(value):
            yield ShapeFault(pointer, "not_a_url", "must be a valid url")

    return check


def _is_link(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return (parts.scheme in ("http", "https") and bool(parts.netloc)) or parts.scheme == "mailto"


def items(each: Check, at_least: int, at_most: int) -> Check:
    """A list of so many, each of which passes."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, list):
            yield ShapeFault(pointer, "must_be_array", "must be an array")
            return
        if len(value) < at_least:
            said = f"no fewer than {at_least} items allowed"
            yield ShapeFault(pointer, "too_few", said, at_least)
        if len(value) > at_most:
            yield ShapeFault(pointer, "too_many", f"no more than {at_most} items allowed", at_most)
            return
        for position, item in enumerate(value):
            yield from each(item, f"{pointer}/{position}")

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """An object whose ``type`` names the shape it must have."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not isinstance(value, dict):
            yield ShapeFault(pointer, "must_be_object", "must be an object")
            return
        kind = value.get("type")
        shape = shapes.get(kind) if isinstance(kind, str) else None
        if shape is None:
            yield ShapeFault(f"{pointer}/type", "unsupported_type", f"unsupported type: {kind!r}")
        else:
            yield from shape(value, pointer)

    return check


def exactly_one(*keys: str) -> Check:
    """An object with one of these keys, not none and not two."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if sum(key in value for key in keys) != 1:
            said = f"must have exactly one of: {', '.join(keys)}"
            yield ShapeFault(pointer, "exactly_one", said)

    return check


def at_least_one(*keys: str) -> Check:
    """An object with at least one of these keys."""

    def check(value: Any, pointer: str) -> Iterator[ShapeFault]:
        if not any(key in value for key in keys):
            said = f"must have at least one of: {', '.join(keys)}"
            yield ShapeFault(pointer, "missing_field", said)

    return check
