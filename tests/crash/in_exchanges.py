"""Killed or stalled at a moment of an exchange with Tencent, seen from the wire."""

from functools import partial

from tests.crash.at_boundaries import RECORDS
from tests.crash.gate import Moment
from tests.crash.trials import NAP, REACH_S, SLEEP, Trial, begin, make_doubt, make_job, some_time
from tests.crash.world import World

#: The others leave nothing to hear when it goes on.
STALLED_IN = (Moment.LOST, Moment.LATE, Moment.TAKEN, Moment.ANSWERED)
OF_JOBS = (*STALLED_IN, Moment.HALF, Moment.REPORTED)


def all_in_exchanges() -> list[Trial]:
    return [
        *(kill_in(moment) for moment in Moment),
        *(kill_in(moment, of_job=True) for moment in OF_JOBS),
        *(stall_in(moment) for moment in STALLED_IN),
        *(kill_looking_up(moment) for moment in (Moment.TAKEN, Moment.HALF)),
        AS_MANY_AS_MAY_BE,
    ]


def kill_in(moment: Moment, *, of_job: bool = False) -> Trial:
    name = f"{moment.value}{', of a job' * of_job}"
    return Trial(name, partial(_kill_in, name, moment, of_job))


async def _kill_in(name: str, moment: Moment, of_job: bool, world: World) -> bool:
    await begin(world, name)
    is_made = not of_job or await make_job(world, name)
    world.gate.arm(moment, world.kill, nth=world.dice.choice((1, 2)) if of_job else 1)
    life = await world.launch()
    return await world.dies(life, REACH_S) and is_made


def stall_in(moment: Moment) -> Trial:
    name = f"{moment.value}, stalled"
    return Trial(name, partial(_stall_in, name, moment))


async def _stall_in(name: str, moment: Moment, world: World) -> bool:
    await begin(world, name)
    world.gate.arm(moment, world.stall)
    life = await world.launch()
    stalled = await world.stalls_for(life, world.dice.choice((NAP, SLEEP)), REACH_S)
    life.go_on()
    await some_time(world, 0.15)
    await world.dies(life)
    return stalled


def kill_looking_up(moment: Moment) -> Trial:
    name = f"a doubt is looked up: {moment.value}"
    return Trial(name, partial(_kill_looking_up, name, moment))


async def _kill_looking_up(name: str, moment: Moment, world: World) -> bool:
    await begin(world, name)
    await make_doubt(world, name)
    world.gate.arm(moment, world.kill, RECORDS)
    life = await world.launch(asks_at_once=True)
    return await world.dies(life, REACH_S)


async def as_many_as_may_be(world: World) -> bool:
    """Tencent is silent, and the program does what it can: then it is killed with all of it in the
    air. The requests arrive afterwards."""
    name = AS_MANY_AS_MAY_BE.name
    await begin(world, name)
    made = [await make_job(world, name, is_equal=True) for _ in range(2)]
    world.gate.is_loud.clear()
    life = await world.launch()
    full = await world.until(lambda: world.gate.waiting >= FULL_CALLS, life, REACH_S)
    await world.dies(life)
    world.gate.is_loud.set()
    return full and all(made)


#: So many requests of a job hold all the numbers that may be under way.
FULL_CALLS = 4
AS_MANY_AS_MAY_BE = Trial("as many as may be under way", as_many_as_may_be)
