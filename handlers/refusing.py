"""Entering in the trail that a handler refused somebody for what they may not do. The Router enters
what it refuses itself, and knows no more than the roles a record names."""

from collections.abc import Sequence

from bot.registry import Person
from bot.rules.audit import What
from handlers.flows import audit
from handlers.services import Services


async def note(
    person: Person, services: Services, app: str, roles: Sequence[str], asked: str
) -> None:
    """Enters that `person` asked for what takes one of `roles` for `app`, or an entry of the policy
    that names who may.

    `asked` says what they tried, in a word of ours: a command, the name of a record, a kind.
    """
    await services.db.write(
        audit.enter,
        What.ACCESS_REFUSED,
        person.user_id,
        services.clock(),
        subject=person.channel,
        app=app,
        asked=asked,
        role=", ".join(roles),
    )
