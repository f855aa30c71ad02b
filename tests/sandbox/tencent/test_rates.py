"""Calls a second: by action and by region, and free again a second later."""

from bot.sandbox.tencent.rates import CALLS_PER_SECOND, Rates
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start

ASKED = {"International": 0, "Limit": 1}
LIST = "DescribeSmsTemplateList"


def test_a_window_slides_and_each_region_has_its_own() -> None:
    rates = Rates()
    allowed = CALLS_PER_SECOND["AddSmsTemplate"]
    assert not any(rates.exceeded("AddSmsTemplate", "a", 0) for _ in range(allowed))
    assert rates.exceeded("AddSmsTemplate", "a", 999)
    assert not rates.exceeded("AddSmsTemplate", "b", 999)
    assert not rates.exceeded("AddSmsTemplate", "a", 1000)


def test_an_action_without_a_documented_rate_is_free() -> None:
    rates = Rates()
    assert not any(rates.exceeded("SendMultiGlobalSms", "a", 0) for _ in range(10_000))


async def test_one_call_too_many_is_refused_at_the_top(caller: Caller, clock: Clock) -> None:
    for _ in range(20):
        assert "Error" not in await caller.call(LIST, ASKED)
    assert await caller.refusal(LIST, ASKED) == "RequestLimitExceeded"
    other = await caller.call(LIST, ASKED, headers={"X-TC-Region": "ap-beijing"})
    assert "Error" not in other
    clock.advance(seconds=1)
    assert "Error" not in await caller.call(LIST, ASKED)


async def test_rates_can_be_left_out(start: Start) -> None:
    caller = await start(api_rates=False)
    for _ in range(25):
        assert "Error" not in await caller.call(LIST, ASKED)
