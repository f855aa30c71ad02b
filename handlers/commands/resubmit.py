"""Fix and resubmit: the button under whatever tells of a rejection."""

from bot.registry import Answer, Button, Pressed
from bot.rules.review_hours import ReviewKind
from bot.rules.roles import Role
from bot.slack.messages.details import FIX
from handlers import scopes
from handlers.commands import beginning, sign, template
from handlers.services import Services


async def open_form(knock: Pressed, services: Services) -> Answer:
    """The form of what was rejected, filled in, with the reason above it."""
    kind, _, content_id = knock.value.partition(":")
    if kind == ReviewKind.SIGNATURE.value:
        return await beginning.begin_edit(sign.EDITOR, content_id, knock, services)
    return await beginning.begin_edit(template.EDITOR, content_id, knock, services)


BUTTONS = (Button(FIX, Role.REQUESTER, open_form, scopes.of_account),)
