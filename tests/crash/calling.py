"""Somebody on call is to be called, and the program is killed: their phone rings once at the most,
and an alert nobody was called about is not forgotten."""

from datetime import datetime, timedelta
from functools import partial

from bot.rules.alerts import AlertKind, Severity, Signal
from bot.settings import Settings
from handlers.flows import alerts
from storage import escalations, oncall, voice_calls
from storage.db import Tx
from tests.crash.board import Deed
from tests.crash.boundaries import BOUNDARIES, CALL, OF_VOICE, Boundary
from tests.crash.trials import REACH_S, Trial, rest
from tests.crash.world import ONCALL, START, World

#: What is seen after a start wakes people at once.
SEEN_AHEAD = timedelta(seconds=30)
LASTS_S = 86_400
AHEAD, MANY = timedelta(days=9), 1_000


def all_calling() -> list[Trial]:
    return [kill_calling(each) for each in BOUNDARIES if each.step in (*OF_VOICE, CALL)]


def kill_calling(at: Boundary) -> Trial:
    name = f"{at.number:2} {at.words}, calling"
    return Trial(name, partial(_kill_calling, name, at))


async def _kill_calling(name: str, at: Boundary, world: World) -> bool:
    """Killed on the way to the call; then it lives until it knows what came of it."""
    await rest(world)
    number, store = world.crowd.callers.fresh_number(), world.store
    world.rung[number] = name
    store.write(fire, number, world.settings, world.board.program_time())
    world.board.arm(at.number, Deed.KILL)
    died = await world.dies(await world.launch(), REACH_S)
    store.write(see, number, world.settings, world.board.program_time())
    life = await world.launch()
    is_known = await world.until(lambda: was_called(store.tx, number), life, REACH_S)
    await world.dies(life)
    return died and is_known


def signal(number: str) -> Signal:
    """One of a kind that calls people, on a card of its own."""
    return Signal(AlertKind.LIMIT_TENCENT, Severity.CRITICAL, {"app": "demo", "code": number[1:]})


def fire(tx: Tx, number: str, settings: Settings, now: datetime) -> None:
    """People hear of it, and the one on call is to be called under `number`, about nothing else."""
    for each in escalations.find_due(tx, now + AHEAD, MANY):
        escalations.end(tx, each.group_id, now)
    oncall.set_number(tx, ONCALL, number, ONCALL, now)
    alerts.raise_event(tx, signal(number), settings, now, quiet_s=LASTS_S)
    alerts.look_at(tx, alerts.due_groups(tx, now), settings, now)
    see(tx, number, settings, now)


def see(tx: Tx, number: str, settings: Settings, now: datetime) -> None:
    """It goes on, for as long as the next life needs to begin."""
    alerts.raise_event(tx, signal(number), settings, now + SEEN_AHEAD, quiet_s=LASTS_S)


def was_called(tx: Tx, number: str) -> bool:
    """Whether the call was committed, and its end is known or known not to be."""
    return bool(voice_calls.calls_to(tx, number, START)) and not voice_calls.find_flying(tx)
