"""Bare `/sms`, `/sms help`, and a word said to the bot: what there is to do."""

from collections.abc import Sequence

from bot.registry import (
    Answer,
    Button,
    Command,
    Event,
    Happened,
    Knock,
    Person,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules.words import Word, did_you_mean
from bot.slack.messages import help as help_messages
from handlers import scopes
from handlers.commands import stray
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
    extra = _extra(knock, known, services) if known else None
    if extra is not None:
        return stray.of("help", "", extra, knock, services)
    if known and not any(knock.person.may(command.role) for command in known):
        return Whisper(_refused(known, knock.person, services))
    listed = known or services.registry.commands
    return Whisper(help_messages.manual(listed, knock.person))


def _extra(knock: Typed, known: Sequence[Command], services: Services) -> Word | None:
    """The first word that is none of the nouns, nor a verb of theirs."""
    meant = {name for command in known for name in (command.noun, command.verb)}
    synonyms = services.registry.synonyms
    typed = ((word, word.text.casefold()) for word in knock.words)
    return next((word for word, name in typed if synonyms.get(name, name) not in meant), None)


def _refused(known: Sequence[Command], person: Person, services: Services) -> SlackMessage:
    """Which roles the commands of a noun take, none of which the person has."""
    needs = [each.role if isinstance(each.role, tuple) else (each.role,) for each in known]
    roles = dict.fromkeys(role for several in needs for role in several if role is not None)
    grants = services.settings.grants
    held = {role: grants.entries(role) for role in roles}
    return help_messages.not_allowed_any(held, person.locale)


async def press_help(knock: Pressed, services: Services) -> Answer:
    """The menu's help button."""
    return Whisper(help_messages.manual(services.registry.commands, knock.person))


async def spoken_to(knock: Happened, services: Services) -> Answer:
    """A message to the bot or a mention of it: it takes no orders there, it shows the menu."""
    return Whisper(await _menu(knock, services))


async def _menu(knock: Knock, services: Services) -> SlackMessage:
    balance = await services.db.read(content.get_balance, knock.now)
    app = await scopes.meant(knock, services)
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
