"""Reading a file of numbers: whatever it is, each row is a number or is told by its place."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.rules.recipients import BadRow, CheckFault
from bot.sheets import Unreadable
from handlers.flows.optout_imports import AT_ONCE, read_chunks


def numbers(body: bytes) -> list[str]:
    return [number for chunk in read_chunks(body) for number in chunk.numbers]


def bad(body: bytes) -> list[BadRow]:
    return [row for chunk in read_chunks(body) for row in chunk.bad]


def test_a_column_of_numbers_needs_no_header() -> None:
    assert numbers(b"13800000001\n+86 138-0000-0002\r\n\n008613800000003") == [
        "+8613800000001",
        "+8613800000002",
        "+8613800000003",
    ]


def test_with_a_header_the_column_is_found_by_its_name() -> None:
    body = "姓名,手机号\n王,13800000001\n李,13800000002\n".encode("gb18030")
    assert numbers(body) == ["+8613800000001", "+8613800000002"]


def test_a_row_that_is_no_number_is_told_with_its_place_and_the_rest_is_read() -> None:
    body = b"phone\n13800000001\n1.38E+10\n=cmd|x\n\n13800000002\nx\n"
    assert numbers(body) == ["+8613800000001", "+8613800000002"]
    assert [(row.file_row, row.reason, row.field) for row in bad(body)] == [
        (3, "number.scientific_notation", "A"),
        (4, "number.formula", "A"),
        (7, "number.malformed", "A"),
    ]


def test_a_spreadsheet_is_read_as_well() -> None:
    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for cell in ("phone", "13800000001", 13800000002):
        sheet.append([cell])
    book.save(file)
    assert numbers(file.getvalue()) == ["+8613800000001", "+8613800000002"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", CheckFault.EMPTY),
        (b"\x89PNG\r\n\x1a\n", CheckFault.PICTURE),
        (b"name\nx\n", CheckFault.NO_PHONE_COLUMN),
        (b"phone,mobile\n13800000001,13800000002\n", CheckFault.SEVERAL_PHONE_COLUMNS),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(body: bytes, fault: CheckFault) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_chunks(body))
    assert refused.value.fault is fault


def test_a_long_file_comes_in_chunks() -> None:
    body = b"".join(b"138%08d\n" % place for place in range(AT_ONCE + 1))
    assert [len(chunk.numbers) for chunk in read_chunks(body)] == [AT_ONCE, 1]


@given(st.binary(max_size=400))
def test_any_file_is_read_or_refused(body: bytes) -> None:
    try:
        found = numbers(b"13800000001\n" + body)
    except Unreadable:
        return
    assert all(number.startswith("+") for number in found)
