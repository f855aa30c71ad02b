"""What a check of the set-up asks the database, whether or not the bot runs."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from bot.errors import DatabaseUnusable, StorageError, WrongDataKey
from bot.rules.delivery import MessageState
from storage import generations
from storage.db import Tx, connect
from storage.ids import to_ms
from storage.vault import SealedNumber, Vault

P = ParamSpec("P")
T = TypeVar("T")
# The index of what was accepted leads to it; a report came for it.
LAST_REPORTED = f"""
SELECT app, number FROM messages
WHERE fee_segments IS NOT NULL AND accepted_at_ms >= :since
  AND state IN ({MessageState.DELIVERED.value}, {MessageState.UNDELIVERED.value})
ORDER BY accepted_at_ms DESC LIMIT 1
"""
DATA_KEY = "SELECT value FROM about WHERE name = 'data_key'"


class Reported(NamedTuple):
    """A message a carrier has reported on; `number` is the full number."""

    app: str
    number: str


def last_reported(tx: Tx, since: datetime) -> Reported | None:
    """The latest of those accepted since then."""
    row = tx.one(LAST_REPORTED, since=to_ms(since))
    if row is None:
        return None
    return Reported(row["app"], tx.vault.open_number(SealedNumber(row["number"])))


def is_held(tx: Tx, path: Path) -> bool:
    """Whether nothing is sent from the file until somebody has released it."""
    return generations.look(tx.conn, path) is not None


class FileReader:
    """Reads the file of a bot that may be running, from another process; it changes nothing."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self._vault = vault

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs `fn` on the last committed state. Raises StorageError; WrongDataKey where the file
        was sealed with another key."""
        try:
            with closing(connect(self.path, read_only=True)) as conn:
                conn.execute("BEGIN")
                tx = Tx(conn, self._vault)
                self._check_key(tx)
                return fn(tx, *args, **kwargs)
        except sqlite3.OperationalError as error:
            # Of another version, or no database of ours.
            raise DatabaseUnusable(self.path, str(error)) from error
        except sqlite3.Error as error:
            raise StorageError(str(error)) from error

    def _check_key(self, tx: Tx) -> None:
        row = tx.one(DATA_KEY)
        if row is not None and row["value"] != self._vault.name:
            raise WrongDataKey
