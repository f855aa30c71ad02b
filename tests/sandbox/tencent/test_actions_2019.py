"""Version 2019-07-11 by its own spellings: the newer names are unknown there."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import NOON, Caller, idle
from tests.sandbox.tencent.parameters import IMAGE, older_order, order
from tests.sandbox.tencent.tried import OLD

NUMBER = "+8613800000001"
OLDER: dict[str, Any] = {"headers": {"X-TC-Version": OLD, "X-TC-Region": None}}
HOUR = {"SmsSdkAppid": "1400006666", "Limit": 0, "Offset": 0, "EndDataTime": 2026112312}


async def test_no_region_is_needed_and_the_state_is_the_same(caller: Caller) -> None:
    response = await caller.call("SendSms", older_order(), **OLDER)
    assert response["SendStatusSet"][0]["Code"] == "Ok"
    assert len(caller.sandbox.phones.messages(NUMBER)) == 1


@pytest.mark.parametrize(
    ("action", "parameters", "code", "word"),
    [
        ("SendSms", order(), "MissingParameter", "SmsSdkAppid"),
        ("SendSms", {**older_order(), "SignName": "x"}, "UnknownParameter", "SignName"),
        ("SendSms", {**older_order(), "TemplateID": 1110}, "InvalidParameter", "TemplateID"),
        ("SendSms", {**older_order(), "SmsSdkAppid": 1}, "InvalidParameter", "SmsSdkAppid"),
        (
            "DescribeSmsTemplateList",
            {"International": 0, "TemplateIdSet": [1110], "Limit": 1},
            "UnknownParameter",
            "Limit",
        ),
        (
            "DescribeSmsSignList",
            {"International": 0, "SignIdSet": []},
            "MissingParameter",
            "SignIdSet",
        ),
        (
            "SendStatusStatistics",
            {**HOUR, "StartDateTime": "2026112312"},
            "InvalidParameter",
            "StartDateTime",
        ),
        ("SendStatusStatistics", HOUR, "MissingParameter", "StartDateTime"),
        ("DescribePhoneNumberInfo", {"PhoneNumberSet": [NUMBER]}, "InvalidAction", "Describe"),
    ],
)
async def test_a_call_in_the_other_spelling_is_refused_by_name(
    caller: Caller, action: str, parameters: dict[str, Any], code: str, word: str
) -> None:
    error = (await caller.call(action, parameters, **OLDER))["Error"]
    assert error["Code"] == code
    assert word in error["Message"]


async def test_a_report_has_its_time_as_text_and_as_number(caller: Caller) -> None:
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    asked = {
        "SmsSdkAppid": "1400006666",
        "PhoneNumber": NUMBER,
        "Limit": 10,
        "Offset": 0,
        "SendDateTime": int(NOON.timestamp()) - 1,
    }
    response = await caller.call("PullSmsSendStatusByPhoneNumber", asked, **OLDER)
    (row,) = response["PullSmsSendStatusSet"]
    assert row.pop("SerialNo")
    assert row == {
        "UserReceiveTime": "2026-11-23 12:00:00",
        "UserReceiveUnixTime": int(NOON.timestamp()),
        "NationCode": "86",
        "PurePhoneNumber": NUMBER,
        "PhoneNumber": "13800000001",
        "ReportStatus": "SUCCESS",
        "Description": "DELIVRD",
    }


async def test_packages_have_no_window_and_other_names(caller: Caller) -> None:
    asked = {"SmsSdkAppid": "1400006666", "Limit": 10, "Offset": 0}
    response = await caller.call("SmsPackagesStatistics", asked, **OLDER)
    (row,) = response["SmsPackagesStatisticsSet"]
    assert row["PackageCreateTime"] == "2026-10-24 12:00:00"
    assert set(row) == {
        "PackageCreateTime",
        "PackageCreateUnixTime",
        "PackageEffectiveTime",
        "PackageEffectiveUnixTime",
        "PackageExpiredTime",
        "PackageExpiredUnixTime",
        "AmountOfPackage",
        "TypeOfPackage",
        "PackageId",
        "CurrentUsage",
    }


async def test_the_template_list_is_without_content(caller: Caller) -> None:
    asked = {"International": 0, "TemplateIdSet": [1110]}
    response = await caller.call("DescribeSmsTemplateList", asked, **OLDER)
    assert "TemplateContent" not in response["DescribeTemplateStatusSet"][0]


async def test_a_modified_signature_has_its_application_as_text(caller: Caller) -> None:
    asked = {
        "SignId": 112,
        "SignName": "新的签名",
        "SignType": 0,
        "DocumentType": 0,
        "International": 0,
        "UsedMethod": 0,
        "ProofImage": IMAGE,
    }
    response = await caller.call("ModifySmsSign", asked, **OLDER)
    assert response["ModifySignStatus"] == {"SignId": 112, "SignApplyId": "112"}
