"""Sending with legacy v5: the same rules and the same state as API 3.0, other shapes."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.tencent.config import Account
from tests.sandbox.tencent.callers import Caller, Clock, Receiver, v5_sig
from tests.sandbox.tencent.conftest import Start

MOBILE = "18501234444"
NUMBER = f"+86{MOBILE}"
TAIL = f"&mobile={MOBILE}"
TEL = {"nationcode": "86", "mobile": MOBILE}
BY_TEMPLATE: dict[str, Any] = {"tel": TEL, "sign": "腾讯云", "tpl_id": 1110, "params": ["4370"]}
TEXT = "您的验证码是88，5分钟内有效，请勿泄露。"


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
        (f"【腾讯云】{TEXT}", f"【腾讯云】{TEXT}"),
        (TEXT, f"【腾讯云】{TEXT}"),
        (f"【没有这个】{TEXT}", f"【腾讯云】[没有这个]{TEXT}"),
        (f"【新品预告】{TEXT}", f"【腾讯云】[新品预告]{TEXT}"),
    ],
)
async def test_a_text_is_matched_and_signed_with_the_default_unless_its_signature_is_approved(
    caller: Caller, msg: str, text: str
) -> None:
    body = {"tel": TEL, "type": 0, "msg": msg}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 0
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text == text


async def test_support_can_have_an_unapproved_signature_refused(start: Start) -> None:
    caller = await start(v5_strict_signs=True)
    body = {"tel": TEL, "type": 0, "msg": f"【没有这个】{TEXT}"}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 1012


@pytest.mark.parametrize(
    ("kind", "msg", "expected"),
    [
        (0, "您好", 1014),
        (1, TEXT, 1014),
        (1, "会员日今日开始，到店出示本短信可享优惠，拒收请回复R", 0),
        (0, "会员日今日开始，到店出示本短信可享优惠，拒收请回复R", 1014),
        (0, "Your code is 1. It expires in 2 minutes.", 1014),
        (2, TEXT, 1004),
        ("0", TEXT, 1004),
    ],
)
async def test_a_text_must_be_after_a_template_of_its_kind(
    caller: Caller, kind: object, msg: str, expected: int
) -> None:
    body = {"tel": TEL, "type": kind, "msg": msg}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == expected


async def test_marketing_is_refused_at_night(caller: Caller, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    body = {**BY_TEMPLATE, "tpl_id": 1112, "params": []}
    assert (await caller.v5("sendsms", body, TAIL))["result"] == 1029


async def test_an_account_in_arrears_is_refused_as_a_whole(start: Start) -> None:
    caller = await start(account=Account(arrears=True))
    assert (await caller.v5("sendsms", BY_TEMPLATE, TAIL))["result"] == 1033
