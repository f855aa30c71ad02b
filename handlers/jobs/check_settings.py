"""Looks whether the names in app.yaml lead anywhere; `smsops check` asks nobody."""

import logging
from datetime import datetime

from bot.errors import SlackError
from bot.rules.alerts import AlertKind
from bot.rules.alerts.health import ConfigFault, Misnamed, config_fault
from handlers.flows import alerts, config_faults
from handlers.services import Services

log = logging.getLogger("smsops.settings")
EVERY_S = 600
KINDS = (AlertKind.CONFIG_FAULT,)


async def run(services: Services, now: datetime) -> None:
    """Each fault is an alert until its name leads somewhere. Where Slack does not answer, nothing
    is said this time: what is not known is no fault."""
    db, settings = services.db, services.settings
    try:
        of_slack = [*await _groups(services), *await _channels(services)]
    except SlackError as error:
        log.warning("not looked up", extra={"event": "settings_unchecked", "reason": error.code})
        return
    of_tencent = [
        *await db.read(config_faults.of_content, settings),
        *await db.read(config_faults.of_calls, now),
    ]
    signals = config_fault([*of_tencent, *of_slack])
    if await db.read(alerts.differs, KINDS, signals):
        await db.write(alerts.observe, KINDS, signals, settings, now)
        services.alerts_due.set()


async def _groups(services: Services) -> list[ConfigFault]:
    """Raises SlackError."""
    known = await services.slack.groups()
    return config_faults.of_groups(services.settings, {*known, *known.values()})


async def _channels(services: Services) -> list[ConfigFault]:
    """Raises SlackError."""
    found = []
    for key, channel in config_faults.channels_of(services.settings).items():
        try:
            await services.slack.locate(channel)
        except SlackError as error:
            if error.code != "channel_not_found":
                raise
            found.append(ConfigFault(Misnamed.CHANNEL, key, channel))
    return found
