"""Watches what each app sends: an alert where it is not what the app usually does, and its end; and
those of a day's totals, which end with the day or with other limits.

Looks often, for an attack sends thousands a minute; a look at an app with little to look at is a
few rows read, and nothing written.
"""

from datetime import datetime

from handlers.flows import brakes, limit_alerts
from handlers.services import Services
from storage import traffic

EVERY_S = 10


async def run(services: Services, now: datetime) -> None:
    """Notes that the bot runs in this hour, then looks at one app after the other."""
    apps = [app for app in services.settings.apps if app.brake.watch]
    names = [app.name for app in services.settings.apps]
    unwatched = await services.db.read(traffic.unwatched, names, now)
    if unwatched:
        await services.db.write(traffic.note_watched, unwatched, now)
    for app in apps:
        known = services.baselines.get(app.name)
        look = await services.db.read(brakes.look, app, known, now)
        if look.baseline is not None:
            services.baselines[app.name] = look.baseline
        if look.found:
            await services.db.write(brakes.note, app, look.found, services.settings, now)
            services.wake()
    watched = [app.name for app in apps]
    if await services.db.read(brakes.has_left, watched):
        await services.db.write(brakes.leave, watched, services.settings, now)
        services.alerts_due.set()
    turned = await services.db.read(limit_alerts.turned, services.settings, now)
    if turned:
        await services.db.write(limit_alerts.tell, turned, services.settings, now)
        services.alerts_due.set()
