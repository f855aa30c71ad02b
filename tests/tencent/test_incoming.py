"""Whatever Tencent posts is told apart by its shape, and read as if an attacker had written it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.tencent.callbacks import BadCallback, BadCallbackReason, parse_status_reports
from bot.tencent.incoming import (
    CallEnd,
    CallEnded,
    CallFailed,
    CallKind,
    KeyPress,
    Reply,
    StatusReports,
    parse_callback,
)
from bot.tencent.strict_json import is_clean

REPORT = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13800000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5000:1",
}
REPLY: dict[str, Any] = {
    "extend": "",
    "mobile": "13800000001",
    "nationcode": "86",
    "sign": "腾讯云",
    "text": "R",
    "time": 1_457_336_869,
}
OLD_REPLY = {
    "mobile": "13800000001",
    "time": 1_457_336_869,
    "text": "R",
    "port": "106901333914",
    "extend": "7",
}
CALLED = {"callid": "call-1", "mobile": "13800000001", "nationcode": "86"}
KEY = {"call_from": "", "keypress": "2", **CALLED}
PROMPT = {
    "result": "0",
    "accept_time": "1470197211",
    "call_from": "",
    "end_calltime": "1470197221",
    "fee": "1",
    "start_calltime": "1470197196",
    **CALLED,
}
FAILURE = {
    "call_from": "075583763333",
    "failure_code": 8,
    "failure_reason": "空号",
    **CALLED,
}
VOICE: dict[str, dict[str, Any]] = {
    "voicekey_callback": KEY,
    "voiceprompt_callback": PROMPT,
    "voicecode_callback": PROMPT,
    "voice_failure_callback": FAILURE,
}
NUMBER = "+8613800000001"


def posted(value: object) -> bytes:
    return json.dumps(value).encode()


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def ended(kind: CallKind) -> CallEnded:
    return CallEnded(
        kind=kind,
        call_id="call-1",
        number=NUMBER,
        caller="",
        end=CallEnd.ANSWERED,
        fee_minutes=1,
        started_at=at(1_470_197_196),
        answered_at=at(1_470_197_211),
        ended_at=at(1_470_197_221),
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(REPLY, Reply(NUMBER, "R", "腾讯云", "", "", at(1_457_336_869)), id="reply"),
        pytest.param(
            OLD_REPLY,
            Reply(NUMBER, "R", "", "7", "106901333914", at(1_457_336_869)),
            id="older reply",
        ),
        pytest.param({"voicekey_callback": KEY}, KeyPress("call-1", NUMBER, "2", ""), id="a key"),
        pytest.param({"voiceprompt_callback": PROMPT}, ended(CallKind.TEXT), id="a text read out"),
        pytest.param({"voicecode_callback": PROMPT}, ended(CallKind.CODE), id="a code read out"),
        pytest.param(
            {"voice_failure_callback": FAILURE},
            CallFailed("call-1", NUMBER, "075583763333", 8, "空号"),
            id="a failure",
        ),
    ],
)
def test_the_documented_examples_are_told_apart_and_read(value: object, read: object) -> None:
    assert parse_callback(posted(value)) == read


@pytest.mark.parametrize("items", [[], [REPORT], [REPORT, REPORT], [{**REPORT, "sid": ""}], [1]])
def test_a_list_is_what_the_status_door_reads(items: list[object]) -> None:
    read, own = parse_callback(posted(items)), parse_status_reports(posted(items))
    assert read == (own if isinstance(own, BadCallback) else StatusReports(own))


@pytest.mark.parametrize(
    ("result", "end"),
    [
        ("0", CallEnd.ANSWERED),
        ("1", CallEnd.NOT_ANSWERED),
        ("2", CallEnd.FAILED),
        ("3", CallEnd.UNKNOWN),
    ],
)
def test_how_a_call_ended_is_read_and_a_new_way_is_unknown(result: str, end: CallEnd) -> None:
    never = {"result": result, "accept_time": "", "end_calltime": "0", "fee": None}
    call = parse_callback(posted({"voiceprompt_callback": {**PROMPT, **never}}))
    assert isinstance(call, CallEnded)
    assert (call.end, call.answered_at, call.ended_at, call.fee_minutes) == (end, None, None, 0)


def test_unknown_fields_are_passed_over() -> None:
    more = {"new_field": {"deep": [1]}}
    assert parse_callback(posted({**REPLY, **more})) == parse_callback(posted(REPLY))
    key = {"voicekey_callback": {**KEY, **more}, **more}
    assert isinstance(parse_callback(posted(key)), KeyPress)


@pytest.mark.parametrize("text", ["", "<!channel> *R*", "收\n到", "R" * 2048])
def test_the_text_of_a_reply_is_kept_as_it_is(text: str) -> None:
    reply = parse_callback(posted({**REPLY, "text": text}))
    assert isinstance(reply, Reply)
    assert reply.text == text


@pytest.mark.parametrize("time", [None, 0, 10**15, -(10**15), True, 1.5, "1457336869", [], {}])
def test_a_time_that_is_none_is_left_out(time: object) -> None:
    reply = parse_callback(posted({**REPLY, "time": time}))
    assert isinstance(reply, Reply)
    assert reply.replied_at is None


@pytest.mark.parametrize("broken", ["\x00", "\ud83d", "\udc4d\x00"])
def test_a_reply_with_what_cannot_be_stored_is_read_without_it(broken: str) -> None:
    texts = {"text": f"R{broken}", "sign": f"{broken}云通信", "extend": broken, "port": broken}
    reply = parse_callback(posted({**REPLY, **texts}))
    assert isinstance(reply, Reply)
    assert reply.text == "R" + "\ufffd" * len(broken)
    # Which signature was meant nobody knows.
    assert reply.signature == ""
    assert is_clean(reply.extend_code)
    assert is_clean(reply.port)


@pytest.mark.parametrize("country", ["86", "+86", 86, None])
@pytest.mark.parametrize("before", ["", "86", "+86", "0086"])
def test_a_mainland_mobile_may_carry_its_country_too(country: object, before: str) -> None:
    mobile = before + NUMBER.removeprefix("+86")
    reply = parse_callback(posted({**REPLY, "mobile": mobile, "nationcode": country}))
    assert isinstance(reply, Reply)
    assert reply.number == NUMBER


def test_a_number_abroad_that_begins_with_86_is_left_as_it_is() -> None:
    reply = parse_callback(posted({**REPLY, "mobile": "8613800000001", "nationcode": "49"}))
    assert isinstance(reply, Reply)
    assert reply.number == "+498613800000001"


REFUSED = [
    (b"", BadCallbackReason.NOT_JSON, "body"),
    (b"\xff", BadCallbackReason.NOT_UTF8, "body"),
    (b"[" * 100_000, BadCallbackReason.TOO_DEEP, "body"),
    (b'{"text": "R", "text": "T"}', BadCallbackReason.DUPLICATE_KEY, "body"),
    (b"7", BadCallbackReason.NOT_AN_OBJECT, "body"),
    (b"null", BadCallbackReason.NOT_AN_OBJECT, "body"),
    (b"{}", BadCallbackReason.UNKNOWN_SHAPE, "body"),
    (posted({"voice_new_callback": KEY}), BadCallbackReason.UNKNOWN_SHAPE, "body"),
    (posted(VOICE), BadCallbackReason.UNKNOWN_SHAPE, "body"),
    (posted({"voicekey_callback": [KEY]}), BadCallbackReason.NOT_AN_OBJECT, "voicekey_callback"),
    (posted({"voicekey_callback": None}), BadCallbackReason.NOT_AN_OBJECT, "voicekey_callback"),
]


@pytest.mark.parametrize(("body", "reason", "where"), REFUSED)
def test_what_is_no_callback_is_refused(body: bytes, reason: BadCallbackReason, where: str) -> None:
    assert parse_callback(body) == BadCallback(reason, where)


@pytest.mark.parametrize(
    ("name", "field", "value", "reason"),
    [
        ("reply", "mobile", None, BadCallbackReason.MISSING),
        ("reply", "mobile", 13_800_000_001, BadCallbackReason.WRONG_TYPE),
        ("reply", "nationcode", "CN", BadCallbackReason.WRONG_VALUE),
        ("reply", "text", 7, BadCallbackReason.WRONG_TYPE),
        ("reply", "text", "R" * 2049, BadCallbackReason.TOO_LONG),
        ("reply", "port", "1" * 65, BadCallbackReason.TOO_LONG),
        ("voicekey_callback", "callid", "", BadCallbackReason.MISSING),
        ("voicekey_callback", "callid", "c" * 129, BadCallbackReason.TOO_LONG),
        ("voicekey_callback", "nationcode", None, BadCallbackReason.MISSING),
        ("voicekey_callback", "keypress", "", BadCallbackReason.MISSING),
        ("voicekey_callback", "keypress", 2, BadCallbackReason.WRONG_TYPE),
        ("voicekey_callback", "keypress", "２", BadCallbackReason.WRONG_VALUE),
        ("voicekey_callback", "keypress", "1" * 33, BadCallbackReason.WRONG_VALUE),
        ("voiceprompt_callback", "result", None, BadCallbackReason.MISSING),
        ("voiceprompt_callback", "result", 0, BadCallbackReason.WRONG_TYPE),
        ("voiceprompt_callback", "fee", "1.5", BadCallbackReason.WRONG_VALUE),
        ("voiceprompt_callback", "fee", "1" * 7, BadCallbackReason.WRONG_VALUE),
        ("voiceprompt_callback", "accept_time", "soon", BadCallbackReason.WRONG_VALUE),
        ("voicecode_callback", "start_calltime", "-1", BadCallbackReason.WRONG_VALUE),
        ("voicecode_callback", "end_calltime", 1_470_197_221, BadCallbackReason.WRONG_TYPE),
        ("voice_failure_callback", "failure_code", None, BadCallbackReason.MISSING),
        ("voice_failure_callback", "failure_code", "8", BadCallbackReason.WRONG_TYPE),
        ("voice_failure_callback", "failure_code", True, BadCallbackReason.WRONG_TYPE),
        ("voice_failure_callback", "failure_code", -1, BadCallbackReason.WRONG_VALUE),
        ("voice_failure_callback", "failure_code", 10**30, BadCallbackReason.WRONG_VALUE),
        ("voice_failure_callback", "failure_reason", [], BadCallbackReason.WRONG_TYPE),
    ],
)
def test_a_bad_field_refuses_the_post_and_is_named(
    name: str, field: str, value: object, reason: BadCallbackReason
) -> None:
    fields = REPLY if name == "reply" else VOICE[name]
    changed = {**fields, field: value}
    body = posted(changed if name == "reply" else {name: changed})
    assert parse_callback(body) == BadCallback(reason, field)


def test_a_refusal_repeats_nothing_of_what_came_in() -> None:
    bad = parse_callback(posted({**REPLY, "mobile": "13800000001x"}))
    assert "13800000001" not in repr(bad)


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_make_a_value(body: bytes) -> None:
    assert parse_callback(body) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.sampled_from([*VOICE, "reply"]),
    st.dictionaries(st.sampled_from([*REPLY, *KEY, *PROMPT, *FAILURE, "port"]), JSON),
)
def test_any_json_under_the_documented_names_makes_a_value(
    name: str, fields: dict[str, Any]
) -> None:
    whole = {**(REPLY if name == "reply" else VOICE[name]), **fields}
    read = parse_callback(posted(whole if name == "reply" else {name: whole}))
    assert isinstance(read, Reply | KeyPress | CallEnded | CallFailed | BadCallback)
