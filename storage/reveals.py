"""Who was shown a full number, and when: how often is asked of it. The audit keeps why."""

import secrets
from datetime import datetime

from storage.db import Tx
from storage.ids import to_ms

ADD = "INSERT INTO reveals (user_id, at_ms, id) VALUES (:user_id, :now, :id)"
COUNT = "SELECT count(*) AS n FROM reveals WHERE user_id = :user_id AND at_ms > :since"
FORGET = "DELETE FROM reveals WHERE user_id = :user_id AND at_ms <= :since"


def count(tx: Tx, user_id: str, since: datetime) -> int:
    """How many numbers somebody was shown, or asked for in vain, after `since`."""
    row = tx.one(COUNT, user_id=user_id, since=to_ms(since))
    return 0 if row is None else int(row["n"])


def add(tx: Tx, user_id: str, now: datetime) -> None:
    """Notes that somebody asked for a number."""
    tx.run(ADD, user_id=user_id, now=to_ms(now), id=secrets.token_hex(8))


def forget(tx: Tx, user_id: str, since: datetime) -> None:
    """Drops what somebody asked for up to `since`: it is counted no more."""
    tx.run(FORGET, user_id=user_id, since=to_ms(since))
