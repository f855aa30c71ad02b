"""Work in lanes: in each one thing after the other, and no lane waits for another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.errors import SlackError
from bot.rules.lanes import POST
from bot.slack.lanes import Lanes

Item = TypeVar("Item")
#: Lanes in which something is under way at a time: more calls Slack would not take.
LANES_AT_ONCE = 20
#: From so many failures on it is asked whether the fault is a message's own: soon where Slack takes
#: others meanwhile, later where there are none.
SUSPECT_AFTER, SUSPECT_AT_LAST, MEANWHILE_S = 6, 12, 60.0


async def work(
    look: Callable[[], Awaitable[Sequence[Item]]],
    lane_of: Callable[[Item], str],
    do: Callable[[Item], Awaitable[None]],
    bell: asyncio.Event,
    stopping: asyncio.Event,
) -> None:
    """Does what `look` finds until it finds nothing more; at each ring of `bell` it looks again,
    while what is slow goes on.

    Raises what `do` raised, after everything under way has come to its end.
    """
    running: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            for item in () if stopping.is_set() else await look():
                lane = lane_of(item)
                if lane not in running and len(running) < LANES_AT_ONCE:
                    running[lane] = asyncio.ensure_future(do(item))
            if not running:
                return
            await _next(running, bell)
            ended = [lane for lane, task in running.items() if task.done()]
            for lane in ended:
                running.pop(lane).result()
    finally:
        for task in running.values():
            if stopping.is_set():
                task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


def is_suspect(fault: SlackError, failures: int, lanes: Lanes) -> bool:
    """Whether it may be this message Slack stumbles over, and not Slack that is in trouble."""
    if fault.method != POST or not fault.may_have_happened:
        return False
    enough = SUSPECT_AFTER if lanes.has_posted_within(MEANWHILE_S) else SUSPECT_AT_LAST
    return failures >= enough


async def _next(running: dict[str, "asyncio.Task[None]"], bell: asyncio.Event) -> None:
    """Until one lane is free again, or the bell rings."""
    ring = asyncio.ensure_future(bell.wait())
    try:
        await asyncio.wait({*running.values(), ring}, return_when=asyncio.FIRST_COMPLETED)
        bell.clear()
    finally:
        ring.cancel()
