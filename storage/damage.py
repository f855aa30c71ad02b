"""What cannot be read any more: it keeps nothing else from being looked at, and is named."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from bot.errors import WrongDataKey
from storage.db import Tx

log = logging.getLogger("smsops.storage")
#: A sealed value that does not open; a text that is not what any program of ours would have kept.
UNREADABLE = (WrongDataKey, ValueError, KeyError, TypeError)
Found = TypeVar("Found")


class Damage:
    """The rows that could not be read in one look: table and id, to quote to whoever runs this."""

    def __init__(self) -> None:
        self._rows: dict[str, None] = {}
        #: What went wrong first, for who does not only look on.
        self.first: Exception | None = None

    @property
    def rows(self) -> tuple[str, ...]:
        """Each once, in the order they were met."""
        return tuple(self._rows)

    def raise_first(self) -> None:
        """For a job at its end: what went wrong first, so that it is told of."""
        if self.first is not None:
            raise self.first

    def note(self, row: str) -> None:
        """One that was met."""
        self._rows[row] = None

    def read(self, row: str, what: Callable[[], Found], otherwise: Found) -> Found:
        """`what` there is; `otherwise` where that cannot be read, which is noted as `row`."""
        try:
            return what()
        except UNREADABLE as error:
            self._log(row, error)
            return otherwise

    def within(self, tx: Tx, row: str, what: Callable[[], Found], otherwise: Found) -> Found:
        """The same for what writes: where something cannot be read, all that `what` did is undone,
        and nothing else of the transaction."""

        def whole() -> Found:
            with tx.whole():
                return what()

        return self.read(row, whole, otherwise)

    def each(self, row: str, found: Iterable[Found]) -> Iterator[Found]:
        """As many as come before one that cannot be read, which is noted as `row`."""
        try:
            yield from found
        except UNREADABLE as error:
            self._log(row, error)

    def _log(self, row: str, error: Exception) -> None:
        self.first = self.first or error
        log.exception("row unreadable", extra={"event": "row_unreadable", "row": row})
        self.note(row)
