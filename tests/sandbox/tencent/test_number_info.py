"""What a number alone tells."""

import pytest

from bot.sandbox.tencent.number_info import country_name
from tests.sandbox.tencent.callers import Caller


async def row(caller: Caller, number: str) -> tuple[str, str, str, str]:
    response = await caller.call("DescribePhoneNumberInfo", {"PhoneNumberSet": [number]})
    (found,) = response["PhoneNumberInfoSet"]
    return found["Code"], found["PhoneNumber"], found["NationCode"], found["IsoName"]


@pytest.mark.parametrize(
    ("number", "e164", "nation", "country"),
    [
        ("13800000001", "+8613800000001", "86", "China"),
        ("+86018501234444", "+8618501234444", "86", "China"),
        ("+4402079460018", "+442079460018", "44", "United Kingdom"),
        ("+14155550101", "+14155550101", "1", "United States"),
    ],
)
async def test_a_number_is_brought_into_its_one_form(
    caller: Caller, number: str, e164: str, nation: str, country: str
) -> None:
    assert await row(caller, number) == ("Ok", e164, nation, country)


@pytest.mark.parametrize(
    "number", ["", "x", "+86", "+861234", "+" + "9" * 100, "１３８００００００01"]
)
async def test_what_is_no_number_comes_back_as_it_was(caller: Caller, number: str) -> None:
    assert await row(caller, number) == ("FailedOperation.PhoneNumberParseFail", number, "", "")


def test_a_country_nobody_knows_has_no_name() -> None:
    assert country_name("DEF") == ""
