"""Killed at every step from the approval to the stored result: one template, and a card that says
what is the case."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from tests.crash.gate import Moment
from tests.journeys.content_crashing import ADD, HASTY, NAIVE, Content
from tests.journeys.crashing import world

pytestmark = pytest.mark.xdist_group("crash")
LIST = "DescribeSmsTemplateList"


def program(more: str = "") -> tuple[str, ...]:
    return (sys.executable, "-c", HASTY.format(more=more))


async def test_killed_in_an_exchange_with_tencent(tmp_path: Path) -> None:
    """That of the Add, and once more while it looks for one whose answer was lost."""
    moments = (Moment.LOST, Moment.LATE, Moment.TAKEN, Moment.ANSWERED)
    async with world(tmp_path, program()) as bot:
        content = Content(bot)
        names = [await content.ask() for _ in moments]
        for name, moment in zip(names, moments, strict=True):
            content.die_at(moment)
            click = asyncio.create_task(content.approve(name))
            await bot.program.gone()
            if moment is Moment.TAKEN:
                content.die_at(Moment.HALF, LIST)
                await bot.program.launch()
            await bot.restart()
            await click
            await content.approve(name)
        await content.settle()
        content.judge()
        assert bot.kills == len(moments)
        # The one that never arrived is the only one that was sent twice.
        assert sum(entry.action == ADD for entry in bot.sandbox.requests) == len(moments)


async def test_killed_at_any_moment_after_an_approval(tmp_path: Path) -> None:
    async with world(tmp_path, program()) as bot:
        content = Content(bot)
        names = [await content.ask() for _ in range(3)]
        for name in names:
            click = asyncio.create_task(content.approve(name))
            await asyncio.sleep(random.uniform(0, 0.06))
            bot.program.kill()
            await bot.restart()
            await click
            await content.approve(name)
        await content.settle()
        content.judge()


async def test_this_harness_sees_the_second_template_of_a_naive_program(tmp_path: Path) -> None:
    async with world(tmp_path, program(NAIVE)) as bot:
        content = Content(bot)
        name = await content.ask()
        content.die_at(Moment.TAKEN)
        click = asyncio.create_task(content.approve(name))
        await bot.restart()
        await click
        await bot.workspace.wait_for(lambda: len(content.made(name)) > 1, 30)
