"""Drafts of changes of limits that were not handed in. Of these there are few."""

from datetime import datetime

from bot.rules.requests import RequestKind, RequestState
from storage import requests
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request

# As its index has it, so that no other request is read.
DRAFTED = f"kind = '{RequestKind.LIMITS_CHANGE.value}' AND state = {RequestState.DRAFT.value}"
FIND_OPEN = f"SELECT id FROM requests WHERE {DRAFTED} ORDER BY created_at_ms, id LIMIT :limit"
FIND_LAPSED = f"""
SELECT id FROM requests WHERE {DRAFTED} AND expires_at_ms <= :now ORDER BY created_at_ms
LIMIT :limit
"""


def find_open(tx: Tx, limit: int) -> list[Request]:
    """Every draft that was not handed in, the oldest first."""
    return _of(tx, [row["id"] for row in tx.all(FIND_OPEN, limit=limit)])


def find_lapsed(tx: Tx, now: datetime, limit: int) -> list[Request]:
    """Drafts whose time is over, the oldest first; damaged ones too, for they only end."""
    rows = tx.all(FIND_LAPSED, now=to_ms(now), limit=limit)
    found = (requests.get_shown(tx, row["id"]) for row in rows)
    return [each for each in found if each is not None]


def _of(tx: Tx, ids: list[str]) -> list[Request]:
    found = (requests.get(tx, each) for each in ids)
    return [each for each in found if each is not None]
