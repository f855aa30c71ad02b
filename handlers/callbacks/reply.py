"""What people answer to our messages: stored before it is answered, whoever it is about."""

from datetime import datetime

from bot.tencent.incoming import Reply
from handlers.flows import optouts
from storage.db import Database


async def take(db: Database, app: str, reply: Reply, now: datetime) -> int:
    """Stores the reply; 0 for a repeat. Raises StorageError where nothing could be stored."""
    return int(await db.write(optouts.take_reply, reply, now, app))
