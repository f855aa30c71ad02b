"""Tells whoever is on call that the packages run out, or that Tencent wants money."""

from datetime import datetime

from handlers.flows import package_alerts
from handlers.services import Services

EVERY_S = 60


async def run(services: Services, now: datetime) -> None:
    """One look a minute, as often as Tencent's list of packages is read; the writer is asked for
    only where an alert begins, changes or ends."""
    settings = services.settings
    if await services.db.read(package_alerts.is_news, settings, now):
        await services.db.write(package_alerts.watch, settings, now)
        services.alerts_due.set()
