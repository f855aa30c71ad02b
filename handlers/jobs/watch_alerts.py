"""Follows alerts with time: cards are posted and edited, silences end, what is quiet is over."""

from datetime import datetime

from handlers.flows import alerts, rerouting
from handlers.services import Services


async def run(services: Services, now: datetime) -> datetime | None:
    """Does what is due; returns when the next thing is."""
    await _catch_up(services, now)
    due = await services.db.read(alerts.next_due)
    if due is None or due > now:
        return due
    await services.db.write(alerts.advance, services.settings, now)
    while found := await services.db.read(alerts.due_groups, now):
        # In one write: each in its own would wait for the disk by itself.
        await services.db.write(alerts.look_at, found, services.settings, now)
    services.posts_due.set()
    return await services.db.read(alerts.next_due)


async def _catch_up(services: Services, now: datetime) -> None:
    """With what nobody saw: a new app.yaml, time without a watch, a clock that was set back."""
    watch = services.watch
    if watch.looked_at is None:
        strays = await services.db.read(rerouting.find, services.settings, now)
        for each in strays.parts():
            await services.db.write(rerouting.bring_home, each, services.settings, now)
        # What was waited for by app.yaml, or by the clock, as it was may be due by now.
        await services.db.write(alerts.look_anew, now)
        if watch.began_at is not None:
            await services.db.write(alerts.hold, watch.began_at)
    elif now < watch.looked_at:
        await services.db.write(alerts.look_anew, now)
    watch.looked_at = now
