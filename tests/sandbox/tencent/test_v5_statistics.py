"""The counts of legacy v5 agree with what happened."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Clock, idle

HOUR = {"begin_date": 2026112312, "end_date": 2026112312}


async def test_the_counts_agree_with_what_was_sent_and_reported(caller: Caller) -> None:
    rows = await caller.send(
        "+8613800000001",
        "+8613800000002",
        "+8613800000003",
        "+8613800000004",
        "+8613800000005",
        "+8613800000006",
        "+8613800000016",
    )
    await idle(caller.sandbox)
    assert sum(row["Code"] == "Ok" for row in rows) == 6
    sent = await caller.v5("pullsendstatus", HOUR, "")
    assert sent == {
        "result": 0,
        "errmsg": "OK",
        "data": {"request": 7, "success": 6, "bill_number": 6},
    }
    reported = await caller.v5("pullcallbackstatus", HOUR, "")
    assert reported["data"] == {
        "success": 6,
        "status": 5,
        "status_success": 1,
        "status_fail": 4,
        "status_fail_0": 1,
        "status_fail_1": 1,
        "status_fail_2": 1,
        "status_fail_3": 0,
        "status_fail_4": 1,
    }


@pytest.mark.parametrize(("minutes", "expected"), [(-1, 0), (0, 1), (59, 1), (60, 0)])
async def test_the_last_hour_counts_to_its_end(
    caller: Caller, clock: Clock, minutes: int, expected: int
) -> None:
    clock.advance(minutes=minutes)
    await caller.send("+8613800000001")
    assert (await caller.v5("pullsendstatus", HOUR, ""))["data"]["request"] == expected


@pytest.mark.parametrize(
    "body",
    [
        {"begin_date": 2026112313, "end_date": 2026112312},
        {"begin_date": 2026112399, "end_date": 2026112399},
        {"begin_date": -2026112312, "end_date": 2026112312},
        {"begin_date": "2026112312", "end_date": 2026112312},
        {"begin_date": 2026112312},
    ],
)
@pytest.mark.parametrize("command", ["pullsendstatus", "pullcallbackstatus"])
async def test_two_hours_are_wanted_as_numbers(
    caller: Caller, command: str, body: dict[str, Any]
) -> None:
    assert (await caller.v5(command, body, ""))["result"] == 1004
