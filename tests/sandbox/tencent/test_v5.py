"""Legacy v5: both doors, both envelopes, and an answer to whatever comes in."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.v5_answers import Command
from bot.sandbox.tencent.v5_commands import SMS_COMMANDS, VOICE_COMMANDS
from tests.sandbox.tencent.callers import SMS_DOOR, VOICE_DOOR, Caller, Clock, until, v5_sig
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, TAIL


@pytest.mark.parametrize(("off_s", "expected"), [(600, 0), (601, 1021)])
async def test_ten_minutes_of_skew_are_forgiven(caller: Caller, off_s: int, expected: int) -> None:
    c = caller.sandbox.credentials
    past_s = int(caller.sandbox.world.clock().timestamp()) - off_s
    changes: dict[str, Any] = {"time": past_s, "sig": v5_sig(c.app_key, 4711, past_s, TAIL)}
    assert (await caller.v5("sendsms", BY_TEMPLATE, TAIL, **changes))["result"] == expected


async def test_dropped_connections_work_here_too(caller: Caller) -> None:
    body = {**BY_TEMPLATE, "tel": {"nationcode": "86", "mobile": "13800000010"}}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.v5("sendsms", body, "&mobile=13800000010")
    assert len(caller.sandbox.phones.messages("+8613800000010")) == 1
    body["tel"] = {"nationcode": "86", "mobile": "13800000011"}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.v5("sendsms", body, "&mobile=13800000011")


@pytest.mark.parametrize("body", [{}, {"time": 1}, {"sig": "x"}, {"sig": "", "tel": 1}])
async def test_a_body_without_a_signature_is_refused_for_that(
    caller: Caller, body: dict[str, Any]
) -> None:
    for door, command, expected in (
        (SMS_DOOR, "sendsms", 1003),
        (SMS_DOOR, "sendisms", 1003),
        (SMS_DOOR, "querysms4mobile", 1003),
        (VOICE_DOOR, "sendcvoice", 1001),
    ):
        url = f"{caller.sandbox.url}/v5/{door}/{command}?sdkappid=1400006666&random=1"
        async with caller.session.post(url, data=json.dumps(body)) as answer:
            assert json.loads(await answer.read())["result"] == expected, command


async def test_an_application_that_goes_away_meanwhile_is_no_application(
    caller: Caller,
) -> None:
    made = await caller.admin("POST", "console/apps", {"name": "Shop"})
    keys = (made["sdk_app_id"], made["app_key"])
    fault = {"action": "sendsms", "kind": "latency_ms", "latency_ms": 600}
    await caller.admin("POST", "faults", fault)
    sending = asyncio.create_task(caller.v5("sendsms", BY_TEMPLATE, TAIL, keys=keys))
    await until(lambda: not caller.sandbox.world.faults.ordered())
    await caller.admin("PUT", f"console/app?app={keys[0]}", {"enabled": False})
    await caller.admin("DELETE", f"console/apps/{keys[0]}")
    assert (await sending)["ErrorCode"] == 60006


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
JUNK = st.recursive(
    FLAT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
#: Nearly right values, so that junk gets past the first check of a command.
BODY: dict[str, Any] = {
    **BY_TEMPLATE,
    "begin_time": 1,
    "end_time": 2,
    "begin_date": 2026010100,
    "end_date": 2026010101,
    "text": "您的验证码是{1}",
    "title": "t",
    "max": 10,
    "length": 10,
    "nationcode": "86",
    "mobile": "18501234444",
    "msg": "1234",
    "fid": "f",
    "prompttype": 2,
    "promptfile": "p",
}
NAMES = [*BODY, "type", "ext", "extend", "playtimes", "sign_id", "sign_page", "tpl_page", "offset"]
NAMES += ["international", "pic", "remark"]


@pytest.mark.parametrize(
    ("door", "command"),
    [
        *((SMS_DOOR, command) for command in SMS_COMMANDS),
        *((VOICE_DOOR, command) for command in VOICE_COMMANDS),
    ],
)
async def test_no_body_whatever_gets_anything_but_an_envelope(
    caller: Caller, door: str, command: str
) -> None:
    examples: list[dict[str, Any]] = []

    @settings(max_examples=30, database=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(NAMES) | st.text(), JUNK, max_size=4))
    def collect(junk: dict[str, Any]) -> None:
        examples.append(junk)

    collect()
    commands = SMS_COMMANDS if door == SMS_DOOR else VOICE_COMMANDS
    for junk in examples:
        body = {**BODY, **junk}
        result = await caller.v5(command, body, signable_tail(commands[command], body), door=door)
        assert "result" in result or result["ActionStatus"] == "FAIL"


def signable_tail(command: Command, body: dict[str, Any]) -> str:
    """The tail as the sandbox sees it, so that junk is believed; none where it is not signable."""
    try:
        return command.tail(Fields(body, optional=body.keys()))
    except CallError:
        return ""
