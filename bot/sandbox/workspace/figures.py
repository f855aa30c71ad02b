"""The blocks that show figures: data_table and data_visualization, with their limits.

Fields are those of Slack's reference (docs.slack.dev, Block Kit, 2026-08). Where the reference and
other registries differ on a number, the smaller one holds: what passes here passes there.
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.workspace.rich_text import RICH_TEXT_SHAPE
from bot.sandbox.workspace.shapes import (
    Check,
    Shape,
    ShapeFault,
    by_type,
    figure,
    items,
    whole,
    words,
)

# 100 rows and the header by the reference; slackblocks 3.0.0 has 201.
DATA_TABLE_ROWS = 101
DATA_TABLE_CHARACTERS = 20_000
CHARTS_PER_MESSAGE = 2
_LABEL = words(20)
RAW_NUMBER = Shape({"value": figure(), "text": words(3000)})
RAW_TEXT = Shape({"text": words(3000)})
_HEAD = by_type({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER})
CELL = by_type({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT_SHAPE})


def _same_width(value: Any, pointer: str) -> Iterator[ShapeFault]:
    rows = [row for row in value.get("rows", []) if isinstance(row, list)] if _rows(value) else []
    if rows:
        yield from items(_HEAD, 1, 20)(rows[0], f"{pointer}/rows/0")
    if len({len(row) for row in rows}) > 1:
        said = "all rows must have the same number of cells"
        yield ShapeFault(f"{pointer}/rows", "uneven_rows", said)
    column = value.get("row_header_column_index", 0)
    if rows and isinstance(column, int) and column >= len(rows[0]):
        said = f"must be less than {len(rows[0])}"
        yield ShapeFault(f"{pointer}/row_header_column_index", "out_of_range", said)
    if characters(value.get("rows")) > DATA_TABLE_CHARACTERS:
        said = f"no more than {DATA_TABLE_CHARACTERS} characters in a table"
        yield ShapeFault(f"{pointer}/rows", "too_long", said, DATA_TABLE_CHARACTERS)


def _rows(value: Any) -> bool:
    return isinstance(value.get("rows"), list)


def characters(value: Any) -> int:
    """How many characters all cells of a data table hold together."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else characters(own)) + sum(
            characters(inner) for key, inner in value.items() if key != "text"
        )
    return sum(map(characters, value)) if isinstance(value, list) else 0


DATA_TABLE: tuple[dict[str, Check], dict[str, Check], Check] = (
    {"rows": items(items(CELL, 1, 20), 2, DATA_TABLE_ROWS), "caption": words(3000)},
    {"page_size": whole(1, 100), "row_header_column_index": whole(0, 19)},
    _same_width,
)
_SEGMENT = Shape({"label": _LABEL, "value": figure(more_than=0)})
_POINT = Shape({"label": _LABEL, "value": figure()})
_SERIES = Shape({"name": _LABEL, "data": items(_POINT, 1, 20)})
_AXES = Shape({"categories": items(_LABEL, 1, 20)}, {"x_label": words(50), "y_label": words(50)})


def _fits_its_axis(value: Any, pointer: str) -> Iterator[ShapeFault]:
    """A point for every category, in every series; names only once."""
    axes = value.get("axis_config")
    categories = axes.get("categories") if isinstance(axes, dict) else None
    names: list[object] = []
    for at, series in enumerate(_dicts(value.get("series"))):
        names.append(str(series.get("name")))
        labels = sorted(str(point.get("label")) for point in _dicts(series.get("data")))
        if isinstance(categories, list) and labels != sorted(map(str, categories)):
            said = "must have exactly one point for every category"
            yield ShapeFault(f"{pointer}/series/{at}/data", "not_the_categories", said)
    yield from _once(names, f"{pointer}/series")
    yield from _once(categories, f"{pointer}/axis_config/categories")


def _once(names: object, pointer: str) -> Iterator[ShapeFault]:
    known = list(map(str, names)) if isinstance(names, list) else []
    if len(set(known)) < len(known):
        yield ShapeFault(pointer, "duplicate_name", "names must be unique")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


_PLOTTED = Shape({"series": items(_SERIES, 1, 12), "axis_config": _AXES}, also=_fits_its_axis)
CHART = by_type(
    {
        "pie": Shape({"segments": items(_SEGMENT, 1, 12)}),
        "bar": _PLOTTED,
        "area": _PLOTTED,
        "line": _PLOTTED,
    }
)
