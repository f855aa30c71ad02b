"""The one door for all that Tencent posts: told apart by shape, whichever address it came to.

The console asks for several addresses. Whoever enters one of them in the place of another loses
nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from bot.errors import StorageError
from bot.tencent.callbacks import BadCallback
from bot.tencent.incoming import (
    CallEnded,
    CallFailed,
    KeyPress,
    Reply,
    StatusReports,
    parse_callback,
)
from handlers.callbacks import reply, voice
from handlers.callbacks.status import StatusDoor
from storage import refused_callbacks
from storage.db import Database

log = logging.getLogger("smsops.callbacks")
#: Where there is no room for another refused one, nothing is written for so long.
REST = timedelta(minutes=10)


class CallbackDoor:
    """Takes delivery reports, replies and what is told of calls."""

    def __init__(
        self, db: Database, clock: Callable[[], datetime], cards_due: asyncio.Event
    ) -> None:
        self._db = db
        self._clock = clock
        self._reports = StatusDoor(db, clock, cards_due)
        self._full_at: datetime | None = None

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        """Stores what is in `body`; how many reports it held, for a single event whether it was
        new, or why it is no callback. `app` is whose address it came to; empty for the account's.

        Raises StorageError where nothing could be stored: Tencent must then be told to try again.
        """
        match parse_callback(body):
            case StatusReports() as found:
                return await self._reports.take(app, found.reports)
            case BadCallback() as refused:
                await self._keep(app, body, refused)
                return refused
            case Reply() as said:
                return await reply.take(self._db, app, said, self._clock())
            case KeyPress() | CallEnded() | CallFailed() as told:
                return await voice.take(self._db, app, told, self._clock())
            case never:
                assert_never(never)

    async def _keep(self, app: str, body: bytes, refused: BadCallback) -> None:
        """Keeps what could not be read, for a person to look at. It is refused in any case."""
        now = self._clock()
        if self._full_at is not None and abs(now - self._full_at) < REST:
            return
        said = refused.reason.value, refused.detail
        try:
            is_kept = await self._db.write(refused_callbacks.add, app, body, *said, now)
        except StorageError as error:
            extra = {"event": "refused_not_kept", "app": app, "reason": str(error)}
            log.error("refused callback not kept", extra=extra)
            return
        self._full_at = None if is_kept else now
