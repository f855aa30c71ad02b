"""Watches the bot itself: its clock, its disk, what it is to say, its jobs."""

from datetime import datetime

from bot.rules.alerts.health import OF_VITALS, of_vitals
from handlers import vitals
from handlers.flows import alerts
from handlers.services import Services

EVERY_S = 30


async def run(services: Services, now: datetime) -> None:
    """What is not as it should be fires, what is again is over; writes only where that changes."""
    found = await vitals.take(services, now)
    signals = of_vitals(found, vitals.bounds_of(services.settings))
    if not await services.db.read(alerts.differs, OF_VITALS, signals):
        return
    await services.db.write(alerts.observe, OF_VITALS, signals, services.settings, now)
    services.alerts_due.set()
