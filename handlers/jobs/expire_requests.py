"""Ends what nobody decided on in time, and reminds those who can before it comes to that."""

import logging
from datetime import datetime

from bot.errors import SlackError
from handlers.flows import approvals
from handlers.services import Services

log = logging.getLogger("smsops.expiry")
EVERY_S = 30


async def run(services: Services, now: datetime) -> None:
    for request_id in await services.db.read(approvals.find_expired, now):
        await services.db.write(approvals.expire_one, request_id, now)
    for waiting in await services.db.read(approvals.find_ending, now):
        try:
            approvers = await services.people.members(waiting.approval.approvers)
        except SlackError as error:
            # A reminder that cannot be sent now can be sent in half a minute.
            log.warning("nobody reminded", extra={"event": "remind_failed", "reason": error.code})
            break
        await services.db.write(approvals.remind, waiting.request.id, approvers, now)
    services.cards_due.set()
    services.posts_due.set()
