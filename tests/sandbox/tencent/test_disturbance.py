"""Callbacks that are lost, doubled, late or overtaken, because somebody ordered it."""

from typing import Any

from tests.sandbox.tencent.callers import Caller, Receiver, idle

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
    await order(caller, "delay", latency_ms=200)
    await caller.send(ONE)
    await caller.send(TWO)
    await idle(caller.sandbox)
    assert reported(receiver) == ["3", "1"]


async def test_a_fault_of_callbacks_leaves_calls_alone(caller: Caller, receiver: Receiver) -> None:
    await caller.admin("POST", "faults", {"action": "*", "kind": "lose"})
    assert await caller.code(ONE) == "Ok"
    await idle(caller.sandbox)
    assert receiver.posts == []
