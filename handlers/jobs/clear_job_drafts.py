"""Ends drafts of sends to many nobody said yes to, and deletes the rows nobody will send."""

from datetime import datetime

from handlers.flows import job_drafts
from handlers.services import Services

EVERY_S = 5
#: So many writes in a row at the most: a million rows go over a few minutes, beside everything.
WRITES_MAX = 50


async def run(services: Services, now: datetime) -> None:
    if await services.db.write(job_drafts.expire_due, now):
        services.cards_due.set()
    for _ in range(WRITES_MAX):
        if not await services.db.write(job_drafts.drop_some, now):
            return
