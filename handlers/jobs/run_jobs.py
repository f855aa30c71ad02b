"""Starts the jobs whose time has come, follows those that run, clears up after those that are over.
Leaves out single messages that waited beyond their time.

Once a second: a pause or a cancellation holds from its own commit on, without this.
"""

from datetime import datetime

from handlers.flows import jobs, singles
from handlers.services import Services
from storage import jobs as stored
from storage import message_queue
from storage.damage import Damage
from storage.db import Tx

EVERY_S = 1
#: Chunks of a cancelled job in one look; the next second goes on.
CLEARED_AT_ONCE = 10


async def run(services: Services, now: datetime) -> None:
    """One look at every job that is scheduled or has not ended, and at what waited too long. One
    that cannot be read keeps no other from going on. Raises what was met of it, so that it is told
    of."""
    if await services.db.read(_is_idle, now):
        return
    damage = Damage()
    if await services.db.write(jobs.start_due, services.settings, now, damage=damage):
        services.messages_due.set()
    for _ in range(CLEARED_AT_ONCE):
        if not await services.db.write(jobs.clear_stopped, services.clock()):
            break
    hours = services.settings.sending.marketing_hours
    await services.db.write(jobs.follow, services.clock(), hours, damage)
    while await services.db.write(singles.skip_stale, services.clock()):
        pass
    services.cards_due.set()
    damage.raise_first()


def _is_idle(tx: Tx, now: datetime) -> bool:
    """Whether there is nothing to do. A look costs a fifth of what the writes do, and most seconds
    have none."""
    return not (
        stored.find_starting(tx, now, limit=1)
        or stored.find_running(tx)
        or stored.find_stopped(tx)
        or message_queue.stale_singles(tx, now, limit=1)
    )
