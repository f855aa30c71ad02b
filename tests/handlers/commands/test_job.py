"""What people type for a job, and the files they take away."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Locale
from bot.rules.codes import CODES
from bot.rules.delivery import MessageState
from bot.rules.job_results import ResultLine
from bot.rules.roles import Role
from bot.sheets import csv_bytes
from bot.slack.messages import job_files, jobs
from handlers.commands.job import read_id
from handlers.commands.job_files import BUTTONS, Lines, write
from storage.ids import ALPHABET

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["R-7K3Q", "r-7k3q", "7k3q", " R-7K3Q ", "`R-7K3Q`", "#R-7K3Q"])
def test_an_id_is_read_however_it_is_typed(typed: str) -> None:
    assert read_id(typed) == "R-7K3Q"


def test_a_letter_that_reads_as_a_digit_is_that_digit() -> None:
    assert read_id("R-OI1L") == "R-0111"


@given(st.text(ALPHABET, min_size=4, max_size=6))
def test_every_id_there_can_be_is_read_as_itself(letters: str) -> None:
    for typed in (f"R-{letters}", f"r-{letters.lower()}"):
        assert read_id(typed) == f"R-{letters}"


async def pages(count: int, rows_a_page: int) -> AsyncIterator[Lines]:
    for start in range(0, count, rows_a_page):
        yield [(row,) for row in range(start, min(start + rows_a_page, count))]


@pytest.mark.parametrize(
    ("count", "files"), [(0, []), (1, [1]), (4, [4]), (5, [4, 1]), (8, [4, 4]), (9, [4, 4, 1])]
)
async def test_a_long_list_is_several_files_each_with_its_heading(
    count: int, files: list[int]
) -> None:
    written = await write(["row"], pages(count, 2), io.BytesIO, rows_a_file=4)
    rows: list[str] = []
    for body, expected in zip(written, files, strict=True):
        body.seek(0)
        heading, *lines = csv.reader(io.StringIO(body.read().decode("utf-8-sig")))
        assert heading == ["row"]
        assert len(lines) == expected
        rows += [line[0] for line in lines]
    assert rows == [str(row) for row in range(count)]


def make_line(state: MessageState, **changes: object) -> ResultLine:
    fields: dict[str, object] = {
        "file_row": 7,
        "number": "+86 138****0001",
        "state": state,
        "code": "",
        "detail": "",
        "carrier_code": "",
        "serial": "",
        "fee_segments": None,
        "signed_at": AT,
        "accepted_at": None,
        "final_at": None,
    }
    return ResultLine(**(fields | changes))  # type: ignore[arg-type]  # by name


@given(
    state=st.sampled_from(MessageState),
    locale=st.sampled_from(Locale),
    code=st.sampled_from(["", "1016", *CODES]) | st.text(max_size=30),
    detail=st.sampled_from(["", "opted_out", "per_day", "dns"]) | st.text(max_size=30),
    carrier=st.sampled_from(["", "DELIVRD", "MK:0001"]) | st.text(max_size=30),
    serial=st.text(max_size=30),
)
def test_whatever_became_of_a_message_is_a_line_without_formula_or_markup(
    state: MessageState, locale: Locale, code: str, detail: str, carrier: str, serial: str
) -> None:
    line = make_line(state, code=code, detail=detail, carrier_code=carrier, serial=serial)
    cells = job_files.result_cells(line, SHANGHAI, locale)
    assert len(cells) == len(job_files.result_heading(SHANGHAI, locale))
    assert cells[:2] == [7, "86 138****0001"]
    assert not {"*", "`"} & set(str(cells[3]))
    assert cells[7] == "2026-11-23 11:00:00"
    [read] = csv.reader(io.StringIO(csv_bytes([cells], first=False).decode("utf-8"), newline=""))
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in read)


@pytest.mark.parametrize("locale", Locale)
def test_a_reason_is_told_where_there_is_one(locale: Locale) -> None:
    told = [
        make_line(MessageState.REFUSED, code="LimitExceeded.PhoneNumberDailyLimit"),
        make_line(MessageState.REFUSED, detail="dns"),
        make_line(MessageState.SKIPPED, detail="opted_out"),
        make_line(MessageState.UNDELIVERED, carrier_code="MK:0001"),
    ]
    for line in told:
        assert job_files.result_cells(line, SHANGHAI, locale)[3]
    delivered = make_line(MessageState.DELIVERED, carrier_code="DELIVRD")
    assert job_files.result_cells(delivered, SHANGHAI, locale)[3] == ""


def test_what_stands_in_bad_rows_is_for_those_who_may_send() -> None:
    roles = {button.action_id: button.role for button in BUTTONS}
    assert roles == {jobs.RESULTS: Role.VIEWER, jobs.ERRORS: Role.REQUESTER}


def test_the_heading_names_the_zone_of_its_times() -> None:
    heading = job_files.result_heading(SHANGHAI, Locale.EN)
    assert "Sent (Asia/Shanghai)" in heading
    assert job_files.error_heading(Locale.EN)[0] == "Row"
