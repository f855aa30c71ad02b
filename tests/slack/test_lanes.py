"""Turns: who waits for what."""

import asyncio

import pytest

from bot.errors import SlackError
from bot.rules.lanes import EDIT, POST, RESPOND, UNPACED, WHISPER, Pace
from bot.slack.lanes import PATIENCE_S, Lanes

LATER = SlackError(POST, "ratelimited", permanent=False, retry_after_s=30.0)


async def take(lanes: Lanes, method: str = POST, channel: str = "C1") -> None:
    async with lanes.turn(method, channel):
        pass


async def held(lanes: Lanes, method: str = POST, channel: str = "C1") -> float:
    """How long somebody would have to wait."""
    with pytest.raises(SlackError) as caught:
        await take(lanes, method, channel)
    assert caught.value.code == "ratelimited"
    return caught.value.retry_after_s or 0.0


async def test_what_would_take_long_is_refused_and_not_waited_for() -> None:
    now = [100.0]
    lanes = Lanes(Pace(between_posts_s=PATIENCE_S + 1), lambda: now[0])
    # Something may have been said right before this process began.
    assert await held(lanes) == PATIENCE_S + 1
    now[0] += PATIENCE_S + 1
    await take(lanes)
    assert await held(lanes) == PATIENCE_S + 1
    assert await held(lanes, WHISPER) == PATIENCE_S + 1
    await take(lanes, channel="C2")
    await take(lanes, EDIT)


async def test_what_slack_asks_for_is_kept_by_everybody_who_comes_to_that_channel() -> None:
    now = [100.0]
    lanes = Lanes(UNPACED, lambda: now[0])
    with pytest.raises(SlackError):
        async with lanes.turn(POST, "C1"):
            raise LATER
    assert await held(lanes) == 30.0
    await take(lanes, channel="C2")
    now[0] += 30
    await take(lanes)


async def test_one_thing_after_the_other_in_a_channel_and_answers_beside_it() -> None:
    lanes = Lanes(UNPACED)
    async with lanes.turn(POST, "C1"):
        second = asyncio.create_task(take(lanes, WHISPER))
        await take(lanes, RESPOND)
        await take(lanes, channel="C2")
        await asyncio.sleep(0)
        assert not second.done()
    await second


async def test_a_closed_channel_is_not_asked_for_a_while() -> None:
    now = [100.0]
    lanes = Lanes(Pace(), lambda: now[0])
    lanes.close("#gone", "is_archived")
    assert (lanes.closed("#gone"), lanes.closed("#other")) == ("is_archived", None)
    now[0] += 60
    assert lanes.closed("#gone") is None
