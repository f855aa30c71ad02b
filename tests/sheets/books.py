"""Spreadsheets made for a test, and pieces of a file as they come over the wire."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl

from bot.rules.recipients import is_first_row
from bot.sheets import read_rows


def pieces(body: bytes, size: int = 1_000) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def read(body: bytes, size: int = 1_000) -> list[tuple[int, list[str]]]:
    """Every row of a file that comes in pieces of `size` bytes."""
    return list(read_rows(pieces(body, size), is_first_row))


def book(rows: Sequence[Sequence[Any]], formats: dict[str, str] | None = None) -> bytes:
    """An XLSX of one sheet; `formats` are number formats by the name of the cell."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name, format_ in (formats or {}).items():
        sheet[name].number_format = format_
    return saved(made)


def saved(made: Any) -> bytes:
    body = io.BytesIO()
    made.save(body)
    return body.getvalue()


def with_entry(body: bytes, name: str, content: bytes) -> bytes:
    """The same archive with another content under `name`."""
    old, new = zipfile.ZipFile(io.BytesIO(body)), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in old.infolist():
            if entry.filename != name:
                archive.writestr(entry.filename, old.read(entry))
        archive.writestr(name, content)
    return new.getvalue()
