"""Every callback is as the vendor's pages show it, and pushed three times if nobody takes it."""

from typing import Any

import pytest

from bot.sandbox.tencent.voice_config import VoiceConfig
from tests.sandbox.tencent.callback_conformance import DOCUMENTED, NOT_TAKEN, REPEATED, TAKEN
from tests.sandbox.tencent.callers import Caller, Receiver, idle, until
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_voice_actions import CODE, TTS, VOICE
from tests.sandbox.tencent.tried import Tried

#: Who answers at once, and how: pressing a key, listening, or not at all.
PRESSES, LISTENS, IS_EMPTY = "+8613800000024", "+8613800000001", "+8613800000002"
CALLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "voicekey_callback": ("SendTtsVoice", TTS, PRESSES),
    "voiceprompt_callback": ("SendTtsVoice", TTS, LISTENS),
    "voicecode_callback": ("SendCodeVoice", CODE, LISTENS),
    "voice_failure_callback": ("SendCodeVoice", CODE, IS_EMPTY),
}
MOBILE = "+8613800000001"


async def brought_about(start: Start, url: str, name: str) -> Caller:
    """A sandbox in which this callback, and for voice what comes before and after it, is pushed."""
    voice = VoiceConfig(
        answer_delay_s=0.0, seconds_per_character=0.0, callback_retry_s=0.0, callback_url=url
    )
    caller = await start(
        callback_url=url if name == "status" else None,
        reply_url=url if name == "reply" else None,
        voice=voice,
    )
    if name in CALLS:
        action, parameters, callee = CALLS[name]
        await caller.call(action, {**parameters, "CalledNumber": callee}, **VOICE)
        return caller
    assert await caller.code(MOBILE) == "Ok"
    if name == "reply":
        await caller.admin("POST", f"phones/{MOBILE}/reply", {"text": "收到"})
    return caller


async def settled(caller: Caller) -> None:
    """Until nothing is left to be pushed."""
    state = caller.sandbox.world.state
    await idle(caller.sandbox)
    await until(lambda: all(each.stage.name == "ENDED" for each in state.voice.calls))
    await until(lambda: not state.voice.pending)
    await until(lambda: all(each.pushed for each in state.account.replies))


def of(name: str, posts: list[Any]) -> list[Any]:
    """The bodies of one kind of callback among all that were pushed."""
    if name not in CALLS:
        return posts
    return [post[name] for post in posts if name in post]


def shape(body: Any) -> Any:
    """The names in a body and the types of their values."""
    if isinstance(body, list):
        return [shape(each) for each in body]
    if isinstance(body, dict):
        return {name: shape(value) for name, value in body.items()}
    return type(body)


@pytest.mark.parametrize("cell", TAKEN, ids=str)
async def test_a_callback_is_what_its_page_shows(
    start: Start, receiver: Receiver, cell: Tried
) -> None:
    caller = await brought_about(start, receiver.url, cell.action)
    await settled(caller)
    (body,) = of(cell.action, receiver.posts)
    assert shape(body) == shape(DOCUMENTED[cell.action])


@pytest.mark.parametrize("cell", REPEATED, ids=str)
async def test_a_callback_nobody_takes_is_pushed_three_times_in_all(
    start: Start, receiver: Receiver, cell: Tried
) -> None:
    receiver.answers = [NOT_TAKEN[cell.code]] * 100
    caller = await brought_about(start, receiver.url, cell.action)
    await settled(caller)
    first, *repeats = of(cell.action, receiver.posts)
    assert repeats == [first, first]
