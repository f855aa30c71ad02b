"""Questions to Tencent: paging, reading, what is asked again, and which error comes out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import TencentBadAnswer, TencentRefusal, TencentUnreachable
from bot.tencent.callbacks import StatusReport
from bot.tencent.client import TencentClient
from bot.tencent.wire import (
    Package,
    PackageKind,
    QualificationState,
    RecordState,
    ReviewState,
    SendRecord,
    Side,
    Signature,
    Template,
)
from tests.tencent.answers import answering, error, in_turn, success
from tests.tencent.misbehaving import REQUEST_ID
from tests.tencent.raw_server import CREDENTIALS, Connection, client_of, raw_server

AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
TEMPLATE = {
    "TemplateId": 1110,
    "International": 0,
    "StatusCode": 0,
    "ReviewReply": "",
    "TemplateName": "login code",
    "CreateTime": 1_700_000_000,
    "TemplateContent": "{1}为您的登录验证码",
}


async def test_templates_are_listed_page_by_page_with_a_limit_written_out() -> None:
    def page(body: Mapping[str, Any]) -> object:
        ids = range(body["Offset"], min(body["Offset"] + body["Limit"], 250))
        rows = [{**TEMPLATE, "TemplateId": 1000 + number} for number in ids]
        return success(DescribeTemplateStatusSet=rows)

    async with raw_server(answering(page)) as server, client_of(server.url) as client:
        templates = await client.list_templates(international=False)
    assert [template.template_id for template in templates] == [str(n) for n in range(1000, 1250)]
    bodies = [json.loads(request.body) for request in server.requests]
    assert bodies == [
        {"International": 0, "Limit": 100, "Offset": 0},
        {"International": 0, "Limit": 100, "Offset": 100},
        {"International": 0, "Limit": 100, "Offset": 200},
    ]


async def test_paging_ends_though_every_page_is_full() -> None:
    full = success(DescribeTemplateStatusSet=[TEMPLATE] * 100)
    async with (
        raw_server(answering(lambda _body: full)) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(TencentBadAnswer, match="full pages"):
            await client.list_templates(international=True)
        assert len(server.requests) == 100


@pytest.mark.parametrize(
    ("international", "sides"),
    [
        (0, {Side.MAINLAND}),
        (1, {Side.INTERNATIONAL}),
        (3, {Side.MAINLAND, Side.INTERNATIONAL}),
    ],
)
async def test_a_template_is_read_with_its_sides(international: int, sides: set[Side]) -> None:
    rows = [{**TEMPLATE, "International": international}]
    answer = success(DescribeTemplateStatusSet=rows)
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        assert await client.list_templates(international=False) == (
            Template(
                template_id="1110",
                name="login code",
                content="{1}为您的登录验证码",
                sides=frozenset(sides),
                review=ReviewState.USABLE,
                review_reply="",
                created_at=AT,
            ),
        )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, ReviewState.USABLE),
        (1, ReviewState.IN_REVIEW),
        (2, ReviewState.APPROVED_NOT_EFFECTIVE),
        (-1, ReviewState.REJECTED),
        (7, ReviewState.UNKNOWN),
    ],
)
async def test_a_review_status_nobody_documented_is_unknown_and_never_usable(
    status: int, state: ReviewState
) -> None:
    answer = success(DescribeTemplateStatusSet=[{**TEMPLATE, "StatusCode": status}])
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        (template,) = await client.list_templates(international=False)
        assert template.review is state


async def test_a_signature_is_read_with_its_qualification() -> None:
    row = {
        "SignId": 42,
        "International": 0,
        "StatusCode": -1,
        "ReviewReply": "证明材料不清晰",
        "SignName": "腾讯云",
        "CreateTime": 1_700_000_000,
        "QualificationId": 7,
        "QualificationName": "示例",
        "QualificationStatusCode": 1,
    }
    answer = success(DescribeSignListStatusSet=[row])
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        assert await client.list_signatures(international=False) == (
            Signature(
                signature_id="42",
                name="腾讯云",
                side=Side.MAINLAND,
                review=ReviewState.REJECTED,
                review_reply="证明材料不清晰",
                created_at=AT,
                qualification_id="7",
                qualification_name="示例",
                qualification=QualificationState.PASSED,
            ),
        )
        assert json.loads(server.requests[0].body)["Limit"] == 100


async def test_packages_are_asked_for_over_a_wide_window_of_hours_in_beijing() -> None:
    row = {
        "PackageCreateTime": 1_700_000_000,
        "PackageEffectiveTime": 1_700_000_000,
        "PackageExpiredTime": 0,
        "PackageAmount": 1000,
        "PackageType": 1,
        "PackageId": 9,
        "CurrentUsage": 12,
    }
    answer = success(SmsPackagesStatisticsSet=[row])
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        assert await client.list_packages("1400006666") == (
            Package("9", 1000, 12, PackageKind.BOUGHT, AT, AT, None),
        )
    assert json.loads(server.requests[0].body) == {
        "SmsSdkAppId": "1400006666",
        "BeginTime": "2020111506",
        "EndTime": "2023111506",
        "Limit": 500,
        "Offset": 0,
    }


async def test_tencents_books_on_a_number_are_read() -> None:
    row = {
        "PhoneNumber": "+8618501234444",
        "SerialNo": "5000:1",
        "SendStatus": 2,
        "RequestCode": "Ok",
        "StatusCode": "DELIVRD",
        "IsoCode": "CN",
        "Content": "【腾讯云】4****0为您的登录验证码",
        "SendTime": 1_700_000_000,
        "UserReceiveTime": 1_700_000_002,
    }
    answer = success(TotalCount=1, SendRecordSet=[row])
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        records = await client.list_send_records(
            "+8618501234444", sdk_app_id="1400006666", since=AT, until=AT + timedelta(hours=1)
        )
    assert records == (
        SendRecord(
            number="+8618501234444",
            serial="5000:1",
            state=RecordState.DELIVERED,
            request_code="Ok",
            carrier_code="DELIVRD",
            iso_code="CN",
            content="【腾讯云】4****0为您的登录验证码",
            sent_at=AT,
            received_at=AT + timedelta(seconds=2),
        ),
    )
    assert json.loads(server.requests[0].body) == {
        "PhoneNumber": "+8618501234444",
        "SmsSdkAppId": "1400006666",
        "BeginTime": 1_700_000_000,
        "EndTime": 1_700_003_600,
        "Limit": 50,
        "Offset": 0,
    }


async def test_carrier_reports_are_pulled_by_number() -> None:
    row = {
        "UserReceiveTime": 1_700_000_000,
        "CountryCode": "86",
        "SubscriberNumber": "18501234444",
        "PhoneNumber": "+8618501234444",
        "SerialNo": "5000:1",
        "ReportStatus": "FAIL",
        "Description": "MK:0001",
        "SessionContext": "attempt-1",
    }
    answer = success(PullSmsSendStatusSet=[row])
    async with raw_server(answering(in_turn(answer))) as server, client_of(server.url) as client:
        reports = await client.pull_status_by_number(
            "+8618501234444", sdk_app_id="1400006666", since=AT
        )
    assert reports == (
        StatusReport("5000:1", "+8618501234444", False, "MK:0001", "", AT, "attempt-1"),
    )
    body = json.loads(server.requests[0].body)
    assert (body["Limit"], body["Offset"]) == (100, 0)
    assert "EndTime" not in body


EMPTY = success(DescribeTemplateStatusSet=[])
THROTTLED = error("RequestLimitExceeded.UinLimitExceeded")


@pytest.mark.parametrize(
    "trouble",
    [pytest.param(THROTTLED, id="throttled"), pytest.param(None, id="connection lost")],
)
async def test_a_question_is_asked_up_to_three_times(trouble: object) -> None:
    behaviour = answering(in_turn(trouble, trouble, EMPTY))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        assert await client.list_templates(international=False) == ()
        assert len(server.requests) == 3


async def test_a_question_throttled_three_times_is_a_refusal_that_may_pass() -> None:
    async with (
        raw_server(answering(in_turn(*[THROTTLED] * 3))) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(TencentRefusal) as raised:
            await client.list_templates(international=False)
        assert len(server.requests) == 3
    assert raised.value.permanent is False
    assert (raised.value.code, raised.value.request_id) == (
        "RequestLimitExceeded.UinLimitExceeded",
        REQUEST_ID,
    )


async def test_a_refused_question_is_not_asked_again() -> None:
    behaviour = answering(in_turn(error("FailedOperation.ProhibitSubAccountUse")))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        with pytest.raises(TencentRefusal) as raised:
            await client.list_templates(international=False)
        assert len(server.requests) == 1
    assert raised.value.permanent is True


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"<html></html>", id="a page"),
        pytest.param(success(), id="no list"),
        pytest.param(success(DescribeTemplateStatusSet={}), id="an object for a list"),
        pytest.param(success(DescribeTemplateStatusSet=[1]), id="an int for a template"),
        pytest.param(
            success(DescribeTemplateStatusSet=[{**TEMPLATE, "International": 2}]), id="no side"
        ),
        pytest.param(
            success(DescribeTemplateStatusSet=[{**TEMPLATE, "CreateTime": 10**15}]), id="year 31e6"
        ),
        pytest.param(
            success(DescribeTemplateStatusSet=[{**TEMPLATE, "TemplateId": None}]), id="no id"
        ),
        pytest.param(
            success(DescribeTemplateStatusSet=[{**TEMPLATE, "TemplateContent": "\x00"}]), id="NUL"
        ),
    ],
)
async def test_an_answer_of_another_shape_is_an_error_and_not_asked_for_again(
    answer: object,
) -> None:
    behaviour = answering(in_turn(answer))
    async with raw_server(behaviour) as server, client_of(server.url) as client:
        with pytest.raises(TencentBadAnswer):
            await client.list_templates(international=False)
        assert len(server.requests) == 1


async def test_silence_is_an_error_after_three_deadlines() -> None:
    async def silence(link: Connection) -> None:
        await link.request()
        await link.wait_closed_by_client()

    async with raw_server(silence) as server, client_of(server.url, deadline_s=0.1) as client:
        with pytest.raises(TencentUnreachable, match="deadline"):
            await client.list_signatures(international=False)
        assert server.connections == 3


async def test_between_two_tries_the_client_waits_as_the_rule_says() -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    behaviour = answering(in_turn(THROTTLED, THROTTLED, EMPTY))
    async with raw_server(behaviour) as server:
        client = TencentClient(
            endpoint=server.url, credentials=CREDENTIALS, region="ap-guangzhou", pause=note
        )
        await client.list_templates(international=False)
        await client.close()
    assert waited == [0.5, 1.0]


@pytest.mark.parametrize(
    "endpoint",
    ["sms.tencentcloudapi.com", "ftp://x", "https://", "http://x:port", "https://a:b@x", ""],
)
def test_an_endpoint_that_is_no_http_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        TencentClient(endpoint=endpoint, credentials=CREDENTIALS, region="ap-guangzhou")
