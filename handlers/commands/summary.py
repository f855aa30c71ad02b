"""The button under figures: all of them as a file, as they are known by then."""

import io
import logging

from bot.errors import SlackError
from bot.locales import Locale
from bot.registry import Answer, Button, Later, Nothing, Pressed, Whisper
from bot.rules.roles import Apps, Role
from bot.sheets import csv_bytes
from bot.slack.files import Upload
from bot.slack.messages import faults, figure_files
from bot.slack.messages.figure_files import Asked
from handlers import saying, scopes
from handlers.flows import summaries
from handlers.services import Services

log = logging.getLogger("smsops.summaries")


async def file(knock: Pressed, services: Services) -> Answer:
    """The figures of a span, brought to whoever asks, in their conversation with the bot."""
    asked = figure_files.asked(knock.value)
    known = {"", *(app.name for app in services.settings.apps)}
    if asked is None or asked.app not in known:
        return Whisper(faults.outdated(knock.person.locale))
    return Later(Nothing(), _bring(asked, knock, services))


async def _bring(asked: Asked, knock: Pressed, services: Services) -> Answer:
    locale = knock.person.locale
    written = await _write(asked, knock.person.where(Role.VIEWER), locale, services)
    name = figure_files.name(asked, services.settings.timezone)
    said = figure_files.comment(asked, services.settings.timezone, locale)
    try:
        channel = await services.slack.open_conversation(knock.person.user_id)
        body = Upload(name, io.BytesIO(written), len(written))
        await saying.upload(services, channel, [body], said)
    except SlackError as error:
        log.warning("no file", extra={"event": "file_failed", "reason": str(error)})
        return Whisper(figure_files.not_made(locale))
    return Whisper(figure_files.sent(locale))


async def _write(asked: Asked, may_look: Apps, locale: Locale, services: Services) -> bytes:
    apps = summaries.apps_of(asked.app, services.settings, may_look)
    figures = await services.db.read(
        summaries.of_span, apps, asked.since, asked.until, services.clock()
    )
    lines = figure_files.lines(figures, services.settings.timezone, locale)
    return csv_bytes([figure_files.heading(locale), *lines], first=True)


OF_FIGURES = scopes.of_named(lambda written: written.partition(":")[0])
BUTTONS = (Button(figure_files.CSV, Role.VIEWER, file, OF_FIGURES),)
