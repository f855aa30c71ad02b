"""Says when a review takes longer than it should: once, and while somebody at Tencent is there."""

from datetime import datetime

from handlers.flows import review_times
from handlers.services import Services

EVERY_S = 60


async def run(services: Services, now: datetime) -> None:
    if not await services.db.read(review_times.find_overdue, now):
        return
    channel = services.settings.channels.reviews or ""
    if await services.db.write(review_times.tell_overdue, channel, now):
        services.cards_due.set()
        services.posts_due.set()
