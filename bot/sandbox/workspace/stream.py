"""Server-sent events: what each acted-as person's open pages are told, as it happens."""

import asyncio
import json
from collections.abc import Iterable

from bot.sandbox.workspace.refusals import Json

# A page that stopped reading is cut off; it loads everything again when it comes back.
_WAITING_LIMIT = 1_000

Line = bytes | None


class Stream:
    """One bounded queue for each open page; None in a queue ends it."""

    def __init__(self) -> None:
        self._open: dict[str, set[asyncio.Queue[Line]]] = {}

    def open(self, user: str) -> asyncio.Queue[Line]:
        """A queue of ready-to-send lines for one page of that person."""
        queue: asyncio.Queue[Line] = asyncio.Queue(_WAITING_LIMIT + 1)
        self._open.setdefault(user, set()).add(queue)
        return queue

    def close(self, user: str, queue: asyncio.Queue[Line]) -> None:
        """Forget a page."""
        self._open.get(user, set()).discard(queue)

    def send(self, user: str, event: Json) -> None:
        """Tell every page of one person."""
        line = f"data: {json.dumps(event)}\n\n".encode()
        for queue in list(self._open.get(user, ())):
            if queue.qsize() < _WAITING_LIMIT:
                queue.put_nowait(line)
            else:
                self._cut(user, queue)

    def send_all(self, users: Iterable[str], event: Json) -> None:
        """Tell every page of several people."""
        for user in users:
            self.send(user, event)

    def end(self) -> None:
        """Close every page's stream."""
        for user, queues in self._open.items():
            for queue in list(queues):
                self._cut(user, queue)

    def _cut(self, user: str, queue: asyncio.Queue[Line]) -> None:
        self.close(user, queue)
        queue.put_nowait(None)
