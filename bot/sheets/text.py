"""CSV and TSV in UTF-8, UTF-16 or GB18030, read with what the encoding and the delimiter prove."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from bot.rules.recipients import CheckFault
from bot.sheets.faults import Unreadable

Recognises = Callable[[Sequence[str]], bool]

DELIMITERS = ",\t;"
#: No line of a list is longer, nor a cell; a quoted cell may hold lines.
LINE_MAX = 65_536
RECORD_LINES_MAX = 1_000
COLUMNS_MAX = 200
#: Bytes behind the first one that is not ASCII by which the encoding is told.
EVIDENCE_BYTES = 65_536
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NOT_ASCII = re.compile(rb"[\x80-\xff]")
# What no text holds. A vertical tab, a form feed or a Ctrl-Z does stand in some: it makes its row
# bad, not the list.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
#: DOS ended a text with it, and some programs still do.
CTRL_Z = "\x1a"
MARK = "\ufeff"
# Excel's own first line, which names the delimiter and is no row.
NAMED = re.compile(rf'"?sep=([{DELIMITERS}|])"?\s*', re.IGNORECASE)
# Text of China, Japan or Korea, its punctuation, and emoji: what takes three bytes in UTF-8.
WIDE = re.compile(
    "[\u2010-\u206f\u20a0-\u20bf\u3000-\u9fff\uac00-\ud7af\uff00-\uffef\U0001f000-\U0003ffff]"
)
NOT_ASCII_TEXT = re.compile("[^\x00-\x7f]")
# What heads the column of the numbers: proof of the encoding in which it reads so.
PROOF = ("手机", "手機", "电话", "電話", "号码", "號碼", "联系方式")
# What GB18030 makes of bytes that mean nothing in it: the private use areas.
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


def read_text(source: Iterable[bytes], recognises: Recognises) -> Iterator[tuple[int, list[str]]]:
    """(row, cells) of every row that is not blank. Raises Unreadable."""
    lines = _Lines(_decoded(source))
    first = lines.first()
    if first is None:
        raise Unreadable(CheckFault.EMPTY)
    named = NAMED.fullmatch(first)
    if named:
        lines.drop_first()
    delimiter = named[1] if named else _delimiter(first, recognises)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    return _rows(reader, lines)


def _rows(reader: Iterator[list[str]], lines: "_Lines") -> Iterator[tuple[int, list[str]]]:
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            lines.in_record = 0
            if len(cells) > COLUMNS_MAX:
                raise Unreadable(CheckFault.TOO_MANY_COLUMNS, row=row, limit=COLUMNS_MAX)
            if any(map(str.strip, cells)):
                yield row, cells
    except csv.Error:
        # A quote that is never closed, or closed in the middle of its cell.
        raise Unreadable(CheckFault.OPEN_QUOTE, row=row + 1) from None


class _Lines:
    """The lines of a text, none longer than `LINE_MAX`; the first ones can be looked at before."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._lines = _split(pieces)
        self._kept: list[str] = []
        #: Lines given since the last row was whole.
        self.in_record = 0

    def first(self) -> str | None:
        """The first line that is not blank, which is still to come; None where there is none."""
        for line in self._lines:
            self._kept.append(line)
            if line.strip():
                return line
            if len(self._kept) > RECORD_LINES_MAX:
                break
        return None

    def drop_first(self) -> None:
        """What `first` gave is no row."""
        self._kept.clear()

    def __iter__(self) -> Iterator[str]:
        kept, self._kept = self._kept, []
        for lines in (kept, self._lines):
            for line in lines:
                self.in_record += 1
                if self.in_record > RECORD_LINES_MAX:
                    raise csv.Error("a row of too many lines")
                yield line


def _split(pieces: Iterator[str]) -> Iterator[str]:
    pending, row = "", 1
    for piece in pieces:
        text = pending + piece
        end = text.rfind("\n") + 1
        # Only \n ends a line here: str.splitlines would part cells at characters of other scripts.
        for line in io.StringIO(text[:end], newline="\n"):
            if len(line) > LINE_MAX:
                raise Unreadable(CheckFault.LINE_TOO_LONG, row=row, limit=LINE_MAX)
            yield line
            row += 1
        pending = text[end:]
        if len(pending) > LINE_MAX:
            raise Unreadable(CheckFault.LINE_TOO_LONG, row=row, limit=LINE_MAX)
    pending = pending.rstrip(CTRL_Z)
    if pending:
        yield pending


def _delimiter(first: str, recognises: Recognises) -> str:
    """The one of `DELIMITERS` under which the first line is a first row. Raises Unreadable where
    two would do."""
    there = [each for each in DELIMITERS if each in first]
    known = [each for each in there if recognises(_taken_apart(first, each))]
    if len(known) > 1:
        raise Unreadable(CheckFault.AMBIGUOUS_DELIMITER)
    return known[0] if known else max(there, key=first.count, default=",")


def _taken_apart(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _decoded(source: Iterable[bytes]) -> Iterator[str]:
    """The text, its line ends as \\n. Raises Unreadable for what is no text, or not all of one
    encoding."""
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    is_begun = False
    try:
        for read in _texts(iter(source)):
            # A program that marks a text which has a mark leaves one in it.
            text = read if is_begun else read.lstrip(MARK)
            is_begun = is_begun or bool(text)
            if CONTROL.search(text):
                raise Unreadable(CheckFault.BINARY)
            yield newlines.decode(text)
    except UnicodeDecodeError:
        raise Unreadable(CheckFault.UNKNOWN_ENCODING) from None
    yield newlines.decode("", final=True)


def _texts(pieces: Iterator[bytes]) -> Iterator[str]:
    """Plain ASCII is the same in every encoding told apart here: no need to know before the first
    byte that is not."""
    for piece in pieces:
        encoding = next((name for bom, name in BOMS if piece.startswith(bom)), None)
        if encoding is not None or NOT_ASCII.search(piece):
            head, is_whole = (piece, False) if encoding else _evidence(piece, pieces)
            yield from _decode(head, pieces, encoding or _encoding(head, is_whole=is_whole))
            return
        yield piece.decode("ascii")


def _evidence(piece: bytes, pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """More of the file, so that one name does not decide for all; and whether that is its rest."""
    found = NOT_ASCII.search(piece)
    wanted = (found.start() if found else 0) + EVIDENCE_BYTES
    gathered = bytearray(piece)
    while len(gathered) < wanted:
        more = next(pieces, None)
        if more is None:
            return bytes(gathered), True
        gathered += more
    return bytes(gathered), False


def _encoding(head: bytes, *, is_whole: bool) -> str:
    """The only encoding that makes sense of it. Raises Unreadable where none does, or two may: a
    name misread would go out in an SMS."""
    utf8, gb18030 = (_decodable(head, name, is_whole) for name in ("utf-8", "gb18030"))
    if utf8 is not None and (gb18030 is None or WIDE.search(utf8)):
        return "utf-8"
    if gb18030 is None:
        raise Unreadable(CheckFault.UNKNOWN_ENCODING)
    if utf8 is None and _is_chinese(gb18030):
        return "gb18030"
    raise Unreadable(CheckFault.AMBIGUOUS_ENCODING)


def _decodable(head: bytes, encoding: str, is_whole: bool) -> str | None:
    """The text; where more comes behind `head`, its last character may be cut."""
    with suppress(UnicodeDecodeError):
        text = codecs.getincrementaldecoder(encoding)("strict").decode(head, final=is_whole)
        return None if encoding == "gb18030" and PRIVATE.search(text) else text
    return None


def _is_chinese(text: str) -> bool:
    """Whether what is not ASCII is everyday Chinese. A Latin letter with an accent and the letter
    behind it make a character too, but one that hardly anybody writes."""
    if any(word in text for word in PROOF):
        return True
    found = NOT_ASCII_TEXT.findall(text)
    return 2 * sum(map(_is_everyday, found)) > len(found)


def _is_everyday(character: str) -> bool:
    """In the first standard, of 1980, and no Greek, Cyrillic or kana."""
    if not WIDE.match(character) or "\u3040" <= character <= "\u30ff":
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _decode(head: bytes, pieces: Iterator[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    for piece in chain([head], pieces):
        text = decoder.decode(piece)
        if encoding == "gb18030" and PRIVATE.search(text):
            raise Unreadable(CheckFault.UNKNOWN_ENCODING)
        yield text
    yield decoder.decode(b"", final=True)
