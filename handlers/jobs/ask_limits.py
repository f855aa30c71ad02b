"""Asks Slack about those who agreed to a change of limits a while ago, before it lets more through.

Until Slack says that they still may, only what it tightens holds.
"""

from datetime import datetime

from handlers import backing
from handlers.flows import limit_starts
from handlers.services import Services
from storage.damage import Damage

#: Often enough to ask before the start, and seldom enough where Slack does not answer.
EVERY_S = 5


async def run(services: Services, now: datetime) -> None:
    """One that cannot be read keeps no other from its beginning. Raises what was met of it, so that
    it is told of."""
    if not await services.db.read(limit_starts.is_due, now):
        return
    due = await services.db.read(limit_starts.find_to_ask, now)
    answers = await backing.ask(services, due)
    damage = Damage()
    await services.db.write(limit_starts.settle, answers, services.clock(), damage)
    services.wake()
    damage.raise_first()
