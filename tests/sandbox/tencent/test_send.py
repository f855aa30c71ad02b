"""SendSms: what each number is answered, and where an error stands."""

import re
import uuid
from typing import Any

import pytest

from tests.sandbox.tencent.callers import NOON, Caller, Clock
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8618501234444"
ABROAD = "+14155550101"
NOT_APPROVED = "FailedOperation.TemplateUnapprovedOrNotExist"
MISMATCH = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
BAD_SIGN = "FailedOperation.SignatureIncorrectOrUnapproved"


async def test_an_accepted_number_has_every_field_of_the_vendor(caller: Caller) -> None:
    (row,) = await caller.send(NUMBER, SessionContext="ctx-1")
    serial = row.pop("SerialNo")
    assert row == {
        "PhoneNumber": NUMBER,
        "Fee": 1,
        "SessionContext": "ctx-1",
        "Code": "Ok",
        "Message": "send success",
        "IsoCode": "CN",
    }
    assert re.fullmatch(rf"5000:\d{{10}}{int(NOON.timestamp())}\d{{8}}", serial)


async def test_a_refused_number_has_no_serial_and_no_fee(caller: Caller) -> None:
    (row,) = await caller.send(NUMBER, TemplateParamSet=[])
    assert (row["SerialNo"], row["Fee"], row["IsoCode"], row["Code"]) == ("", 0, "", MISMATCH)
    assert row["Message"] == "request content does not match the template content"


@pytest.mark.parametrize("text", [NUMBER, "008618501234444", "8618501234444", "18501234444"])
async def test_every_way_to_write_a_mainland_number_is_normalised(
    caller: Caller, text: str
) -> None:
    (row,) = await caller.send(text)
    assert (row["Code"], row["PhoneNumber"]) == ("Ok", NUMBER)
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text == "【腾讯云】您的验证码是123456，5分钟内有效，请勿泄露。"


@pytest.mark.parametrize(
    "text", ["", "1850123444", "+861012345678", "+99912345678", "+86 185", "x"]
)
async def test_what_is_no_number_is_refused_as_it_was_written(caller: Caller, text: str) -> None:
    (row,) = await caller.send(text)
    expected = ("InvalidParameterValue.IncorrectPhoneNumber", text)
    assert (row["Code"], row["PhoneNumber"]) == expected


async def test_a_number_given_twice_is_sent_once(caller: Caller) -> None:
    rows = await caller.send(NUMBER, "18501234444")
    assert [row["Code"] for row in rows] == ["Ok"]
    assert len(caller.sandbox.phones.messages(NUMBER)) == 1


async def test_an_international_number_gets_a_uuid_and_its_country(caller: Caller) -> None:
    changes: dict[str, Any] = {
        "TemplateId": "1113",
        "TemplateParamSet": ["1", "2"],
        "SignName": None,
    }
    (row,) = await caller.send(ABROAD, **changes)
    assert (row["Code"], row["IsoCode"]) == ("Ok", "US")
    assert uuid.UUID(row["SerialNo"]).version == 4
    (received,) = caller.sandbox.phones.messages(ABROAD)
    assert received.text == "Your code is 1. It expires in 2 minutes."


@pytest.mark.parametrize(
    ("number", "changes", "code"),
    [
        (NUMBER, {"TemplateId": "1113"}, "GlobalTemplateToChineseMainlandPhone"),
        (ABROAD, {"TemplateId": "1110"}, "ChineseMainlandTemplateToGlobalPhone"),
    ],
)
async def test_a_template_for_the_other_side_is_refused(
    caller: Caller, number: str, changes: dict[str, Any], code: str
) -> None:
    assert await caller.code(number, **changes) == f"UnsupportedOperation.{code}"


async def test_a_mixed_batch_is_refused_for_every_number(caller: Caller) -> None:
    rows = await caller.send(NUMBER, ABROAD, "x")
    mixed = "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"
    bad = "InvalidParameterValue.IncorrectPhoneNumber"
    assert [row["Code"] for row in rows] == [mixed, mixed, bad]
    assert caller.sandbox.phones.messages(NUMBER) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SignName": None}, BAD_SIGN),
        ({"SignName": "没有这个"}, BAD_SIGN),
        ({"SignName": "新品预告"}, BAD_SIGN),
        ({"SignName": "测试"}, BAD_SIGN),
        ({"SignName": "smsops"}, BAD_SIGN),
        ({"TemplateId": "9999"}, NOT_APPROVED),
        ({"TemplateId": "1114"}, NOT_APPROVED),
        ({"TemplateId": "1115", "TemplateParamSet": []}, NOT_APPROVED),
        ({"TemplateId": "1116"}, NOT_APPROVED),
        ({"TemplateId": "abc"}, NOT_APPROVED),
        ({"TemplateId": "9" * 5000}, NOT_APPROVED),
        ({"TemplateId": "0" * 14 + "11100"}, NOT_APPROVED),
        ({"TemplateParamSet": None}, MISMATCH),
        ({"TemplateParamSet": ["1", "2"]}, MISMATCH),
        ({"TemplateParamSet": ["12345a"]}, "InvalidParameterValue.TemplateParameterFormatError"),
        ({"TemplateParamSet": ["1234567"]}, "InvalidParameterValue.TemplateParameterFormatError"),
        ({"TemplateParamSet": ["１２３４"]}, "InvalidParameterValue.TemplateParameterFormatError"),
        (
            {"TemplateId": "1111", "TemplateParamSet": ["https://example.com", "x"]},
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        ),
        (
            {"TemplateId": "1111", "TemplateParamSet": ["a", "thirteen char"]},
            "InvalidParameterValue.TemplateParameterLengthLimit",
        ),
    ],
)
async def test_content_that_does_not_fit_is_refused_per_number(
    caller: Caller, changes: dict[str, Any], code: str
) -> None:
    assert await caller.code(NUMBER, **changes) == code
    assert caller.sandbox.phones.messages(NUMBER) == []


async def test_twelve_characters_are_let_through_and_no_limit_means_none(
    caller: Caller, start: Start
) -> None:
    changes = {"TemplateId": "1111", "TemplateParamSet": ["123456789012", "今天"]}
    assert await caller.code(NUMBER, **changes) == "Ok"
    unlimited = await start(value_max_characters=None)
    changes["TemplateParamSet"] = ["长" * 100, "今天"]
    (row,) = await unlimited.send(NUMBER, **changes)
    assert (row["Code"], row["Fee"]) == ("Ok", 2)
    changes["TemplateParamSet"] = ["长" * 500, "今天"]
    expected = "InvalidParameterValue.ContentLengthLimit"
    assert await unlimited.code(NUMBER, **changes) == expected


@pytest.mark.parametrize(
    ("hours", "code"), [(9, "Ok"), (10, "FailedOperation.MarketingSendTimeConstraint")]
)
async def test_marketing_rests_from_22_to_8_in_shanghai(
    caller: Caller, clock: Clock, hours: int, code: str
) -> None:
    clock.advance(hours=hours, minutes=59 if code == "Ok" else 0)
    assert await caller.code(NUMBER, TemplateId="1112", TemplateParamSet=[]) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": [NUMBER] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"PhoneNumberSet": None}, "MissingParameter"),
        ({"PhoneNumberSet": NUMBER}, "InvalidParameter"),
        ({"PhoneNumberSet": [8618501234444]}, "InvalidParameter"),
        ({"SmsSdkAppId": None}, "MissingParameter"),
        ({"SmsSdkAppId": 1400006666}, "InvalidParameter"),
        ({"SmsSdkAppId": "1400009999"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"TemplateId": 1110}, "InvalidParameter"),
        ({"TemplateParamSet": [123456]}, "InvalidParameter"),
        ({"TemplateParamSet": ["\ud800"]}, "InvalidParameter"),
        ({"SessionContext": "é" * 256}, "InvalidParameterValue"),
        ({"TemplateId": None, "TemplateID": "1110"}, "MissingParameter"),
        ({"Colour": "red"}, "UnknownParameter"),
    ],
)
async def test_what_is_wrong_with_the_request_as_a_whole_is_a_top_level_error(
    caller: Caller, changes: dict[str, Any], code: str
) -> None:
    order = {**caller.order(NUMBER), **changes}
    order = {name: value for name, value in order.items() if value is not None}
    assert await caller.refusal("SendSms", order) == code


async def test_a_type_error_names_the_element_as_the_vendor_does(caller: Caller) -> None:
    order = caller.order(NUMBER, TemplateParamSet=[1])
    response = await caller.call("SendSms", order, headers={"X-TC-Language": "zh-CN"})
    assert response["Error"]["Message"] == "参数 `TemplateParamSet.0` 取值类型错误。"


async def test_the_longest_context_is_echoed(caller: Caller) -> None:
    (row,) = await caller.send(NUMBER, SessionContext="x" * 511)
    assert row["SessionContext"] == "x" * 511


async def test_the_classic_profile_lets_the_same_content_through_after_30_seconds(
    caller: Caller, clock: Clock
) -> None:
    same = "LimitExceeded.PhoneNumberSameContentDailyLimit"
    assert await caller.code(NUMBER) == "Ok"
    assert await caller.code(NUMBER) == same
    assert await caller.code(NUMBER, TemplateParamSet=["1"]) == "Ok"
    clock.advance(seconds=30)
    (row,) = await caller.send(NUMBER)
    assert (row["Code"], row["IsoCode"]) == ("Ok", "CN")


async def test_an_empty_package_refuses_what_it_cannot_pay(start: Start) -> None:
    caller = await start(package_segments=2)
    rows = await caller.send("+8618501234441", "+8618501234442", "+8618501234443")
    empty = "FailedOperation.InsufficientBalanceInSmsPackage"
    assert [row["Code"] for row in rows] == ["Ok", "Ok", empty]
    assert caller.sandbox.world.state.packages[0].used_segments == 2
    abroad = {"TemplateId": "1117", "TemplateParamSet": ["8"], "SignName": None}
    assert await caller.code(ABROAD, **abroad) == "Ok"
