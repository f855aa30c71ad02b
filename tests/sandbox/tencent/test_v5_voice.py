"""The voice commands of legacy v5 ring the same phones, with result codes of their own."""

from typing import Any

import pytest

from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.voice_config import VoiceConfig
from tests.sandbox.tencent.callers import VOICE_DOOR, Caller
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_v5_send import MOBILE, NUMBER, TAIL, TEL

CODE: dict[str, Any] = {"tel": TEL, "msg": "1234", "ext": "e"}
TTS: dict[str, Any] = {"tel": TEL, "tpl_id": 4357, "params": ["A1", "明天"], "ext": "e"}
PROMPT: dict[str, Any] = {
    "tel": TEL,
    "prompttype": 2,
    "promptfile": "您的订单A1已发货，预计明天送达。",
}


async def voice(caller: Caller, command: str, body: dict[str, Any], tail: str = TAIL) -> Any:
    return await caller.v5(command, body, tail, door=VOICE_DOOR)


@pytest.mark.parametrize("command", ["sendcvoice", "sendvoice"])
async def test_a_code_rings_the_phone(caller: Caller, command: str) -> None:
    result = await voice(caller, command, CODE)
    (call,) = caller.sandbox.world.state.voice.calls
    assert result == {"result": 0, "errmsg": "OK", "callid": call.callid, "ext": "e"}
    assert (call.number, call.text, call.play_times) == (NUMBER, "您的验证码是1234", 2)


async def test_a_notice_by_template_rings_the_phone(caller: Caller) -> None:
    result = await voice(caller, "sendtvoice", {**TTS, "playtimes": 1})
    assert (result["result"], result["errmsg"]) == (0, "ok")
    (call,) = caller.sandbox.world.state.voice.calls
    assert (call.text, call.play_times) == ("您的订单A1已发货，预计明天送达。", 1)


async def test_a_prompt_is_off_until_support_opens_it(caller: Caller) -> None:
    assert (await voice(caller, "sendvoiceprompt", PROMPT))["result"] == 1030
    await caller.admin("PUT", "voice", {"prompts_enabled": True})
    assert (await voice(caller, "sendvoiceprompt", PROMPT))["result"] == 0
    (call,) = caller.sandbox.world.state.voice.calls
    assert call.text == PROMPT["promptfile"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"prompttype": 1}, 1004),
        ({"promptfile": "您好"}, 1014),
        ({"promptfile": "您预约的时间是九点，确认请按1。"}, 1014),
        ({"promptfile": "您的订单A已发货，预计" + "天" * 86 + "送达。"}, 0),
        ({"promptfile": "您的订单A已发货，预计" + "天" * 87 + "送达。"}, 1036),
    ],
)
async def test_a_prompt_is_after_an_approved_template(
    start: Start, changes: dict[str, Any], expected: int
) -> None:
    caller = await start(voice=VoiceConfig(prompts_enabled=True))
    assert (await voice(caller, "sendvoiceprompt", {**PROMPT, **changes}))["result"] == expected


@pytest.mark.parametrize(
    ("command", "body", "expected"),
    [
        ("sendcvoice", {**CODE, "msg": "12x"}, 3004),
        ("sendcvoice", {**CODE, "msg": 1234}, 3004),
        ("sendcvoice", {**CODE, "playtimes": 4}, 3004),
        ("sendcvoice", {**CODE, "playtimes": "2"}, 3004),
        ("sendcvoice", {**CODE, "msg": "1" * 345}, 1036),
        ("sendtvoice", {**TTS, "tpl_id": 1110}, 1014),
        ("sendtvoice", {**TTS, "tpl_id": 4359, "params": ["x"]}, 1014),
        ("sendtvoice", {**TTS, "params": []}, 1014),
        ("sendtvoice", {**TTS, "params": ["x", "赌博"]}, 1002),
        ("sendfvoice", {"tel": TEL, "fid": "nothing"}, 1014),
    ],
)
async def test_a_refusal_has_the_voice_services_own_number(
    caller: Caller, command: str, body: dict[str, Any], expected: int
) -> None:
    result = await voice(caller, command, body)
    assert (result["result"], set(result)) == (expected, {"result", "errmsg", "ext"})
    assert list(caller.sandbox.world.state.voice.calls) == []


@pytest.mark.parametrize(
    ("country", "mobile", "expected"),
    [
        ("1", "4155550101", 1030),
        ("86", "12345", 3004),
        ("86", "13800000026", 1013),
        ("86", "13800000027", 1031),
        ("86", "13800000028", 3011),
    ],
)
async def test_a_number_is_refused_as_its_fate_says(
    caller: Caller, country: str, mobile: str, expected: int
) -> None:
    body = {**CODE, "tel": {"nationcode": country, "mobile": mobile}}
    assert (await voice(caller, "sendcvoice", body, f"&mobile={mobile}"))["result"] == expected


async def test_both_generations_share_the_limits(caller: Caller) -> None:
    assert (await voice(caller, "sendcvoice", CODE))["result"] == 0
    assert (await voice(caller, "sendcvoice", CODE))["result"] == 1013
    parameters = {"CodeMessage": "1", "CalledNumber": NUMBER, "VoiceSdkAppid": "1400006666"}
    headers = {"X-TC-Version": "2020-09-02"}
    refused = await caller.refusal("SendCodeVoice", parameters, service="vms", headers=headers)
    assert refused == "LimitExceeded.DeliveryFrequencyLimit"


async def test_a_wrong_signature_and_the_wrong_door_are_refused(caller: Caller) -> None:
    assert (await voice(caller, "sendcvoice", CODE, "&mobile=1"))["result"] == 1001
    assert (await voice(caller, "sendsms", CODE))["ErrorCode"] == 60009
    assert (await caller.v5("sendcvoice", CODE, f"&mobile={MOBILE}"))["ErrorCode"] == 60009


async def test_faults_can_be_ordered_by_command(caller: Caller) -> None:
    await caller.admin("POST", "faults", {"action": "sendcvoice", "kind": "throttle"})
    assert (await voice(caller, "sendcvoice", CODE))["ErrorCode"] == 60007


async def test_an_account_in_arrears_calls_nobody(start: Start) -> None:
    caller = await start(account=Account(arrears=True))
    assert (await voice(caller, "sendcvoice", CODE))["result"] == 1033
    assert list(caller.sandbox.world.state.voice.calls) == []


async def test_an_exempt_number_may_be_called_as_often_as_anybody_likes(caller: Caller) -> None:
    caller.sandbox.world.app.exempt = (NUMBER,)
    results = [(await voice(caller, "sendcvoice", CODE))["result"] for _ in range(4)]
    assert results == [0] * 4
