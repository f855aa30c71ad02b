"""Once a day and app: whether Tencent's statistics count what we do, and an alert where not."""

import logging
from datetime import datetime

from bot.errors import TencentError
from bot.rules.coverage import Theirs
from bot.settings import App
from handlers.flows import backfills, coverage
from handlers.services import Services

log = logging.getLogger("smsops.coverage")
EVERY_S = 300


async def run(services: Services, now: datetime) -> None:
    await services.db.write(backfills.forget, now)
    for app in services.settings.apps:
        day_s = await services.db.read(coverage.due_day, app, now)
        if day_s is not None and not services.stopping.is_set():
            await _check(services, app, day_s, now)


async def _check(services: Services, app: App, day_s: int, now: datetime) -> None:
    try:
        theirs = await _ask(services, app, day_s)
    except TencentError as error:
        extra = {"event": "statistics_unavailable", "app": app.name, "reason": str(error)}
        log.warning("no statistics", extra=extra)
        await services.db.write(coverage.note_not_checked, app, now)
        return
    settings = services.settings
    if await services.db.write(coverage.note_checked, app, day_s, theirs, settings, now):
        services.alerts_due.set()


async def _ask(services: Services, app: App, day_s: int) -> Theirs:
    """Both statistics of a day. Raises TencentError."""
    since, until = coverage.span_of(day_s)
    sends = await services.tencent.count_sends(app.sdk_app_id, since, until)
    reports = await services.tencent.count_callbacks(app.sdk_app_id, since, until)
    return Theirs(
        accepted=sends.accepted,
        segments=sends.fee_segments,
        reported=reports.reported,
        delivered=reports.delivered,
    )
