"""What goes wrong around the program, and then it is killed wherever it is."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.sandbox.tencent.faults import (
    STATUS_CALLBACK,
    CallbackFault,
    CallbackFaultKind,
    Fault,
    FaultKind,
)
from bot.sandbox.workspace import faults as slack
from tests.crash.at_boundaries import RECORDS
from tests.crash.board import Deed
from tests.crash.boundaries import Boundary, Edge, boundary
from tests.crash.gate import SEND, Ailment
from tests.crash.trials import REACH_S, Trial, begin, some_time
from tests.crash.world import World

Order = Callable[[World], None]


def all_weather() -> list[Trial]:
    return [
        *(suffer(name, order) for name, order in WEATHER.items()),
        *(fill_disk(each) for each in FULL_FROM),
        *(step_clock(by) for by in STEPS),
        kill_any_time("while it starts", 0.0, 0.06),
        kill_any_time("while it sends", 0.02, 0.15),
    ]


def calls(kind: FaultKind, action: str = SEND, times: int = 2) -> Order:
    return lambda world: world.sandbox.world.faults.add(Fault(action, kind, times))


def _reports(kind: CallbackFaultKind) -> Order:
    fault = CallbackFault(STATUS_CALLBACK, kind, times=2, latency_ms=50)
    return lambda world: world.sandbox.world.faults.add(fault)


def _wire(ailment: Ailment) -> Order:
    return lambda world: world.gate.ailments.append(ailment)


def _slack(kind: slack.FaultKind) -> Order:
    def order(world: World) -> None:
        world.workspace.faults.add(slack.Fault("chat.postMessage", kind))

    return order


WEATHER: dict[str, Order] = {
    "dropped before accept": calls(FaultKind.DROP_BEFORE_ACCEPT),
    "dropped after accept": calls(FaultKind.DROP_AFTER_ACCEPT),
    "half a body": calls(FaultKind.HALF_BODY),
    "5xx before accept": calls(FaultKind.HTTP_500),
    "5xx after accept": _wire(Ailment.ERROR_AFTER),
    "no JSON": calls(FaultKind.NOT_JSON),
    "wrong content type": calls(FaultKind.CONTENT_TYPE),
    "throttled": calls(FaultKind.THROTTLE),
    "an answer that drips": _wire(Ailment.DRIP),
    "no answer at all": calls(FaultKind.HANG, times=1),
    "records dropped": calls(FaultKind.DROP_AFTER_ACCEPT, RECORDS),
    "records throttled": calls(FaultKind.THROTTLE, RECORDS),
    "a report lost": _reports(CallbackFaultKind.LOSE),
    "a report twice": _reports(CallbackFaultKind.DUPLICATE),
    "a report late": _reports(CallbackFaultKind.DELAY),
    "Slack's answer lost": _slack(slack.FaultKind.DROP_AFTER),
    "Slack unheard": _slack(slack.FaultKind.DROP_BEFORE),
}


def suffer(name: str, order: Order) -> Trial:
    return Trial(name, partial(_suffer, name, order))


async def _suffer(name: str, order: Order, world: World) -> bool:
    """Killed wherever it is, or when all is still."""
    await begin(world, name)
    order(world)
    life = await world.launch()
    if world.dice.randrange(2):
        await world.until(world.is_still, life, REACH_S)
    await some_time(world, 0.1)
    await world.dies(life)
    return True


#: The disk is full from one of these on.
FULL_FROM = (
    *(boundary("claims.claim", edge) for edge in (Edge.ASKED, Edge.WRITTEN)),
    *(boundary("delivery.settle", edge) for edge in (Edge.ASKED, Edge.WRITTEN)),
    boundary(SEND, Edge.BEFORE),
    boundary("status.store", Edge.ASKED),
)


def fill_disk(at: Boundary) -> Trial:
    name = f"disk full: {at.words}"
    return Trial(name, partial(_fill_disk, name, at))


async def _fill_disk(name: str, at: Boundary, world: World) -> bool:
    """Full for a while, then killed as it is, or freed first."""
    await begin(world, name)
    world.board.arm(at.number, Deed.FILL_DISK)
    life = await world.launch()
    filled = await world.until(lambda: not world.board.is_armed, life, REACH_S)
    await some_time(world, 0.1)
    if world.dice.randrange(2):
        life.free_disk()
        await world.until(world.is_still, life, REACH_S)
    await world.dies(life)
    return filled


#: Within the five minutes by which Tencent's clock and ours may differ.
STEPS = tuple(timedelta(seconds=by) for by in (-230, -70, 70, 230))


def step_clock(by: timedelta) -> Trial:
    name = f"clock steps by {by.total_seconds():+g} s"
    return Trial(name, partial(_step_clock, name, by))


async def _step_clock(name: str, by: timedelta, world: World) -> bool:
    await begin(world, name)
    life = await world.launch()
    await some_time(world, 0.08)
    world.board.step(by)
    await some_time(world, 0.1)
    await world.dies(life)
    # What was planned by a clock ahead is due again.
    world.board.advance(2 * max(STEPS))
    return True


def kill_any_time(name: str, from_s: float, to_s: float) -> Trial:
    name = f"killed {name}"
    return Trial(name, partial(_kill_any_time, name, from_s, to_s))


async def _kill_any_time(name: str, from_s: float, to_s: float, world: World) -> bool:
    await begin(world, name)
    life = await world.launch()
    await asyncio.sleep(world.dice.uniform(from_s, to_s))
    await world.dies(life)
    return True
