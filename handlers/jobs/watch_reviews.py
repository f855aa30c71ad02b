"""Says when a review takes longer than it should, while somebody at Tencent is there: once to
whoever asked for it, and as an alert until there is a verdict."""

from datetime import datetime

from handlers.flows import content_alerts, review_times
from handlers.services import Services

EVERY_S = 60


async def run(services: Services, now: datetime) -> None:
    if await services.db.read(review_times.find_overdue, now):
        await services.db.write(review_times.tell_overdue, now)
        services.wake()
    if await services.db.read(content_alerts.is_overdue_news):
        await services.db.write(content_alerts.watch_overdue, services.settings, now)
        services.wake()
