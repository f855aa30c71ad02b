"""Killed or stalled at a numbered boundary."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from storage.messages import Message
from tests.crash.board import Deed
from tests.crash.boundaries import BOUNDARIES, CALL, CLICKS, OF_VOICE, Boundary, Edge, boundary
from tests.crash.gate import SEND
from tests.crash.nursery import Life
from tests.crash.traffic import NOTICE, Intent, words_in
from tests.crash.trials import (
    NAP,
    REACH_S,
    SLEEP,
    Trial,
    begin,
    draft,
    make_doubt,
    make_job,
    rest,
    some_time,
)
from tests.crash.world import SETTLE, World
from tests.journeys.people import LIN, Json, buttons_of, find_button

RECORDS = "DescribeSendRecordList"
OF_LISTS = frozenset({"recipients.store", "recipients.end"})
OF_DOUBTS = frozenset({"doubts.note_look", RECORDS})
#: These are passed again and again while a job runs: one of the first few times is the one.
OF_CALLS = frozenset({"claims.claim", "delivery.settle", SEND})
REPEATED = 4
#: Where a stall may find the program with something it believes and that is no longer so. (Written
#: and not committed is left out: nobody else can write then either.)
STALLED = (
    boundary("claims.claim", Edge.COMMITTED),
    boundary("claims.claim", Edge.TOLD),
    boundary("delivery.settle", Edge.ASKED),
    boundary("delivery.settle", Edge.COMMITTED),
    boundary(SEND, Edge.BEFORE),
    boundary(SEND, Edge.AFTER),
)
#: Nothing comes to these while there is no send to many.
OF_JOBS_ALONE = frozenset({"jobs.start_due", "jobs.follow"})
#: What a send to many goes through too, many at a time.
OF_JOBS = tuple(
    each
    for each in BOUNDARIES
    if each.step in {"claims.claim", "delivery.settle", SEND} | OF_JOBS_ALONE
)


def all_at_boundaries() -> list[Trial]:
    otherwise = {*CLICKS, *OF_VOICE, CALL} | OF_JOBS_ALONE
    return [
        *(kill_at(each) for each in BOUNDARIES if each.step not in otherwise),
        *(kill_at(each, of_job=True) for each in OF_JOBS),
        *(kill_at_click(each) for each in BOUNDARIES if each.step in CLICKS),
        *(stall_at(each, time) for each in STALLED for time in (NAP, SLEEP)),
    ]


def kill_at(at: Boundary, *, of_job: bool = False) -> Trial:
    name = f"{at.number:2} {at.words}{', of a job' * of_job}"
    return Trial(name, partial(_kill_at, name, at, of_job))


async def _kill_at(name: str, at: Boundary, of_job: bool, world: World) -> bool:
    await begin(world, name)
    if at.step in OF_DOUBTS:
        await make_doubt(world, name)
    if at.step in OF_LISTS:
        await draft(world, name)
    is_made = not of_job or await make_job(world, name)
    nth = world.dice.randrange(REPEATED) + 1 if of_job and at.step in OF_CALLS else 1
    world.board.arm(at.number, Deed.KILL, nth)
    life = await world.launch(asks_at_once=at.step in OF_DOUBTS)
    return await world.dies(life, REACH_S) and is_made


def stall_at(at: Boundary, time: timedelta) -> Trial:
    name = f"{at.number:2} {at.words}, stalled {time.total_seconds() / 60:g} min"
    return Trial(name, partial(_stall_at, name, at, time))


async def _stall_at(name: str, at: Boundary, time: timedelta, world: World) -> bool:
    await begin(world, name)
    world.board.arm(at.number, Deed.STALL)
    life = await world.launch()
    stalled = await world.stalls_for(life, time, REACH_S)
    life.go_on()
    await some_time(world, 0.15)
    await world.dies(life)
    return stalled


# Around a click


def kill_at_click(at: Boundary) -> Trial:
    name = f"{at.number:2} {at.words}"
    return Trial(name, partial(CLICKED[at.step], name, at))


async def click_send(name: str, at: Boundary, world: World) -> bool:
    """Killed around a click on Send; the same click again afterwards."""
    await rest(world)
    number, mark = world.crowd.callers.any_number(), world.crowd.callers.mark()
    life = await world.launch()
    await world.is_ready(life)
    preview = await world.page.type(LIN, f"/sms send {number} {NOTICE} {mark} 明天")
    assert "send.confirm" in buttons_of(preview), preview
    request_id = find_button(preview["blocks"], "send.confirm")["value"].partition(":")[0]
    world.crowd.intents.append(Intent(name, request_id, number, words_in(NOTICE, mark)))
    return await clicked_twice(world, life, at, partial(click, world, preview, "send.confirm"))


async def click_job(name: str, at: Boundary, world: World) -> bool:
    """The same under the card of a send to many."""
    await rest(world)
    request_id = await draft(world, name)
    life = await world.launch()
    await world.is_ready(life)
    wanted = partial(find_clickable, world, request_id, ("job.confirm", "job.confirm_good"))
    [(card, action_id)] = await world.page.see(wanted)
    return await clicked_twice(world, life, at, partial(click, world, card, action_id))


async def click_again(name: str, at: Boundary, world: World) -> bool:
    """Killed around a click on Send again under a doubt; the same click again afterwards."""
    await rest(world)
    doubt: Message = await make_doubt(world, name)
    world.board.advance(SETTLE)
    world.crowd.decide(but=doubt.id)
    life = await world.launch(asks_at_once=True)
    await world.is_ready(life)
    wanted = partial(find_clickable, world, doubt.id, ("doubt.send_again",))
    [(card, action_id)] = await world.page.see(wanted)
    return await clicked_twice(world, life, at, partial(click, world, card, action_id))


CLICKED: dict[str, Callable[[str, Boundary, World], Awaitable[bool]]] = {
    "drafts.confirm": click_send,
    "job_drafts.confirm_job": click_job,
    "doubts.decide": click_again,
}


async def clicked_twice(
    world: World, life: Life, at: Boundary, press: Callable[[], Coroutine[Any, Any, Json]]
) -> bool:
    world.board.arm(at.number, Deed.KILL)
    clicked = asyncio.create_task(press())
    died = await world.dies(life, REACH_S)
    await clicked
    life = await world.launch()
    await world.is_ready(life)
    await press()
    await some_time(world, 0.05)
    await world.dies(life)
    return died


async def click(world: World, message: Json, action_id: str) -> Json:
    return await world.page.click(LIN, message, action_id)


def find_clickable(world: World, about: str, action_ids: tuple[str, ...]) -> list[tuple[Json, str]]:
    """The card with one of these buttons, about that request or message; empty while none is."""
    return [
        (card, each["action_id"])
        for card in world.page.cards()
        for block in card.get("blocks") or []
        for each in block.get("elements", [])
        if str(each.get("value")).partition(":")[0] == about and each["action_id"] in action_ids
    ]
