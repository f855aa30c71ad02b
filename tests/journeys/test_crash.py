"""`smsops run`, killed around a report and around the post of a card, and started again: one card,
which shows what is the case. Every other moment of a send is in tests/crash."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.workspace.faults import Fault, FaultKind
from tests.crash.gate import Moment
from tests.journeys.crashing import World, world

pytestmark = pytest.mark.xdist_group("crash")


async def die_at(bot: World, moment: Moment) -> None:
    """Two clicks, a death in the middle, a new start, and both clicks again."""
    numbers = [await bot.preview(), await bot.preview()]
    bot.gate.arm(moment, bot.program.kill)
    clicks = [asyncio.create_task(bot.press(number)) for number in numbers]
    await bot.restart()
    await asyncio.gather(*clicks)
    for number in numbers:
        await bot.press(number)


def judge(bot: World) -> None:
    """By the phones' own books. A doubt without an SMS is true too: it was told before the first
    byte left. That all of them were doubts would be no proof of anything."""
    twice = [number for number in bot.previews if bot.received(number) > 1]
    assert twice == []
    assert all(map(bot.is_true, bot.previews))
    assert bot.program.errors() == []
    assert doubts(bot) < len(bot.previews)


def doubts(bot: World) -> int:
    """How many phones have nothing."""
    return sum(bot.received(number) == 0 for number in bot.previews)


async def test_killed_while_a_report_comes_in(tmp_path: Path) -> None:
    moments = (Moment.REPORTED, Moment.HEARD, Moment.THANKED)
    async with world(tmp_path) as bot:
        for moment in moments:
            await die_at(bot, moment)
        await bot.settle()
        judge(bot)
        assert bot.kills == len(moments)


async def test_killed_around_the_post_of_a_card(tmp_path: Path) -> None:
    faults = (None, FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE)
    async with world(tmp_path) as bot:
        for fault in faults:
            number = await bot.preview()
            if fault is not None:
                bot.workspace.faults.add(Fault("chat.postMessage", fault))
            await bot.press(number)
            await bot.workspace.wait_for(partial(has_posted, bot, number, fault), 30)
            bot.program.kill()
            await bot.restart()
        await bot.settle()
        judge(bot)
        assert bot.kills == len(faults)


def has_posted(bot: World, number: str, fault: FaultKind | None) -> bool:
    if fault is FaultKind.DROP_BEFORE:
        return bool(bot.received(number))
    return bool(bot.cards(number))
