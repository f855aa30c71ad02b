"""Reading a list of unknown make as a stream of rows; what it is shows in its first bytes, never in
its name.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from bot.rules.recipients import CheckFault
from bot.sheets.faults import Unreadable

Recognises = Callable[[Sequence[str]], bool]

ZIP = b"PK\x03\x04"
#: Compound files: Excel's format before 2007, and every Excel file with a password.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
#: At byte 4 or 8: HEIC and AVIF, WebP.
PICTURES_INSIDE = ((4, b"ftyp"), (8, b"WEBP"))
OTHERS = (b"%PDF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf", b"\x7fELF", b"MZ")
#: A page, also one that calls itself a spreadsheet.
PAGES = (b"<!doctype html", b"<html")
HEAD_BYTES = 4096


def read_rows(source: Iterable[bytes], recognises: Recognises) -> Iterator[tuple[int, list[str]]]:
    """(row in the file from 1, its cells) of every row that is not blank.

    `source` gives the file piece by piece; of a text no more than a piece and a row are kept.
    `recognises` tells whether a row taken apart one way can be the first one. Raises Unreadable.
    """
    pieces = iter(source)
    head = _head(pieces)
    everything = chain([head], pieces)
    if head.startswith(ZIP):
        from bot.sheets.xlsx import read_workbook

        return read_workbook(everything)
    fault = _fault_of(head, pieces)
    if fault is not None:
        raise Unreadable(fault)
    from bot.sheets.text import read_text

    return read_text(everything, recognises)


def _head(pieces: Iterator[bytes]) -> bytes:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= HEAD_BYTES:
            break
    return head


def _fault_of(head: bytes, pieces: Iterator[bytes]) -> CheckFault | None:
    """What is no text and no spreadsheet of today."""
    if head.startswith(COMPOUND):
        return _compound(head, pieces)
    if head.startswith(PICTURES) or any(head[at:].startswith(mark) for at, mark in PICTURES_INSIDE):
        return CheckFault.PICTURE
    is_page = head.removeprefix(BOM_UTF8).lstrip().lower().startswith(PAGES)
    return CheckFault.BINARY if is_page or head.startswith(OTHERS) else None


def _compound(head: bytes, pieces: Iterator[bytes]) -> CheckFault:
    """Old, or new with a password: then the package stands in its directory, wherever that is."""
    tail = b""
    for piece in chain([head], pieces):
        if ENCRYPTED_PACKAGE in tail + piece:
            return CheckFault.ENCRYPTED
        tail = piece[-len(ENCRYPTED_PACKAGE) :]
    return CheckFault.OLD_EXCEL
