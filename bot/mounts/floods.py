"""Commands by the dozen: held back, one person's before they are looked up, and told of in the log
once a minute."""

import logging
import math
from datetime import datetime, timedelta

from bot.registry import Whisper
from bot.rules.floods import Rate, TooMany
from bot.slack.messages import faults
from handlers.services import Services

log = logging.getLogger("smsops.floods")
MINUTE = timedelta(minutes=1)


def held_back(user_id: str, services: Services) -> Whisper | None:
    """When to come again, where this is more than one person types."""
    each, now = Rate(services.settings.slack.commands_per_min, MINUTE), services.clock()
    return _told(services.floods.take(user_id, now, each), user_id, services, now)


def all_held_back(user_id: str, services: Services) -> Whisper | None:
    """As `held_back`, where all together type more than they may. Only of a member: nobody else
    takes anything from what they share."""
    slack, now = services.settings.slack, services.clock()
    each, together = Rate(slack.commands_per_min, MINUTE), Rate(slack.commands_per_min_all, MINUTE)
    found = services.floods.take_of_all(user_id, now, each, together)
    return _told(found, user_id, services, now)


def _told(found: TooMany | None, user_id: str, services: Services, now: datetime) -> Whisper | None:
    if found is None:
        return None
    if times := services.floods.to_tell(now):
        extra = {"event": "commands_held_back", "user": user_id, "times": times}
        log.warning("too many commands", extra=extra)
    locale = services.people.locale_now(user_id) or services.settings.language
    wait_s = math.ceil(found.wait.total_seconds())
    said = faults.too_many(found.rate.most, wait_s, locale, is_of_all=found.is_of_all)
    return Whisper(said)
