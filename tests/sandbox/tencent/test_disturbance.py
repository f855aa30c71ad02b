"""Callbacks that are lost, doubled, late or overtaken, because somebody ordered it."""

from typing import Any

from bot.sandbox.tencent.voice_config import VoiceConfig
from tests.sandbox.tencent.callers import Caller, Receiver, idle, until
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_voice_actions import CODE, VOICE

ONE, TWO = "+8613800000001", "+8613800000003"


async def order(caller: Caller, kind: str, **rest: Any) -> None:
    await caller.admin("POST", "faults", {"action": "StatusCallback", "kind": kind, **rest})


def reported(receiver: Receiver) -> list[str]:
    return [row["mobile"][-1] for post in receiver.posts for row in post]


async def test_a_lost_report_never_comes_but_was_made(caller: Caller, receiver: Receiver) -> None:
    await order(caller, "lose")
    await caller.send(ONE)
    await idle(caller.sandbox)
    await caller.send(TWO)
    await idle(caller.sandbox)
    assert reported(receiver) == ["3"]
    (attempt,) = caller.sandbox.world.state.ledger.of(ONE)
    assert attempt.reported_success


async def test_a_doubled_report_comes_twice(caller: Caller, receiver: Receiver) -> None:
    await order(caller, "duplicate")
    await caller.send(ONE)
    await idle(caller.sandbox)
    assert reported(receiver) == ["1", "1"]


async def test_a_report_is_overtaken_by_the_next(caller: Caller, receiver: Receiver) -> None:
    await order(caller, "reorder", latency_ms=5000)
    await caller.send(ONE)
    await caller.send(TWO)
    await idle(caller.sandbox)
    assert reported(receiver) == ["3", "1"]


async def test_without_a_next_one_it_comes_after_a_while(
    caller: Caller, receiver: Receiver
) -> None:
    await order(caller, "reorder", latency_ms=20)
    await caller.send(ONE)
    await idle(caller.sandbox)
    assert reported(receiver) == ["1"]


async def test_a_late_report_comes_late(caller: Caller, receiver: Receiver) -> None:
    await order(caller, "delay", latency_ms=600)
    await caller.send(ONE)
    await caller.send(TWO)
    await idle(caller.sandbox)
    assert reported(receiver) == ["3", "1"]


async def test_a_fault_of_callbacks_leaves_calls_alone(caller: Caller, receiver: Receiver) -> None:
    await caller.admin("POST", "faults", {"action": "*", "kind": "lose"})
    assert await caller.code(ONE) == "Ok"
    await idle(caller.sandbox)
    assert receiver.posts == []


async def test_replies_and_voice_events_are_disturbed_by_faults_of_their_own(
    start: Start, receiver: Receiver
) -> None:
    voice = VoiceConfig(callback_url=receiver.url)
    caller = await start(callback_url=None, reply_url=receiver.url, voice=voice)
    state = caller.sandbox.world.state
    for action, kind in (("ReplyCallback", "duplicate"), ("VoiceCallback", "lose")):
        await caller.admin("POST", "faults", {"action": action, "kind": kind})
    called = await caller.call("SendCodeVoice", CODE, **VOICE)
    await caller.admin("POST", f"calls/{called['SendStatus']['CallId']}/decline")
    await until(lambda: not state.voice.pending)
    # Of the two events of a call that was declined the first one is lost.
    assert [list(post) for post in receiver.posts] == [["voice_failure_callback"]]
    await caller.send(ONE)
    await caller.admin("POST", f"phones/{ONE}/reply", {"text": "好"})
    await until(lambda: all(each.pushed for each in state.account.replies))
    assert [post["text"] for post in receiver.posts[1:]] == ["好", "好"]
