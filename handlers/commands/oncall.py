"""`/sms oncall`: who is on call, in the weeks to come too, and how they are reached."""

from bot.registry import Answer, Command, Person, SlackMessage, Typed, Whisper
from bot.rules.roles import Role
from bot.slack.messages import oncall as messages
from handlers.flows import rotas as flow
from handlers.services import Services

#: Who is called says by whom and where, and so does who looks after the bot.
ACTING = (Role.ONCALL, Role.OWNER)


async def show(knock: Typed, services: Services) -> Answer:
    """Every rota with who has which weeks, every chain, and who can be called."""
    return Whisper(await overview(knock.person, services))


async def overview(person: Person, services: Services, said: str = "") -> SlackMessage:
    """The same, below what was done just before."""
    view = await services.db.read(flow.overview, services.settings, services.clock())
    return messages.overview(view, person.locale, said=said)


COMMANDS = (
    Command("oncall", "", Role.VIEWER, show, takes=0),
    Command("oncall", "show", Role.VIEWER, show, takes=0),
)
