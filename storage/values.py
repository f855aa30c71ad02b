"""Personal values in messages, refused rows and lists: deleting them, a page at a time."""

import json

from bot.rules.delivery import MessageState
from storage import jobs
from storage.db import Tx
from storage.ids import RequestId

PAGE_OF_MESSAGES = """
SELECT max(id) AS last, count(*) AS found FROM (
  SELECT id FROM messages WHERE request_id = :request_id AND state = :state AND id > :after
  ORDER BY id LIMIT :limit
) AS page
"""
WIPE_MESSAGES = """
UPDATE messages SET template_values = ''
WHERE request_id = :request_id AND state = :state AND id > :after AND id <= :last
"""
WIPE_MESSAGES_OF = "UPDATE messages SET template_values = '' WHERE request_id = :request_id"
PAGE_OF_BAD_ROWS = """
SELECT max(file_row) AS last, count(*) AS found FROM (
  SELECT file_row FROM bad_rows WHERE request_id = :request_id AND file_row > :after
  ORDER BY file_row LIMIT :limit
) AS page
"""
WIPE_BAD_ROWS = """
UPDATE bad_rows SET cell = ''
WHERE request_id = :request_id AND file_row > :after AND file_row <= :last
"""
SET_SOURCE = "UPDATE jobs SET source_file = :source WHERE request_id = :request_id"
#: What may stay of where the recipients of a job came from.
KEPT_OF_SOURCE = ("kind", "name", "size_bytes")


def wipe_messages(
    tx: Tx, request_id: RequestId, state: MessageState, after: str, limit: int
) -> str | None:
    """Deletes the values of the next messages in `state`; the last id, or None at the end."""
    keys = {"request_id": request_id, "state": state.value, "after": after}
    page = tx.one(PAGE_OF_MESSAGES, **keys, limit=limit)
    if page is None or page["last"] is None:
        return None
    tx.run(WIPE_MESSAGES, **keys, last=page["last"])
    last: str = page["last"]
    return last if page["found"] == limit else None


def wipe_messages_of(tx: Tx, request_id: RequestId) -> None:
    """Deletes the values of all messages of a send to a few."""
    tx.run(WIPE_MESSAGES_OF, request_id=request_id)


def wipe_bad_rows(tx: Tx, request_id: RequestId, after: int, limit: int) -> int | None:
    """Deletes what stood in the next refused rows; the last row, or None at the end."""
    keys = {"request_id": request_id, "after": after}
    page = tx.one(PAGE_OF_BAD_ROWS, **keys, limit=limit)
    if page is None or page["last"] is None:
        return None
    tx.run(WIPE_BAD_ROWS, **keys, last=page["last"])
    last: int = page["last"]
    return last if page["found"] == limit else None


def wipe_source(tx: Tx, request_id: RequestId) -> None:
    """Deletes numbers, values and addresses from where the recipients of a job came from."""
    job = jobs.get(tx, request_id)
    if job is None or not job.source_file:
        return
    kept = {key: job.source_file[key] for key in KEPT_OF_SOURCE if key in job.source_file}
    sealed = tx.vault.seal(json.dumps(kept), purpose=jobs.PURPOSE)
    tx.run(SET_SOURCE, request_id=request_id, source=sealed)
