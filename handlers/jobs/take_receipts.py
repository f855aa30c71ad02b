"""Takes receipts out of Tencent's queue, where app.yaml says so (`callbacks.pull`).

Each is handed out once. So only one process takes at a time, by a lease in the database, and what
was taken is on disk before the next is asked for. A receipt whose answer is lost on the way is
found by its number (handlers/jobs/fetch_receipts.py).
"""

import asyncio
import logging
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from bot.errors import StorageError, TencentError, TencentRefusal
from bot.settings import App
from handlers.flows import backfills, coverage
from handlers.flows.books import receipt_of_report
from handlers.services import Services
from storage.receipts import Receipt

log = logging.getLogger("smsops.receipts")
EVERY_S = 5
#: What Tencent hands out at once; less of it was all there was.
FULL = 100
#: Tencent answers this question 100 times a second.
PULLS_A_RUN = 50
#: Beyond the deadline of a question: until what it brought is on disk.
STORED_WITHIN = timedelta(seconds=60)
AGAIN_S = 1.0


async def run(services: Services, now: datetime) -> None:
    if not services.settings.callbacks.pull:
        return
    for app in services.settings.apps:
        await _empty(services, app)


async def _empty(services: Services, app: App) -> None:
    """Takes what one app's queue holds."""
    holder = secrets.token_hex(8)
    lasts = STORED_WITHIN + timedelta(seconds=services.settings.tencent.deadline_s)
    begun = await services.db.write(
        backfills.begin_taking, app.name, holder, lasts, services.clock()
    )
    if not begun:
        return
    try:
        for _ in range(PULLS_A_RUN):
            if services.stopping.is_set() or not await _take(services, app, holder, lasts):
                return
    finally:
        await services.db.write(backfills.end_taking, app.name, holder)


async def _take(services: Services, app: App, holder: str, lasts: timedelta) -> bool:
    """One pull; whether there may be more, and it is still for us to take."""
    try:
        reports = await services.tencent.take_statuses(app.sdk_app_id)
    except TencentError as error:
        extra = {"event": "queue_unavailable", "app": app.name, "reason": str(error)}
        log.warning("queue not readable", extra=extra)
        now = services.clock()
        await services.db.write(backfills.note_not_taken, app.name, now)
        if isinstance(error, TencentRefusal) and error.permanent:
            settings = services.settings
            await services.db.write(coverage.note_refused, app, error.code, settings, now)
            services.alerts_due.set()
        return False
    taken = [receipt_of_report(each) for each in reports]
    is_ours = await _keep(services, app, holder, taken, lasts)
    if taken:
        services.cards_due.set()
    return is_ours and len(taken) >= FULL


async def _keep(
    services: Services, app: App, holder: str, taken: list[Receipt], lasts: timedelta
) -> bool:
    """Stores what Tencent has no more, and does not give up while the process runs."""
    while True:
        try:
            return await services.db.write(
                backfills.note_taken, app.name, holder, taken, lasts, services.clock()
            )
        except StorageError as error:
            extra = {"event": "receipts_not_kept", "app": app.name, "reason": str(error)}
            log.error("receipts not kept", extra=extra)
            if services.stopping.is_set():
                raise
            with suppress(TimeoutError):
                await asyncio.wait_for(services.stopping.wait(), AGAIN_S)
