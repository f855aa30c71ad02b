"""Before anything is said about a number somebody typed: counted, and entered in the trail."""

import logging

from bot.registry import Knock, Whisper
from bot.rules.audit import What
from bot.rules.lookups import RATE
from bot.rules.numbers import mask
from bot.slack.messages import faults
from handlers.flows import audit
from handlers.services import Services

log = logging.getLogger("smsops.lookups")


async def held_back(number: str, knock: Knock, services: Services) -> Whisper | None:
    """None where `number` (E.164) may be looked up, else when to try again.

    Whether the number is known plays no part in it.
    """
    user, now = knock.person.user_id, services.clock()
    found = services.lookups.take(user, now, RATE)
    if found is None:
        masked = mask(number)
        await services.db.write(audit.enter, What.NUMBER_LOOKED_UP, user, now, number=masked)
        return None
    if times := services.lookups.to_tell(now):
        extra = {"event": "lookups_held_back", "user": user, "times": times}
        log.warning("too many look-ups", extra=extra)
    again_at = now + found.wait
    return Whisper(faults.too_many_lookups(RATE.most, again_at, knock.person.locale))
