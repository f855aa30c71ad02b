"""SendTtsVoice and SendCodeVoice: what is said, and every refusal as a top-level error."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.voice_config import VoiceConfig
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start

CALLEE = "+8618501234444"
CODE: dict[str, Any] = {
    "CodeMessage": "1234",
    "CalledNumber": CALLEE,
    "VoiceSdkAppid": "1400006666",
}
TTS: dict[str, Any] = {
    "TemplateId": "4357",
    "TemplateParamSet": ["A1", "明天"],
    "CalledNumber": CALLEE,
    "VoiceSdkAppid": "1400006666",
}
VOICE = {"service": "vms", "headers": {"X-TC-Version": "2020-09-02"}}


def changed(parameters: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The parameters with `changes`; a None takes one away."""
    return {key: value for key, value in {**parameters, **changes}.items() if value is not None}


async def code(caller: Caller, **changes: Any) -> str:
    """The code of a SendCodeVoice."""
    return await outcome(caller, "SendCodeVoice", changed(CODE, changes))


async def tts(caller: Caller, **changes: Any) -> str:
    """The code of a SendTtsVoice."""
    return await outcome(caller, "SendTtsVoice", changed(TTS, changes))


async def outcome(caller: Caller, action: str, parameters: dict[str, Any]) -> str:
    response = await caller.call(action, parameters, **VOICE)
    found: str = response["Error"]["Code"] if "Error" in response else "Ok"
    return found


async def test_a_code_is_read_out_behind_its_introduction(caller: Caller) -> None:
    response = await caller.call("SendCodeVoice", {**CODE, "SessionContext": "c"}, **VOICE)
    status = response["SendStatus"]
    assert set(status) == {"CallId", "SessionContext"}
    assert status["SessionContext"] == "c"
    (call,) = caller.sandbox.world.state.voice.calls
    assert (call.callid, call.number) == (status["CallId"], CALLEE)
    assert (call.text, call.play_times) == ("您的验证码是1234", 2)


async def test_a_template_is_read_out_with_its_values(caller: Caller) -> None:
    assert await tts(caller, PlayTimes=3) == "Ok"
    (call,) = caller.sandbox.world.state.voice.calls
    assert (call.text, call.play_times) == ("您的订单A1已发货，预计明天送达。", 3)
    assert call.speech_ms == 3 * 250 * len(call.text)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"CodeMessage": None}, "MissingParameter"),
        ({"CodeMessage": ""}, "FailedOperation.InvalidParameters"),
        ({"CodeMessage": "12a4"}, "FailedOperation.InvalidParameters"),
        ({"CodeMessage": "１２"}, "FailedOperation.InvalidParameters"),
        ({"CodeMessage": 1234}, "InvalidParameter"),
        ({"CodeMessage": "1" * 344}, "Ok"),
        ({"CodeMessage": "1" * 345}, "InvalidParameterValue.ContentLengthLimit"),
        ({"CalledNumber": "18501234444"}, "InvalidParameterValue.CalledNumberVerifyFail"),
        ({"CalledNumber": "+8612345"}, "InvalidParameterValue.CalledNumberVerifyFail"),
        ({"CalledNumber": "+14155550101"}, "UnsupportedOperation"),
        ({"VoiceSdkAppid": "1400000000"}, "UnauthorizedOperation.VoiceSdkAppidVerifyFail"),
        ({"VoiceSdkAppId": "1400006666"}, "UnknownParameter"),
        ({"PlayTimes": 0}, "FailedOperation.InvalidParameters"),
        ({"PlayTimes": 1}, "Ok"),
        ({"PlayTimes": 4}, "FailedOperation.InvalidParameters"),
        ({"PlayTimes": "2"}, "InvalidParameter"),
        ({"SessionContext": "x" * 511}, "Ok"),
        ({"SessionContext": "x" * 512}, "InvalidParameterValue"),
    ],
)
async def test_a_wrong_code_call_has_a_top_level_error(
    caller: Caller, changes: dict[str, Any], expected: str
) -> None:
    assert await code(caller, **changes) == expected
    assert len(list(caller.sandbox.world.state.voice.calls)) == (expected == "Ok")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TemplateId": "1110"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateId": "4359", "TemplateParamSet": ["x"]}, "FailedOperation.Template"),
        ({"TemplateId": "4360", "TemplateParamSet": []}, "FailedOperation.Template"),
        ({"TemplateId": "x"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateId": 4357}, "InvalidParameter"),
        ({"TemplateParamSet": ["one"]}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateParamSet": None}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateParamSet": ["x", 2]}, "InvalidParameter"),
        ({"TemplateParamSet": ["x", "y" * 350]}, "InvalidParameterValue.ContentLengthLimit"),
        ({"TemplateId": "4358", "TemplateParamSet": None}, "Ok"),
    ],
)
async def test_a_wrong_notice_has_a_top_level_error(
    caller: Caller, changes: dict[str, Any], expected: str
) -> None:
    assert (await tts(caller, **changes)).startswith(expected)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+8613800000026", "LimitExceeded.DeliveryFrequencyLimit"),
        ("+8613800000027", "FailedOperation.InsufficientBalanceInVoicePackage"),
        ("+8613800000028", "InternalError.AccessUpstreamTimeout"),
    ],
)
async def test_a_test_number_is_refused_as_its_fate_says(
    caller: Caller, number: str, expected: str
) -> None:
    assert await code(caller, CalledNumber=number) == expected
    assert list(caller.sandbox.world.state.voice.calls) == []


async def test_a_second_call_within_thirty_seconds_is_refused(caller: Caller, clock: Clock) -> None:
    assert await code(caller) == "Ok"
    assert await code(caller) == "LimitExceeded.DeliveryFrequencyLimit"
    assert await tts(caller) == "Ok"  # a notice has limits of its own
    assert await code(caller, CalledNumber="+8618501234445") == "Ok"
    clock.advance(seconds=30)
    assert await code(caller) == "Ok"


async def test_an_empty_voice_package_refuses_calls(start: Start) -> None:
    caller = await start(voice=VoiceConfig(package_minutes=0))
    assert await code(caller) == "FailedOperation.InsufficientBalanceInVoicePackage"
    await caller.admin("PUT", "voice", {"minutes_left": 1})
    assert await code(caller) == "Ok"


async def test_the_version_says_which_service_has_an_action(caller: Caller) -> None:
    assert await caller.refusal("SendCodeVoice", CODE, service="vms") == "InvalidAction"
    assert await caller.refusal("SendSms", caller.order(CALLEE), **VOICE) == "InvalidAction"
    response = await caller.call("SendCodeVoice", CODE, **{**VOICE, "service": "127"})
    assert "SendStatus" in response


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


async def test_more_than_twenty_calls_a_second_are_refused(caller: Caller, clock: Clock) -> None:
    numbers = [f"+86185012344{last:02}" for last in range(21)]
    codes = [await code(caller, CalledNumber=number) for number in numbers]
    assert codes == ["Ok"] * 20 + ["RequestLimitExceeded"]
    assert await tts(caller) == "Ok"
    clock.advance(seconds=1)
    assert await code(caller, CalledNumber=numbers[20]) == "Ok"


async def test_no_parameters_whatever_get_anything_but_an_envelope(start: Start) -> None:
    caller = await start(api_rates=False)
    examples: list[tuple[str, dict[str, Any]]] = []
    names = st.sampled_from([*CODE, *TTS, "PlayTimes", "SessionContext"]) | st.text()

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(["SendCodeVoice", "SendTtsVoice"]),
        st.dictionaries(names, JUNK, max_size=3),
    )
    def collect(action: str, junk: dict[str, Any]) -> None:
        examples.append((action, junk))

    collect()
    for action, junk in examples:
        base = CODE if action == "SendCodeVoice" else TTS
        assert await outcome(caller, action, {**base, **junk})
