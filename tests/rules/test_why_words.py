"""What somebody types to have it explained: an id, a serial number, a number, or none of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.numbers import NumberFault
from bot.rules.why_words import SERIAL_MAX, WORDS_READ, alert_id_of, read, request_id_of

SERIAL = "5000:1045710669157053657849499619"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("R-7K3Q", "R-7K3Q"),
        ("r-7k3q", "R-7K3Q"),
        ("R7K3Q", "R-7K3Q"),
        ("Ｒ－７Ｋ３Ｑ", "R-7K3Q"),
        # Nobody's alphabet: read for what they look like.
        ("R-OIL0", "R-0110"),
        ("R-7K3QX", "R-7K3QX"),
        ("R-7K", ""),
        ("R:0001", ""),
        ("7K3Q", ""),
    ],
)
def test_a_requests_id_is_read_however_it_is_written(typed: str, meant: str) -> None:
    assert request_id_of(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("A-7K3Q", "A-7K3Q"), ("ａ－7k3o", "A-7K30"), ("A7K3Q", ""), ("7K3Q", ""), ("A-7K", "")],
)
def test_an_alerts_id_is_one_with_its_dash_alone(typed: str, meant: str) -> None:
    assert alert_id_of(typed) == meant


@pytest.mark.parametrize(
    "typed", ["13800000001", "+86 138-0000-0001", "138 0000 0001", "（13800000001）"]
)
def test_a_number_alone_is_a_number_however_it_is_written(typed: str) -> None:
    asked = read(typed.split())
    assert asked.number is not None
    assert (asked.number.e164, asked.is_all_number) == ("+8613800000001", True)


def test_a_pasted_line_holds_several_things() -> None:
    asked = read(f"R-7K3Q · serial {SERIAL}, to 13800000001: why?".split())
    assert asked.request_ids == ("R-7K3Q",)
    assert SERIAL in asked.serials
    assert asked.number is None
    assert not asked.is_all_number
    spaced = read(f"R-7K3Q , 13800000001 {SERIAL}".split())
    assert spaced.number is not None
    assert not spaced.is_all_number


def test_what_is_no_number_says_why_and_what_is_masked_is_known() -> None:
    landline = read(["02087654321"])
    assert (landline.number_fault, landline.digits) == (NumberFault.LANDLINE, 11)
    assert read(["+86", "138****0001"]).is_masked
    assert read(["MK:0001"]).number_fault is None
    assert read([SERIAL]).number_fault is None
    assert read([SERIAL]).is_like_serial
    assert not read(["MK:0001"]).is_like_serial


@given(st.lists(st.text(max_size=200), max_size=100))
def test_anything_typed_is_read_and_what_is_looked_up_is_bounded(words: list[str]) -> None:
    asked = read(words)
    assert asked.is_empty == (not asked.text)
    assert len(asked.serials) <= WORDS_READ
    assert len(asked.request_ids) <= WORDS_READ
    assert all(len(each) <= SERIAL_MAX for each in asked.serials)
