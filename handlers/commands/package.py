"""`/sms package`: what is left to send from, for how long, and what expires unused."""

from bot.registry import Answer, Command, Typed, Whisper
from bot.rules.roles import Role
from bot.slack.messages import packages as messages
from handlers.flows import packages
from handlers.services import Services


async def show(knock: Typed, services: Services) -> Answer:
    """For whoever asks alone."""
    shown = knock.person.where(Role.VIEWER)
    view = await services.db.read(packages.view, shown, services.settings, knock.now)
    return Whisper(messages.card(view, knock.person.locale))


COMMANDS = (Command("package", "", Role.VIEWER, show, takes=0),)
