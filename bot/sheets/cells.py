"""The rows of a sheet as people see them: every cell as what it shows, or told to be odd.

openpyxl takes the XML apart; what it would pass over in silence is noticed here: a row nobody sees,
a formula without its result, a cell outside of its place.
"""

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from bot.rules.recipients import CheckFault, HiddenRow, OddCell
from bot.sheets.faults import Unreadable

#: Rows of one sheet. Beyond that CSV is the format: there nothing has to be kept.
ROWS_MAX = 200_000
COLUMNS_MAX = 200
#: Digits a spreadsheet keeps of a number.
EXACT_DIGITS = 15
#: Characters that the format General shows of a number with a fraction.
GENERAL_CHARACTERS = 11
#: Formats that show a number as its digits, and the one of them that shows no fraction.
WHOLE = "0"
PLAIN_FORMATS = frozenset({"General", "@", WHOLE, None})
#: How the format writes a character; openpyxl leaves it as it is.
ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
TRUE = frozenset({"1", "true"})
TEXTS = frozenset({"s", "str"})


def read_sheet(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """(row, cells) of every row that is not blank; a `HiddenRow` where people do not see it.
    Raises Unreadable."""
    last = 0
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=sheet.parent.epoch,
            date_formats=sheet.parent._date_formats,
            timedelta_formats=sheet.parent._timedelta_formats,
        )
        for row, read in parser.parse():
            if row <= last:
                # Two rows in one place: which one people see is anybody's guess.
                raise Unreadable(CheckFault.DAMAGED)
            last = row
            cells = _cells(sheet, row, read)
            if not cells:
                continue
            if row > ROWS_MAX:
                raise Unreadable(CheckFault.TOO_MANY_SHEET_ROWS, limit=ROWS_MAX)
            yield row, HiddenRow(cells) if parser.is_hidden else cells


class _Parser(WorkSheetParser):  # type: ignore[misc]  # openpyxl has no types
    """Tells of the row it just read whether people see it, and of no formula that it is blank."""

    is_hidden = False

    def parse_row(self, row: Any) -> Any:
        self.is_hidden = row.get("hidden") in TRUE or row.get("ht") == "0"
        return super().parse_row(row)

    def parse_cell(self, element: Any) -> Any:
        cell = super().parse_cell(element)
        # A formula that shows nothing has the type of a text.
        if cell["value"] is None and cell["data_type"] not in TEXTS:
            formula = element.find(FORMULA_TAG)
            if formula is not None:
                cell["value"], cell["data_type"] = f"={formula.text or ''}", "e"
        return cell


def _cells(sheet: Any, row: int, read: list[dict[str, Any]]) -> list[str]:
    """The cells up to the last one that is not blank."""
    found = {
        cell["column"]: shown(ReadOnlyCell(sheet, **cell))
        for cell in read
        if cell["value"] is not None
    }
    if len(found) < sum(cell["value"] is not None for cell in read):
        raise Unreadable(CheckFault.DAMAGED)
    width = max((column for column, text in found.items() if text.strip()), default=0)
    if width > COLUMNS_MAX:
        raise Unreadable(CheckFault.TOO_MANY_COLUMNS, row=row, limit=COLUMNS_MAX)
    return [found.get(column, "") for column in range(1, width + 1)]


def shown(cell: Any) -> str:
    """What people see in a cell, or an `OddCell` where that cannot be told."""
    value = cell.value
    if isinstance(value, str):
        is_odd = cell.data_type == "e" or ESCAPED.search(value)
        return OddCell(value) if is_odd else value
    if isinstance(value, bool):
        return OddCell(str(value).upper())
    if isinstance(value, datetime | date | time | timedelta):
        return OddCell(str(value))
    text = _digits(value)
    return text if _is_shown(text, cell.number_format) else OddCell(text)


def _is_shown(text: str, number_format: str | None) -> bool:
    """Whether people see a number as `text`."""
    if number_format not in PLAIN_FORMATS or not text.lstrip("-")[:1].isdigit() or "e" in text:
        return False
    if "." in text:
        return number_format != WHOLE and len(text) <= GENERAL_CHARACTERS
    return len(text) <= EXACT_DIGITS


def _digits(value: float) -> str:
    """A number as its digits: 13800000000.0 is 13800000000."""
    if isinstance(value, int) or value.is_integer():
        whole = int(value)
        return str(whole) if abs(whole) < 10**EXACT_DIGITS else f"{value:e}"
    return f"{value:.{EXACT_DIGITS}g}" if math.isfinite(value) else str(value)
