"""What a file is, told from the end of its name: Slack's short names and the media types."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """Slack's `name` of a type, what people call it, and the media type it is served as."""

    name: str
    pretty: str
    mimetype: str


_BINARY = FileType("binary", "Binary", "application/octet-stream")
_TEXT = FileType("text", "Plain Text", "text/plain")
_JPEG = FileType("jpg", "JPEG", "image/jpeg")
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# File types by the ends of names (docs.slack.dev, file object, 2026-08).
_TYPES = {
    "csv": FileType("csv", "CSV", "text/csv"),
    "doc": FileType("doc", "Word Document", "application/msword"),
    "docx": FileType("docx", "Word Document", _DOCUMENT),
    "gif": FileType("gif", "GIF", "image/gif"),
    "html": FileType("html", "HTML", "text/html"),
    "jpeg": _JPEG,
    "jpg": _JPEG,
    "json": FileType("json", "JSON", "application/json"),
    "log": _TEXT,
    "pdf": FileType("pdf", "PDF", "application/pdf"),
    "png": FileType("png", "PNG", "image/png"),
    "svg": FileType("svg", "SVG", "image/svg+xml"),
    "tsv": FileType("tsv", "TSV", "text/tab-separated-values"),
    "txt": _TEXT,
    "webp": FileType("webp", "WebP", "image/webp"),
    "xls": FileType("xls", "Excel Spreadsheet", "application/vnd.ms-excel"),
    "xlsx": FileType("xlsx", "Excel Spreadsheet", _SHEET),
    "zip": FileType("zip", "Zip", "application/zip"),
}
# What files.list takes as `types` (docs.slack.dev, 2026-08), as far as there are such files here.
KINDS = {
    "all": frozenset[str](),
    "images": frozenset({"gif", "jpg", "png", "svg", "webp"}),
    "pdfs": frozenset({"pdf"}),
    "zips": frozenset({"zip"}),
    "snippets": frozenset({"text"}),
    "spaces": frozenset({"post"}),
    "gdocs": frozenset({"gdoc"}),
}
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_UNSAFE_IN_ADDRESS = re.compile(r"[^a-z0-9._-]+")


def file_type(name: str) -> FileType:
    """The type by the end of the name; what a file holds is not looked at."""
    return _TYPES.get(ending(name), _BINARY)


def ending(name: str) -> str:
    """``csv`` of ``Numbers.CSV``; ``jpg`` of ``a.jpeg``; an empty text where there is none."""
    end = name.rpartition(".")[2].lower() if "." in name else ""
    return "jpg" if end == "jpeg" else end


def address_name(name: str) -> str:
    """A file's name as it stands in its address: ``Galaxy Book.pdf`` is ``galaxy_book.pdf``."""
    return _UNSAFE_IN_ADDRESS.sub("_", name.lower()).strip("._") or "file"


def picture_type(start: bytes) -> str | None:
    """The media type of a picture a browser may show, by its first bytes; None for all else.

    A name proves nothing: markup called ``a.png`` must never be shown as a page of ours.
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _SIGNATURES if start.startswith(magic)), None)
