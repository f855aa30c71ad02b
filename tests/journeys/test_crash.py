"""Killed at any moment of a send and started again: the true state, and never a second SMS."""

import asyncio
import random
import sys
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.workspace.faults import Fault, FaultKind
from tests.journeys.crashing import Moment, World, world

pytestmark = pytest.mark.xdist_group("crash")

#: A program that sends again whatever it finds in flight: what many would write.
NAIVE = """
import sys
from bot.__main__ import main
from bot.rules.delivery import MessageState
from handlers.flows import delivery
from storage import messages

def send_again(tx, now):
    for message in messages.find_unresolved(tx):
        if message.state is MessageState.IN_FLIGHT:
            messages.put_back(tx, message, now=now, due_at=now, settled_by="rule")
    return 0

delivery.recover = send_again
sys.exit(main())
"""


async def die_at(bot: World, moment: Moment) -> list[str]:
    """Two clicks, a death in the middle, a new start, and both clicks again."""
    numbers = [await bot.preview(), await bot.preview()]
    bot.gate.arm(moment, bot.program.kill)
    clicks = [asyncio.create_task(bot.press(number)) for number in numbers]
    await bot.restart()
    await asyncio.gather(*clicks)
    for number in numbers:
        await bot.press(number)
    return numbers


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


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param((Moment.LOST, Moment.LATE, Moment.TAKEN) * 2, id="no answer"),
        pytest.param((Moment.HALF, Moment.ANSWERED, Moment.ANSWERED) * 2, id="an answer"),
        pytest.param((Moment.REPORTED, Moment.HEARD, Moment.THANKED) * 2, id="a report"),
    ],
)
async def test_killed_in_an_exchange(tmp_path: Path, moments: tuple[Moment, ...]) -> None:
    async with world(tmp_path) as bot:
        for moment in moments:
            await die_at(bot, moment)
        await bot.settle()
        judge(bot)
        assert bot.kills == len(moments)
        assert doubts(bot) >= moments.count(Moment.LOST)


async def test_killed_around_the_post_of_a_card(tmp_path: Path) -> None:
    faults = (None, FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE) * 2
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


async def test_killed_at_any_moment_after_a_click_and_while_it_starts(tmp_path: Path) -> None:
    async with world(tmp_path) as bot:
        for kill in range(6):
            number = await bot.preview()
            click = asyncio.create_task(bot.press(number))
            # Half of them within the first moments of the click.
            await asyncio.sleep(random.uniform(0, 0.02 if kill % 2 else 0.15))
            bot.program.kill()
            await bot.program.gone()
            await click
            await bot.program.launch()
            await asyncio.sleep(random.uniform(0.2, 0.9))
            bot.program.kill()
            bot.kills += 1
            await bot.restart()
            await bot.press(number)
        await bot.settle()
        judge(bot)
        assert bot.kills == 12


async def test_this_harness_sees_the_second_sms_of_a_naive_program(tmp_path: Path) -> None:
    async with world(tmp_path, (sys.executable, "-c", NAIVE)) as bot:
        await die_at(bot, Moment.TAKEN)
        await bot.workspace.wait_for(
            lambda: any(bot.received(number) > 1 for number in bot.previews), 30
        )
