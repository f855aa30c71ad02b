"""Lists of templates, signatures and packages, with the vendor's odd defaults."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller

APP = "1400006666"
WINDOW = {"SmsSdkAppId": APP, "Limit": 10, "Offset": 0}
MAINLAND_IDS = [1109, 1110, 1111, 1112, 1114, 1115, 1116, 1117]


async def templates(caller: Caller, **parameters: Any) -> list[dict[str, Any]]:
    response = await caller.call("DescribeSmsTemplateList", parameters)
    rows: list[dict[str, Any]] = response["DescribeTemplateStatusSet"]
    return rows


async def test_without_a_limit_the_template_list_is_empty(caller: Caller) -> None:
    assert await templates(caller, International=0) == []


async def test_a_page_of_templates_has_those_of_one_side_and_of_both(caller: Caller) -> None:
    mainland = await templates(caller, International=0, Limit=100)
    abroad = await templates(caller, International=1, Limit=100)
    assert [row["TemplateId"] for row in mainland] == MAINLAND_IDS
    assert [(row["TemplateId"], row["International"]) for row in abroad] == [(1113, 1), (1117, 3)]
    assert {row["StatusCode"] for row in mainland} == {0, 1, 2, -1}
    assert all((row["StatusCode"] == -1) == bool(row["ReviewReply"]) for row in mainland)


async def test_offset_and_limit_cut_the_list(caller: Caller) -> None:
    rows = await templates(caller, International=0, Limit=2, Offset=1)
    assert [row["TemplateId"] for row in rows] == MAINLAND_IDS[1:3]
    assert await templates(caller, International=0, Limit=2, Offset=100) == []


async def test_ids_are_ints_and_make_limit_and_offset_void(caller: Caller) -> None:
    rows = await templates(caller, International=0, TemplateIdSet=[1115, 9, 1110], Offset=50)
    assert [row["TemplateId"] for row in rows] == [1115, 1110]
    assert set(rows[0]) == {
        "TemplateId",
        "International",
        "StatusCode",
        "ReviewReply",
        "TemplateName",
        "CreateTime",
        "TemplateContent",
    }


async def test_the_signature_list_has_ten_rows_without_a_limit(caller: Caller) -> None:
    for position in range(12):
        sign = {"signature_id": 300 + position, "name": "n", "international": 0, "status": 0}
        await caller.admin("POST", "signatures", sign)
    response = await caller.call("DescribeSmsSignList", {"International": 0})
    rows = response["DescribeSignListStatusSet"]
    assert [row["SignId"] for row in rows] == [110, 111, 112, *range(300, 307)]
    assert [row["StatusCode"] for row in rows[:3]] == [0, 1, -1]


async def test_signatures_by_id(caller: Caller) -> None:
    response = await caller.call("DescribeSmsSignList", {"International": 1, "SignIdSet": [113]})
    (row,) = response["DescribeSignListStatusSet"]
    assert (row["SignName"], row["International"], row["QualificationName"]) == ("smsops", 1, "")


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("DescribeSmsTemplateList", {}, "MissingParameter"),
        ("DescribeSmsTemplateList", {"International": "0"}, "InvalidParameter"),
        ("DescribeSmsTemplateList", {"International": True}, "InvalidParameter"),
        ("DescribeSmsTemplateList", {"International": 3}, "InvalidInternational"),
        ("DescribeSmsTemplateList", {"International": 0, "Limit": 101}, "LimitVerifyFail"),
        ("DescribeSmsTemplateList", {"International": 0, "Limit": -1}, "LimitVerifyFail"),
        ("DescribeSmsTemplateList", {"International": 0, "Offset": -1}, "OffsetVerifyFail"),
        ("DescribeSmsTemplateList", {"International": 0, "Limit": 2**70}, "InvalidParameter"),
        (
            "DescribeSmsTemplateList",
            {"International": 0, "TemplateIdSet": ["1110"]},
            "InvalidParameter",
        ),
        (
            "DescribeSmsTemplateList",
            {"International": 0, "TemplateIdSet": [9]},
            "MissingTemplateList",
        ),
        (
            "DescribeSmsTemplateList",
            {"International": 0, "TemplateIdSet": list(range(101))},
            "LimitVerifyFail",
        ),
        ("DescribeSmsSignList", {"International": 0, "SignIdSet": [9]}, "MissingSignatureList"),
        ("DescribeSmsSignList", {"International": 2}, "InvalidInternational"),
        ("SmsPackagesStatistics", WINDOW, "MissingParameter"),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "BeginTime": 2026112300, "EndTime": "2026112301"},
            "InvalidParameter",
        ),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "BeginTime": "2026139900", "EndTime": "2026112301"},
            "BeginTimeVerifyFail",
        ),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "BeginTime": "2026112301", "EndTime": "2026112300"},
            "EndTimeVerifyFail",
        ),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "BeginTime": "2026112301", "EndTime": "2026112313"},
            "EndTimeVerifyFail",
        ),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "BeginTime": "2026112301", "EndTime": "2026112302", "Limit": 501},
            "LimitVerifyFail",
        ),
        (
            "SmsPackagesStatistics",
            {**WINDOW, "SmsSdkAppId": "1", "BeginTime": "2026112301", "EndTime": "2026112302"},
            "SmsSdkAppIdVerifyFail",
        ),
    ],
)
async def test_a_list_that_cannot_be_made_is_refused(
    caller: Caller, action: str, parameters: dict[str, Any], code: str
) -> None:
    assert (await caller.refusal(action, parameters)).rpartition(".")[2] == code


async def test_a_package_shows_what_was_used(caller: Caller) -> None:
    await caller.send("+8613800000001", "+8613800000003")
    hours = {"BeginTime": "2026102400", "EndTime": "2026112312"}
    response = await caller.call("SmsPackagesStatistics", {**WINDOW, **hours})
    (row,) = response["SmsPackagesStatisticsSet"]
    assert (row["PackageAmount"], row["CurrentUsage"], row["PackageType"]) == (1000, 2, 1)
    assert row["PackageCreateTime"] == row["PackageEffectiveTime"] < row["PackageExpiredTime"]


async def test_only_packages_bought_in_the_window_are_listed(caller: Caller) -> None:
    hours = {"BeginTime": "2026110100", "EndTime": "2026112312"}
    response = await caller.call("SmsPackagesStatistics", {**WINDOW, **hours})
    assert response["SmsPackagesStatisticsSet"] == []
