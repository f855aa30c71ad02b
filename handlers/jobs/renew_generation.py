"""Tells the database from its copies, once a minute: one that is put back is recognised by it."""

from datetime import datetime

from handlers.services import Services

EVERY_S = 60


async def run(services: Services, now: datetime) -> None:
    """Raises StorageError where the folder takes no mark."""
    await services.db.renew_generation(now)
