"""Numbers whose time is over, in ended requests and their messages: in the place of each stands
what nobody can read a number from, and the figures and the history stay."""

from collections.abc import Iterable
from datetime import datetime

from bot.rules.delivery import FENCED, FINAL, MessageState
from bot.rules.numbers import ERASED_BY, FORGOTTEN
from storage import requests
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.vault import SealedNumber

_FINAL = ", ".join(str(state.value) for state in sorted(FINAL))
_FENCED = ", ".join(str(state.value) for state in sorted(FENCED))
# Of one with a message in doubt all of it waits: nobody comes by here again.
FIND_REQUESTS = f"""
SELECT id FROM requests
WHERE numbers_deleted_at_ms IS NULL AND changed_at_ms < :before AND state IN ({requests.OVER})
  AND NOT EXISTS (
    SELECT 1 FROM messages WHERE request_id = requests.id AND state IN ({_FENCED})
  )
ORDER BY changed_at_ms LIMIT :limit
"""
PAGE_OF_MESSAGES = """
SELECT id FROM messages WHERE request_id = :request_id AND state = :state AND id > :after
ORDER BY id LIMIT :limit
"""
# What is in doubt still, keeps its number: nothing else may go to it.
FORGET_MESSAGE = f"""
UPDATE messages SET number = :number, template_values = ''
WHERE id = :id AND state IN ({_FINAL})
"""
NOTE_REQUEST = "UPDATE requests SET numbers_deleted_at_ms = :now WHERE id = :id"


def find_requests(tx: Tx, before: datetime, limit: int) -> list[RequestId]:
    """Requests that ended before `before` and have their numbers; none of which a message is in
    flight or in doubt."""
    return [row["id"] for row in tx.all(FIND_REQUESTS, before=to_ms(before), limit=limit)]


def forget_messages(
    tx: Tx, request_id: RequestId, state: MessageState, after: str, limit: int
) -> str | None:
    """Deletes the numbers and values of the next messages in `state`; the last id, None at the
    end."""
    keys = {"request_id": request_id, "state": state.value, "after": after}
    rows = tx.all(PAGE_OF_MESSAGES, **keys, limit=limit)
    forget(tx, (row["id"] for row in rows))
    return rows[-1]["id"] if len(rows) == limit else None


def forget(tx: Tx, message_ids: Iterable[str], erased_by: str = "") -> int:
    """Deletes number and values of those that are over; how many that were. `erased_by` is the
    request that asked for it, "" where their time was over."""
    each = ({"id": one, "number": nobody(tx, one, erased_by)} for one in message_ids)
    return tx.run_many(FORGET_MESSAGE, each)


def forget_request(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Deletes the number a request itself is about, and notes that all of them are gone."""
    request = requests.get(tx, request_id)
    if request is not None and request.payload.get("number"):
        requests.put_number(tx, request, FORGOTTEN + request.id)
    note_request(tx, request_id, now)


def note_request(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """All numbers of a request are gone."""
    tx.run(NOTE_REQUEST, id=request_id, now=to_ms(now))


def nobody(tx: Tx, row_id: str, erased_by: str = "") -> SealedNumber:
    """What stands where the number of a row was; `numbers.erased_by` reads the request in it."""
    by = ERASED_BY + erased_by if erased_by else ""
    return tx.vault.seal_number(FORGOTTEN + row_id + by)
