"""Ends what nobody decided on in time, and reminds those who can before it comes to that."""

import logging
from datetime import datetime

from bot.errors import SlackError
from handlers.flows import approvals, content_alerts, electors
from handlers.flows.approvals import Waiting
from handlers.services import Services

log = logging.getLogger("smsops.expiry")
EVERY_S = 30


async def run(services: Services, now: datetime) -> None:
    """One that breaks keeps no other from its end, nor anybody from being reminded of another.
    Raises what broke first, so that it is told of."""
    failed: Exception | None = None
    expired = await services.db.read(approvals.find_expired, now)
    for request_id in expired:
        try:
            await services.db.write(approvals.expire_one, request_id, now)
        except Exception as error:
            failed = failed or _logged(request_id, error)
    ending = await services.db.read(approvals.find_ending, now)
    for waiting in ending:
        try:
            await _remind(services, waiting, now)
        except SlackError as error:
            # A reminder that cannot be sent now can be sent in half a minute.
            log.warning("nobody reminded", extra={"event": "remind_failed", "reason": error.code})
            break
        except Exception as error:
            failed = failed or _logged(waiting.request.id, error)
    is_news = await services.db.read(content_alerts.is_expiring_news, now)
    if is_news:
        await services.db.write(content_alerts.watch_expiring, services.settings, now)
    if expired or ending or is_news:
        services.wake()
    if failed is not None:
        raise failed


async def _remind(services: Services, waiting: Waiting, now: datetime) -> None:
    named = await services.db.read(electors.of, waiting.request, services.settings)
    approvers = await services.people.full_members(named.frozen)
    approvers &= await services.people.full_members(named.today)
    await services.db.write(approvals.remind, waiting.request.id, approvers, now)


def _logged(request_id: str, error: Exception) -> Exception:
    extra = {"event": "expiry_failed", "request": request_id}
    log.error("request not looked after", extra=extra, exc_info=error)
    return error
