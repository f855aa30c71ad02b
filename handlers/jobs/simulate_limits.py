"""Finds out what drafted changes of limits would have done, one after another."""

import asyncio
import logging
from datetime import datetime

from bot.errors import StorageError
from handlers import simulating
from handlers.flows import limit_drafts, simulations
from handlers.services import Services
from storage.requests import Request

log = logging.getLogger("smsops.simulations")
#: After one that broke, so that it is not begun anew at once.
REST_S = 10.0


async def run(services: Services, now: datetime) -> datetime | None:
    """Simulates until every draft says what it would have done."""
    while drafts := await services.db.read(limit_drafts.find_unsimulated):
        for draft in drafts:
            if services.stopping.is_set() or not await _simulate(services, draft):
                return None
    return None


async def _simulate(services: Services, draft: Request) -> bool:
    """Whether it came to figures."""
    now = services.clock()
    try:
        order = await services.db.read(simulations.order_of, draft, now)
        found = await simulating.run(services, order)
    except (LookupError, OSError, StorageError) as error:
        reason = str(error)
        log.warning("not simulated", extra={"event": "simulation_failed", "reason": reason})
        await _rest(services)
        return False
    await services.db.write(simulations.note, draft, found, services.settings, services.clock())
    services.cards_due.set()
    services.posts_due.set()
    return True


async def _rest(services: Services) -> None:
    """Until then, or until the process is to end."""
    try:
        await asyncio.wait_for(services.stopping.wait(), REST_S)
    except TimeoutError:
        return
