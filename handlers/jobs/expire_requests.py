"""Ends what nobody decided on in time, and reminds those who can before it comes to that."""

import logging
from datetime import datetime

from bot.errors import SlackError
from handlers.flows import approvals, content_alerts, electors
from handlers.services import Services

log = logging.getLogger("smsops.expiry")
EVERY_S = 30


async def run(services: Services, now: datetime) -> None:
    expired = await services.db.read(approvals.find_expired, now)
    for request_id in expired:
        await services.db.write(approvals.expire_one, request_id, now)
    ending = await services.db.read(approvals.find_ending, now)
    for waiting in ending:
        named = await services.db.read(electors.of, waiting.request, services.settings)
        try:
            approvers = await services.people.full_members(named.frozen)
            approvers &= await services.people.full_members(named.today)
        except SlackError as error:
            # A reminder that cannot be sent now can be sent in half a minute.
            log.warning("nobody reminded", extra={"event": "remind_failed", "reason": error.code})
            break
        await services.db.write(approvals.remind, waiting.request.id, approvers, now)
    is_news = await services.db.read(content_alerts.is_expiring_news, now)
    if is_news:
        await services.db.write(content_alerts.watch_expiring, services.settings, now)
    if expired or ending or is_news:
        services.wake()
