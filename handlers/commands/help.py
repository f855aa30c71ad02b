"""Bare `/sms`, `/sms help`, and a word said to the bot: what there is to do."""

from bot.registry import (
    Answer,
    Button,
    Command,
    Event,
    Happened,
    Knock,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules.words import did_you_mean
from bot.slack.messages import help as help_messages
from handlers.flows import apps
from handlers.services import Services
from storage import content


async def menu(knock: Typed, services: Services) -> Answer:
    """Bare `/sms`."""
    return Whisper(await _menu(knock, services))


async def manual(knock: Typed, services: Services) -> Answer:
    """`/sms help`, or `/sms help send` for one noun."""
    nouns = [word.text for word in knock.words]
    known = [command for command in services.registry.commands if command.noun in nouns]
    if nouns and not known:
        closest = did_you_mean(nouns[0], services.registry.nouns(), services.registry.synonyms)
        return Whisper(help_messages.unknown(nouns[0], closest, knock.person.locale))
    listed = known or services.registry.commands
    return Whisper(help_messages.manual(listed, knock.person))


async def press_help(knock: Pressed, services: Services) -> Answer:
    """The menu's help button."""
    return Whisper(help_messages.manual(services.registry.commands, knock.person))


async def spoken_to(knock: Happened, services: Services) -> Answer:
    """A message to the bot or a mention of it: it takes no orders there, it shows the menu."""
    return Whisper(await _menu(knock, services))


async def _menu(knock: Knock, services: Services) -> SlackMessage:
    balance = await services.db.read(content.get_balance, knock.now)
    app = await services.db.read(
        apps.meant, services.settings, knock.person.user_id, knock.channel, knock.channel_name
    )
    return help_messages.menu(
        knock.person,
        app.name,
        balance.left_segments if balance else None,
        balance.seen_at if balance else None,
    )


COMMANDS = (Command("", "", None, menu), Command("help", "", None, manual))
BUTTONS = (Button(help_messages.MENU_HELP, None, press_help),)
EVENTS = (
    Event("message", "message.im", ("im:history",), None, spoken_to),
    Event("app_mention", "app_mention", ("app_mentions:read",), None, spoken_to),
)
