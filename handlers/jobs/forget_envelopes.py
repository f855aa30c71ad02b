"""Drops the keys of old envelopes; Slack's last retry comes within six minutes."""

from datetime import datetime, timedelta

from handlers.services import Services
from storage import envelopes

EVERY_S = 3600
KEEP = timedelta(days=30)


async def run(services: Services, now: datetime) -> None:
    await services.db.write(envelopes.forget, now, KEEP)
