"""A trial: harm done to the program in one life of it, or in a few that belong together.

Here is what every one of them begins with; what they do is in the modules beside this one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.delivery import MessageState
from storage import messages
from tests.crash.board import Deed
from tests.crash.boundaries import Edge, boundary
from tests.crash.traffic import NOTICE
from tests.crash.world import World

#: Most lives come by their boundary within 50 ms; one that does not in this time, on a machine that
#: has other work too, never will.
REACH_S = 15.0
#: Longer than any call, shorter than the time in which a doubt is settled; and longer than that.
NAP, SLEEP = timedelta(seconds=90), timedelta(minutes=20)
#: Until Tencent's books are looked at again.
LOOK = timedelta(seconds=70)
#: What was planned by a clock that was ahead is due after this.
CATCH_UP = timedelta(minutes=4)
#: Several calls, and more numbers than may be under way at the same time.
LEAST, MOST = 15, 50
#: In so many of ten lives a list is drafted beside what the trial is about.
LISTS_IN_TEN = 2
IN_THE_AIR = boundary("claims.claim", Edge.TOLD)


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to do harm; `run` says whether it came to the point it was about."""

    name: str
    run: Callable[[World], Awaitable[bool]]


async def begin(world: World, name: str) -> None:
    """All is calm, time passes, and somebody sends something new."""
    await rest(world)
    await send_some(world, name)


async def rest(world: World) -> None:
    """All is calm, and time passes."""
    world.calm()
    if world.dice.randrange(2):
        world.board.step(timedelta(0))
        world.board.advance(CATCH_UP)
    world.crowd.pass_time()


async def send_some(world: World, name: str) -> None:
    """One to a new number, up to two more to anybody; now and then a list besides."""
    crowd, dice = world.crowd, world.dice
    others = [crowd.callers.any_number() for _ in range(dice.randrange(3))]
    crowd.send(name, [crowd.callers.fresh_number(), *others])
    if dice.randrange(10) < LISTS_IN_TEN:
        await draft(world, name)


async def draft(world: World, name: str, *, is_equal: bool | None = None) -> str:
    """A send to many, the same to all or to each their own, as it comes where nobody says."""
    crowd, dice = world.crowd, world.dice
    many = [crowd.callers.fresh_number() for _ in range(dice.randrange(LEAST, MOST))]
    numbers = [crowd.callers.any_number(), *many]
    if is_equal if is_equal is not None else dice.randrange(2):
        return crowd.draft_many(name, numbers)
    return await crowd.draft_list(name, numbers)


async def make_job(world: World, name: str, *, is_equal: bool | None = None) -> bool:
    """A send to many that is confirmed and has not begun; costs a life."""
    request_id = await draft(world, name, is_equal=is_equal)
    life = await world.launch()
    is_checked = await world.until(lambda: world.crowd.is_checked(request_id), life, REACH_S)
    await world.dies(life)
    world.crowd.see_to(waits_in_ten=3)
    world.board.advance(timedelta(seconds=10))
    return is_checked


async def make_doubt(world: World, name: str) -> messages.Message:
    """A message in doubt that never arrived, and is about to be looked up; costs a life."""
    [intent] = world.crowd.send(name, [world.crowd.callers.fresh_number()], NOTICE)
    while True:
        world.board.advance(timedelta(seconds=10))
        world.board.arm(IN_THE_AIR.number, Deed.KILL)
        await world.dies(await world.launch(), REACH_S)
        [row] = messages.of_request(world.store.tx, intent.request_id)
        if row.state in {MessageState.IN_FLIGHT, MessageState.IN_DOUBT}:
            world.board.advance(LOOK)
            return row


async def some_time(world: World, to_s: float) -> None:
    await asyncio.sleep(world.dice.uniform(0, to_s))
