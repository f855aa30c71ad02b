"""Legacy v5: its questions, its two error envelopes, and what of it is turned into API 3.0's."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import TencentBadAnswer, TencentRefusal, TencentUnreachable
from bot.rules.retries import Exchange, Verdict, judge_request
from bot.tencent.callbacks import StatusReport
from bot.tencent.figures import CallbackFigures, SendFigures
from bot.tencent.legacy import LegacyClient, split
from bot.tencent.legacy_signing import legacy_signature
from bot.tencent.wire import (
    Answered,
    Package,
    PackageKind,
    QualificationState,
    RecordState,
    Refused,
    ReviewState,
    SendRecord,
    Side,
    Signature,
    Template,
    Unknown,
    UnknownReason,
)
from tests.tencent.answers import answering, in_turn
from tests.tencent.raw_server import APP_KEY, ORDER, SIGNED_AT, Request, legacy_of, raw_server

APP = "1400006666"
NUMBER = "+8618501234444"
AT = datetime(2017, 1, 4, 12, 2, 44, tzinfo=UTC)
TEMPLATE = {
    "id": 1110,
    "international": 0,
    "status": 0,
    "reply": "",
    "text": "{1}为您的登录验证码",
    "type": 0,
    "title": "login code",
    "apply_time": "2017-01-04 20:02:44",
    "reply_time": "2017-01-04 21:00:00",
}
SIGN = {
    "id": 42,
    "international": 1,
    "status": 2,
    "reply": "not clear",
    "text": "腾讯云",
    "apply_time": "2017-01-04 20:02:44",
    "reply_time": "",
}
PACKAGE = {
    "from_time": "2017-01-04 20:02:44",
    "to_time": "2017-01-04 20:02:45",
    "create_time": "",
    "amount": 1000,
    "type": 0,
    "package_id": 9,
    "used": 12,
}
RECORD = {
    "nationcode": "86",
    "mobile": "18501234444",
    "sign": "腾讯云",
    "text": "【腾讯云】测试验证码1**4",
    "send_time": "2017-01-04 20:02:44",
    "type": 0,
    "result": 0,
    "errmsg": "OK",
    "sid": "8:aIt9bcbZHdse7kBZuqi20170104",
    "user_receive_time": "2017-01-04 20:02:46",
    "report_status": "SUCCESS",
    "status": "DELIVRD",
    "description": "用户短信接收成功",
}
REPORT = {
    "user_receive_time": "2017-01-04 20:02:44",
    "nationcode": "86",
    "mobile": "18501234444",
    "report_status": "FAIL",
    "errmsg": "MK:0001",
    "description": "空号",
    "sid": "8:aIt9",
}
Ask = Callable[[LegacyClient], Awaitable[object]]


def ok(**fields: object) -> dict[str, object]:
    return {"result": 0, "errmsg": "OK", **fields}


def gateway(code: int) -> dict[str, object]:
    return {"ActionStatus": "FAIL", "ErrorInfo": "no", "ErrorCode": code}


def templates(client: LegacyClient) -> Awaitable[object]:
    return client.list_templates(international=False)


def signatures(client: LegacyClient) -> Awaitable[object]:
    return client.list_signatures(international=True)


def packages(client: LegacyClient) -> Awaitable[object]:
    return client.list_packages(APP)


def records(client: LegacyClient) -> Awaitable[object]:
    return client.list_send_records(NUMBER, sdk_app_id=APP, since=AT)


def reports(client: LegacyClient) -> Awaitable[object]:
    until = AT + timedelta(hours=1)
    return client.pull_status_by_number(NUMBER, sdk_app_id=APP, since=AT, until=until)


def taken(client: LegacyClient) -> Awaitable[object]:
    return client.take_statuses(APP)


def sends(client: LegacyClient) -> Awaitable[object]:
    return client.count_sends(APP, AT, AT + timedelta(hours=3))


def callbacks(client: LegacyClient) -> Awaitable[object]:
    return client.count_callbacks(APP, AT, AT + timedelta(hours=3))


#: Eight in the evening in Beijing.
HOURS = {"begin_date": 2017010420, "end_date": 2017010423}
QUESTIONS = [
    pytest.param(
        templates,
        "get_template",
        {"tpl_page": {"max": 50, "offset": 0}},
        "",
        ok(count=1, total=1, data=[TEMPLATE]),
        (
            Template(
                template_id="1110",
                name="login code",
                content="{1}为您的登录验证码",
                sides=frozenset({Side.MAINLAND}),
                review=ReviewState.USABLE,
                review_reply="",
                created_at=AT,
            ),
        ),
        id="get_template",
    ),
    pytest.param(
        signatures,
        "get_sign",
        {"sign_page": {"max": 50, "offset": 0}},
        "",
        ok(count=1, total=1, data=[SIGN]),
        (
            Signature(
                signature_id="42",
                name="腾讯云",
                side=Side.INTERNATIONAL,
                review=ReviewState.REJECTED,
                review_reply="not clear",
                created_at=AT,
                qualification_id=None,
                qualification_name="",
                qualification=QualificationState.UNKNOWN,
            ),
        ),
        id="get_sign",
    ),
    pytest.param(
        packages,
        "getsmspackages",
        {"offset": 0, "length": 50},
        "",
        ok(total=1, data=[PACKAGE]),
        (Package("9", 1000, 12, PackageKind.GIFT, None, AT, AT + timedelta(seconds=1)),),
        id="getsmspackages",
    ),
    pytest.param(
        records,
        "querysms4mobile",
        {
            "begin_time": 1_483_531_364,
            "end_time": 1_700_000_000,
            "nationcode": "86",
            "mobile": "18501234444",
        },
        "&mobile=18501234444",
        ok(real_count=1, truncated=0, data=[RECORD]),
        (
            SendRecord(
                number=NUMBER,
                serial="8:aIt9bcbZHdse7kBZuqi20170104",
                state=RecordState.DELIVERED,
                request_code="Ok",
                carrier_code="DELIVRD",
                iso_code="",
                content="【腾讯云】测试验证码1**4",
                sent_at=AT,
                received_at=AT + timedelta(seconds=2),
            ),
        ),
        id="querysms4mobile",
    ),
    pytest.param(
        reports,
        "pullstatus4mobile",
        {
            "type": 0,
            "max": 100,
            "begin_time": 1_483_531_364,
            "end_time": 1_483_534_964,
            "nationcode": "86",
            "mobile": "18501234444",
        },
        "",
        ok(count=1, data=[REPORT]),
        (StatusReport("8:aIt9", NUMBER, False, "MK:0001", "空号", AT, ""),),
        id="pullstatus4mobile",
    ),
    pytest.param(
        taken,
        "pullstatus",
        {"type": 0, "max": 100},
        "",
        ok(count=1, data=[REPORT]),
        (StatusReport("8:aIt9", NUMBER, False, "MK:0001", "空号", AT, ""),),
        id="pullstatus",
    ),
    pytest.param(
        sends,
        "pullsendstatus",
        HOURS,
        "",
        ok(data={"request": 11, "success": 10, "bill_number": 12}),
        SendFigures(asked=11, accepted=10, fee_segments=12),
        id="pullsendstatus",
    ),
    pytest.param(
        callbacks,
        "pullcallbackstatus",
        HOURS,
        "",
        ok(
            data={
                "success": 10,
                "status": 9,
                "status_success": 4,
                "status_fail": 5,
                **{f"status_fail_{nth}": nth for nth in range(5)},
            }
        ),
        CallbackFigures(10, 9, 4, 5, 0, 1, 2, 3, 4),
        id="pullcallbackstatus",
    ),
]
#: What may be asked again.
every_question = pytest.mark.parametrize(
    "ask", [templates, signatures, packages, records, reports, sends, callbacks]
)


def check_signed(request: Request, command: str, fields: Mapping[str, Any], tail: str) -> None:
    url = urlsplit(request.target)
    query = parse_qs(url.query, strict_parsing=True)
    assert (url.path, query["sdkappid"]) == (f"/v5/tlssmssvr/{command}", [APP])
    random = int(query["random"][0])
    sig = legacy_signature(APP_KEY, random=random, signed_at=SIGNED_AT, tail=tail)
    assert json.loads(request.body) == {**fields, "sig": sig, "time": 1_700_000_000}


@pytest.mark.parametrize(("ask", "command", "fields", "tail", "answer", "value"), QUESTIONS)
async def test_a_question_is_asked_to_the_letter_and_its_answer_read(
    ask: Ask, command: str, fields: Mapping[str, Any], tail: str, answer: object, value: object
) -> None:
    async with (
        raw_server(answering(in_turn(answer))) as server,
        legacy_of(server.url) as client,
    ):
        assert await ask(client) == value
    (request,) = server.requests
    check_signed(request, command, fields, tail)


@every_question
async def test_every_try_has_a_random_number_of_its_own(ask: Ask) -> None:
    behaviour = answering(in_turn(None, gateway(60007), None))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        with pytest.raises(TencentUnreachable):
            await ask(client)
    randoms = {parse_qs(urlsplit(request.target).query)["random"][0] for request in server.requests}
    assert len(randoms) == 3


@every_question
@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"result": 1001, "errmsg": "sig"}, "InternalError.SigVerificationFail"),
        ({"result": 1021, "errmsg": "time"}, "InternalError.RequestTimeException"),
        ({"result": 1999, "errmsg": "new"}, "v5.1999"),
        (gateway(60006), "InvalidParameterValue.SdkAppIdNotExist"),
        (gateway(60008), "InternalError.Timeout"),
    ],
)
async def test_both_envelopes_of_an_error_are_refusals_with_codes_of_api_3(
    ask: Ask, envelope: object, code: str
) -> None:
    behaviour = answering(in_turn(envelope))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        with pytest.raises(TencentRefusal) as raised:
            await ask(client)
        assert len(server.requests) == 1
    assert (raised.value.code, raised.value.request_id) == (code, "")


@every_question
@pytest.mark.parametrize(
    "answer",
    [
        b"<html></html>",
        b"[]",
        {},
        {"result": "0"},
        {"result": True},
        {"ActionStatus": "FAIL", "ErrorInfo": "no"},
        {"ActionStatus": "OK"},
        {"ActionStatus": "FAIL", "ErrorCode": 60008, "result": 0},
        ok(data={}, count=0, real_count=0),
        ok(data=[7]),
        ok(data=[{}]),
    ],
)
async def test_an_answer_of_another_shape_is_an_error_and_not_asked_for_again(
    ask: Ask, answer: object
) -> None:
    behaviour = answering(in_turn(answer))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        with pytest.raises(TencentBadAnswer):
            await ask(client)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(60002, Verdict.REFUSED), (60008, Verdict.IN_DOUBT), (60013, Verdict.IN_DOUBT)],
)
async def test_a_send_the_gateway_turns_away_has_the_fate_of_its_code(
    code: int, verdict: Verdict
) -> None:
    behaviour = answering(in_turn(gateway(code)))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        outcome = await client.send_sms(ORDER, signed_at=SIGNED_AT)
    assert isinstance(outcome, Refused)
    assert judge_request(Exchange.REFUSED, now=AT, code=outcome.code).verdict is verdict


@pytest.mark.parametrize(
    ("status", "review"),
    [
        (0, ReviewState.USABLE),
        (1, ReviewState.IN_REVIEW),
        (2, ReviewState.REJECTED),
        (-1, ReviewState.UNKNOWN),
        (3, ReviewState.UNKNOWN),
    ],
)
async def test_a_review_of_v5_says_rejected_where_api_3_says_not_in_effect(
    status: int, review: ReviewState
) -> None:
    answer = ok(count=1, total=1, data=[{**TEMPLATE, "status": status}])
    async with raw_server(answering(in_turn(answer))) as server, legacy_of(server.url) as client:
        (template,) = await client.list_templates(international=False)
    assert template.review is review


async def test_content_is_listed_page_by_page_and_only_the_side_that_was_asked_for() -> None:
    def page(body: Mapping[str, Any]) -> object:
        first = body["tpl_page"]["offset"]
        ids = range(first, min(first + body["tpl_page"]["max"], 120))
        rows = [{**TEMPLATE, "id": 1000 + each, "international": each % 2} for each in ids]
        return ok(count=len(rows), total=120, data=rows)

    async with raw_server(answering(page)) as server, legacy_of(server.url) as client:
        abroad = await client.list_templates(international=True)
        assert len(server.requests) == 3
    assert [int(template.template_id) for template in abroad] == list(range(1001, 1120, 2))


@pytest.mark.parametrize(
    ("changes", "state", "code"),
    [
        ({"report_status": "FAIL", "status": "MK:0001"}, RecordState.DELIVERY_FAILED, "Ok"),
        ({"report_status": None, "status": None}, RecordState.IN_PROGRESS, "Ok"),
        ({"report_status": "PERHAPS"}, RecordState.UNKNOWN, "Ok"),
        (
            {"result": 1008, "sid": None, "report_status": None},
            RecordState.SUBMIT_FAILED,
            "InternalError.Timeout",
        ),
        ({"nationcode": 86}, RecordState.DELIVERED, "Ok"),
    ],
)
async def test_a_record_tells_what_became_of_the_message(
    changes: Mapping[str, object], state: RecordState, code: str
) -> None:
    answer = ok(real_count=1, truncated=0, data=[{**RECORD, **changes}])
    async with raw_server(answering(in_turn(answer))) as server, legacy_of(server.url) as client:
        (record,) = await client.list_send_records(NUMBER, sdk_app_id=APP, since=AT)
    assert (record.state, record.request_code, record.number) == (state, code, NUMBER)


async def test_records_that_were_cut_short_are_no_proof() -> None:
    answer = ok(real_count=101, truncated=1, data=[RECORD] * 100)
    async with raw_server(answering(in_turn(answer))) as server, legacy_of(server.url) as client:
        with pytest.raises(TencentBadAnswer, match="truncated"):
            await client.list_send_records(NUMBER, sdk_app_id=APP, since=AT)


@pytest.mark.parametrize("trouble", [None, gateway(60007)])
async def test_a_queue_that_hands_out_once_is_asked_once(trouble: object) -> None:
    behaviour = answering(in_turn(trouble, trouble))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        with pytest.raises((TencentUnreachable, TencentRefusal)):
            await client.take_statuses(APP)
        assert len(server.requests) == 1


async def test_a_taken_report_that_cannot_be_read_costs_the_others_nothing() -> None:
    rows = [REPORT, {**REPORT, "mobile": "x"}, {}, REPORT]
    behaviour = answering(in_turn(ok(count=4, data=rows)))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        assert len(await client.take_statuses(APP)) == 2


@pytest.mark.parametrize("ask", [records, reports, taken])
async def test_no_rows_may_be_told_by_a_count_alone(ask: Ask) -> None:
    behaviour = answering(in_turn(ok(count=0, real_count=0)))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        assert await ask(client) == ()


async def test_a_number_the_service_could_not_read_costs_the_others_nothing() -> None:
    rows = [
        {"result": 0, "errmsg": "OK", "nationcode": "86", "mobile": "18501234444", "sid": "8:1"},
        {"result": 1016, "errmsg": "bad", "nationcode": "", "mobile": "x"},
    ]
    order = replace(ORDER, numbers=(NUMBER, "+8618501234445"))
    behaviour = answering(in_turn(ok(detail=rows)))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
    assert isinstance(outcome, Answered)
    assert [answer.number for answer in outcome.answers] == [NUMBER, "+x"]


async def test_one_of_several_accepted_without_serial_leaves_all_unknown() -> None:
    rows = [{"result": 0, "errmsg": "OK", "nationcode": "86", "mobile": "18501234444", "sid": ""}]
    order = replace(ORDER, numbers=(NUMBER, "+8618501234445"))
    behaviour = answering(in_turn(ok(detail=rows)))
    async with raw_server(behaviour) as server, legacy_of(server.url) as client:
        outcome = await client.send_sms(order, signed_at=SIGNED_AT)
    assert outcome == Unknown(UnknownReason.SHAPE, "sid")


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("+8618501234444", ("86", "18501234444")),
        ("+12025550123", ("1", "2025550123")),
        ("+85261234567", ("852", "61234567")),
        # The zero of an Italian number is part of it.
        ("+390612345678", ("39", "0612345678")),
    ],
)
def test_a_number_is_split_into_country_and_the_rest(number: str, parts: tuple[str, str]) -> None:
    assert split(number) == parts


@pytest.mark.parametrize("number", ["", "18501234444", "+", "+0123456"])
def test_what_is_no_number_is_not_split(number: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        split(number)


async def test_an_application_without_key_posts_nothing() -> None:
    async with raw_server(answering(in_turn())) as server, legacy_of(server.url) as client:
        with pytest.raises(ValueError, match="no AppKey"):
            await client.send_sms(replace(ORDER, sdk_app_id="1400007777"), signed_at=SIGNED_AT)
        assert server.requests == []


@pytest.mark.parametrize("endpoint", ["yun.tim.qq.com", "https://a:b@yun.tim.qq.com", ""])
def test_an_endpoint_that_is_no_http_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        LegacyClient(endpoint=endpoint, app_keys={APP: APP_KEY})


def test_a_client_without_application_is_refused() -> None:
    with pytest.raises(ValueError, match="no application"):
        LegacyClient(endpoint="https://yun.tim.qq.com", app_keys={})
