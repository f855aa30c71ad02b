"""Statistics, numbers, and the queues that hand everything out once."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import TencentBadAnswer, TencentRefusal, TencentUnreachable
from bot.tencent.callbacks import StatusReport
from bot.tencent.client import TencentClient
from bot.tencent.figures import CallbackFigures, NumberInfo, SendFigures
from bot.tencent.incoming import Reply
from tests.tencent.answers import answering, error, in_turn, success
from tests.tencent.raw_server import client_of, raw_server

APP = "1400006666"
AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
NUMBER = "+8618501234444"
STATUS_ROW = {
    "UserReceiveTime": 1_700_000_000,
    "CountryCode": "86",
    "SubscriberNumber": "18501234444",
    "PhoneNumber": NUMBER,
    "SerialNo": "5000:1",
    "ReportStatus": "SUCCESS",
    "Description": "DELIVRD",
    "SessionContext": "",
}
STATUS = StatusReport("5000:1", NUMBER, True, "DELIVRD", "", AT, "")
REPLY_ROW = {
    "ExtendCode": "12",
    "CountryCode": "86",
    "PhoneNumber": NUMBER,
    "SignName": "腾讯云",
    "ReplyContent": "R",
    "ReplyTime": 1_700_000_000,
    "SubscriberNumber": "18501234444",
}
REPLY = Reply(NUMBER, "R", "腾讯云", "12", "", AT)
COUNTS = {
    "CallbackCount": 9,
    "RequestSuccessCount": 10,
    "CallbackFailCount": 5,
    "CallbackSuccessCount": 4,
    "InternalErrorCount": 1,
    "InvalidNumberCount": 2,
    "ShutdownErrorCount": 3,
    "BlackListCount": 6,
    "FrequencyLimitCount": 7,
}
SENDS = {"FeeCount": 12, "RequestCount": 11, "RequestSuccessCount": 10}
NUMBER_ROW = {
    "Code": "Ok",
    "Message": "Describe success",
    "NationCode": "86",
    "SubscriberNumber": "18501234444",
    "PhoneNumber": NUMBER,
    "IsoCode": "CN",
    "IsoName": "China",
}
SPAN = {"SmsSdkAppId": APP, "BeginTime": "2023111506", "EndTime": "2023111608"}
Ask = Callable[[TencentClient], Awaitable[object]]


def count_sends(client: TencentClient) -> Awaitable[object]:
    return client.count_sends(APP, AT, AT + timedelta(hours=26))


def count_callbacks(client: TencentClient) -> Awaitable[object]:
    return client.count_callbacks(APP, AT, AT + timedelta(hours=26))


def describe_numbers(client: TencentClient) -> Awaitable[object]:
    return client.describe_numbers(["18501234444"])


def replies_by_number(client: TencentClient) -> Awaitable[object]:
    return client.pull_replies_by_number(
        NUMBER, sdk_app_id=APP, since=AT, until=AT + timedelta(hours=1)
    )


def take_statuses(client: TencentClient) -> Awaitable[object]:
    return client.take_statuses(APP)


def take_replies(client: TencentClient) -> Awaitable[object]:
    return client.take_replies(APP)


QUESTIONS = [
    pytest.param(
        count_sends,
        "SendStatusStatistics",
        {**SPAN, "Limit": 0, "Offset": 0},
        {"SendStatusStatistics": SENDS},
        SendFigures(asked=11, accepted=10, fee_segments=12),
        id="SendStatusStatistics",
    ),
    pytest.param(
        count_callbacks,
        "CallbackStatusStatistics",
        {**SPAN, "Limit": 0, "Offset": 0},
        {"CallbackStatusStatistics": COUNTS},
        CallbackFigures(
            accepted=10,
            reported=9,
            delivered=4,
            failed=5,
            carrier_error=1,
            invalid_number=2,
            switched_off=3,
            blacklisted=6,
            carrier_frequency=7,
        ),
        id="CallbackStatusStatistics",
    ),
    pytest.param(
        describe_numbers,
        "DescribePhoneNumberInfo",
        {"PhoneNumberSet": ["18501234444"]},
        {"PhoneNumberInfoSet": [NUMBER_ROW]},
        (NumberInfo(NUMBER, "86", "18501234444", "CN", "China", "Ok", "Describe success"),),
        id="DescribePhoneNumberInfo",
    ),
    pytest.param(
        replies_by_number,
        "PullSmsReplyStatusByPhoneNumber",
        {
            "PhoneNumber": NUMBER,
            "SmsSdkAppId": APP,
            "BeginTime": 1_700_000_000,
            "EndTime": 1_700_003_600,
            "Limit": 100,
            "Offset": 0,
        },
        {"PullSmsReplyStatusSet": [REPLY_ROW]},
        (REPLY,),
        id="PullSmsReplyStatusByPhoneNumber",
    ),
    pytest.param(
        take_statuses,
        "PullSmsSendStatus",
        {"SmsSdkAppId": APP, "Limit": 100},
        {"PullSmsSendStatusSet": [STATUS_ROW]},
        (STATUS,),
        id="PullSmsSendStatus",
    ),
    pytest.param(
        take_replies,
        "PullSmsReplyStatus",
        {"SmsSdkAppId": APP, "Limit": 100},
        {"PullSmsReplyStatusSet": [REPLY_ROW]},
        (REPLY,),
        id="PullSmsReplyStatus",
    ),
]


@pytest.mark.parametrize(("ask", "action", "fields", "answer", "value"), QUESTIONS)
async def test_a_question_is_asked_to_the_letter_and_its_answer_read(
    ask: Ask,
    action: str,
    fields: Mapping[str, Any],
    answer: Mapping[str, Any],
    value: object,
) -> None:
    behaviour = answering(in_turn(success(**answer)))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        assert await ask(client) == value
    (request,) = server.requests
    assert (request.method, request.headers["x-tc-action"]) == ("POST", action)
    assert json.loads(request.body) == fields


@pytest.mark.parametrize("wrong", [None, 7, "x", {"Code": 1}, [{}], [7]])
@pytest.mark.parametrize(("ask", "action", "fields", "answer", "value"), QUESTIONS)
async def test_an_answer_of_another_shape_is_an_error_and_not_asked_for_again(
    ask: Ask,
    action: str,
    fields: Mapping[str, Any],
    answer: Mapping[str, Any],
    value: object,
    wrong: object,
) -> None:
    behaviour = answering(in_turn(success(**{next(iter(answer)): wrong})))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        with pytest.raises(TencentBadAnswer, match="unexpected"):
            await ask(client)
        assert len(server.requests) == 1


@pytest.mark.parametrize(("ask", "action", "fields", "answer", "value"), QUESTIONS)
async def test_a_refusal_is_an_error_with_its_code(
    ask: Ask,
    action: str,
    fields: Mapping[str, Any],
    answer: Mapping[str, Any],
    value: object,
) -> None:
    code = "InvalidParameterValue.BeginTimeVerifyFail"
    async with raw_server(answering(in_turn(error(code)))) as server, client_of(server.url) as one:
        with pytest.raises(TencentRefusal) as raised:
            await ask(one)
        assert len(server.requests) == 1
    assert (raised.value.code, raised.value.permanent) == (code, True)


@pytest.mark.parametrize("ask", [count_sends, count_callbacks, describe_numbers, replies_by_number])
async def test_what_changes_nothing_is_asked_again_after_a_lost_answer(ask: Ask) -> None:
    async with (
        raw_server(answering(in_turn(None, None, None))) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(TencentUnreachable):
            await ask(client)
        assert len(server.requests) == 3


@pytest.mark.parametrize("ask", [take_statuses, take_replies])
@pytest.mark.parametrize("trouble", [None, error("RequestLimitExceeded")])
async def test_a_queue_that_hands_out_once_is_asked_once(ask: Ask, trouble: object) -> None:
    behaviour = answering(in_turn(trouble, trouble, trouble))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        with pytest.raises((TencentUnreachable, TencentRefusal)):
            await ask(client)
        assert len(server.requests) == 1


async def test_a_taken_report_that_cannot_be_read_costs_the_others_nothing() -> None:
    rows = [STATUS_ROW, {**STATUS_ROW, "ReportStatus": "PERHAPS"}, {}, STATUS_ROW]
    behaviour = answering(in_turn(success(PullSmsSendStatusSet=rows)))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        assert await client.take_statuses(APP) == (STATUS, STATUS)


async def test_many_numbers_are_described_two_hundred_at_a_time() -> None:
    def rows(body: Mapping[str, Any]) -> object:
        found = [{**NUMBER_ROW, "PhoneNumber": number} for number in body["PhoneNumberSet"]]
        return success(PhoneNumberInfoSet=found)

    numbers = [f"+86138{index:08}" for index in range(401)]
    async with raw_server(answering(rows)) as server, client_of(server.url) as client:
        described = await client.describe_numbers(numbers)
        assert await client.describe_numbers([]) == ()
    assert [each.number for each in described] == numbers
    sizes = [len(json.loads(request.body)["PhoneNumberSet"]) for request in server.requests]
    assert sizes == [200, 200, 1]


async def test_a_number_tencent_cannot_read_comes_back_as_it_was_asked_for() -> None:
    row = {
        "Code": "InvalidParameterValue.IncorrectPhoneNumber",
        "Message": "incorrect phone number",
        "PhoneNumber": "not a number",
    }
    behaviour = answering(in_turn(success(PhoneNumberInfoSet=[row, NUMBER_ROW])))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        bad, good = await client.describe_numbers(["not a number", NUMBER])
    assert (bad.readable, bad.number, bad.iso_code) == (False, "not a number", "")
    assert good.readable
