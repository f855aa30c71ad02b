"""What sends or changes something: the request to the letter, its answer as a value, sent once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tencent.content import signature_fields
from bot.tencent.drafts import MAX_IMAGES_BYTES
from bot.tencent.legacy_signing import legacy_signature, mobile_tail, tel_tail
from bot.tencent.sending import GlobalOrder
from bot.tencent.voice import Callee
from bot.tencent.wire import Refused, Unknown, UnknownReason, Unsent
from tests.tencent.changes import CHANGES, GLOBAL, SIGNATURE, Change
from tests.tencent.misbehaving import (
    REQUEST_ID,
    answering,
    drip,
    drop_after_reading,
    half_a_body,
    half_a_chunk,
    half_a_head,
    not_http,
    redirect,
    silence,
)
from tests.tencent.raw_server import APP_KEY, SIGNED_AT, Behaviour, Request, raw_server, voice_of

by_name = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
TAILS = {
    "sendsms": mobile_tail(["18501234444"]),
    "sendisms": tel_tail("+12025550123"),
    "sendmultisms2": mobile_tail(["18501234444", "18501234445"]),
}


def answered(answer: object) -> Behaviour:
    return answering(json.dumps(answer).encode())


@by_name
async def test_it_posts_exactly_these_fields_and_its_answer_is_read(change: Change) -> None:
    async with raw_server(answered(change.answer)) as server, change.open(server.url) as client:
        assert await change.call(client) == change.value
    (request,) = server.requests
    check = check_legacy if change.is_legacy else check_api3
    check(change, request)


def check_api3(change: Change, request: Request) -> None:
    is_voice = change.open is voice_of
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["x-tc-action"] == change.name
    assert request.headers["x-tc-version"] == ("2020-09-02" if is_voice else "2021-01-11")
    assert request.headers["x-tc-timestamp"] == "1700000000"
    scope = f"/2023-11-14/{'vms' if is_voice else 'sms'}/tc3_request"
    assert scope in request.headers["authorization"]
    assert json.loads(request.body) == change.fields


def check_legacy(change: Change, request: Request) -> None:
    url = urlsplit(request.target)
    query = parse_qs(url.query, strict_parsing=True)
    assert (request.method, url.path) == ("POST", f"/v5/tlssmssvr/{change.name}")
    assert query["sdkappid"] == ["1400006666"]
    (random,) = query["random"]
    expected = legacy_signature(
        APP_KEY, random=int(random), signed_at=SIGNED_AT, tail=TAILS[change.name]
    )
    signed = {"sig": expected, "time": 1_700_000_000}
    assert json.loads(request.body) == {**change.fields, **signed}
    assert request.headers["content-type"] == "application/json"


@by_name
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
async def test_an_error_for_the_whole_request_is_a_refusal(change: Change, status: str) -> None:
    refusal = change.refusal("LimitExceeded.DeliveryFrequencyLimit", 1013)
    behaviour = answering(json.dumps(refusal).encode(), status)
    async with raw_server(behaviour) as server, change.open(server.url) as client:
        outcome = await change.call(client)
    request_id = "" if change.is_legacy else REQUEST_ID
    assert outcome == Refused("LimitExceeded.DeliveryFrequencyLimit", "no", request_id)
    assert len(server.requests) == 1


@by_name
@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        pytest.param(drop_after_reading, UnknownReason.DISCONNECTED, id="closed"),
        pytest.param(half_a_head, UnknownReason.DISCONNECTED, id="half a head"),
        pytest.param(half_a_body, UnknownReason.DISCONNECTED, id="half a body"),
        pytest.param(half_a_chunk, UnknownReason.DISCONNECTED, id="half a chunk"),
        pytest.param(not_http, UnknownReason.PROTOCOL, id="not HTTP"),
        pytest.param(silence, UnknownReason.DEADLINE, id="silence"),
        pytest.param(drip, UnknownReason.DEADLINE, id="a byte at a time"),
        pytest.param(redirect, UnknownReason.STATUS, id="307"),
        pytest.param(answering(b"", "500 Down"), UnknownReason.STATUS, id="500"),
        pytest.param(answering(b"<html></html>"), UnknownReason.NOT_JSON, id="a page"),
        pytest.param(answering(b"{}"), UnknownReason.SHAPE, id="an empty object"),
        pytest.param(answering(b"[]"), UnknownReason.SHAPE, id="a list"),
    ],
)
async def test_a_lost_or_useless_answer_leaves_the_outcome_unknown_and_one_request(
    change: Change, behaviour: Behaviour, reason: UnknownReason
) -> None:
    deadline_s = 0.3 if reason is UnknownReason.DEADLINE else 10.0
    async with (
        raw_server(behaviour) as server,
        change.open(server.url, deadline_s=deadline_s) as client,
    ):
        outcome = await change.call(client)
        assert isinstance(outcome, Unknown)
        assert (outcome.reason, len(server.requests)) == (reason, 1)


@by_name
async def test_a_throttled_request_is_refused_and_not_repeated(change: Change) -> None:
    throttled = change.refusal("RequestLimitExceeded", 60007)
    async with raw_server(answered(throttled)) as server, change.open(server.url) as client:
        outcome = await change.call(client)
        assert isinstance(outcome, Refused)
        assert (outcome.code, len(server.requests)) == ("RequestLimitExceeded", 1)


@by_name
async def test_without_a_connection_nothing_left_and_nothing_is_tried_again(
    change: Change,
) -> None:
    async with raw_server(silence) as server:
        secure = server.url.replace("http://", "https://")
        async with change.open(secure, connect_timeout_s=0.3) as client:
            assert isinstance(await change.call(client), Unsent)
        assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("wrong", [None, 7, {}, [{}], {"Code": True}, {"CallId": None}])
@by_name
async def test_a_success_without_what_it_promised_proves_nothing(
    change: Change, wrong: object
) -> None:
    answer: dict[str, Any] = json.loads(json.dumps(change.answer))
    name = "sid" if change.is_legacy and "sid" in change.success else next(iter(change.success))
    (answer if change.is_legacy else answer["Response"])[name] = wrong
    async with raw_server(answered(answer)) as server, change.open(server.url) as client:
        outcome = await change.call(client)
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, len(server.requests)) == (UnknownReason.SHAPE, 1)


def inside(answer: Mapping[str, Any], status: str, **fields: object) -> dict[str, Any]:
    """`answer` with some fields of one of its objects changed."""
    changed: dict[str, Any] = json.loads(json.dumps(answer))
    changed["Response"][status] |= fields
    return changed


NAMED = {change.name: change for change in CHANGES}


@pytest.mark.parametrize(
    ("name", "status", "fields"),
    [
        ("ModifySmsTemplate", "ModifyTemplateStatus", {"TemplateId": 1121}),
        ("ModifySmsSign", "ModifySignStatus", {"SignId": 43}),
        ("DeleteSmsTemplate", "DeleteTemplateStatus", {"DeleteStatus": "failed"}),
        ("DeleteSmsSign", "DeleteSignStatus", {"DeleteStatus": ""}),
        ("AddSmsTemplate", "AddTemplateStatus", {"TemplateId": "1120\n"}),
        ("AddSmsTemplate", "AddTemplateStatus", {"TemplateId": "tpl-1120"}),
        ("AddSmsTemplate", "AddTemplateStatus", {"TemplateId": -1}),
        ("AddSmsSign", "AddSignStatus", {"SignId": True}),
        ("SendTtsVoice", "SendStatus", {"CallId": ""}),
    ],
)
async def test_an_answer_about_something_else_proves_nothing(
    name: str, status: str, fields: Mapping[str, object]
) -> None:
    change = NAMED[name]
    answer = inside(change.answer, status, **fields)
    async with raw_server(answered(answer)) as server, change.open(server.url) as client:
        outcome = await change.call(client)
    assert isinstance(outcome, Unknown)
    assert (outcome.reason, len(server.requests)) == (UnknownReason.SHAPE, 1)


@pytest.mark.parametrize("code", ["ok", "Ok", "OK"])
async def test_a_conversion_is_taken_in_any_spelling_of_ok(code: str) -> None:
    change = NAMED["ReportConversion"]
    answer = inside(change.answer, "ReportConversionStatus", Code=code)
    async with raw_server(answered(answer)) as server, change.open(server.url) as client:
        assert await change.call(client) == change.value


async def test_a_conversion_can_be_refused_inside_a_success() -> None:
    change = NAMED["ReportConversion"]
    code = "UnauthorizedOperation.RequestPermissionDeny"
    answer = inside(change.answer, "ReportConversionStatus", Code=code, Message="not allowed")
    async with raw_server(answered(answer)) as server, change.open(server.url) as client:
        assert await change.call(client) == Refused(code, "not allowed", REQUEST_ID)


async def test_one_of_several_texts_abroad_can_be_refused_by_itself() -> None:
    change = NAMED["SendMultiGlobalSms"]
    answer: dict[str, Any] = json.loads(json.dumps(change.answer))
    code = "FailedOperation.TemplateIncorrectOrUnapproved"
    refused = answer["Response"]["SendMultiStatusSet"][1]
    refused |= {"Code": code, "Message": "no", "SerialNo": "", "Fee": 0}
    async with raw_server(answered(answer)) as server, change.open(server.url) as client:
        outcome = await change.call(client)
    found = {each.number: each.code for each in getattr(outcome, "answers", ())}
    assert found == {"+12025550123": "Ok", "+60123456789": code}


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=60), st.none() | st.binary(max_size=60))
def test_what_a_signature_leaves_out_is_not_sent(proof: bytes, letter: bytes | None) -> None:
    draft = replace(
        SIGNATURE,
        proof_image=proof,
        commission_image=letter,
        remark="",
        qualification_id=None,
        for_another_party=False,
    )
    fields = signature_fields(draft)
    optional = {"CommissionImage"} if letter is not None else set()
    assert fields.keys() == optional | {
        "SignName",
        "SignType",
        "DocumentType",
        "International",
        "SignPurpose",
        "ProofImage",
    }
    assert fields["SignPurpose"] == 0


@pytest.mark.parametrize("proof", [b"", b"x" * MAX_IMAGES_BYTES])
def test_a_signature_without_a_proof_or_with_too_large_ones_is_no_draft(proof: bytes) -> None:
    with pytest.raises(ValueError, match="bytes of images"):
        replace(SIGNATURE, proof_image=proof)


@pytest.mark.parametrize("count", [0, 201])
def test_an_order_abroad_has_one_to_two_hundred_messages(count: int) -> None:
    with pytest.raises(ValueError, match="messages in one order"):
        GlobalOrder("1400006666", GLOBAL.messages[:1] * count)


def test_a_context_abroad_and_of_a_call_is_counted_in_bytes() -> None:
    with pytest.raises(ValueError, match="511 bytes"):
        replace(GLOBAL.messages[0], session_context="文" * 171)
    with pytest.raises(ValueError, match="511 bytes"):
        Callee("+8613788888888", "1400006666", "文" * 171)


@pytest.mark.parametrize("plays", [0, 4])
def test_a_text_is_read_out_one_to_three_times(plays: int) -> None:
    with pytest.raises(ValueError, match="plays"):
        Callee("+8613788888888", "1400006666", "", plays)


@by_name
async def test_it_is_signed_with_the_time_it_was_given_and_not_the_clock(change: Change) -> None:
    # The voice client asks nothing and so has no clock but the machine's own.
    own = {} if change.open is voice_of else {"now": datetime(2030, 1, 1, tzinfo=UTC)}
    async with (
        raw_server(answered(change.answer)) as server,
        change.open(server.url, **own) as client,
    ):
        await change.call(client)
    (request,) = server.requests
    check = check_legacy if change.is_legacy else check_api3
    check(change, request)
