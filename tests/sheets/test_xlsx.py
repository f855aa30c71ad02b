"""Spreadsheets: what people see in a cell is what is read, and no file grows in memory."""

import io
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.recipients import CheckFault, HiddenRow, OddCell
from bot.sheets import Unreadable
from tests.sheets.books import book, read, saved, with_entry

SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"
ONE_ROW = b'<row r="1"><c r="A1"><v>13800000001</v></c></row>'


def fault_of(body: bytes) -> CheckFault:
    with pytest.raises(Unreadable) as raised:
        read(body, 65_536)
    return raised.value.fault


def test_a_number_column_is_read_as_its_digits() -> None:
    body = book([["手机号", "1"], [13800000001, "007"], [13800000002.0, 12.5], [8613800000003, 0]])
    assert read(body) == [
        (1, ["手机号", "1"]),
        (2, ["13800000001", "007"]),
        (3, ["13800000002", "12.5"]),
        (4, ["8613800000003", "0"]),
    ]


@pytest.mark.parametrize(
    ("value", "format_"),
    [
        (date(2026, 11, 23), "yyyy-mm-dd"),
        (0.5, "0%"),
        (1200, "#,##0"),
        (12.5, "0.00"),
        (True, "General"),
        (1e20, "General"),
        ("#N/A", "General"),
    ],
)
def test_a_cell_that_shows_something_else_than_it_holds_is_odd(value: object, format_: str) -> None:
    ((_, cells),) = read(book([["13800000001", value]], {"B1": format_}))
    assert isinstance(cells[1], OddCell)


@pytest.mark.parametrize(("value", "format_"), [(9.5, "0"), (0.123456789012, "General")])
def test_a_number_that_is_shown_rounded_is_odd(value: float, format_: str) -> None:
    ((_, cells),) = read(book([["13800000001", value]], {"B1": format_}))
    assert isinstance(cells[1], OddCell)


def test_a_formula_without_its_result_is_odd_and_its_row_is_there() -> None:
    found = read(book([["phone", "1"], ["=C1", "=B1"], ["13800000001", "=A1"]]))
    assert [row for row, _ in found] == [1, 2, 3]
    assert all(isinstance(cell, OddCell) for cell in [*found[1][1], found[2][1][1]])


def test_a_formula_that_shows_nothing_is_a_blank_cell() -> None:
    rows = b'<row r="2"><c r="A2" t="str"><f>IF(1,"")</f><v></v></c></row>'
    assert fault_or_rows(HEAD + ONE_ROW + rows + TAIL) == [(1, ["13800000001"])]


def test_a_character_written_as_its_code_is_odd() -> None:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>a_x000D_b</t></is></c></row>'
    found = fault_or_rows(HEAD + cell + TAIL)
    assert isinstance(found, list)
    assert isinstance(found[0][1][0], OddCell)


def test_a_row_people_do_not_see_is_told_from_the_others() -> None:
    made = openpyxl.Workbook()
    for row in (["phone"], ["13800000001"], ["13800000002"]):
        made.active.append(row)
    made.active.row_dimensions[3].hidden = True
    found = read(saved(made))
    assert [isinstance(cells, HiddenRow) for _, cells in found] == [False, False, True]


def test_of_two_sheets_with_rows_none_is_guessed() -> None:
    made = openpyxl.Workbook()
    made.active.append(["13800000001"])
    made.create_sheet("new list").append(["13800000002"])
    made.create_sheet("empty")
    with pytest.raises(Unreadable) as raised:
        read(saved(made))
    assert raised.value.fault is CheckFault.SEVERAL_SHEETS
    assert raised.value.values == {"found": "Sheet, new list"}


def test_a_sheet_with_nothing_on_it_is_passed_by() -> None:
    made = openpyxl.Workbook()
    made.create_sheet("list").append(["13800000001"])
    assert read(saved(made)) == [(1, ["13800000001"])]


def test_blank_rows_are_counted_and_left_out() -> None:
    body = book([["phone"], [], [None, " "], ["13800000001"]])
    assert read(body) == [(1, ["phone"]), (4, ["13800000001"])]


def test_the_first_sheet_that_is_shown_is_read() -> None:
    made = openpyxl.Workbook()
    made.active.append(["secret"])
    made.active.sheet_state = "hidden"
    made.create_sheet("list").append(["13800000001"])
    assert read(saved(made)) == [(1, ["13800000001"])]


def test_a_formula_counts_as_what_it_showed_last() -> None:
    rows = b'<row r="1"><c r="A1" t="str"><f>CMD()</f><v>13800000001</v></c></row>'
    assert read(with_entry(book([["x"]]), SHEET, HEAD + rows + TAIL)) == [(1, ["13800000001"])]


def test_a_text_that_looks_like_a_formula_stays_text() -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = "13800000001"
    made.active["B1"].value = "=cmd|' /C calc'!A0"
    made.active["B1"].data_type = "s"
    assert read(saved(made)) == [(1, ["13800000001", "=cmd|' /C calc'!A0"])]


@settings(max_examples=25)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_texts_come_back_as_they_were(table: list[list[str]]) -> None:
    # A first cell keeps a row from being blank; _x0041_ is how the format writes a character.
    rows = [["x", *(cell.replace("_x", "") for cell in row)] for row in table]
    made = openpyxl.Workbook()
    for at, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            made.active.cell(at, column).value = text or None
            if text:
                made.active.cell(at, column).data_type = "s"
    expected = []
    for row in rows:
        while not row[-1].strip():
            row.pop()
        expected.append(row)
    assert [cells for _, cells in read(saved(made))] == expected


#: Made once: it holds the time it was made at, so no two are of one length.
SMALL_BOOK = book([["phone", "1"], ["13800000001", "a"]])


@settings(max_examples=40)
@given(st.data())
def test_no_damage_breaks_the_reader(data: st.DataObject) -> None:
    body = bytearray(SMALL_BOOK)
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(4, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        read(bytes(body))


def test_an_archive_of_something_else_is_no_list() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("phone.csv", "phone\n13800000001\n")
    assert fault_of(body.getvalue()) is CheckFault.BINARY
    assert fault_of(book([["phone"]])[:-60]) is CheckFault.DAMAGED
    assert fault_of(book([])) is CheckFault.EMPTY


def test_an_archive_with_a_password_is_refused() -> None:
    body = bytearray(book([["phone"]]))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(sign) + at] |= 1
    assert fault_of(bytes(body)) is CheckFault.ENCRYPTED


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b" " * 3_000_000 + TAIL,
        # One row of a million cells, each of which would be an object.
        HEAD + b"<row>" + b"<c/>" * 1_000_000 + b"</row>" + TAIL,
        HEAD + b"<row/>" * 210_000 + TAIL,
    ],
    ids=["blanks", "one row", "rows"],
)
def test_a_bomb_does_not_go_off(content: bytes) -> None:
    body = with_entry(book([["phone"]]), SHEET, content)
    assert len(body) < 30_000
    assert fault_of(body) in {CheckFault.TOO_HEAVY, CheckFault.EMPTY}


def test_an_archive_is_believed_when_it_says_that_it_is_a_bomb() -> None:
    body = bytearray(book([["phone"]]))
    # The unpacked size of the first entry, in the directory at the end of the archive.
    at = body.index(b"PK\x01\x02") + 24
    body[at : at + 4] = (300 * 1024 * 1024).to_bytes(4, "little")
    assert fault_of(bytes(body)) is CheckFault.TOO_HEAVY


def test_an_entry_that_unpacks_to_more_than_it_says_is_damage() -> None:
    body = bytearray(with_entry(book([["phone"]]), "docProps/core.xml", b" " * 50_000_000))
    at = body.index(b"docProps/core.xml", body.index(b"PK\x01\x02")) - 22
    body[at : at + 4] = (1_000).to_bytes(4, "little")
    tracemalloc.start()
    assert fault_of(bytes(body)) is CheckFault.DAMAGED
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 10_000_000


def test_a_cell_far_away_makes_no_room_for_what_is_between() -> None:
    rows = ONE_ROW + b'<row r="1048576"><c r="XFD1048576"/></row>'
    assert fault_or_rows(HEAD + rows + TAIL) == [(1, ["13800000001"])]


def test_a_row_behind_the_last_one_taken_is_told() -> None:
    for row in (b"200001", b"200002", b"1048576"):
        rows = b'<row r="%b"><c r="A%b"><v>13800000001</v></c></row>' % (row, row)
        assert fault_or_rows(HEAD + ONE_ROW + rows + TAIL) is CheckFault.TOO_MANY_SHEET_ROWS


def test_a_cell_behind_the_last_one_taken_is_told() -> None:
    cell = b'<row r="1"><c r="XFD1"><v>1</v></c></row>'
    assert fault_or_rows(HEAD + cell + TAIL) is CheckFault.TOO_MANY_COLUMNS


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
        b'<row r="3"><c r="A3"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>',
        b'<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>',
    ],
)
def test_nothing_that_stands_in_the_place_of_another_is_dropped_in_silence(rows: bytes) -> None:
    assert fault_or_rows(HEAD + rows + TAIL) is CheckFault.DAMAGED


def fault_or_rows(content: bytes) -> CheckFault | list[tuple[int, list[str]]]:
    try:
        return read(with_entry(book([["phone"]]), SHEET, content))
    except Unreadable as refused:
        return refused.fault
