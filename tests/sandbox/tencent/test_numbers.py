"""Which strings are phone numbers to SendSms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.tencent.numbers import PhoneNumber, read_number


@pytest.mark.parametrize(
    ("text", "country_code", "subscriber", "iso_code"),
    [
        ("+8613800000001", "86", "13800000001", "CN"),
        ("008613800000001", "86", "13800000001", "CN"),
        ("+14155550101", "1", "4155550101", "US"),
        ("+85291234567", "852", "91234567", "HK"),
    ],
)
def test_a_number_has_a_country_and_a_rest(
    text: str, country_code: str, subscriber: str, iso_code: str
) -> None:
    number = read_number(text)
    assert number is not None
    found = (number.country_code, number.subscriber, number.iso_code)
    assert found == (country_code, subscriber, iso_code)


@pytest.mark.parametrize(
    "text",
    [
        "+8612345678901",
        "+86138000000011",
        "+861012345678",
        "0013800000001",
        "+0114155550101",
        "+1415555",
        "+999123456789",
        "1４155550101",
        "+8613800000001\n",
        " +8613800000001",
    ],
)
def test_what_is_not_a_number_is_none(text: str) -> None:
    assert read_number(text) is None


@given(st.text() | st.from_regex(r"\+[0-9]{5,16}", fullmatch=True))
def test_a_number_read_once_is_read_again_as_itself(text: str) -> None:
    number = read_number(text)
    if isinstance(number, PhoneNumber):
        assert read_number(number.e164) == number
        assert number.e164 == f"+{number.country_code}{number.subscriber}"
