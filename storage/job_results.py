"""The messages of a job in the order of its file, page by page: what results are written from."""

from dataclasses import dataclass

from bot.rules.delivery import MessageState
from bot.rules.job_results import ResultLine
from bot.rules.numbers import mask
from storage.db import Row, Tx
from storage.ids import from_ms_or_none

FIND_ENDS = "SELECT min(id) AS first, max(id) AS last FROM messages WHERE request_id = :request_id"
# The ids of a job ascend with the rows of its file and stand together, so the rows are walked by
# key; the request is compared as an expression, or its index would be taken and all of it sorted.
PAGE = """
SELECT id, file_row, number, state, code, detail, carrier_code, serial, fee_segments, signed_at_ms,
  accepted_at_ms, final_at_ms
FROM messages
WHERE id >= :first AND id > :after AND id <= :last AND request_id || '' = :request_id
ORDER BY id LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last of a job's messages, by id."""

    first: str
    last: str


def ends(tx: Tx, request_id: str) -> Ends | None:
    """Where a job's messages begin and end; None where it has none."""
    row = tx.one(FIND_ENDS, request_id=request_id)
    return None if row is None or row["first"] is None else Ends(row["first"], row["last"])


def page(
    tx: Tx, request_id: str, within: Ends, after: str, limit: int
) -> tuple[list[ResultLine], str]:
    """The next lines behind the message `after` ("" at the beginning) as they stand now, and the
    id of the last of them."""
    rows = tx.all(
        PAGE,
        request_id=request_id,
        first=within.first,
        last=within.last,
        after=after,
        limit=limit,
    )
    return [_line(tx, row) for row in rows], rows[-1]["id"] if rows else after


def _line(tx: Tx, row: Row) -> ResultLine:
    return ResultLine(
        file_row=row["file_row"],
        number=mask(tx.vault.open_number(row["number"])),
        state=MessageState(row["state"]),
        code=row["code"],
        detail=row["detail"],
        carrier_code=row["carrier_code"],
        serial=row["serial"] or "",
        fee_segments=row["fee_segments"],
        signed_at=from_ms_or_none(row["signed_at_ms"]),
        accepted_at=from_ms_or_none(row["accepted_at_ms"]),
        final_at=from_ms_or_none(row["final_at_ms"]),
    )
