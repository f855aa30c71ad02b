"""Writing CSV that a spreadsheet opens as what it is: text."""

import csv
import io
from collections.abc import Iterable, Sequence

# What Excel, Calc and Sheets run as a formula (OWASP, CSV injection; ASVS 5.0, 1.2.10). A tab, a
# NUL or a line end before one does not keep it from being one, nor does what has no width.
STARTERS = tuple("=+-@\t\r\n\0|%＝＋－＠")
UNSEEN = " \u00a0\u3000\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
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
    return f"'{text}" if text.lstrip(UNSEEN).startswith(STARTERS) else text


def _cell(value: object) -> object:
    return defuse(value) if isinstance(value, str) else value
