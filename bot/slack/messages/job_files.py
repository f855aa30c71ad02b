"""The lines of the files about a job, in the language of who takes them: plain text, no markup."""

import re
from datetime import datetime, tzinfo

from bot.locales import Locale, find, text
from bot.rules.codes import code_of
from bot.rules.delivery import MessageState
from bot.rules.job_results import ResultLine
from bot.rules.numbers import MASKED
from bot.rules.receipts import receipt_of
from bot.rules.schedule import zone_name

#: Marks that a spreadsheet would show as they are.
MARKUP = re.compile(r"[*`]")
RESULT_COLUMNS = (
    "row",
    "number",
    "state",
    "reason",
    "code",
    "serial",
    "segments",
    "sent",
    "accepted",
    "ended",
)
ERROR_COLUMNS = ("row", "field", "reason", "cell")
#: Columns whose heading names the zone of their times.
TIMED = frozenset({"sent", "accepted", "ended"})
FAILED = {MessageState.REFUSED: "job.refused", MessageState.SKIPPED: "job.skipped"}


def result_heading(zone: tzinfo, locale: Locale) -> list[str]:
    """The first line of the file of results."""
    return [_heading(column, zone, locale) for column in RESULT_COLUMNS]


def error_heading(locale: Locale) -> list[str]:
    """The first line of the file of rows that cannot be used."""
    return [text(locale, f"job.column.{column}") for column in ERROR_COLUMNS]


def result_cells(line: ResultLine, zone: tzinfo, locale: Locale) -> list[object]:
    """One message."""
    return [
        line.file_row,
        number_cell(line.number),
        text(locale, f"job.outcome.{line.state.name.lower()}"),
        _reason(line, locale),
        line.code or line.carrier_code,
        line.serial,
        line.fee_segments,
        _time(line.signed_at, zone),
        _time(line.accepted_at, zone),
        _time(line.final_at, zone),
    ]


def number_cell(masked: str) -> str:
    """A masked number as both files write it, without its plus, which a spreadsheet would take for
    a formula; anything else as it is."""
    return masked.removeprefix("+") if MASKED.fullmatch(masked) else masked


def _heading(column: str, zone: tzinfo, locale: Locale) -> str:
    said = text(locale, f"job.column.{column}")
    return f"{said} ({zone_name(zone)})" if column in TIMED else said


def _reason(line: ResultLine, locale: Locale) -> str:
    """Why it did not arrive, as far as anybody knows."""
    if line.state is MessageState.UNDELIVERED:
        return _plain(text(locale, receipt_of(line.carrier_code).cause_key))
    if line.code:
        return _plain(text(locale, code_of(line.code).cause_key))
    areas = (FAILED.get(line.state), "card.detail")
    keys = [f"{area}.{line.detail}" for area in areas if area and line.detail]
    known = next((key for key in keys if find(locale, key)), None)
    return _plain(text(locale, known)) if known else ""


def _plain(said: str) -> str:
    return MARKUP.sub("", said)


def _time(at: datetime | None, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else ""
