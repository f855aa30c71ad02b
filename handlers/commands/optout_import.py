"""`/sms optout import`: a form with a file, read while the person waits; what is read is kept."""

import asyncio
from dataclasses import dataclass, replace

from bot.errors import SlackError
from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Filled,
    Form,
    FormFile,
    Later,
    NextForm,
    Pressed,
    Submission,
    Typed,
    Wrong,
)
from bot.rules.optouts import Optout, Scope, Source
from bot.rules.recipients import BadRow, CheckFacts, CheckFault
from bot.rules.roles import Role
from bot.sheets import Unreadable
from bot.slack.files import FileFault
from bot.slack.messages import optouts as messages
from bot.slack.messages.asked import closing_form
from bot.slack.messages.recipients import fault_sentence
from handlers import scopes
from handlers.flows import optout_imports, optouts
from handlers.services import Services

#: A million numbers are about 12 MB.
LARGEST_BYTES = 20 * 1024 * 1024
FILE_WITHIN_S = 60.0
FILE_FAULTS = {
    FileFault.FOREIGN: CheckFault.FILE_FOREIGN,
    FileFault.CLOSED: CheckFault.FILE_GONE,
    FileFault.TOO_LARGE: CheckFault.TOO_LARGE,
}


@dataclass(slots=True)
class Tally:
    """What a file has come to so far; of the bad rows only the first are kept."""

    new: int
    known: int
    bad: int
    shown: list[BadRow]

    @property
    def is_begun(self) -> bool:
        return bool(self.new or self.known or self.bad)


async def open_form(knock: Typed | Pressed, _: Services) -> Answer:
    """The form, from the command and from the button under the list."""
    return Form(messages.import_form(knock.person.locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: the file takes longer than Slack waits."""
    locale = knock.person.locale
    files = knock.files.get(messages.FILE, ())
    if not files:
        return Wrong({messages.FILE: text(locale, "optout.file_missing")})
    reading = NextForm(closing_form(text(locale, "optout.reading"), locale))
    return Later(reading, _read(knock, files[0], services))


async def _read(knock: Filled, file: FormFile, services: Services) -> Answer:
    locale, tally = knock.person.locale, Tally(0, 0, 0, [])
    try:
        body = await services.slack.download(file.url, LARGEST_BYTES, FILE_WITHIN_S)
        if isinstance(body, FileFault):
            raise Unreadable(FILE_FAULTS[body], limit_mb=LARGEST_BYTES >> 20)
        await _store(knock, body, tally, services)
        said = _told(tally, locale)
    except (SlackError, TimeoutError):
        said = _refused(CheckFault.UNREACHABLE, CheckFacts(), locale)
    except Unreadable as refused:
        said = _refused(refused.fault, CheckFacts(fault_values=refused.values), locale)
        if tally.is_begun:
            said = messages.broke_off(said, _told(tally, locale), locale)
    return NextForm(closing_form(said, locale))


async def _store(knock: Filled, body: bytes, tally: Tally, services: Services) -> None:
    """Reads on a thread and stores chunk by chunk, which `tally` counts: done twice, it comes to
    the same. Raises Unreadable, also in the middle of a file."""
    wanted = Optout(
        number="",
        signature="",
        scope=Scope.ALL,
        source=Source.IMPORT,
        detail=knock.fields.get(messages.REASON, "").strip()[: messages.REASON_MAX],
        added_by=knock.person.user_id,
        at=services.clock(),
    )
    chunks = optout_imports.read_chunks(body)
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        rows = [replace(wanted, number=number) for number in chunk.numbers]
        new = await services.db.write(optouts.add_by_person, rows, services.clock())
        tally.new += new
        tally.known += len(rows) - new
        tally.bad += len(chunk.bad)
        tally.shown += chunk.bad[: messages.BAD_SHOWN - len(tally.shown)]


def _told(tally: Tally, locale: Locale) -> str:
    return messages.imported(tally.new, tally.known, tally.bad, tally.shown, locale)


def _refused(fault: CheckFault, facts: CheckFacts, locale: Locale) -> str:
    return fault_sentence(fault.value, facts, locale)


OURS = scopes.of_account
COMMANDS = (Command("optout", "import", Role.REQUESTER, open_form, about=OURS),)
BUTTONS = (Button(messages.IMPORT, Role.REQUESTER, open_form, OURS),)
SUBMISSIONS = (Submission(messages.IMPORT_FORM, Role.REQUESTER, hand_in, OURS),)
