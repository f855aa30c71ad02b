"""Keeps who is in the user groups that are called: while Slack is away they are called all the
same."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.errors import SlackError
from handlers.flows import rotas
from handlers.services import Services
from storage import oncall

log = logging.getLogger("smsops.oncall")
EVERY_S = 600
#: Somebody taken out of a group is not called a minute later.
FRESH_FOR = timedelta(seconds=60)
#: Nobody on call waits longer for Slack than this.
WITHIN_S = 3.0


async def run(services: Services, now: datetime) -> None:
    """Asks Slack about every group that may be called."""
    await bring_up_to_date(services, now)


async def bring_up_to_date(services: Services, now: datetime) -> None:
    """Asks for what is older than a minute; where Slack does not answer, what is known holds."""
    named = await services.db.read(rotas.groups_called, services.settings, now)
    known = await services.db.read(oncall.groups)
    stale = {each for each in named if each not in known or now - known[each].seen_at > FRESH_FOR}
    if not stale:
        return
    try:
        async with asyncio.timeout(WITHIN_S):
            ids = await services.slack.groups()
            found = {each: await _group(services, each, ids) for each in sorted(stale)}
    except (SlackError, TimeoutError) as error:
        log.warning("groups not known", extra={"event": "groups_stale", "reason": str(error)})
        return
    await services.db.write(oncall.note_groups, found, now)


async def _group(
    services: Services, name: str, ids: Mapping[str, str]
) -> tuple[str, frozenset[str]]:
    """The id of a group and who is in it; nobody where there is no such group. Asked past what is
    remembered of people's rights: that must not last longer because somebody may be called."""
    group_id = ids.get(name, "") if name.startswith("@") else name
    if group_id not in ids.values():
        return "", frozenset()
    return group_id, await services.slack.group_members(group_id)
