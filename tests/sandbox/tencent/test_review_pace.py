"""How fast the simulator reviews, changed while it runs."""

from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start

TEMPLATE = {
    "TemplateName": "取件提醒",
    "TemplateContent": "您的包裹已到，请及时领取。",
    "SmsType": 2,
    "International": 0,
    "Remark": "通知收件人",
}


async def applied(caller: Caller) -> dict[str, Any]:
    """The newest template on the reviewer's desk, just applied for."""
    assert "Error" not in await caller.call("AddSmsTemplate", TEMPLATE)
    newest: dict[str, Any] = (await caller.admin("GET", "reviews"))["templates"][-1]
    return newest


async def test_the_next_application_is_decided_at_the_new_pace(start: Start, clock: Clock) -> None:
    caller = await start()
    before = await caller.admin("GET", "reviews/pace")
    await caller.admin("PUT", "reviews/pace", {"review_delay_s": 5})
    changed = await caller.admin("GET", "reviews/pace")
    assert changed == {"review_delay_s": 5, "filing_delay_s": before["filing_delay_s"]}
    template = await applied(caller)
    assert template["decide_at_ms"] == template["created_at_ms"] + 5000
    clock.advance(seconds=5)
    waiting = (await caller.admin("GET", "reviews"))["templates"]
    assert template["template_id"] not in [each["template_id"] for each in waiting]


async def test_without_a_pace_only_the_desk_decides(start: Start, clock: Clock) -> None:
    caller = await start()
    await caller.admin("PUT", "reviews/pace", {"review_delay_s": None})
    template = await applied(caller)
    clock.advance(days=30)
    assert template in (await caller.admin("GET", "reviews"))["templates"]


async def test_an_approved_signature_is_filed_at_the_new_pace(start: Start, clock: Clock) -> None:
    caller = await start()
    await caller.admin("PUT", "reviews/pace", {"filing_delay_s": 0.5})
    signature = await caller.admin("POST", "reviews/signatures/111", {"verdict": "approve"})
    assert signature["effective_at_ms"] == round(1000 * clock.now.timestamp()) + 500


@pytest.mark.parametrize(
    "body",
    [
        {"review_delay_s": -1},
        {"review_delay_s": 1e9},
        {"review_delay_s": "5"},
        {"filing_delay_s": None},
        {"filing_delay_s": True},
        {"speed": 1},
        [],
    ],
)
async def test_a_pace_that_makes_no_sense_is_refused(start: Start, body: object) -> None:
    caller = await start()
    before = await caller.admin("GET", "reviews/pace")
    url = f"{caller.sandbox.url}/_sandbox/reviews/pace"
    async with caller.session.put(url, json=body) as answer:
        assert answer.status == 400
        assert "error" in await answer.json()
    assert await caller.admin("GET", "reviews/pace") == before


async def test_numbers_json_does_not_know_are_refused(start: Start) -> None:
    caller = await start()
    url = f"{caller.sandbox.url}/_sandbox/reviews/pace"
    async with caller.session.put(url, data=b'{"review_delay_s": NaN}') as answer:
        assert answer.status == 400


async def test_a_reset_brings_the_first_pace_back(start: Start) -> None:
    caller = await start(review_delay_s=7.0, filing_delay_s=3.0)
    await caller.admin("PUT", "reviews/pace", {"review_delay_s": None, "filing_delay_s": 1})
    await caller.admin("POST", "reset")
    pace = await caller.admin("GET", "reviews/pace")
    assert pace == {"review_delay_s": 7.0, "filing_delay_s": 3.0}
