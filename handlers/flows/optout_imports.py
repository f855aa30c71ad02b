"""Files of numbers that want no more, read row by row; what is no number is told by its row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.rules.classes import TemplateClass
from bot.rules.numbers import BadNumber, read_number
from bot.rules.recipients import (
    BadRow,
    MessagePlan,
    WholeFault,
    column_letter,
    is_first_row,
    read_layout,
)
from bot.sheets import Unreadable, read_rows

#: Rows of one write.
AT_ONCE = 2_000
PIECE_BYTES = 64 * 1024
#: A list of numbers alone: no template, so no other column is asked for.
NUMBERS = MessagePlan("", TemplateClass.MARKETING, "", lambda _: None)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What so many rows hold: E.164 numbers, and the rows that are none."""

    numbers: tuple[str, ...]
    bad: tuple[BadRow, ...]


def read_chunks(body: bytes) -> Iterator[Chunk]:
    """The rows of a file, chunk by chunk. Raises Unreadable for a file that is no list."""
    rows = _read(body)
    while part := list(islice(rows, AT_ONCE)):
        numbers = tuple(each for each in part if isinstance(each, str))
        yield Chunk(numbers, tuple(each for each in part if isinstance(each, BadRow)))


def _read(body: bytes) -> Iterator[str | BadRow]:
    pieces = (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
    column: int | None = None
    for row, cells in read_rows(pieces, is_first_row):
        if column is None:
            layout = read_layout(cells, NUMBERS)
            if isinstance(layout, WholeFault):
                raise Unreadable(layout.reason, **layout.values)
            column = layout.phone
            if layout.has_header:
                continue
        yield _number(row, column, cells[column] if column < len(cells) else "")


def _number(row: int, column: int, cell: str) -> str | BadRow:
    read = read_number(cell)
    if isinstance(read, BadNumber):
        return BadRow(row, f"number.{read.reason.value}", column_letter(column), cell)
    return read.e164
