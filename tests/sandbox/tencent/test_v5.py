"""Legacy v5: the AppKey signature, both envelopes, and the same state behind it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.v5 import signature
from tests.sandbox.tencent.callers import Caller, Clock, Receiver, v5_sig

KEY = "0123456789abcdef0123456789abcdef"
DOC_KEY = "5f03a35d00ee52a21327ab048186a2c4"
MOBILE = "18501234444"
NUMBER = f"+86{MOBILE}"
TAIL = f"&mobile={MOBILE}"
TEL = {"nationcode": "86", "mobile": MOBILE}
BY_TEMPLATE: dict[str, Any] = {"tel": TEL, "sign": "腾讯云", "tpl_id": 1110, "params": ["4370"]}


@pytest.mark.parametrize(
    ("tail", "sig"),
    [
        ("&mobile=18501234444", "f38c12c0347676df13448d1273a229e59eef0ff5b7e30fb4e5751c86c5a7525a"),
        (
            "&mobile=18501234444,18501234445",
            "0e27d65f95cab9b372699b719809607a98d77948513dca3db95ea7c2aafea164",
        ),
        ("", "bab0e0952abd62ca764bce8b82f3c9e1e40f19c2f1717c1d81f3cdd28b33a6d7"),
        ("&tel=+8618501234444", "04ebd43c22284f4cb403d800ee9077ab8150b5e43eb6820a962094a710964710"),
    ],
)
def test_a_published_vector_is_reproduced(tail: str, sig: str) -> None:
    assert signature(KEY, "123456", 1700000000, tail) == sig


@pytest.mark.parametrize(
    ("tail", "sig"),
    [
        ("&mobile=13788888888", "ecab4881ee80ad3d76bb1da68387428ca752eb885e52621a3129dcf4d9bc4fd4"),
        ("", "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"),
        ("&tel=+8613788888888", "f272b136949f9e6faa5fae01cfc240caf5e6d89f2e18e8d47adf3d87ea0715fb"),
    ],
)
def test_the_documentations_own_example_is_reproduced(tail: str, sig: str) -> None:
    assert signature(DOC_KEY, "7226249334", 1457336869, tail) == sig


async def test_a_message_by_template_arrives_and_is_reported(
    caller: Caller, receiver: Receiver
) -> None:
    result = await caller.v5("sendsms", {**BY_TEMPLATE, "ext": "e", "extend": ""}, TAIL)
    sid = result.pop("sid")
    assert result == {"result": 0, "errmsg": "OK", "ext": "e", "fee": 1}
    assert re.fullmatch(r"8:[A-Za-z0-9]{19}20261123", sid)
    ((report,),) = await receiver.wait_for(1)
    assert report["sid"] == sid
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text == "【腾讯云】您的验证码是4370，5分钟内有效，请勿泄露。"


async def test_the_country_code_may_be_an_int_and_the_body_chunked(caller: Caller) -> None:
    c = caller.sandbox.credentials
    now_s = int(caller.sandbox.world.clock().timestamp())
    tel = {"nationcode": 86, "mobile": MOBILE}
    sig = v5_sig(c.app_key, 9, now_s, TAIL)
    body = json.dumps({**BY_TEMPLATE, "tel": tel, "sig": sig, "time": now_s}).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50):
            yield body[start : start + 50]

    url = f"{caller.sandbox.url}/v5/tlssmssvr/sendsms?sdkappid={c.sdk_app_id}&random=9"
    headers = {"Content-Type": "ap0plication/json"}
    async with caller.session.post(url, data=chunks(), headers=headers) as answer:
        assert json.loads(await answer.read())["result"] == 0


async def test_both_generations_share_limits_and_packages(caller: Caller) -> None:
    assert await caller.code(NUMBER, TemplateParamSet=["4370"]) == "Ok"
    result = await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    assert (result["result"], "sid" in result) == (1026, False)
    assert caller.sandbox.world.state.packages[0].used_segments == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sign": "没有这个"}, 1012),
        ({"tpl_id": 9999}, 1014),
        ({"params": []}, 1014),
        ({"params": ["x"]}, 1038),
        ({"tpl_id": "1110"}, 1004),
        ({"params": [4370]}, 1004),
        ({"tpl_id": 1113, "params": ["1", "2"]}, 1030),
        ({"tpl_id": 1111, "params": ["www.x", "2"]}, 1048),
        ({"tpl_id": 1111, "params": ["1234567890123", "2"]}, 1036),
        ({"sig": "0" * 64}, 1001),
        ({"sig": "é"}, 1001),
        ({"sig": ""}, 1003),
        ({"time": None}, 1003),
    ],
)
async def test_a_refusal_has_the_number_of_its_code(
    caller: Caller, changes: dict[str, Any], expected: int
) -> None:
    result = await caller.v5("sendsms", BY_TEMPLATE, TAIL, **changes)
    assert result["result"] == expected
    assert set(result) == {"result", "errmsg", "ext"}
    assert caller.sandbox.phones.messages(NUMBER) == []


@pytest.mark.parametrize(
    ("mobile", "expected"),
    [
        ("13800000004", 1015),
        ("13800000007", 1025),
        ("13800000012", 1008),
        ("13800000013", 1031),
        ("12345", 1016),
    ],
)
async def test_a_number_is_refused_as_its_fate_says(
    caller: Caller, mobile: str, expected: int
) -> None:
    body = {**BY_TEMPLATE, "tel": {"nationcode": "86", "mobile": mobile}}
    assert (await caller.v5("sendsms", body, f"&mobile={mobile}"))["result"] == expected


@pytest.mark.parametrize(("off_s", "expected"), [(600, 0), (601, 1021)])
async def test_ten_minutes_of_skew_are_forgiven(caller: Caller, off_s: int, expected: int) -> None:
    c = caller.sandbox.credentials
    past_s = int(caller.sandbox.world.clock().timestamp()) - off_s
    changes = {"time": past_s, "sig": v5_sig(c.app_key, 4711, past_s, TAIL)}
    assert (await caller.v5("sendsms", BY_TEMPLATE, TAIL, **changes))["result"] == expected


async def test_dropped_connections_work_here_too(caller: Caller) -> None:
    body = {**BY_TEMPLATE, "tel": {"nationcode": "86", "mobile": "13800000010"}}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.v5("sendsms", body, "&mobile=13800000010")
    assert len(caller.sandbox.phones.messages("+8613800000010")) == 1
    body["tel"] = {"nationcode": "86", "mobile": "13800000011"}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.v5("sendsms", body, "&mobile=13800000011")


async def test_several_numbers_get_a_detail_each(caller: Caller) -> None:
    mobiles = ["18501234444", "13800000004", "12345"]
    tel = [{"nationcode": "86", "mobile": mobile} for mobile in mobiles]
    body = {**BY_TEMPLATE, "tel": tel, "ext": "e"}
    result = await caller.v5("sendmultisms2", body, f"&mobile={','.join(mobiles)}")
    assert (result["result"], result["errmsg"], result["ext"]) == (0, "OK", "e")
    found = [(row["result"], row["nationcode"], row["mobile"]) for row in result["detail"]]
    assert found[:2] == [(0, "86", "18501234444"), (1015, "86", "13800000004")]
    assert found[2][0] == 1016
    assert set(result["detail"][0]) == {
        "result",
        "errmsg",
        "mobile",
        "nationcode",
        "sid",
        "fee",
    }


@pytest.mark.parametrize(("count", "expected"), [(0, 1004), (201, 1046)])
async def test_no_numbers_and_too_many_are_refused(
    caller: Caller, count: int, expected: int
) -> None:
    body = {**BY_TEMPLATE, "tel": [TEL] * count}
    tail = "&mobile=" + ",".join([MOBILE] * count)
    assert (await caller.v5("sendmultisms2", body, tail))["result"] == expected


async def test_a_mixed_batch_is_1034_for_each(caller: Caller) -> None:
    tel = [TEL, {"nationcode": "1", "mobile": "4155550101"}]
    body = {**BY_TEMPLATE, "tel": tel}
    result = await caller.v5("sendmultisms2", body, f"&mobile={MOBILE},4155550101")
    assert [row["result"] for row in result["detail"]] == [1034, 1034]


async def test_an_international_message_is_signed_over_its_plus_sign(caller: Caller) -> None:
    body = {"tel": "+14155550101", "tpl_id": 1117, "params": ["8"]}
    result = await caller.v5("sendisms", body, "&tel=+14155550101")
    assert (result["result"], result["nationcode"], result["fee"]) == (0, "1", 1)
    (received,) = caller.sandbox.phones.messages("+14155550101")
    assert received.text == "Scheduled maintenance starts at 8."


@pytest.mark.parametrize(
    ("msg", "text"),
    [
        (
            "【腾讯云】您的验证码是88，5分钟内有效，请勿泄露。",
            "【腾讯云】您的验证码是88，5分钟内有效，请勿泄露。",
        ),
        (
            "您的验证码是88，5分钟内有效，请勿泄露。",
            "【腾讯云】您的验证码是88，5分钟内有效，请勿泄露。",
        ),
    ],
)
async def test_a_text_is_matched_with_an_approved_template(
    caller: Caller, msg: str, text: str
) -> None:
    body = {"tel": TEL, "type": 0, "msg": msg}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 0
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text == text


async def test_a_text_after_no_template_is_1014(caller: Caller) -> None:
    body = {"tel": TEL, "type": 0, "msg": "您好"}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 1014


async def test_templates_are_listed_with_2_for_rejected(caller: Caller) -> None:
    result = await caller.v5("get_template", {"tpl_page": {"max": 50, "offset": 0}}, "")
    assert (result["result"], result["total"], result["count"]) == (0, 8, 8)
    status = {row["id"]: row["status"] for row in result["data"]}
    assert [status[key] for key in (1110, 1114, 1115, 1116)] == [0, 1, 2, 1]
    assert {row["id"] for row in result["data"] if row["type"] == 1} == {1112, 1115}


async def test_signatures_are_listed_by_id_without_a_total(caller: Caller) -> None:
    result = await caller.v5("get_sign", {"sign_id": [112, 9, 110]}, "")
    assert [(row["id"], row["status"]) for row in result["data"]] == [(112, 2), (110, 0)]
    assert "total" not in result


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sign_id": [1], "sign_page": {"max": 1, "offset": 0}},
        {"sign_page": {"max": 51, "offset": 0}},
        {"sign_page": {"max": 1, "offset": -1}},
        {"sign_page": 1},
        {"sign_id": ["1"]},
    ],
)
async def test_a_list_wants_ids_or_a_page(caller: Caller, body: dict[str, Any]) -> None:
    assert (await caller.v5("get_sign", body, ""))["result"] == 1004


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/v5/tlssmssvr/sendsms?sdkappid=1400006666&random=1", b"{}", 60002),
        ("POST", "/v5/tlssmssvr/sendsms?sdkappid=1400006666&random=1", b"{", 60003),
        ("POST", "/v5/tlssmssvr/sendsms?sdkappid=1400006666&random=1", b"[]", 60003),
        ("POST", "/v5/tlssmssvr/sendsms?sdkappid=1&random=1", b"{}", 60006),
        ("POST", "/v5/tlssmssvr/sendsms?random=1", b"{}", 60012),
        ("POST", "/v5/tlssmssvr/sendpigeon?sdkappid=1400006666", b"{}", 60009),
        ("POST", "/v5/tlsother/sendsms?sdkappid=1400006666", b"{}", 60009),
        ("POST", "/v5/tlssmssvr/sendsms/x", b"{}", 60009),
        ("POST", "/v5/", b"{}", 60009),
    ],
)
async def test_the_gateway_has_an_envelope_of_its_own(
    caller: Caller, method: str, path: str, body: bytes, code: int
) -> None:
    async with caller.session.request(method, caller.sandbox.url + path, data=body) as answer:
        result = json.loads(await answer.read())
    assert (answer.status, result["ActionStatus"], result["ErrorCode"]) == (200, "FAIL", code)
    assert "result" not in result


async def test_a_throttled_command_is_60007(caller: Caller) -> None:
    await caller.admin("POST", "faults", {"action": "sendsms", "kind": "throttle"})
    assert (await caller.v5("sendsms", BY_TEMPLATE, TAIL))["ErrorCode"] == 60007


async def test_a_command_is_listed_with_its_signed_time(caller: Caller, clock: Clock) -> None:
    await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    (entry,) = caller.sandbox.requests
    found = (entry.action, entry.outcome, entry.timestamp)
    assert found == ("sendsms", "Ok", str(int(clock.now.timestamp())))


FLAT = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
JUNK = FLAT | st.lists(FLAT, max_size=3) | st.dictionaries(st.text(), FLAT, max_size=3)


async def test_no_body_whatever_gets_anything_but_an_envelope(caller: Caller) -> None:
    examples: list[tuple[str, dict[str, Any]]] = []
    names = ["tel", "sign", "tpl_id", "params", "msg", "type", "ext", "sig", "time", "sign_page"]
    commands = ["sendsms", "sendmultisms2", "sendisms", "get_sign", "get_template"]

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(commands),
        st.dictionaries(st.sampled_from(names) | st.text(), JUNK, max_size=4),
    )
    def collect(command: str, junk: dict[str, Any]) -> None:
        examples.append((command, junk))

    collect()
    for command, junk in examples:
        result = await caller.v5(command, {**BY_TEMPLATE}, TAIL, **junk)
        assert "result" in result or result["ActionStatus"] == "FAIL"
