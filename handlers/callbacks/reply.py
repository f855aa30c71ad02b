"""What people answer to our messages: stored before it is answered, whoever it is about."""

from collections.abc import Callable
from datetime import datetime

from bot.tencent.callbacks import BadCallback, BadCallbackReason
from bot.tencent.incoming import Reply, StatusReports, parse_callback
from handlers.flows import optouts
from storage.db import Database


class ReplyDoor:
    """Takes the replies of the whole account: Tencent posts them one by one, to one address."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock

    async def take(self, _app: str, body: bytes) -> int | BadCallback:
        """Stores the reply in `body`; returns how many were new, or why it is no reply.

        Raises StorageError where nothing could be stored: Tencent must then be told to try again.
        """
        match parse_callback(body):
            case BadCallback() as refused:
                return refused
            case Reply() as reply:
                return int(await self._db.write(optouts.take_reply, reply, self._clock()))
            case StatusReports(reports=()):
                return 0
            case _:
                # Another callback's address was entered in the console: it must not be lost here.
                return BadCallback(BadCallbackReason.UNKNOWN_SHAPE, "no reply")
