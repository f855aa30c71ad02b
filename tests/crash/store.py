"""The file of the program as the harness reads and writes it, between two lives and beside one."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from bot.rules.delivery import MessageState, settles_at
from bot.rules.requests import RequestState
from handlers.flows import doubts
from storage import app_stops
from storage.db import BUSY_TIMEOUT_MS, Tx
from storage.ids import to_ms
from storage.messages import Message

T = TypeVar("T")
COUNT = "SELECT count(*) AS n FROM messages WHERE state = :state"
# Of a job nobody confirmed nothing is to come.
WAITING = f"""
SELECT messages.number, messages.due_at_ms, messages.state FROM messages
JOIN requests ON requests.id = messages.request_id
WHERE messages.state IN ({MessageState.QUEUED}, {MessageState.IN_FLIGHT}, {MessageState.HELD})
  AND requests.state IN ({RequestState.EXECUTING}, {RequestState.APPROVED},
                         {RequestState.IN_DOUBT}, {RequestState.PAUSED})
"""
OF_STATE = "SELECT id FROM requests WHERE state = :state"


class Store:
    """One connection, used by this process alone."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    def write(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """As the program does it, in a transaction of its own."""
        self.tx.conn.execute("BEGIN IMMEDIATE")
        try:
            result = fn(self.tx, *args, **kwargs)
            self.tx.deferred.write(self.tx)
            self.tx.conn.execute("COMMIT")
        finally:
            self.tx.deferred.back_to((0, 0))
            if self.tx.conn.in_transaction:
                self.tx.conn.execute("ROLLBACK")
        return result

    def is_locked(self) -> bool:
        """Whether somebody is in the middle of a transaction: for ever, where that one stands."""
        self.tx.conn.execute("PRAGMA busy_timeout=100")
        try:
            self.write(lambda _: None)
        except sqlite3.OperationalError:
            return True
        finally:
            self.tx.conn.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return False

    def count(self, state: MessageState) -> int:
        row = self.tx.one(COUNT, state=state.value)
        return int(row["n"]) if row else 0

    def doubts(self) -> list[Message]:
        return doubts.find_doubts(self.tx)

    def ripe(self, now: datetime) -> list[Message]:
        """The doubts a person may settle by now."""
        return [
            each for each in self.doubts() if each.signed_at and now >= settles_at(each.signed_at)
        ]

    def is_open(self) -> bool:
        """Whether something is still to be sent, or to come back."""
        return bool(self.tx.all(WAITING))

    def is_still(self, now: datetime) -> bool:
        """Whether nothing of that moves by itself: it waits for a time, for a doubt, or for people
        to let it go on."""
        if self.stopped_apps() or self.requests_in(RequestState.PAUSED):
            return not self.count(MessageState.IN_FLIGHT)
        fenced = {self.tx.vault.seal_number(doubt.number) for doubt in self.doubts()}
        return all(
            row["state"] != MessageState.IN_FLIGHT
            and (row["number"] in fenced or row["due_at_ms"] > to_ms(now))
            for row in self.tx.all(WAITING)
        )

    def stopped_apps(self) -> list[str]:
        return [stop.app for stop in app_stops.list_all(self.tx)]

    def requests_in(self, state: RequestState) -> list[str]:
        return [row["id"] for row in self.tx.all(OF_STATE, state=state.value)]
