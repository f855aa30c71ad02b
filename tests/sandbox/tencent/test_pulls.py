"""The queues for pulls: closed at first, each entry handed out once, kept over a restart."""

from pathlib import Path

from tests.sandbox.tencent.callers import Caller, idle
from tests.sandbox.tencent.conftest import Start

NUMBER = "+8613800000001"
PULL = {"Limit": 2, "SmsSdkAppId": "1400006666"}


async def pulled(caller: Caller) -> list[str]:
    response = await caller.call("PullSmsSendStatus", PULL)
    return [row["PhoneNumber"] for row in response["PullSmsSendStatusSet"]]


async def test_what_came_in_before_pulling_was_opened_is_not_there(caller: Caller) -> None:
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    await caller.admin("PUT", "console/account", {"pulls_enabled": True})
    assert await pulled(caller) == []


async def test_each_report_is_handed_out_once_the_oldest_first(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.json"
    first = await start(path)
    await first.admin("PUT", "console/account", {"pulls_enabled": True})
    numbers = [f"+861380000000{last}" for last in (1, 2, 3)]
    for number in numbers:
        await first.send(number)
        await idle(first.sandbox)
    assert await pulled(first) == numbers[:2]
    await first.sandbox.stop()
    second = await start(path)
    assert await pulled(second) == numbers[2:]
    assert await pulled(second) == []


async def test_each_reply_is_handed_out_once_and_read_again_by_number(caller: Caller) -> None:
    await caller.admin("PUT", "console/account", {"pulls_enabled": True})
    await caller.send(NUMBER)
    for text in ("一", "二", "三"):
        await caller.admin("POST", f"phones/{NUMBER}/reply", {"text": text})
    found = []
    for _ in range(3):
        response = await caller.call("PullSmsReplyStatus", PULL)
        found.append([row["ReplyContent"] for row in response["PullSmsReplyStatusSet"]])
    assert found == [["一", "二"], ["三"], []]
    now_s = int(caller.sandbox.world.clock().timestamp())
    asked = {**PULL, "Limit": 10, "Offset": 0, "PhoneNumber": NUMBER, "BeginTime": now_s - 1}
    response = await caller.call("PullSmsReplyStatusByPhoneNumber", asked)
    assert [row["ReplyContent"] for row in response["PullSmsReplyStatusSet"]] == ["一", "二", "三"]
