"""Rows of a list that are no message, each with why; what stands there is sealed and short."""

from collections.abc import Iterable

from bot.rules.recipients import BadRow
from storage.db import Row, Tx
from storage.ids import RequestId

PURPOSE = "bad_rows.cell"
#: So many are kept of a list; the rest is counted.
KEPT = 50_000
CELL_CHARACTERS = 40

ADD_BAD_ROW = """
INSERT INTO bad_rows (request_id, file_row, reason, field, cell) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (request_id, file_row) DO NOTHING
"""
PAGE = """
SELECT * FROM bad_rows WHERE request_id = :request_id AND file_row > :after_row
ORDER BY file_row LIMIT :limit
"""


def add(tx: Tx, request_id: RequestId, rows: Iterable[BadRow]) -> None:
    """Keeps rows that are no message, what stands in them sealed."""
    tx.run_many(ADD_BAD_ROW, [_sealed(tx, request_id, row) for row in rows])


def page(tx: Tx, request_id: str, after_row: int, limit: int) -> list[BadRow]:
    """The next rows of a list, in its order."""
    rows = tx.all(PAGE, request_id=request_id, after_row=after_row, limit=limit)
    return [_bad_row(tx, row) for row in rows]


def _sealed(tx: Tx, request_id: RequestId, row: BadRow) -> tuple[object, ...]:
    # Half a character of another script cannot be sealed.
    cell = row.cell[:CELL_CHARACTERS].encode("utf-8", "replace").decode()
    sealed = tx.vault.seal(cell, purpose=PURPOSE) if cell else ""
    return request_id, row.file_row, row.reason, row.field, sealed


def _bad_row(tx: Tx, row: Row) -> BadRow:
    sealed = row["cell"]
    cell = tx.vault.open(sealed, purpose=PURPOSE) if sealed else ""
    return BadRow(row["file_row"], row["reason"], row["field"], cell)
