"""Reports, replies and messages as legacy v5 reads them back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.tencent.account import Reply
from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.state import load_state
from tests.sandbox.tencent.callers import NOON, Caller, Clock, Receiver, idle
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.test_v5_send import BY_TEMPLATE, MOBILE, NUMBER, TAIL

NOW_S = int(NOON.timestamp())
WINDOW = {"begin_time": NOW_S - 60, "end_time": NOW_S + 60}
OF_MOBILE = {**WINDOW, "type": 0, "max": 10, "nationcode": "86", "mobile": MOBILE}


@pytest.fixture
async def open_caller(start: Start) -> Caller:
    """Support has opened the queues."""
    return await start(account=Account(pulls_enabled=True))


def add_reply(caller: Caller, text: str = "好的", number: str = NUMBER) -> None:
    account = caller.sandbox.world.state.account
    now_ms = NOW_S * 1000
    reply = Reply(
        account.new_id(), number, "腾讯云", "1400006666", text, now_ms, pushed=True, queued=True
    )
    account.replies.append(reply)


async def test_the_queues_are_off_until_support_opens_them(caller: Caller) -> None:
    for kind in (0, 1):
        result = await caller.v5("pullstatus", {"type": kind, "max": 10}, "")
        assert result["result"] == 1006
        assert "data" not in result


async def test_a_report_is_pulled_once_in_the_shape_of_a_callback(
    open_caller: Caller, receiver: Receiver
) -> None:
    sid = (await open_caller.v5("sendsms", BY_TEMPLATE, TAIL))["sid"]
    ((pushed,),) = await receiver.wait_for(1)
    pulled = await open_caller.v5("pullstatus", {"type": 0, "max": 10}, "")
    assert pulled == {"result": 0, "errmsg": "ok", "count": 1, "data": [pushed]}
    assert pushed["sid"] == sid
    again = await open_caller.v5("pullstatus", {"type": 0, "max": 10}, "")
    assert (again["count"], again["data"]) == (0, [])


async def test_of_two_reports_on_one_message_each_is_pulled_as_it_was(open_caller: Caller) -> None:
    body = {**BY_TEMPLATE, "tel": {"nationcode": "86", "mobile": "13800000015"}}
    await open_caller.v5("sendsms", body, "&mobile=13800000015")
    await idle(open_caller.sandbox)
    rows = (await open_caller.v5("pullstatus", {"type": 0, "max": 10}, ""))["data"]
    assert [row["report_status"] for row in rows] == ["FAIL", "SUCCESS"]


async def test_a_report_is_pulled_with_its_own_time(open_caller: Caller) -> None:
    await open_caller.v5("sendsms", BY_TEMPLATE, TAIL)
    await idle(open_caller.sandbox)
    account = open_caller.sandbox.world.state.account
    account.report_queue = [
        replace(each, at_ms=each.at_ms - 3_600_000) for each in account.report_queue
    ]
    (row,) = (await open_caller.v5("pullstatus", {"type": 0, "max": 10}, ""))["data"]
    assert row["user_receive_time"] == "2026-11-23 11:00:00"


async def test_what_was_pulled_stays_pulled_after_a_restart(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    caller = await start(path, account=Account(pulls_enabled=True))
    await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    await idle(caller.sandbox)
    assert (await caller.v5("pullstatus", {"type": 0, "max": 10}, ""))["count"] == 1
    await caller.sandbox.stop()
    assert load_state(path, caller.sandbox.credentials).account.report_queue == []


async def test_a_reply_is_pulled_once(open_caller: Caller) -> None:
    add_reply(open_caller, "一")
    add_reply(open_caller, "二")
    pulled = await open_caller.v5("pullstatus", {"type": 1, "max": 1}, "")
    assert pulled["data"] == [
        {
            "extend": "",
            "mobile": MOBILE,
            "nationcode": "86",
            "sign": "腾讯云",
            "text": "一",
            "time": NOW_S,
        }
    ]
    rest = await open_caller.v5("pullstatus", {"type": 1, "max": 10}, "")
    assert [row["text"] for row in rest["data"]] == ["二"]


@pytest.mark.parametrize("body", [{"type": 2, "max": 1}, {"max": 101}, {"max": -1}, {"max": "1"}])
async def test_a_pull_has_its_bounds(open_caller: Caller, body: dict[str, Any]) -> None:
    assert (await open_caller.v5("pullstatus", body, ""))["result"] == 1004


async def test_the_reports_of_a_number_are_read_as_often_as_asked(caller: Caller) -> None:
    await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    await idle(caller.sandbox)
    for _ in range(2):
        result = await caller.v5("pullstatus4mobile", OF_MOBILE, "")
        (row,) = result["data"]
        assert (result["count"], row["mobile"], row["errmsg"]) == (1, MOBILE, "DELIVRD")


async def test_the_replies_of_a_number_are_its_own(caller: Caller) -> None:
    add_reply(caller)
    add_reply(caller, "别人", "+8618501234445")
    result = await caller.v5("pullstatus4mobile", {**OF_MOBILE, "type": 1}, "")
    assert [row["text"] for row in result["data"]] == ["好的"]


@pytest.mark.parametrize("off_s", [-61, 61])
async def test_what_lies_outside_the_window_is_not_read(
    caller: Caller, clock: Clock, off_s: int
) -> None:
    clock.advance(seconds=off_s)
    await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    await idle(caller.sandbox)
    assert (await caller.v5("pullstatus4mobile", OF_MOBILE, ""))["count"] == 0
    assert (await caller.v5("querysms4mobile", OF_MOBILE, TAIL))["real_count"] == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"begin_time": 0}, 1004),
        ({"end_time": 1}, 1004),
        ({"max": 101}, 1004),
        ({"mobile": "12345"}, 1016),
    ],
)
async def test_a_number_and_its_window_are_checked(
    caller: Caller, changes: dict[str, Any], expected: int
) -> None:
    result = await caller.v5("pullstatus4mobile", {**OF_MOBILE, **changes}, "")
    assert result["result"] == expected


async def test_a_message_is_shown_masked_with_what_the_carrier_said(caller: Caller) -> None:
    sid = (await caller.v5("sendsms", BY_TEMPLATE, TAIL))["sid"]
    await idle(caller.sandbox)
    result = await caller.v5("querysms4mobile", OF_MOBILE, TAIL)
    assert (result["real_count"], result["truncated"]) == (1, 0)
    assert result["data"] == [
        {
            "nationcode": "86",
            "mobile": MOBILE,
            "sign": "腾讯云",
            "text": "【腾讯云】您的验证码是4****0，5分钟内有效，请勿泄露。",
            "send_time": "2026-11-23 12:00:00",
            "type": 0,
            "result": 0,
            "errmsg": "send success",
            "sid": sid,
            "user_receive_time": "2026-11-23 12:00:00",
            "report_status": "SUCCESS",
            "status": "DELIVRD",
            "description": "DELIVRD",
        }
    ]


async def test_a_refused_message_has_no_fate_and_an_unreported_one_an_empty_one(
    caller: Caller,
) -> None:
    silent = "13800000006"
    body = {**BY_TEMPLATE, "tel": {"nationcode": "86", "mobile": silent}}
    await caller.v5("sendsms", body, f"&mobile={silent}")
    await caller.v5("sendsms", body, f"&mobile={silent}")
    asked = {**WINDOW, "nationcode": 86, "mobile": silent}
    accepted, refused = (await caller.v5("querysms4mobile", asked, f"&mobile={silent}"))["data"]
    assert (accepted["result"], accepted["report_status"]) == (0, "")
    assert refused["result"] == 1026
    missing = {"sid", "user_receive_time", "report_status", "status", "description"}
    assert accepted.keys() - refused.keys() == missing


async def test_of_many_messages_the_first_hundred_are_shown(start: Start) -> None:
    caller = await start(package_segments=0)
    for _ in range(101):
        await caller.v5("sendsms", BY_TEMPLATE, TAIL)
    result = await caller.v5("querysms4mobile", OF_MOBILE, TAIL)
    assert (result["real_count"], result["truncated"], len(result["data"])) == (101, 1, 100)
