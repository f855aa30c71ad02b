"""Where a value stands: its path of keys in app.yaml, and its line in the file."""

from typing import NamedTuple

from bot.settings.masking import shown_key

Place = tuple[str | int, ...]
"""Keys and list positions from the top: ("apps", 0, "name")."""


class Mark(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


def dotted(place: Place) -> str:
    """`place` as people write it, apps[0].name; a key that is no setting may hold anything."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{shown_key(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def place_of(key: str) -> Place:
    """The place of a dotted key, list positions as numbers: apps.0.name."""
    return tuple(int(part) if part.isdecimal() else part for part in key.split("."))


def key_of_meaning(place: Place) -> str:
    """`place` without what the operator chose: list positions, the ids below `templates`, which of
    the `totals` it is, and how deep among `routes`, for all accept the same."""
    kept = [
        part
        for before, part in zip(("", *place), place, strict=False)
        if isinstance(part, str) and before not in {"templates", "totals"}
    ]
    return ".".join(
        part
        for before, part in zip(("", *kept), kept, strict=False)
        if not before == part == "routes"
    )
