"""Evidence: what became of the messages to one number, and within which window it can be asked."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import NOON, Caller, Clock, idle

APP = "1400006666"
NOW_S = int(NOON.timestamp())
DAY_S = 86_400


def window(number: str, begin_s: int = NOW_S - 60, **rest: Any) -> dict[str, Any]:
    return {"PhoneNumber": number, "SmsSdkAppId": APP, "BeginTime": begin_s, **rest}


async def records(caller: Caller, number: str, **rest: Any) -> list[dict[str, Any]]:
    response = await caller.call("DescribeSendRecordList", window(number, **rest))
    rows: list[dict[str, Any]] = response["SendRecordSet"]
    return rows


async def test_a_delivered_message_is_recorded_with_its_values_masked(caller: Caller) -> None:
    (sent,) = await caller.send("+8613800000001", TemplateParamSet=["012341"])
    await idle(caller.sandbox)
    (row,) = await records(caller, "+8613800000001")
    assert row == {
        "PhoneNumber": "+8613800000001",
        "SerialNo": sent["SerialNo"],
        "SendStatus": 2,
        "RequestCode": "Ok",
        "StatusCode": "DELIVRD",
        "IsoCode": "CN",
        "Content": "【腾讯云】您的验证码是0****1，5分钟内有效，请勿泄露。",
        "SendTime": NOW_S,
        "UserReceiveTime": NOW_S,
    }


@pytest.mark.parametrize(
    ("last_two", "status", "request_code", "status_code"),
    [
        ("02", 4, "Ok", "MK:0001"),
        ("04", 1, "FailedOperation.PhoneNumberInBlacklist", ""),
        ("06", 3, "Ok", ""),
        ("12", 1, "InternalError.Timeout", ""),
        ("15", 2, "Ok", "DELIVRD"),
    ],
)
async def test_a_record_says_how_far_a_message_came(
    caller: Caller, last_two: str, status: int, request_code: str, status_code: str
) -> None:
    number = f"+86138000000{last_two}"
    await caller.send(number)
    await idle(caller.sandbox)
    (row,) = await records(caller, number)
    found = (row["SendStatus"], row["RequestCode"], row["StatusCode"])
    assert found == (status, request_code, status_code)


async def test_records_come_newest_first_in_pages_with_a_total(
    caller: Caller, clock: Clock
) -> None:
    for position in range(3):
        await caller.send("+8613800000001", TemplateParamSet=[str(position)])
        clock.advance(seconds=1)
    whole = window("+8613800000001", Limit=2, Offset=0)
    response = await caller.call("DescribeSendRecordList", whole)
    assert response["TotalCount"] == 3
    assert [row["SendTime"] for row in response["SendRecordSet"]] == [NOW_S + 2, NOW_S + 1]
    early = await records(caller, "+8613800000001", EndTime=NOW_S)
    assert [row["SendTime"] for row in early] == [NOW_S]


async def test_a_report_can_be_pulled_by_number_as_often_as_one_asks(caller: Caller) -> None:
    (sent,) = await caller.send("+8613800000003", SessionContext="ctx")
    await idle(caller.sandbox)
    asked = window("13800000003", Limit=10, Offset=0)
    for _ in range(2):
        response = await caller.call("PullSmsSendStatusByPhoneNumber", asked)
        assert response["PullSmsSendStatusSet"] == [
            {
                "UserReceiveTime": NOW_S,
                "CountryCode": "86",
                "SubscriberNumber": "13800000003",
                "PhoneNumber": "+8613800000003",
                "SerialNo": sent["SerialNo"],
                "ReportStatus": "FAIL",
                "Description": "MK:0004",
                "SessionContext": "",
            }
        ]


async def test_a_message_without_a_report_is_not_among_the_pulled(caller: Caller) -> None:
    await caller.send("+8613800000006")
    asked = window("+8613800000006", Limit=10, Offset=0)
    response = await caller.call("PullSmsSendStatusByPhoneNumber", asked)
    assert response["PullSmsSendStatusSet"] == []


@pytest.mark.parametrize(
    ("action", "changes", "code"),
    [
        ("DescribeSendRecordList", {"BeginTime": NOW_S - 3 * DAY_S - 1}, "BeginTimeVerifyFail"),
        ("DescribeSendRecordList", {"BeginTime": NOW_S + 1}, "BeginTimeVerifyFail"),
        ("DescribeSendRecordList", {"EndTime": NOW_S - 61}, "EndTimeVerifyFail"),
        ("DescribeSendRecordList", {"Limit": 0}, "LimitVerifyFail"),
        ("DescribeSendRecordList", {"Limit": 51}, "LimitVerifyFail"),
        ("DescribeSendRecordList", {"Offset": 1001}, "OffsetVerifyFail"),
        ("DescribeSendRecordList", {"PhoneNumber": "x"}, "IncorrectPhoneNumber"),
        ("DescribeSendRecordList", {"SmsSdkAppId": "1400000001"}, "SmsSdkAppIdVerifyFail"),
        ("PullSmsSendStatusByPhoneNumber", {"Limit": 101, "Offset": 0}, "LimitVerifyFail"),
        ("PullSmsSendStatusByPhoneNumber", {"Limit": 10, "Offset": 1}, "OffsetVerifyFail"),
        ("PullSmsSendStatusByPhoneNumber", {"Limit": 10}, "MissingParameter"),
        (
            "PullSmsSendStatusByPhoneNumber",
            {"Limit": 10, "Offset": 0, "BeginTime": NOW_S - 7 * DAY_S - 1},
            "BeginTimeVerifyFail",
        ),
    ],
)
async def test_a_window_out_of_reach_is_refused(
    caller: Caller, action: str, changes: dict[str, Any], code: str
) -> None:
    asked = {**window("+8613800000001"), **changes}
    assert (await caller.refusal(action, asked)).rpartition(".")[2] == code
