"""API 3.0 transport: who is let in, and which code everybody else gets."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.gateway import VERSIONS
from tests.sandbox.tencent.callers import Caller, Clock, tc3_headers
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"


async def test_an_answer_is_plain_json_with_a_fresh_request_id(caller: Caller) -> None:
    response = await caller.call("SendSms", caller.order(NUMBER))
    assert uuid.UUID(response["RequestId"]).version == 4
    assert response["SendStatusSet"][0]["Code"] == "Ok"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"secret_key": "other"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDOTHER"}, "AuthFailure.SecretIdNotFound"),
        ({"headers": {"Authorization": None}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"Authorization": "Bearer x"}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"X-TC-Timestamp": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Action": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Version": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Region": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Version": "2017-03-12"}}, "NoSuchVersion"),
        ({"headers": {"X-TC-Version": "2019-07-11"}}, "MissingParameter"),
        ({"headers": {"X-TC-Action": "sendsms"}}, "InvalidAction"),
        ({"content_type": "text/plain"}, "InvalidRequest"),
    ],
)
async def test_a_request_that_is_not_right_gets_the_vendors_code(
    caller: Caller, how: dict[str, Any], code: str
) -> None:
    assert await caller.refusal("SendSms", caller.order(NUMBER), **how) == code
    assert caller.sandbox.phones.messages(NUMBER) == []


async def test_a_signature_older_than_five_minutes_is_expired(caller: Caller, clock: Clock) -> None:
    timestamp = int(clock.now.timestamp())
    clock.advance(seconds=301)
    refused = await caller.refusal("SendSms", caller.order(NUMBER), timestamp=timestamp)
    assert refused == "AuthFailure.SignatureExpire"


async def test_the_service_is_read_from_the_scope_and_the_host_may_lack_its_port(
    caller: Caller,
) -> None:
    how = {"service": "127", "headers": {"Host": caller.host}, "host": "127.0.0.1"}
    response = await caller.call("SendSms", caller.order(NUMBER), **how)
    assert response["SendStatusSet"][0]["Code"] == "Ok"


async def test_an_unsigned_payload_is_believed_when_it_is_announced(caller: Caller) -> None:
    how: dict[str, Any] = {"signed_payload": b"UNSIGNED-PAYLOAD"}
    order = caller.order(NUMBER)
    assert await caller.refusal("SendSms", order, **how) == "AuthFailure.SignatureFailure"
    how["headers"] = {"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"}
    assert "SendStatusSet" in await caller.call("SendSms", order, **how)


async def test_a_get_is_verified_over_its_raw_query(caller: Caller, clock: Clock) -> None:
    query = "International=0&TemplateIdSet.0=1111&TemplateIdSet.1=1110"
    c = caller.sandbox.credentials
    headers = {
        "X-TC-Action": "DescribeSmsTemplateList",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": "ap-guangzhou",
        **tc3_headers(
            c.secret_id,
            c.secret_key,
            host=caller.host,
            timestamp=int(clock.now.timestamp()),
            method="GET",
            query=query,
            content_type="application/x-www-form-urlencoded",
        ),
    }
    async with caller.session.get(f"{caller.sandbox.url}/?{query}", headers=headers) as answer:
        rows = json.loads(await answer.read())["Response"]["DescribeTemplateStatusSet"]
    assert [row["TemplateId"] for row in rows] == [1111, 1110]


async def test_other_methods_and_other_paths_are_answered_in_the_envelope(caller: Caller) -> None:
    for method, path, code in [
        ("PUT", "/", "UnsupportedProtocol"),
        ("DELETE", "/", "UnsupportedProtocol"),
        ("POST", "/elsewhere", "InvalidRequest"),
    ]:
        async with caller.session.request(method, caller.sandbox.url + path) as answer:
            body = json.loads(await answer.read())
        assert (answer.status, body["Response"]["Error"]["Code"]) == (200, code)


async def test_a_body_over_ten_megabytes_is_too_large(caller: Caller) -> None:
    body = b" " * (10 * 1024 * 1024 + 1)
    _, _, answer = await caller.post("SendSms", body)
    error = json.loads(answer)["Response"]["Error"]
    assert error["Code"] == "RequestSizeLimitExceeded"
    assert "10 MB" in error["Message"]


async def test_a_query_over_32_kilobytes_is_told_its_own_limit(caller: Caller) -> None:
    url = f"{caller.sandbox.url}/?x={'x' * 33_000}"
    async with caller.session.get(url, headers={"X-TC-Language": "en-US"}) as answer:
        error = json.loads(await answer.read())["Response"]["Error"]
    assert error["Code"] == "RequestSizeLimitExceeded"
    assert "32 KB" in error["Message"]


async def test_an_unknown_version_is_told_those_there_are(caller: Caller) -> None:
    response = await caller.call("SendSms", {}, headers={"X-TC-Version": "2017-03-12"})
    for version in VERSIONS:
        assert version in response["Error"]["Message"]


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "缺少"), ("en-US", "missing")])
async def test_the_caller_chooses_the_language_of_errors(
    caller: Caller, language: str, word: str
) -> None:
    headers = {"X-TC-Language": language}
    response = await caller.call("SendSms", {}, headers=headers)
    assert word in response["Error"]["Message"]
    assert "PhoneNumberSet" in response["Error"]["Message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000, b"1" * 5000, b'{"a":NaN}']
)
async def test_a_body_that_is_no_json_object_is_refused(caller: Caller, body: bytes) -> None:
    status, _, answer = await caller.post("SendSms", body)
    code = json.loads(answer)["Response"]["Error"]["Code"]
    assert (status, code) in {(200, "InvalidRequest"), (200, "MissingParameter")}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "PhoneNumberSet",
        "SmsSdkAppId",
        "TemplateId",
        "SignName",
        "TemplateParamSet",
        "SessionContext",
        "International",
        "TemplateIdSet",
        "SignIdSet",
        "Limit",
        "Offset",
        "BeginTime",
        "EndTime",
        "PhoneNumber",
    ]
)
ACTIONS = st.sampled_from(
    [
        "SendSms",
        "DescribeSmsTemplateList",
        "DescribeSmsSignList",
        "SmsPackagesStatistics",
        "DescribeSendRecordList",
        "PullSmsSendStatusByPhoneNumber",
    ]
)


async def test_no_parameters_whatever_get_anything_but_an_envelope(caller: Caller) -> None:
    good: dict[str, Any] = {
        **caller.order(NUMBER),
        "International": 0,
        "Limit": 10,
        "Offset": 0,
        "PhoneNumber": NUMBER,
        "BeginTime": 1,
        "EndTime": "2026112300",
    }
    examples: list[tuple[str, dict[str, Any]]] = []

    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(ACTIONS, st.sets(NAMES), st.dictionaries(NAMES | st.text(), JSON_VALUES, max_size=3))
    def collect(action: str, kept: set[str], junk: dict[str, Any]) -> None:
        examples.append((action, {**{name: good[name] for name in kept if name in good}, **junk}))

    collect()
    for action, parameters in examples:
        response = await caller.call(action, parameters)
        assert "RequestId" in response


async def test_every_request_is_listed_with_its_signed_time(start: Start, clock: Clock) -> None:
    caller = await start()
    await caller.send(NUMBER)
    await caller.refusal("SendSms", {})
    listed = [(each.action, each.outcome) for each in caller.sandbox.requests]
    assert listed == [("SendSms", "Ok"), ("SendSms", "MissingParameter")]
    entry = caller.sandbox.requests[0]
    assert entry.timestamp == str(int(clock.now.timestamp()))
    assert NUMBER in entry.body
    shown = (await caller.admin("GET", "requests"))["requests"]
    assert [row["outcome"] for row in shown] == ["Ok", "MissingParameter"]
