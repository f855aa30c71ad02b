"""`/sms limit`: the limits of an app with all that bears on them, and their way into app.yaml."""

import asyncio

from bot.registry import Answer, Button, Command, Knock, Pressed, SlackMessage, Typed, Whisper
from bot.rules.policies import Policy
from bot.rules.roles import ACCOUNT, Role
from bot.rules.words import did_you_mean
from bot.settings import App
from bot.slack.messages import apps as app_messages
from bot.slack.messages import help as help_messages
from bot.slack.messages import limits as messages
from bot.slack.messages.faults import outdated
from bot.slack.messages.help import MENU_LIMITS
from bot.slack.messages.limit_exports import exported, not_exported
from bot.slack.messages.limit_forms import NOTHING_TYPED, Carried
from handlers import scopes
from handlers.commands.job_asking import meant
from handlers.commands.limit import open_form
from handlers.flows import limit_exports, limit_shows
from handlers.services import Services
from storage.db import Tx

NOUN, APP_KEY = "limit", "app"


async def show(knock: Typed, services: Services) -> Answer:
    """`[app]`, which may as well be a verb that was mistyped: all of one app, for whoever asks
    alone."""
    return await _show(knock, services, may_be_verb=True)


async def show_named(knock: Typed, services: Services) -> Answer:
    """`show [app]`: the same."""
    return await _show(knock, services, may_be_verb=False)


async def press_menu(knock: Pressed, services: Services) -> Answer:
    """The limits of the app that is meant here, from the menu."""
    return Whisper(await _card(await meant(knock, services), knock, services))


async def press_change(knock: Pressed, services: Services) -> Answer:
    """The form for a change."""
    app = services.settings.app(knock.value)
    if app is None:
        return Whisper(outdated(knock.person.locale))
    carried = Carried(knock.channel, app.name)
    return await open_form(carried, NOTHING_TYPED, knock, services)


async def press_export(knock: Pressed, services: Services) -> Answer:
    """What would make app.yaml, as it is on the disk by now, say what holds. The lines around that
    are for whoever may look at all apps."""
    app, locale = services.settings.app(knock.value), knock.person.locale
    if app is None:
        return Whisper(outdated(locale))

    def read(tx: Tx) -> tuple[dict[str, Policy], list[str]]:
        policies = limit_exports.held(tx, [app], knock.now)
        return policies, limit_exports.temporary(tx, app, knock.now)

    policies, temporary = await services.db.read(read)
    source = services.settings.source
    is_bare = not knock.person.may(Role.VIEWER, ACCOUNT)
    found = await asyncio.to_thread(limit_exports.diff_of, source, policies, is_bare=is_bare)
    if found is None:
        return Whisper(not_exported(app.name, locale))
    return Whisper(exported(app.name, found, locale, temporary=temporary, is_bare=is_bare))


async def _card(app: App, knock: Knock, services: Services) -> SlackMessage:
    shown = knock.person.where(Role.VIEWER)
    view = await services.db.read(limit_shows.load, app, shown, services.settings, knock.now)
    return messages.card(
        view, knock.person.locale, may_ask=knock.person.may(Role.LIMIT_ADMIN, app.name)
    )


async def _show(knock: Typed, services: Services, *, may_be_verb: bool) -> Answer:
    app = await _named(knock, services, may_be_verb=may_be_verb)
    return Whisper(app if isinstance(app, SlackMessage) else await _card(app, knock, services))


async def _named(knock: Typed, services: Services, *, may_be_verb: bool) -> App | SlackMessage:
    """The app whose name was typed, `app=demo` or `demo`; else the one that is meant here."""
    name = _name_in(knock)
    if not name:
        return await meant(knock, services)
    found, known = services.settings.app(name), scopes.names_known(knock.person, services.settings)
    if found is not None:
        return found
    commands = services.registry.commands
    verbs = [f"{NOUN} {each.verb}" for each in commands if each.noun == NOUN and each.verb]
    verb = did_you_mean(f"{NOUN} {name}", verbs)
    locale = knock.person.locale
    if may_be_verb and verb is not None and did_you_mean(name, known) is None:
        return help_messages.unknown(f"{NOUN} {name}", verb, locale)
    return app_messages.unknown(name, did_you_mean(name, known), locale)


def _name_in(knock: Typed) -> str:
    return next((word.text for word in knock.words if word.key in {None, APP_KEY}), "")


OF_TYPED = scopes.of_typed(lambda knock, _: _name_in(knock) or None)
COMMANDS = (
    Command(NOUN, "", Role.VIEWER, show, about=OF_TYPED, takes=1),
    Command(NOUN, "show", Role.VIEWER, show_named, about=OF_TYPED, takes=1),
)
BUTTONS = (
    Button(MENU_LIMITS, Role.VIEWER, press_menu, scopes.of_meant),
    Button(messages.CHANGE, Role.LIMIT_ADMIN, press_change, scopes.of_named()),
    Button(messages.EXPORT, Role.VIEWER, press_export, scopes.of_named()),
)
