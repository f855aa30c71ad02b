"""`/sms stats`: what was sent and what came of it, by an app or all, in the last hours or days."""

from bot.registry import (
    About,
    Answer,
    Button,
    Command,
    Knock,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules import stats_words
from bot.rules.figures import HOUR_S
from bot.rules.roles import Role
from bot.rules.stats_words import StatsAsked
from bot.rules.words import did_you_mean
from bot.slack.messages import apps as app_messages
from bot.slack.messages import stats as messages
from bot.slack.messages.faults import outdated
from bot.slack.messages.help import MENU_STATS
from handlers import scopes
from handlers.commands import stray
from handlers.commands.job_asking import meant
from handlers.flows import figures, summaries
from handlers.services import Services
from storage import content
from storage.db import Tx
from storage.traffic import hour_of


async def show(knock: Typed, services: Services) -> Answer:
    """`[app | all] [24h | 7d | 30d]`, for whoever asks alone; without an app, that meant here."""
    asked = stats_words.read(knock.words)
    locale = knock.person.locale
    if asked.stray is not None:
        return stray.of("stats", "", asked.stray, knock, services)
    if asked.fault is not None:
        return Whisper(messages.refused(asked.fault, locale))
    if asked.app and services.settings.app(asked.app) is None:
        known = scopes.names_known(knock.person, services.settings)
        return Whisper(app_messages.unknown(asked.app, did_you_mean(asked.app, known), locale))
    name = asked.app or ("" if asked.is_all else (await meant(knock, services)).name)
    return Whisper(await _card(name, asked.span_s, knock, services))


async def press(knock: Pressed, services: Services) -> Answer:
    """Another span of the same, in the place of the one shown."""
    read = messages.read_value(knock.value)
    known = [app.name for app in services.settings.apps]
    if read is None or read[0] not in {"", *known}:
        return Whisper(outdated(knock.person.locale))
    return Whisper(await _card(*read, knock, services), replace=True)


async def press_menu(knock: Pressed, services: Services) -> Answer:
    """The last day of the app that is meant here, from the menu."""
    app = await meant(knock, services)
    return Whisper(await _card(app.name, StatsAsked().span_s, knock, services))


async def _card(app: str, span_s: int, knock: Knock, services: Services) -> SlackMessage:
    """`app` is empty for all that the person may look at. The hour there is counts as one of the
    span."""
    may_look = knock.person.where(Role.VIEWER)
    until_s = hour_of(knock.now) + HOUR_S

    def read(tx: Tx) -> messages.StatsView:
        apps = [app] if app else summaries.apps_of("", services.settings, may_look)
        return messages.StatsView(
            app=app,
            span_s=span_s,
            figures=figures.of_period(tx, apps, until_s - span_s, until_s, knock.now),
            templates={each.template_id: each.name for each in content.list_templates(tx)},
        )

    view = await services.db.read(read)
    return messages.card(view, knock.person.locale)


async def of_stats_words(knock: Typed, services: Services) -> About:
    """What is asked for; of all apps only those are shown where the person may look."""
    asked = stats_words.read(knock.words)
    if asked.is_all:
        return None
    return await scopes.of_typed(lambda _, __: asked.app or None)(knock, services)


OF_SPAN = scopes.of_named(lambda written: written.partition(" ")[2])
COMMANDS = (Command("stats", "", Role.VIEWER, show, about=of_stats_words),)
BUTTONS = (
    *(
        Button(f"{messages.SPAN}_{place}", Role.VIEWER, press, OF_SPAN)
        for place in range(len(messages.SPANS))
    ),
    Button(MENU_STATS, Role.VIEWER, press_menu, scopes.of_meant),
)
