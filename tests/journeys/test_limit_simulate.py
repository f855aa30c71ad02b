"""What other limits would have done is asked of nobody, and changes nothing."""

from datetime import timedelta

import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from tests.journeys.clock import HandClock
from tests.journeys.people import MAYA, OMAR, Json, Page, words_of

NUMBER, OTHER = "+8613800000001", "+8613900000001"
pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)


async def send(page: Page, clock: HandClock, number: str, code: int) -> None:
    """A code, a minute after the last message."""
    clock.advance(timedelta(minutes=1))
    before = _delivered(page)
    await page.send(MAYA, f"/sms send {number} 1110 code={code}")
    await page.see(lambda: _delivered(page) > before)


def _delivered(page: Page) -> int:
    return sum("Delivered in" in words_of(card) for card in page.cards())


async def result(page: Page, user: str, line: str) -> Json:
    """What is found out, after it was said that it is looked at."""
    before = len(page.whispers(user))
    await page.type(user, line)
    told = await page.see(lambda: found if len(found := page.whispers(user)[before:]) == 2 else [])
    # They come by two ways.
    first, second = sorted(told, key=lambda each: "Looking at" not in words_of(each))
    assert "Looking at the last 30 days of demo" in words_of(first)
    return second


async def test_other_limits_are_tried_on_what_was_sent(
    local: Local, page: Page, clock: HandClock
) -> None:
    for nth in range(3):
        await send(page, clock, NUMBER, 111111 + nth)
    await send(page, clock, OTHER, 222222)
    said = words_of(await result(page, OMAR, "/sms limit simulate hour=2 app=demo"))
    assert "What if, in demo: `hour=2`" in said
    assert "*Would have been blocked:* 1 (codes 1), numbers: 1" in said
    assert "Sends: 4, those refused by limits among them; numbers: 2." in said
    assert "people could not have logged in" in said
    assert "2026-11-23 11:00 UTC+8, 1 blocked" in said
    assert "Cost: 4 → 3 segments (-1)" in said
    assert "`/sms limit set hour=2` asks for it" in said
    # Nothing has changed: the next one goes.
    await send(page, clock, NUMBER, 333333)


async def test_what_a_limit_refused_is_counted_among_what_was_wanted(
    local: Local, page: Page, clock: HandClock
) -> None:
    await send(page, clock, NUMBER, 111111)
    refused = await page.type(MAYA, f"/sms send {NUMBER} 1110 code=111111")
    assert "This SMS cannot go yet" in words_of(refused)
    said = words_of(await result(page, OMAR, "/sms limit simulate same=off"))
    assert "*Newly let through:* 1 (codes 1), numbers: 1" in said
    assert "*Would have been blocked:* nothing" in said


async def test_what_is_no_limit_is_said_at_once(local: Local, page: Page) -> None:
    said = words_of(await page.type(OMAR, "/sms limit simulate"))
    assert "Name the limits to try" in said
    said = words_of(await page.type(OMAR, "/sms limit simulate day=-1 dya=2"))
    assert "Nothing was simulated" in said
    assert "dya" in said
    said = words_of(await page.type(OMAR, "/sms limit simulate day=2 <!channel> 13800000001"))
    assert "Not a limit" in said
    assert "<!channel>" not in said
    assert "13800000001" not in said
    said = words_of(await page.type(OMAR, "/sms limit simulate day=2 app=demi"))
    assert "demo" in said
