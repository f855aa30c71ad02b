"""The phone that rings: fixed fates, a person at the handset, and what the customer is told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.locales import Locale
from bot.sandbox.tencent.alone import introduction
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.sandbox.tencent.voice_state import EventKind
from tests.sandbox.tencent.callers import NOON, Caller, Clock, Receiver
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_voice_actions import CALLEE, CODE, TTS, VOICE

NOW_S = str(int(NOON.timestamp()))


@pytest.fixture
async def caller(start: Start, receiver: Receiver) -> Caller:
    """Test numbers act at once; a person has a minute to pick up and to listen."""
    return await begin(start, receiver)


async def begin(
    start: Start, receiver: Receiver, state_path: Path | None = None, **changes: Any
) -> Caller:
    settings: dict[str, Any] = {
        "answer_delay_s": 0.0,
        "ring_timeout_s": 60.0,
        "seconds_per_character": 1.0,
        "callback_retry_s": 0.0,
        "callback_url": receiver.url,
    }
    return await start(state_path, voice=VoiceConfig(**{**settings, **changes}))


async def ring(caller: Caller, number: str = CALLEE) -> str:
    """The id of a code call that rings."""
    parameters = {**CODE, "CalledNumber": number}
    response = await caller.call("SendCodeVoice", parameters, **VOICE)
    callid: str = response["SendStatus"]["CallId"]
    return callid


async def act(caller: Caller, callid: str, act: str, body: object = None) -> tuple[int, Any]:
    """Status and body of what somebody does at the handset."""
    url = f"{caller.sandbox.url}/_sandbox/calls/{callid}/{act}"
    async with caller.session.post(url, json=body) as answer:
        return answer.status, await answer.json()


async def events(receiver: Receiver, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The first voice callbacks, each as its key and its fields."""
    posts: list[Any] = await receiver.wait_for(count)
    assert all(len(post) == 1 for post in posts)
    return [next(iter(post.items())) for post in posts]


async def stage(caller: Caller, callid: str) -> str:
    calls = (await caller.admin("GET", "calls"))["calls"]
    (found,) = [call["stage"] for call in calls if call["callid"] == callid]
    stage: str = found
    return stage


async def test_a_person_answers_presses_keys_and_hangs_up(
    caller: Caller, receiver: Receiver, clock: Clock
) -> None:
    callid = await ring(caller)
    assert await stage(caller, callid) == "ringing"
    clock.advance(seconds=5)
    assert (await act(caller, callid, "answer"))[1]["stage"] == "talking"
    assert (await act(caller, callid, "press", {"key": "2"}))[1]["keys"] == "2"
    assert (await act(caller, callid, "press", {"key": "#"}))[1]["keys"] == "2#"
    clock.advance(seconds=61)
    status, call = await act(caller, callid, "hang_up")
    assert (status, call["stage"], call["fee_minutes"]) == (200, "ended", 2)
    shared = {
        "call_from": "075583763333",
        "callid": callid,
        "mobile": "18501234444",
        "nationcode": "86",
    }
    times = {
        "result": "0",
        "start_calltime": NOW_S,
        "accept_time": str(int(NOW_S) + 5),
        "end_calltime": str(int(NOW_S) + 66),
        "fee": "2",
    }
    assert await events(receiver, 3) == [
        ("voicekey_callback", {**shared, "keypress": "2"}),
        ("voicekey_callback", {**shared, "keypress": "#"}),
        ("voicecode_callback", {**shared, **times}),
    ]
    assert caller.sandbox.world.state.voice.minutes_left == 998


async def test_a_notice_is_reported_under_a_key_of_its_own(
    caller: Caller, receiver: Receiver
) -> None:
    await caller.call("SendTtsVoice", {**TTS, "CalledNumber": "+8613800000022"}, **VOICE)
    keys = [key for key, _ in await events(receiver, 2)]
    assert keys == ["voiceprompt_callback", "voice_failure_callback"]


async def test_a_declined_call_is_not_answered_and_the_user_busy(
    caller: Caller, receiver: Receiver
) -> None:
    callid = await ring(caller)
    assert (await act(caller, callid, "decline"))[0] == 200
    (_, result), (key, failure) = await events(receiver, 2)
    assert (result["result"], result["accept_time"], result["fee"]) == ("1", "0", "0")
    assert key == "voice_failure_callback"
    assert failure == {
        "call_from": "075583763333",
        "callid": callid,
        "failure_code": 10,
        "failure_reason": "用户正忙",
        "mobile": "18501234444",
        "nationcode": "86",
    }


async def test_a_ringing_call_can_be_let_fail_for_any_reason_of_the_vendors(
    caller: Caller, receiver: Receiver
) -> None:
    callid = await ring(caller)
    assert (await act(caller, callid, "decline", {"failure_code": 14}))[0] == 400
    assert (await act(caller, callid, "decline", {"failure_code": 7}))[0] == 200
    (_, result), (_, failure) = await events(receiver, 2)
    assert (result["result"], failure["failure_reason"]) == ("2", "停机")


@pytest.mark.parametrize(
    ("number", "result", "failure_code"),
    [
        ("+8613800000002", "2", 8),
        ("+8613800000003", "2", 1),
        ("+8613800000021", "1", 10),
        ("+8613800000022", "1", 5),
        ("+8613800000023", "2", 3),
    ],
)
async def test_a_test_number_fails_by_itself(
    caller: Caller, receiver: Receiver, number: str, result: str, failure_code: int
) -> None:
    callid = await ring(caller, number)
    (key, told), (_, failure) = await events(receiver, 2)
    assert (key, told["callid"], told["result"]) == ("voicecode_callback", callid, result)
    assert failure["failure_code"] == failure_code


async def test_a_test_number_answers_and_hears_it_out(start: Start, receiver: Receiver) -> None:
    caller = await begin(start, receiver, seconds_per_character=0.0)
    callid = await ring(caller, "+8613800000001")
    ((key, told),) = await events(receiver, 1)
    assert (key, told["callid"], told["result"], told["fee"]) == (
        "voicecode_callback",
        callid,
        "0",
        "1",
    )


async def test_a_test_number_presses_one_and_goes_on_listening(
    caller: Caller, receiver: Receiver
) -> None:
    callid = await ring(caller, "+8613800000024")
    ((key, told),) = await events(receiver, 1)
    assert (key, told["keypress"]) == ("voicekey_callback", "1")
    assert await stage(caller, callid) == "talking"


async def test_a_test_number_hangs_up_at_once(caller: Caller, receiver: Receiver) -> None:
    await ring(caller, "+8613800000025")
    ((_, told),) = await events(receiver, 1)
    assert told["result"] == "0"


async def test_a_phone_nobody_answers_stops_ringing(start: Start, receiver: Receiver) -> None:
    caller = await begin(start, receiver, ring_timeout_s=0.0)
    await ring(caller)
    (_, result), (_, failure) = await events(receiver, 2)
    assert (result["result"], failure["failure_reason"]) == ("1", "无人接听")


async def test_a_call_ends_by_itself_when_the_text_is_over(
    start: Start, receiver: Receiver
) -> None:
    caller = await begin(start, receiver, seconds_per_character=0.0)
    await act(caller, await ring(caller), "answer")
    ((_, told),) = await events(receiver, 1)
    assert told["result"] == "0"


async def test_what_cannot_be_done_with_a_call_is_refused(caller: Caller) -> None:
    callid = await ring(caller)
    assert (await act(caller, callid, "press", {"key": "1"}))[0] == 409
    assert (await act(caller, callid, "hang_up"))[0] == 409
    await act(caller, callid, "answer")
    assert (await act(caller, callid, "answer"))[0] == 409
    assert (await act(caller, callid, "decline"))[0] == 409
    for key in ("12", "", "A", 1, None):
        assert (await act(caller, callid, "press", {"key": key}))[0] == 400
    for doing, body in (("answer", None), ("hang_up", None), ("press", {"key": "1"})):
        assert (await act(caller, "nothing", doing, body))[0] == 404
    assert (await act(caller, "nothing", "decline"))[0] == 404


async def test_keys_can_be_pressed_only_so_often(caller: Caller) -> None:
    callid = await ring(caller)
    await act(caller, callid, "answer")
    caller.sandbox.world.app.voice_url = None
    statuses = [(await act(caller, callid, "press", {"key": "1"}))[0] for _ in range(33)]
    assert statuses == [200] * 32 + [409]


async def test_a_failed_push_is_tried_three_times_and_then_given_up(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.answers = [(500, ""), (200, '{"result":1}'), (200, "OK")]
    callid = await ring(caller)
    await act(caller, callid, "decline")
    posts = await events(receiver, 4)
    keys = [key for key, _ in posts]
    assert keys == ["voicecode_callback"] * 3 + ["voice_failure_callback"]


async def test_every_step_of_a_call_is_streamed_with_what_is_spoken(caller: Caller) -> None:
    url = f"{caller.sandbox.url}/_sandbox/events"
    async with asyncio.timeout(30), caller.session.get(url) as stream:
        await stream.content.readuntil(b"\n\n")
        await act(caller, await ring(caller), "answer")
        frames = [await stream.content.readuntil(b"\n\n") for _ in range(2)]
    found = [json.loads(frame.removeprefix(b"data: ")) for frame in frames]
    assert [(each["type"], each["number"]) for each in found] == [("call", CALLEE)] * 2
    assert [each["call"]["stage"] for each in found] == ["ringing", "talking"]
    assert found[0]["call"]["text"] == "您的验证码是1234"


async def test_the_book_of_calls_says_what_the_test_numbers_do(caller: Caller) -> None:
    book = await caller.admin("GET", "calls")
    fates = {each["number"]: each["fate"] for each in book["numbers"]}
    assert fates["+8613800000021"] == "busy"
    assert fates[None] == "manual"


async def test_a_call_and_its_callbacks_go_on_after_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    caller = await begin(start, receiver, path)
    ringing = await ring(caller)
    talking = await ring(caller, "+8618501234445")
    await act(caller, talking, "answer")
    await caller.sandbox.stop()
    later = await begin(start, receiver, path)
    assert await stage(later, talking) == "talking"
    await act(later, ringing, "decline")
    assert [key for key, _ in await events(receiver, 2)][1] == "voice_failure_callback"


async def test_an_unpushed_callback_goes_out_after_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    receiver.answers = [(500, "")]
    caller = await begin(start, receiver, path, callback_retry_s=60.0)
    await act(caller, await ring(caller), "answer")
    await act(caller, next(iter(caller.sandbox.world.state.voice.calls)).callid, "hang_up")
    await receiver.wait_for(1)
    voice = caller.sandbox.world.state.voice
    async with asyncio.timeout(30):
        while not any(each.tries for each in voice.pending):  # noqa: ASYNC110 - told by nobody
            await asyncio.sleep(0.005)
    await caller.sandbox.stop()
    await begin(start, receiver, path)
    assert [key for key, _ in await events(receiver, 2)] == ["voicecode_callback"] * 2


@pytest.mark.parametrize(
    ("kind", "expected"), [("lose", ["failure"]), ("duplicate", ["code", "code", "failure"])]
)
async def test_a_voice_callback_can_be_lost_or_doubled(
    caller: Caller, receiver: Receiver, kind: str, expected: list[str]
) -> None:
    await caller.admin("POST", "faults", {"action": "VoiceCallback", "kind": kind})
    await act(caller, await ring(caller), "decline")
    keys = [key for key, _ in await events(receiver, len(expected))]
    assert [key.removeprefix("voice").strip("_").split("_")[0] for key in keys] == expected


@pytest.mark.parametrize(
    ("locale", "words"), [(Locale.EN, "Answers and presses 1"), (Locale.ZH_CN, "接听后按 1")]
)
def test_a_person_reads_what_the_test_numbers_do_when_rung_up(locale: Locale, words: str) -> None:
    lines = introduction({"url": "u"}, locale).splitlines()
    assert f"  +8613800000024  {words}" in lines


async def test_an_answered_call_has_no_failure_to_tell_of(
    caller: Caller, receiver: Receiver
) -> None:
    callid = await ring(caller)
    await act(caller, callid, "answer")
    caller.sandbox.world.switchboard.hang_up(callid)
    pending = caller.sandbox.world.state.voice.pending
    assert [event.kind for event in pending] == [EventKind.RESULT]
    assert len(await events(receiver, 1)) == 1


async def test_a_call_that_was_answered_does_not_stop_ringing_later(
    start: Start, receiver: Receiver
) -> None:
    caller = await begin(start, receiver, ring_timeout_s=0.5)
    answered = await ring(caller)
    await act(caller, answered, "answer")
    later = await ring(caller, "+8618501234445")
    (_, result), _ = await events(receiver, 2)
    assert result["callid"] == later
    assert await stage(caller, answered) == "talking"


async def test_a_callback_that_had_no_time_to_begin_goes_out_after_a_restart(
    caller: Caller, receiver: Receiver
) -> None:
    callid = await ring(caller)
    switchboard = caller.sandbox.world.switchboard
    switchboard.decline(callid)
    await switchboard.stop()
    await switchboard.start()
    assert len(await events(receiver, 2)) == 2


async def test_an_address_given_at_a_restart_is_the_one_that_counts(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    caller = await begin(start, receiver, path, callback_url=None)
    callid = await ring(caller)
    await caller.sandbox.stop()
    later = await begin(start, receiver, path)
    await act(later, callid, "decline")
    assert len(await events(receiver, 2)) == 2


async def test_a_callback_follows_when_the_earlier_ones_are_through(
    caller: Caller, receiver: Receiver
) -> None:
    callid, voice = await ring(caller), caller.sandbox.world.state.voice
    await act(caller, callid, "answer")
    await act(caller, callid, "press", {"key": "1"})
    async with asyncio.timeout(30):
        while voice.pending:  # noqa: ASYNC110 - nobody announces an empty list
            await asyncio.sleep(0.005)
    await act(caller, callid, "press", {"key": "2"})
    assert [fields["keypress"] for _, fields in await events(receiver, 2)] == ["1", "2"]
