"""Statistics agree with what happened, hour by hour."""

from typing import Any

from tests.sandbox.tencent.callers import Caller, Clock, idle

APP = "1400006666"
LONG = {"TemplateId": "2000", "TemplateParamSet": []}


async def counted(caller: Caller, what: str, begin: str, end: str) -> dict[str, int]:
    asked: dict[str, Any] = {"BeginTime": begin, "EndTime": end, "SmsSdkAppId": APP}
    response = await caller.call(f"{what}StatusStatistics", {**asked, "Limit": 0, "Offset": 0})
    counts: dict[str, int] = response[f"{what}StatusStatistics"]
    return counts


async def test_refused_numbers_are_asked_for_but_neither_accepted_nor_paid(
    caller: Caller,
) -> None:
    row = {"template_id": 2000, "name": "n", "content": "长" * 80, "sms_type": 2}
    await caller.admin("POST", "templates", {**row, "international": 0, "status": 0})
    await caller.send("+8613800000001", "+8613800000004", **LONG)
    found = await counted(caller, "Send", "2026112312", "2026112312")
    assert found == {"FeeCount": 2, "RequestCount": 2, "RequestSuccessCount": 1}


async def test_reports_are_counted_by_their_cause(caller: Caller) -> None:
    await caller.send(*(f"+861380000000{last}" for last in (1, 2, 3, 5, 6)), "+8613800000016")
    await caller.send("+8613800000015")
    await idle(caller.sandbox)
    assert await counted(caller, "Callback", "2026112312", "2026112312") == {
        "CallbackCount": 6,
        "RequestSuccessCount": 7,
        "CallbackFailCount": 4,
        "CallbackSuccessCount": 2,
        "InternalErrorCount": 1,
        "InvalidNumberCount": 1,
        "ShutdownErrorCount": 1,
        "BlackListCount": 0,
        "FrequencyLimitCount": 1,
    }


async def test_an_hour_ends_where_the_next_begins(caller: Caller, clock: Clock) -> None:
    await caller.send("+8613800000001")
    clock.advance(minutes=59, seconds=59)
    await caller.send("+8613800000002")
    clock.advance(seconds=1)
    await caller.send("+8613800000003")
    noon = await counted(caller, "Send", "2026112312", "2026112312")
    one = await counted(caller, "Send", "2026112313", "2026112313")
    both = await counted(caller, "Send", "2026112312", "2026112313")
    assert [each["RequestCount"] for each in (noon, one, both)] == [2, 1, 3]
