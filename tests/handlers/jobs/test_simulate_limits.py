"""Drafts of changes of limits, found out about."""

import asyncio
from dataclasses import replace

from bot.rules.simulation import Simulation, simulation_of
from handlers.flows import limit_drafts, simulations
from handlers.jobs import simulate_limits
from storage import requests
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows import limit_asks
from tests.handlers.jobs.conftest import Bell, Stage
from tests.storage.rows import add_message


async def drafted(stage: Stage, typed: str = "30s=1") -> Request:
    """A change that nobody knows anything of yet."""
    ask = limit_asks.wanted(stage.services.settings, typed)
    found = await stage.services.db.write(limit_drafts.draft, ask, stage.now)
    assert isinstance(found, Request), found
    return found


async def found_of(stage: Stage, draft: Request) -> Simulation | None:
    request = await stage.services.db.read(requests.get, draft.id)
    assert request is not None
    payload = request.payload["simulation"]
    return None if payload is None else simulation_of(payload)


async def test_every_draft_comes_to_say_what_it_would_have_done(stage: Stage) -> None:
    def send_twice(tx: Tx) -> None:
        add_message(tx, now=stage.now, text="one")
        add_message(tx, now=stage.now, text="two")

    await stage.services.db.write(send_twice)
    first, second = await drafted(stage), await drafted(stage, "30s=2 hour=2")
    stage.services.cards_due.clear()
    assert await simulate_limits.run(stage.services, stage.now) is None
    found = await found_of(stage, first)
    assert found is not None
    assert (found.sends, found.blocked, found.blocked_by) == (
        2,
        {"notice": 1},
        {"number.30s": 1},
    )
    other = await found_of(stage, second)
    assert other is not None
    assert (other.sends, other.blocked) == (2, {})
    assert stage.services.cards_due.is_set()


async def test_a_draft_that_is_another_by_now_is_looked_at_again(stage: Stage) -> None:
    draft, services = await drafted(stage), stage.services
    found = Simulation(stage.now, stage.now, sends=99)
    stale = replace(draft, sha256="0" * 64)
    await services.db.write(simulations.note, stale, found, services.settings, stage.now)
    assert await found_of(stage, draft) is None
    await services.db.write(simulations.note, draft, found, services.settings, stage.now)
    assert await found_of(stage, draft) is not None


async def test_one_that_breaks_keeps_its_draft_waiting(stage: Stage) -> None:
    draft, services = await drafted(stage), stage.services
    bell = Bell("not simulated")
    simulate_limits.log.addHandler(bell)
    await stage.change("DELETE FROM limit_policies")
    running = asyncio.create_task(simulate_limits.run(services, stage.now))
    async with asyncio.timeout(20):
        await bell.rung.wait()
    services.stopping.set()
    assert await running is None
    simulate_limits.log.removeHandler(bell)
    assert await found_of(stage, draft) is None


async def test_at_the_end_of_the_process_nothing_is_begun(stage: Stage) -> None:
    draft = await drafted(stage)
    stage.services.stopping.set()
    await simulate_limits.run(stage.services, stage.now)
    assert await found_of(stage, draft) is None
