"""CSV that is written opens as text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sheets import csv_bytes


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t1", "\t=1", "\r=1", "\n=1", "\x001",
     "  =1", "＝1", "\ufeff=1", "\u200b\u200e=1"],
)  # fmt: skip
def test_no_text_is_left_a_formula(cell: str) -> None:
    text = csv_bytes([[cell]], first=False).decode()
    assert next(csv.reader(io.StringIO(text, newline="")))[0] == f"'{cell}"


def test_what_holds_a_delimiter_a_quote_or_a_line_end_is_quoted() -> None:
    """As RFC 4180 has it, sections 2.6 and 2.7."""
    row = ["a,b", 'say "no"', "two\r\nlines", "plain"]
    assert csv_bytes([row], first=False) == b'"a,b","say ""no""","two\r\nlines",plain\r\n'


def test_excel_is_told_the_encoding_once() -> None:
    assert csv_bytes([["手机号", 1, None]], first=True) == "\ufeff手机号,1,\r\n".encode()
    assert csv_bytes([["a"], ["b"]], first=False) == b"a\r\nb\r\n"


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=5))
def test_what_is_written_is_read_back_but_for_the_mark(table: list[list[str]]) -> None:
    text = csv_bytes(table, first=False).decode()
    back = list(csv.reader(io.StringIO(text, newline="")))
    shown = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in table]
    assert len(back) == len(shown)
    for row, expected in zip(back, shown, strict=True):
        for cell, wanted in zip(row, expected, strict=False):
            assert cell in {wanted, f"'{wanted}"}
