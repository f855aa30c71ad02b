"""`/sms audit`: who did what when; the same as a file; and whether anybody has changed it since."""

import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import IO

from bot.errors import SlackError, WrongDataKey
from bot.registry import (
    Answer,
    Button,
    Command,
    Knock,
    Later,
    Nothing,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules import audit_words
from bot.rules.audit_words import AuditFault, AuditWords
from bot.rules.roles import Role
from bot.slack.files import Upload
from bot.slack.messages import audit as messages
from bot.slack.messages.faults import outdated
from handlers import saying, scopes
from handlers.commands.job_files import PAGE_ROWS, Lines, write
from handlers.flows import audit
from handlers.services import Services
from storage import audit as stored

log = logging.getLogger("smsops.audit")
PAGE_ENTRIES = 10
NAME = "audit.csv"


async def show(knock: Typed, services: Services) -> Answer:
    """`[who] [what] [about] [7d]`: the latest entries, for whoever asks alone."""
    asked = audit_words.read(knock.words, knock.now, services.settings.timezone)
    if isinstance(asked, AuditFault):
        return Whisper(messages.refused(asked, knock.person.locale))
    if asked.subject and not await _is_known(asked.subject, services):
        # That no entry fits would be heard as: nobody did anything.
        return Whisper(messages.unknown(asked.subject, knock.person.locale))
    return Whisper(await _page(asked, None, knock, services))


async def turn(knock: Pressed, services: Services) -> Answer:
    """Older entries, or the newest, in the place of those shown."""
    found = messages.unpack(knock.value, services.settings.timezone)
    if found is None:
        return Whisper(outdated(knock.person.locale))
    return Whisper(await _page(*found, knock, services), replace=True)


async def verify(knock: Typed, services: Services) -> Answer:
    """`verify`: goes through all of it, which takes a while in a long one."""
    return Later(Whisper(messages.checking(knock.person.locale)), _checked(knock, services))


async def press_verify(knock: Pressed, services: Services) -> Answer:
    """The check of the whole trail, from a list."""
    return Later(Nothing(), _checked(knock, services))


async def export(knock: Pressed, services: Services) -> Answer:
    """All that fits what was asked, as a file in the conversation with the bot."""
    found = messages.unpack(knock.value, services.settings.timezone)
    if found is None:
        return Whisper(outdated(knock.person.locale))
    key = (knock.person.user_id, "audit", NAME)
    if key in services.files_making:
        return Whisper(messages.plain("busy", knock.person.locale))
    services.files_making.add(key)
    return Later(Nothing(), _bring(found[0], knock, services, key))


async def _is_known(subject: str, services: Services) -> bool:
    """Whether app.yaml has an app or a rota of that name, or anything was ever entered about it."""
    settings = services.settings
    named = {app.name for app in settings.apps} | {rota.name for rota in settings.oncall.rotas}
    return subject in named or await services.db.read(stored.is_about, subject)


async def _page(
    asked: AuditWords, before: int | None, knock: Knock, services: Services
) -> SlackMessage:
    page = await services.db.read(audit.page, asked, before, PAGE_ENTRIES)
    return messages.listing(page, knock.person.locale)


async def _checked(knock: Knock, services: Services) -> Answer:
    locale = knock.person.locale
    try:
        found, head = await services.db.read(audit.check, services.settings, services.clock())
    except WrongDataKey:
        return Whisper(messages.plain("no_key", locale))
    log.info("checked", extra={"event": "audit_checked", "verdict": repr(found)})
    return Whisper(messages.verdict(found, head, locale))


async def _bring(
    asked: AuditWords, knock: Knock, services: Services, key: tuple[str, str, str]
) -> Answer:
    locale = knock.person.locale
    try:
        await services.db.write(audit.note_export, asked, knock.person.user_id, services.clock())
        await _write_and_send(asked, knock, services)
    except (SlackError, OSError) as error:
        log.warning("no file", extra={"event": "file_failed", "reason": str(error)})
        return Whisper(messages.plain("not_made", locale))
    finally:
        services.files_making.discard(key)
    return Whisper(messages.plain("sent", locale))


async def _write_and_send(asked: AuditWords, knock: Knock, services: Services) -> None:
    locale, zone = knock.person.locale, services.settings.timezone
    with ExitStack() as stack:

        def new() -> IO[bytes]:
            folder = services.settings.data_dir
            return stack.enter_context(tempfile.TemporaryFile(dir=folder))

        pages = _pages(asked, knock, services)
        written = await write(messages.heading(zone, locale), pages, new)
        files = [
            Upload(NAME if len(written) == 1 else f"audit-{nth}.csv", body, body.tell())
            for nth, body in enumerate(written, start=1)
        ]
        channel = await services.slack.open_conversation(knock.person.user_id)
        await saying.upload(services, channel, files, messages.plain("file", locale).text)


async def _pages(asked: AuditWords, knock: Knock, services: Services) -> AsyncIterator[Lines]:
    """The latest entries first; that it was exported is among them."""
    zone, before = services.settings.timezone, stored.BEYOND
    while True:
        page = await services.db.read(audit.page, asked, before, PAGE_ROWS)
        yield [messages.cells(each, zone, knock.person.locale) for each in page.entries]
        if not page.is_more:
            return
        before = page.entries[-1].nth


COMMANDS = (
    Command("audit", "", Role.AUDITOR, show, about=scopes.of_account),
    Command("audit", "verify", Role.AUDITOR, verify, about=scopes.of_account, takes=0),
)
BUTTONS = (
    Button(messages.OLDER, Role.AUDITOR, turn, scopes.of_account),
    Button(messages.NEWEST, Role.AUDITOR, turn, scopes.of_account),
    Button(messages.EXPORT, Role.AUDITOR, export, scopes.of_account),
    Button(messages.VERIFY, Role.AUDITOR, press_verify, scopes.of_account),
)
