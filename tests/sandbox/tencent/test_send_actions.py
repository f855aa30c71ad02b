"""SendMultiGlobalSms, and what an account may not do at all."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Receiver, idle
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.parameters import ABROAD, message, multi

MOBILE = "+8613800000001"


async def send(caller: Caller, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    response = await caller.call("SendMultiGlobalSms", multi(*rows))
    found: list[dict[str, Any]] = response["SendMultiStatusSet"]
    return found


async def test_each_number_gets_its_own_text_and_one_report_for_all(
    caller: Caller, receiver: Receiver
) -> None:
    other = message(PhoneNumber="+85261234567", TemplateParamSet=["2", "9"], SessionContext="c")
    rows = await send(caller, message(), other)
    assert [(row["IsoCode"], row["SessionContext"]) for row in rows] == [("US", ""), ("HK", "c")]
    texts = [caller.sandbox.phones.messages(number)[0].text for number in (ABROAD, "+85261234567")]
    assert texts == [
        "Your code is 1234. It expires in 5 minutes.",
        "Your code is 2. It expires in 9 minutes.",
    ]
    await idle(caller.sandbox)
    assert len(receiver.posts) == 1


async def test_one_number_may_fail_and_the_other_not(caller: Caller) -> None:
    rows = await send(caller, message(TemplateId="9"), message(PhoneNumber="+1"), message())
    assert [row["Code"] for row in rows] == [
        "FailedOperation.TemplateUnapprovedOrNotExist",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "Ok",
    ]


async def test_a_mainland_number_refuses_them_all(caller: Caller) -> None:
    asked = multi(message(), message(PhoneNumber="13800000001"))
    refused = await caller.refusal("SendMultiGlobalSms", asked)
    assert refused == "UnsupportedOperation.ContainDomesticPhoneNumber"
    assert caller.sandbox.phones.messages(ABROAD) == []


@pytest.mark.parametrize(
    ("rows", "code", "word"),
    [
        (["x"], "InvalidParameter", "MultiSmsInfoSet.0"),
        ([{}], "MissingParameter", "MultiSmsInfoSet.0.PhoneNumber"),
        ([message(), message(Sign="x")], "UnknownParameter", "MultiSmsInfoSet.1.Sign"),
        ([message(TemplateParamSet="1")], "InvalidParameter", "TemplateParamSet"),
        ([message(SessionContext="x" * 512)], "InvalidParameterValue", "SessionContext"),
    ],
)
async def test_a_row_that_is_none_is_named(
    caller: Caller, rows: list[Any], code: str, word: str
) -> None:
    error = (await caller.call("SendMultiGlobalSms", multi(*rows)))["Error"]
    assert error["Code"] == code
    assert word in error["Message"]


async def test_a_disabled_application_sends_nothing_by_either_door(caller: Caller) -> None:
    await caller.admin("PUT", "console/app", {"enabled": False})
    for action, asked in (
        ("SendSms", caller.order(MOBILE)),
        ("SendMultiGlobalSms", multi(message())),
    ):
        assert await caller.refusal(action, asked) == "UnauthorizedOperation.SdkAppIdIsDisabled"
    await caller.admin("PUT", "console/app", {"enabled": True})
    assert await caller.code(MOBILE) == "Ok"


async def test_sensitive_words_are_refused_per_number(start: Start) -> None:
    caller = await start(sensitive_words=frozenset({"彩票"}))
    notice = {"TemplateId": "1111", "TemplateParamSet": ["彩票", "明天"]}
    assert await caller.code(MOBILE, **notice) == "FailedOperation.ContainSensitiveWord"
