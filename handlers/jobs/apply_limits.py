"""Tells of changes of limits that began and ended, and ends what nobody decided on any more.
Forgets exemptions that are over, and has what waited for a limit judged anew where the limits are
others now.

Time decides what holds, and of what lets more through Slack's word (`ask_limits`): nothing has to
run here for that.
"""

from datetime import datetime

from handlers.flows import limit_exemptions, limit_times, limits
from handlers.services import Services
from storage import limit_exemptions as stored_exemptions

EVERY_S = 1


async def run(services: Services, now: datetime) -> None:
    if await services.db.read(stored_exemptions.has_ended, now):
        await services.db.write(limit_exemptions.tell_ended, now)
        services.cards_due.set()
    if await services.db.read(limit_times.is_due, now):
        await services.db.write(limit_times.tell, now)
    elif not await services.db.read(limits.is_waking):
        return
    while await services.db.write(limits.wake, now):
        pass
    services.wake()
