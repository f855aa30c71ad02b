"""Tells the outside what stands for the whole audit trail: whoever changes the file and all that is
in it cannot change what was told."""

import logging
from datetime import datetime

from handlers.flows import audit
from handlers.services import Services

log = logging.getLogger("smsops.audit")
EVERY_S = 3_600


async def run(services: Services, now: datetime) -> None:
    """To the log, and to `channels.audit`; nothing where nothing was entered since."""
    if not await services.db.read(audit.has_news):
        return
    told = await services.db.write(audit.tell_head, services.settings, now)
    if told is None:
        return
    log.info("head", extra={"event": "audit_head", "entries": told.nth, "mac": told.mac})
    services.posts_due.set()
