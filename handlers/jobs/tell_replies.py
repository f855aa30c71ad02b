"""Once a second: what people answered is put on its way to Slack."""

from datetime import datetime

from handlers.flows import replies
from handlers.services import Services

EVERY_S = 1


async def run(services: Services, now: datetime) -> None:
    """Puts all there is on its way."""
    if not await services.db.read(replies.is_due, now):
        return
    while await services.db.write(replies.tell, services.settings, now):
        pass
    services.posts_due.set()
