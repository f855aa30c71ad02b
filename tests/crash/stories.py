"""What takes more than one life: each is what one of the program's rules is for."""

import asyncio

from bot.sandbox.tencent.faults import FaultKind
from tests.crash.at_boundaries import STALLED
from tests.crash.board import Deed
from tests.crash.boundaries import Edge, boundary
from tests.crash.gate import Moment, nothing
from tests.crash.nursery import Life
from tests.crash.traffic import NOTICE
from tests.crash.trials import (
    IN_THE_AIR,
    LOOK,
    NAP,
    REACH_S,
    SLEEP,
    Trial,
    begin,
    rest,
    send_some,
    some_time,
)
from tests.crash.weather import calls
from tests.crash.world import SETTLE, World, first

MOMENTS, MOMENT_S = 50, 0.002
LOOKED = boundary("doubts.note_look", Edge.TOLD)


async def two_to_one(world: World) -> bool:
    """Two SMS to one number, asked for at once: the first never arrives, the second does, and
    neither is answered. What Tencent's books have then belongs to the second: that can be told
    only where the second is not sent before the first is settled."""
    name = TWO_TO_ONE.name
    await rest(world)
    number = world.crowd.callers.fresh_number()
    lost, _ = world.crowd.send(name, [number, number], NOTICE)
    world.gate.arm(Moment.LOST, nothing, about=lost.mark)
    calls(FaultKind.DROP_AFTER_ACCEPT, times=1)(world)
    life = await world.launch()
    await world.until(world.is_still, life, REACH_S)
    await world.dies(life)
    world.board.advance(LOOK)
    life = await world.launch(asks_at_once=True)
    looks = world.board.hits(LOOKED.number)
    has_looked = await world.until(lambda: world.board.hits(LOOKED.number) > looks, life, REACH_S)
    await world.dies(life)
    return has_looked and not world.gate.is_armed


async def late_copy(world: World) -> bool:
    """It stalls between its commit and its first byte, longer than any doubt is kept; goes on; its
    request is held up on the way; it dies. The next one sends again, on a person's word. Then the
    request arrives after all: only its age can tell Tencent to refuse it."""
    name = LATE_COPY.name
    await rest(world)
    world.crowd.send(name, [world.crowd.callers.fresh_number()], NOTICE)
    world.gate.is_holding = True
    world.board.arm(IN_THE_AIR.number, Deed.STALL)
    life = await world.launch()
    stalled = await world.stalls_for(life, SLEEP, REACH_S)
    life.go_on()
    held = await world.until(lambda: bool(world.gate.held), life, REACH_S)
    world.gate.is_holding = False
    await world.dies(life)
    life = await world.launch()
    await world.is_ready(life)
    world.crowd.see_to(waits_in_ten=0)
    await world.until(world.is_still, life, REACH_S)
    world.refused_copies += sum(b"SignatureExpire" in said for said in await world.gate.let_go())
    await world.dies(life)
    return stalled and held


async def take_over(world: World) -> bool:
    """It stalls; another one takes the file over, as where the lock of the first was lost with its
    machine; and then the first goes on beside it."""
    name = TAKE_OVER.name
    await begin(world, name)
    world.board.arm(world.dice.choice(STALLED).number, Deed.STALL)
    old = await world.launch()
    stalled = await world.stalls_for(old, NAP, REACH_S)
    if not stalled or not await out_of_its_writes(world, old):
        await world.dies(old)
        return False
    database = world.settings.database
    database.with_name(database.name + ".lock").unlink()
    new = await world.launch()
    await world.is_ready(new)
    await world.until(world.is_still, new, REACH_S)
    world.board.advance(SETTLE)
    world.crowd.see_to(waits_in_ten=0)
    await send_some(world, name)
    if world.dice.randrange(2):
        await world.until(world.is_still, new, REACH_S)
    old.go_on()
    await some_time(world, 0.15)
    for life in world.dice.sample((old, new), 2):
        await world.dies(life, is_alone=False)
    return True


async def out_of_its_writes(world: World, life: Life) -> bool:
    """Lets it go on by moments until none of its threads stands in the middle of a write: that
    nobody could take over."""
    for _ in range(MOMENTS):
        if not world.store.is_locked():
            return True
        life.go_on()
        await asyncio.sleep(MOMENT_S)
        life.stall()
        await first(life.stopped, life.died)
    return False


TWO_TO_ONE = Trial("two to one number", two_to_one)
LATE_COPY = Trial("a copy comes late", late_copy)
TAKE_OVER = Trial("another takes over", take_over)
STORIES = (TWO_TO_ONE, LATE_COPY, TAKE_OVER)
