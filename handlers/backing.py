"""Asks Slack whether those who approved something still may, before it is carried out."""

import logging
from collections.abc import Iterable
from functools import partial

from bot.errors import SlackError
from bot.rules.approvals import Electors
from bot.settings import Settings
from handlers.flows import electors
from handlers.flows.backing import Asked, Backing
from handlers.services import Services
from storage import requests
from storage.damage import Damage
from storage.db import Tx

log = logging.getLogger("smsops.backing")


async def ask(services: Services, backings: Iterable[Backing]) -> dict[str, Asked]:
    """What Slack says of each, by request; those under the same entries are asked about together.
    Where it does not say, nothing is to be done yet."""
    grouped = await services.db.read(_grouped, list(backings), services.settings)
    answers: dict[str, Asked] = {}
    for named, group in grouped.items():
        voters = frozenset().union(*(each.voters for each in group))
        still = await _ask(services, named, voters)
        for each in group:
            known = None if still is None else still & each.voters
            answers[each.request_id] = Asked(each, known)
    return answers


def _grouped(tx: Tx, backings: list[Backing], settings: Settings) -> dict[Electors, list[Backing]]:
    """By whom the policy named and app.yaml names today; without what cannot be read, of which
    nothing is carried out."""
    grouped: dict[Electors, list[Backing]] = {}
    for backing in backings:
        ask = partial(_named, tx, backing, settings)
        named = Damage().read(f"requests {backing.request_id}", ask, otherwise=None)
        if named is not None:
            grouped.setdefault(named, []).append(backing)
    return grouped


def _named(tx: Tx, backing: Backing, settings: Settings) -> Electors | None:
    request = requests.get(tx, backing.request_id)
    return None if request is None else electors.of(tx, request, settings)


async def _ask(
    services: Services, named: Electors, voters: frozenset[str]
) -> frozenset[str] | None:
    try:
        return await services.people.still(voters, named)
    except SlackError as error:
        log.warning("nobody asked", extra={"event": "backing_unknown", "reason": error.code})
        return None
