"""The files about a job: what became of each number, and the rows that could not be used.

Both are written page by page to a nameless file beside the database, so neither memory nor the
loop feels how long they are, and go to whoever asked, in their conversation with the bot.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from bot.errors import SlackError
from bot.locales import Locale, text
from bot.registry import Answer, Button, Later, Nothing, Pressed, Whisper
from bot.rules.numbers import cover_all
from bot.rules.roles import Role
from bot.sheets import csv_bytes
from bot.slack.files import Upload
from bot.slack.messages import job_answers, job_files, jobs
from bot.slack.messages.recipients import row_sentence
from handlers import saying, scopes
from handlers.flows import job_cards
from handlers.services import Services
from storage import bad_rows, job_results

log = logging.getLogger("smsops.job_files")
PAGE_ROWS = 1_000
#: Excel shows no more than 1,048,576 rows, and smaller files open at all.
ROWS_A_FILE = 250_000
#: With more rows than this somebody waits long enough to be told so.
LONG = 5_000
Lines = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file somebody asked for."""

    name: str
    request_id: str
    heading: Sequence[str]
    pages: AsyncIterator[Lines]
    rows: int


async def results(knock: Pressed, services: Services) -> Answer:
    """What became of each number."""
    shown = await services.db.read(job_cards.find, knock.value, services.settings, services.clock())
    if shown is None:
        return Whisper(job_answers.refused("not_found", knock.value, knock.person.locale))
    heading = job_files.result_heading(services.settings.timezone, knock.person.locale)
    pages = _result_pages(shown.request_id, knock.person.locale, services)
    wanted = Wanted("results", shown.request_id, heading, pages, sum(shown.counts.values()))
    return _make(wanted, knock, services)


async def errors(knock: Pressed, services: Services) -> Answer:
    """The rows that cannot be used, and why."""
    shown = await services.db.read(job_cards.find, knock.value, services.settings, services.clock())
    if shown is None:
        return Whisper(job_answers.refused("not_found", knock.value, knock.person.locale))
    heading = job_files.error_heading(knock.person.locale)
    pages = _error_pages(shown.request_id, knock.person.locale, services)
    rows = shown.bad_rows + shown.duplicates
    wanted = Wanted("errors", shown.request_id, heading, pages, rows)
    return _make(wanted, knock, services)


def _make(wanted: Wanted, knock: Pressed, services: Services) -> Answer:
    """Once for each person and file, however often it is asked for meanwhile."""
    locale = knock.person.locale
    if not wanted.rows:
        return Whisper(job_answers.empty(wanted.request_id, locale))
    key = (knock.person.user_id, wanted.request_id, wanted.name)
    if key in services.files_making:
        return Whisper(job_answers.busy(wanted.request_id, locale))
    services.files_making.add(key)
    return Later(Nothing(), _bring(wanted, knock, services, key))


async def _bring(
    wanted: Wanted, knock: Pressed, services: Services, key: tuple[str, str, str]
) -> Answer:
    locale = knock.person.locale
    try:
        if wanted.rows > LONG:
            await _say_it_takes(wanted, knock, services)
        is_sent = await _write_and_send(wanted, knock, services)
    except (SlackError, OSError) as error:
        log.warning("no file", extra={"event": "file_failed", "reason": str(error)})
        return Whisper(job_answers.not_made(wanted.request_id, locale))
    finally:
        services.files_making.discard(key)
    say = job_answers.sent if is_sent else job_answers.empty
    return Whisper(say(wanted.request_id, locale))


async def _say_it_takes(wanted: Wanted, knock: Pressed, services: Services) -> None:
    if knock.channel:
        message = job_answers.making(wanted.request_id, knock.person.locale)
        await saying.whisper(services, knock.channel, knock.person.user_id, message)


async def _write_and_send(wanted: Wanted, knock: Pressed, services: Services) -> bool:
    """Writes all of it, then shows it; False where there was nothing to write."""
    with ExitStack() as stack:

        def new() -> IO[bytes]:
            folder = services.settings.data_dir
            return stack.enter_context(tempfile.TemporaryFile(dir=folder))

        written = await write(wanted.heading, wanted.pages, new)
        if not written:
            return False
        many = len(written) > 1
        files = [
            Upload(_name(wanted, nth if many else 0), body, body.tell())
            for nth, body in enumerate(written, start=1)
        ]
        channel = await services.slack.open_conversation(knock.person.user_id)
        said = _comment(wanted, knock.person.locale)
        await saying.upload(services, channel, files, said)
    return True


async def write(
    heading: Sequence[str],
    pages: AsyncIterator[Lines],
    new: Callable[[], IO[bytes]],
    rows_a_file: int = ROWS_A_FILE,
) -> list[IO[bytes]]:
    """The pages in as many files as they need, each with the heading; no page is torn."""
    written: list[IO[bytes]] = []
    rows = rows_a_file
    async for page in pages:
        if rows >= rows_a_file:
            written.append(new())
            written[-1].write(csv_bytes([heading], first=True))
            rows = 0
        await asyncio.to_thread(written[-1].write, csv_bytes(page, first=False))
        rows += len(page)
    return written


async def _result_pages(
    request_id: str, locale: Locale, services: Services
) -> AsyncIterator[Lines]:
    within = await services.db.read(job_results.ends, request_id)
    after, zone = "", services.settings.timezone
    while within is not None:
        lines, after = await services.db.read(
            job_results.page, request_id, within, after, PAGE_ROWS
        )
        if not lines:
            return
        yield [job_files.result_cells(line, zone, locale) for line in lines]


async def _error_pages(request_id: str, locale: Locale, services: Services) -> AsyncIterator[Lines]:
    after = 0
    while rows := await services.db.read(bad_rows.page, request_id, after, PAGE_ROWS):
        yield [
            (
                row.file_row,
                row.field,
                row_sentence(row, locale),
                job_files.number_cell(cover_all(row.cell)),
            )
            for row in rows
        ]
        after = rows[-1].file_row


def _name(wanted: Wanted, nth: int) -> str:
    part = f"-{nth}" if nth else ""
    return f"{wanted.request_id}-{wanted.name}{part}.csv"


def _comment(wanted: Wanted, locale: Locale) -> str:
    what = text(locale, f"job.file_{wanted.name}")
    return text(locale, "job.file_text", request=wanted.request_id, what=what)


BUTTONS = (
    Button(jobs.RESULTS, Role.VIEWER, results, scopes.of_request),
    # What stands in a row is somebody's, number or not: only who may send reads it.
    Button(jobs.ERRORS, Role.REQUESTER, errors, scopes.of_request),
)
