"""Ordered faults hit the next calls of their action, and what was accepted stays accepted."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox.tencent.faults import Fault, FaultKind, Faults
from tests.sandbox.tencent.callers import Caller, Receiver
from tests.sandbox.tencent.test_admin import status_of

NUMBER = "+8613800000001"
APP = "1400006666"


def test_a_fault_is_used_up_and_leaves_other_actions_alone() -> None:
    faults = Faults()
    twice = Fault("SendSms", FaultKind.HTTP_500, times=2)
    faults.add(twice)
    faults.add(Fault("*", FaultKind.HANG))
    assert faults.take("SendSms", APP) == twice
    kinds = [found.kind if (found := faults.take("x", "")) else None for _ in range(2)]
    assert kinds == [FaultKind.HANG, None]
    last = faults.take("SendSms", APP)
    assert last is not None
    assert last.kind is FaultKind.HTTP_500
    assert faults.take("SendSms", APP) is None


def test_a_fault_of_one_application_leaves_the_others_alone() -> None:
    faults = Faults()
    ordered = Fault("*", FaultKind.HTTP_500, app=APP)
    faults.add(ordered)
    assert faults.take("SendSms", "1400006667") is None
    assert faults.take("DescribeSmsSignList", "") is None
    assert faults.ordered() == [ordered]
    assert faults.take("SendSms", APP) == ordered


async def order(caller: Caller, kind: str, **rest: Any) -> None:
    await caller.admin("POST", "faults", {"action": "SendSms", "kind": kind, **rest})


@pytest.mark.parametrize(
    ("kind", "accepted"), [("drop_before_accept", False), ("drop_after_accept", True)]
)
async def test_a_dropped_call_was_accepted_or_not_as_ordered(
    caller: Caller, kind: str, accepted: bool
) -> None:
    await order(caller, kind)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.send(NUMBER)
    assert len(caller.sandbox.phones.messages(NUMBER)) == accepted


async def test_half_a_body_breaks_off(caller: Caller, receiver: Receiver) -> None:
    await order(caller, "half_body")
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.send(NUMBER)
    assert len(await receiver.wait_for(1)) == 1


async def test_an_http_500_comes_before_anything_is_accepted(caller: Caller) -> None:
    await order(caller, "http_500", times=2)
    body = b"{}"
    assert [(await caller.post("SendSms", body))[0] for _ in range(3)] == [500, 500, 200]


async def test_not_json_comes_after_the_message_was_accepted(caller: Caller) -> None:
    await order(caller, "not_json")
    body = json.dumps(caller.order(NUMBER)).encode()
    status, content_type, answer = await caller.post("SendSms", body)
    assert (status, content_type, answer[:6]) == (200, "text/html", b"<html>")
    assert len(caller.sandbox.phones.messages(NUMBER)) == 1


async def test_a_right_answer_may_be_labelled_wrongly(caller: Caller) -> None:
    await order(caller, "content_type")
    body = json.dumps(caller.order(NUMBER)).encode()
    status, content_type, answer = await caller.post("SendSms", body)
    assert (status, content_type) == (200, "text/html")
    assert json.loads(answer)["Response"]["SendStatusSet"][0]["Code"] == "Ok"


async def test_a_throttled_call_gets_the_gateways_code(caller: Caller) -> None:
    await order(caller, "throttle")
    assert await caller.refusal("SendSms", caller.order(NUMBER)) == "RequestLimitExceeded"
    assert await caller.code(NUMBER) == "Ok"


async def test_a_hanging_call_is_never_answered_and_nothing_was_accepted(caller: Caller) -> None:
    await order(caller, "hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await caller.send(NUMBER)
    assert caller.sandbox.phones.messages(NUMBER) == []


async def test_latency_delays_the_call_and_then_lets_it_through(caller: Caller) -> None:
    await order(caller, "latency_ms", latency_ms=100)
    before = asyncio.get_running_loop().time()
    assert await caller.code(NUMBER) == "Ok"
    assert asyncio.get_running_loop().time() - before >= 0.1


async def test_faults_leave_other_actions_alone(caller: Caller) -> None:
    await order(caller, "http_500")
    listed = await caller.call("DescribeSmsSignList", {"International": 0})
    assert listed["DescribeSignListStatusSet"]


@pytest.mark.parametrize(
    "row",
    [
        {"action": "SendSms"},
        {"action": "SendSms", "kind": "explode"},
        {"action": "SendSms", "kind": ["hang"]},
        {"action": "sendSms", "kind": "hang"},
        {"action": "SendSms", "kind": "lose"},
        {"action": "StatusCallback", "kind": "hang"},
        {"action": 1, "kind": "hang"},
        {"kind": "hang"},
        {"action": "SendSms", "kind": "hang", "times": 0},
        {"action": "SendSms", "kind": "hang", "times": True},
        {"action": "SendSms", "kind": "latency_ms", "latency_ms": 120_001},
        {"action": "StatusCallback", "kind": "delay"},
        {"action": "StatusCallback", "kind": "reorder", "latency_ms": 0},
        {"action": "SendSms", "kind": "hang", "app": "1400000001"},
        {"action": "SendSms", "kind": "hang", "colour": "red"},
    ],
)
async def test_a_fault_that_could_never_happen_is_refused(
    caller: Caller, row: dict[str, Any]
) -> None:
    assert (await status_of(caller, "POST", "faults", json.dumps(row).encode()))[0] == 400
    assert (await caller.admin("GET", "faults"))["faults"] == []


async def test_ordered_faults_are_listed_until_they_happen_or_are_forgotten(
    caller: Caller,
) -> None:
    await order(caller, "http_500", times=2, app=APP)
    await caller.admin("POST", "faults", {"action": "*", "kind": "lose"})
    assert (await caller.post("SendSms", json.dumps(caller.order(NUMBER)).encode()))[0] == 500
    shown = await caller.admin("GET", "faults")
    rest = {"times": 1, "latency_ms": 0}
    assert shown["faults"] == [
        {"action": "SendSms", "kind": "http_500", "app": APP, **rest},
        {"action": "*", "kind": "lose", "app": None, **rest},
    ]
    assert {"SendSms", "sendsms", "SendTtsVoice", "*"} <= set(shown["actions"]["calls"])
    assert "ReplyCallback" in shown["actions"]["callbacks"]
    await caller.admin("DELETE", "faults")
    assert (await caller.admin("GET", "faults"))["faults"] == []
    assert await caller.code(NUMBER) == "Ok"
