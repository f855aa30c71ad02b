"""The watch on traffic: it notes the hours it ran in, and lets go of what is not to be watched."""

from dataclasses import replace

from bot.rules.limits import day_of
from bot.settings.brake import Brake
from bot.settings.limits import TotalLimits
from handlers.jobs import watch_traffic
from storage import alerts, brakes, limit_counts, traffic
from storage.db import Tx
from tests.handlers.flows.running import edited
from tests.handlers.flows.traffic_hours import HOUR, fill, live
from tests.handlers.jobs.conftest import Stage
from tests.storage.rows import NOW, later


async def test_every_hour_it_runs_in_is_known_and_no_other(stage: Stage) -> None:
    for minutes in (0, 1, 59, 180):
        await watch_traffic.run(stage.services, later(minutes=minutes))
    known = await stage.services.db.read(traffic.by_hour, "demo", 0, 2**40)
    assert list(known) == [HOUR, HOUR + 3 * 3600]


async def test_an_app_nobody_wants_watched_raises_nothing_and_ends_what_was_raised(
    stage: Stage,
) -> None:
    def prepare(tx: Tx) -> None:
        live(tx)
        fill(tx, 500)

    async def opened() -> list[brakes.Brake]:
        return await stage.services.db.read(brakes.find_open)

    await stage.services.db.write(prepare)
    await watch_traffic.run(stage.services, NOW)
    assert len(await opened()) == 1
    settings = edited(stage.services.settings, brake=Brake(watch=False))
    quiet = replace(stage.services, settings=settings)
    for minutes in (1, 2):
        await watch_traffic.run(quiet, later(minutes=minutes))
        assert await opened() == []


async def test_a_total_that_was_raised_or_put_lower_is_told_within_a_look(stage: Stage) -> None:
    services, settings = stage.services, stage.services.settings
    warned = settings.apps[0].limits.model_copy(
        update={"totals": {"mainland": TotalLimits(warn=2, stop=None)}}
    )
    await services.db.write(limit_counts.count, "demo", day_of(NOW), {"CN": 2})
    for limits, firing in ((warned, 1), (warned, 1), (settings.apps[0].limits, 0)):
        given = replace(services, settings=edited(settings, limits=limits))
        await watch_traffic.run(given, NOW)
        assert len(await services.db.read(alerts.find_open)) == firing
    assert services.alerts_due.is_set()
