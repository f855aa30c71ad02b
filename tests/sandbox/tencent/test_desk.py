"""The reviewer's desk: what waits there, and what becomes of it."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.test_admin import status_of


async def judge(caller: Caller, path: str, **body: Any) -> int:
    row: dict[str, Any] = await caller.admin("POST", f"reviews/{path}", body)
    status: int = row["status"]
    return status


async def test_the_desk_lists_what_waits(caller: Caller) -> None:
    waiting = await caller.admin("GET", "reviews")
    assert [row["template_id"] for row in waiting["templates"]] == [1114, 1116]
    assert [row["signature_id"] for row in waiting["signatures"]] == [111]
    assert [row["status"] for row in waiting["qualifications"]] == [1, 0]


async def test_a_rejection_has_a_reason_everybody_can_read(caller: Caller) -> None:
    assert await judge(caller, "templates/1114", verdict="reject", reason="内容不清楚。") == -1
    asked = {"International": 0, "TemplateIdSet": [1114]}
    response = await caller.call("DescribeSmsTemplateList", asked)
    assert response["DescribeTemplateStatusSet"][0]["ReviewReply"] == "内容不清楚。"


async def test_approved_but_not_usable_stays_so(caller: Caller, clock: Clock) -> None:
    assert await judge(caller, "templates/1114", verdict="approve_unusable") == 2
    clock.advance(days=30)
    sent = await caller.code("+8613800000001", TemplateId="1114", TemplateParamSet=["9点"])
    assert sent == "FailedOperation.TemplateUnapprovedOrNotExist"
    assert await judge(caller, "templates/1114", verdict="approve") == 0


async def test_a_signature_of_the_mainland_is_filed_first(caller: Caller, clock: Clock) -> None:
    assert await judge(caller, "signatures/111", verdict="approve") == 2
    clock.advance(seconds=10)
    assert await caller.code("+8613800000001", SignName="新品预告") == "Ok"
    assert await judge(caller, "signatures/113", verdict="approve") == 0


async def test_a_qualification_can_pass(caller: Caller) -> None:
    row = {"qualification_id": 6002, "status": 1}
    changed = await caller.admin("POST", "qualifications", row)
    assert changed == {"qualification_id": 6002, "name": "新公司资质", "status": 1}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("reviews/templates/9", b'{"verdict":"approve"}', 404),
        ("reviews/templates/x", b'{"verdict":"approve"}', 404),
        ("reviews/templates/1114", b'{"verdict":"reject"}', 400),
        ("reviews/templates/1114", b'{"verdict":"reject","reason":1}', 400),
        ("reviews/templates/1114", b'{"verdict":"maybe"}', 400),
        ("reviews/templates/1114", b'{"verdict":["approve"]}', 400),
        ("qualifications", b'{"qualification_id":[1]}', 400),
        ("qualifications", b'{"qualification_id":6002,"status":9}', 400),
    ],
)
async def test_a_verdict_that_makes_no_sense_is_refused(
    caller: Caller, path: str, body: bytes, status: int
) -> None:
    assert (await status_of(caller, "POST", path, body))[0] == status
