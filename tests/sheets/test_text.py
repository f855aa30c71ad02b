"""CSV and TSV as people's programs write them, and files that only say they are one."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.recipients import CheckFault, is_first_row
from bot.sheets import Unreadable, read_rows
from tests.sheets.books import read

HEADER = ["手机号", "1"]
ROWS = [["13800000001", "张三"], ["+86 138 0000 0002", "a,b"], ["0013800000003", 'say "hi"']]
CELL = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\ufeff"
    ),
    max_size=12,
)
TABLE = st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=20)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]


def fault_of(body: bytes) -> CheckFault:
    with pytest.raises(Unreadable) as raised:
        read(body)
    return raised.value.fault


def written(rows: list[list[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16-be-with-mark"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_list_is_read_whatever_wrote_it(encoding: str, delimiter: str, line_end: str) -> None:
    text = written([HEADER, *ROWS], delimiter, line_end)
    if encoding == "utf-16-be-with-mark":
        body = codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    else:
        body = text.encode(encoding)
    assert read(body) == list(enumerate([HEADER, *ROWS], 1))


@given(TABLE, st.sampled_from(ENCODINGS), st.sampled_from(",\t;"), st.integers(1, 70))
def test_any_table_comes_back_from_any_encoding_in_any_pieces(
    table: list[list[str]], encoding: str, delimiter: str, size: int
) -> None:
    body = written([HEADER, *table], delimiter).encode(encoding)
    expected = [
        (row, cells) for row, cells in enumerate([HEADER, *table], 1) if any(map(str.strip, cells))
    ]
    assert read(body, size) == expected


@given(st.binary(max_size=3_000), st.integers(1, 700))
def test_no_bytes_break_the_reader(body: bytes, size: int) -> None:
    with suppress(Unreadable):
        assert all(any(cell.strip() for cell in cells) for _, cells in read(body, size))


@given(st.text(alphabet='1,"\n\r\t;手', max_size=200))
def test_no_arrangement_of_quotes_breaks_the_reader(text: str) -> None:
    with suppress(Unreadable):
        read(text.encode())


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    body = '手机号,1\n\n13800000001,"two\nlines"\n , \n13800000002,b\n'.encode()
    assert [row for row, _ in read(body)] == [1, 3, 5]


def test_a_line_separator_of_another_script_parts_no_row() -> None:
    body = "手机号,1\n13800000001,a\u2028b\n".encode()
    assert read(body)[1] == (2, ["13800000001", "a\u2028b"])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", CheckFault.EMPTY),
        (b"\xef\xbb\xbf\r\n \r\n", CheckFault.EMPTY),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), CheckFault.PICTURE),
        (b"\xff\xd8\xff\xe0" + bytes(100), CheckFault.PICTURE),
        (bytes(4) + b"ftypheic" + bytes(100), CheckFault.PICTURE),
        (b"%PDF-1.7\n", CheckFault.BINARY),
        (b"phone\n\x00\x01\x02", CheckFault.BINARY),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><table><tr><td>13800000001", CheckFault.BINARY),
        ("phone\n".encode("utf-16-le"), CheckFault.BINARY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), CheckFault.OLD_EXCEL),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(5_000)
            + "EncryptedPackage".encode("utf-16-le"),
            CheckFault.ENCRYPTED,
        ),
        ("phone,1\n1,caf\xe9".encode("latin-1"), CheckFault.UNKNOWN_ENCODING),
        ("phone,1\n1,é".encode() + b"\n2,\xb5\xff", CheckFault.UNKNOWN_ENCODING),
        ("phone,1\n13800000001,谭伟\n".encode("gb18030"), CheckFault.AMBIGUOUS_ENCODING),
        ("phone,1\n13800000001,Müller\n".encode("latin-1"), CheckFault.AMBIGUOUS_ENCODING),
        ("phone,1\n13800000001,Müller\n".encode(), CheckFault.AMBIGUOUS_ENCODING),
        (b'phone,1\n13800000001,"never closed\n' + b"2,x\n" * 5, CheckFault.OPEN_QUOTE),
        (b'phone,1\n13800000001,"closed" early\n', CheckFault.OPEN_QUOTE),
        (b"phone,mobile;cell\n1,2;3\n", CheckFault.AMBIGUOUS_DELIMITER),
        (b"phone" + b",x" * 250 + b"\n", CheckFault.TOO_MANY_COLUMNS),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(body: bytes, fault: CheckFault) -> None:
    assert fault_of(body) is fault


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("phone,1\n13800000001,张三\n", "gb18030"),
        ("手机号,1\n13800000001,谭伟\n", "gb18030"),
        ("phone,1\n13800000001,谭伟\n", "utf-8"),
        ("phone,1\n13800000001,谭伟\n", "utf-8-sig"),
        ("phone,1\n13800000001,Müller\n", "utf-8-sig"),
        ("phone,1\n13800000001,Müller 张\n", "utf-8"),
        ("phone,1\n13800000001,😀\n", "utf-8"),
    ],
)
def test_an_encoding_that_something_proves_is_taken(text: str, encoding: str) -> None:
    rows = [line.split(",") for line in text.splitlines()]
    assert read(text.encode(encoding), 5) == list(enumerate(rows, 1))


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_names_the_delimiter_is_no_row(first: str) -> None:
    body = f"{first}\r\nphone;1\r\n13800000001;a,b\r\n".encode()
    assert read(body) == [(1, ["phone", "1"]), (2, ["13800000001", "a,b"])]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_marks_before_a_text_are_none_of_it_however_many(size: int) -> None:
    body = codecs.BOM_UTF8 * 2 + b"phone\n13800000001\n"
    assert read(body, size) == [(1, ["phone"]), (2, ["13800000001"])]


def test_one_control_character_is_the_fault_of_its_row_alone() -> None:
    body = b"phone,1\n13800000001,a\x0bb\n13800000002,c\x1ad\n13800000003,e\n\x1a"
    assert [cells[1] for _, cells in read(body)] == ["1", "a\x0bb", "c\x1ad", "e"]


def test_a_line_of_a_hundred_megabytes_is_not_kept() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b"phone,1\n"
        for _ in range(1_600):
            taken += 65_536
            yield b"x" * 65_536

    with pytest.raises(Unreadable) as raised:
        list(read_rows(endless(), is_first_row))
    assert raised.value.fault is CheckFault.LINE_TOO_LONG
    assert raised.value.values["row"] == 2
    assert taken < 200_000


@pytest.mark.parametrize("cell", [b'"' + b"x\n" * 200_000, b'"a\n",' * 60_000])
def test_a_row_without_end_is_not_kept(cell: bytes) -> None:
    assert fault_of(b"phone,1\n13800000001," + cell) in {
        CheckFault.OPEN_QUOTE,
        CheckFault.TOO_MANY_COLUMNS,
    }


def test_a_list_is_read_while_it_comes() -> None:
    """No more of it is taken than the row that is asked for needs."""
    taken = 0

    def source() -> Iterator[bytes]:
        nonlocal taken
        for nth in range(100_000):
            taken += 1
            yield f"1380000{nth:04d}\n".encode()

    rows = read_rows(source(), is_first_row)
    assert next(rows) == (1, ["13800000000"])
    assert taken < 2_000
