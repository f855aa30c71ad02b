"""Writing CSV that a spreadsheet opens as what it is: text."""

import csv
import io
from collections.abc import Iterable, Sequence

# What Excel, Calc and Sheets run as a formula (OWASP, CSV injection). A tab or a line end before
# one does not keep it from being one.
STARTERS = tuple("=+-@\t\r\n|%＝＋－＠")
BOM = b"\xef\xbb\xbf"


def csv_bytes(rows: Iterable[Sequence[object]], *, first: bool) -> bytes:
    """Rows as UTF-8 CSV with CRLF; `first` puts the mark before them by which Excel knows UTF-8.

    None is an empty cell; numbers stay numbers, and no text stays a formula.
    """
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(
        [_cell(each) for each in row] for row in rows
    )
    text = written.getvalue().encode("utf-8", "replace")
    return BOM + text if first else text


def defuse(text: str) -> str:
    """`text`, with a leading ``'`` where a spreadsheet would run it."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(STARTERS) else text


def _cell(value: object) -> object:
    return defuse(value) if isinstance(value, str) else value
