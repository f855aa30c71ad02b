"""XLSX, row by row: openpyxl knows the format, what stands here keeps a hostile file small.

A spreadsheet is a ZIP archive of XML. Every entry is bounded by what its directory says it unpacks
to (zipfile reads no further), and a long entry must bring a row or a text at every turn, so that no
tree grows in memory. The archive itself is kept in memory: nothing of it is written to a disk.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, cast

from openpyxl.reader.excel import ExcelReader

from bot.rules.recipients import CheckFault, shown_names
from bot.sheets.cells import read_sheet
from bot.sheets.faults import Unreadable

FILE_BYTES_MAX = 32 * 1024 * 1024
UNPACKED_BYTES_MAX = 256 * 1024 * 1024
ENTRIES_MAX = 2_000
#: What is no list of rows or texts (styles, the table of contents) is read whole.
SMALL_BYTES = 2 * 1024 * 1024
#: XML of one row, or of one text.
BETWEEN_MARKS_BYTES = 256 * 1024
MARK = re.compile(rb"<(?:\w+:)?(?:row|si)[\s/>]")
#: Rows, and different texts.
MARKS_MAX = 1_000_000


def read_workbook(source: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(row, cells) of every row that is not blank, of the only sheet people see something on.
    Raises Unreadable."""
    body = _whole(source)
    archive = _archive(body)
    try:
        yield from read_sheet(_only(_sheets(body, archive)))
    except Unreadable:
        raise
    except Exception as error:
        # On a damaged file the libraries raise what just happens to go wrong first.
        raise Unreadable(CheckFault.DAMAGED) from error


def _whole(source: Iterable[bytes]) -> io.BytesIO:
    body = io.BytesIO()
    for piece in source:
        body.write(piece)
        if body.tell() > FILE_BYTES_MAX:
            raise Unreadable(CheckFault.TOO_LARGE, limit_mb=FILE_BYTES_MAX >> 20)
    return body


def _archive(body: io.BytesIO) -> "_Archive":
    try:
        archive = _Archive(body)
    except Exception as error:
        raise Unreadable(CheckFault.DAMAGED) from error
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX or sum(e.file_size for e in entries) > UNPACKED_BYTES_MAX:
        raise Unreadable(CheckFault.TOO_HEAVY)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(CheckFault.ENCRYPTED)
    if "[Content_Types].xml" not in archive.namelist():
        # An archive of something else.
        raise Unreadable(CheckFault.BINARY)
    return archive


def _sheets(body: io.BytesIO, archive: "_Archive") -> list[Any]:
    """The sheets people see."""
    reader = ExcelReader(body, read_only=True, data_only=True, keep_links=False)
    reader.archive = archive
    reader.read()
    return [each for each in reader.wb.worksheets if each.sheet_state == "visible"]


def _only(sheets: Sequence[Any]) -> Any:
    """The one sheet with something in it. Raises Unreadable where none has, and where several have:
    which one is meant is not guessed."""
    filled = [each for each in sheets if next(read_sheet(each), None) is not None]
    if not filled:
        raise Unreadable(CheckFault.EMPTY)
    if len(filled) > 1:
        found = shown_names([each.title for each in filled])
        raise Unreadable(CheckFault.SEVERAL_SHEETS, found=found)
    return filled[0]


class _Archive(zipfile.ZipFile):
    """A ZIP archive whose long entries are rows or texts and nothing else."""

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        size = self.getinfo(getattr(name, "filename", name)).file_size
        if size > SMALL_BYTES:
            raise Unreadable(CheckFault.TOO_HEAVY)
        with self.open(name, pwd=pwd) as entry:
            # With the size: without one, all there is would be unpacked before it is cut.
            return entry.read(size)

    def open(self, name: Any, *args: Any, **kwargs: Any) -> IO[bytes]:
        entry = super().open(name, *args, **kwargs)
        size = self.getinfo(getattr(name, "filename", name)).file_size
        return entry if size <= SMALL_BYTES else cast(IO[bytes], _Marked(entry))


class _Marked(io.RawIOBase):
    """A long entry as it is read, as long as it brings rows or texts."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry
        self._since = self._marks = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._entry.read(size)
        found = len(MARK.findall(piece))
        self._marks += found
        self._since = 0 if found else self._since + len(piece)
        if self._since > BETWEEN_MARKS_BYTES or self._marks > MARKS_MAX:
            raise Unreadable(CheckFault.TOO_HEAVY)
        return piece

    def close(self) -> None:
        self._entry.close()
        super().close()
