"""Keeps our lists of templates, signatures and packages in step with Tencent's."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.errors import TencentError, TencentRefusal
from bot.rules.review_hours import ReviewKind
from handlers import looking
from handlers.flows import packages, reviews, upstream
from handlers.services import Services

log = logging.getLogger("smsops.content")
EVERY_S = 60
Refresh = Callable[[Services, datetime], Awaitable[None]]


async def run(services: Services, now: datetime) -> None:
    """Each list is replaced only when all of it was read; one that fails leaves what was known."""
    for refresh in (_templates, _signatures, _packages):
        try:
            await refresh(services, now)
        except TencentError as error:
            log.warning(
                "list not read",
                extra={"event": "refresh_failed", "list": refresh.__name__, "reason": str(error)},
            )
            await _note_refusal(services, refresh, error, now)
    services.wake()


async def _templates(services: Services, now: datetime) -> None:
    listed_at = services.clock()
    read = await looking.read_templates(services)
    await services.db.write(
        upstream.take_templates, read.listed, read.gone, listed_at, services.settings, now
    )


async def _signatures(services: Services, now: datetime) -> None:
    listed_at = services.clock()
    read = await looking.read_signatures(services)
    await services.db.write(
        upstream.take_signatures, read.listed, read.gone, listed_at, services.settings, now
    )


async def _packages(services: Services, now: datetime) -> None:
    # Packages belong to the account: any of its applications lists them all.
    app = services.settings.apps[0]
    listed = await services.tencent.list_packages(app.sdk_app_id)
    await services.db.write(packages.keep, listed, now)


async def _note_refusal(
    services: Services, refresh: Refresh, error: TencentError, now: datetime
) -> None:
    """A list this account may not read is explained once, not every minute."""
    kind = KINDS.get(refresh)
    if kind is not None and isinstance(error, TencentRefusal) and error.permanent:
        await services.db.write(reviews.note_barred, kind, error.code, services.settings, now)


KINDS: Mapping[Refresh, ReviewKind] = {
    _templates: ReviewKind.TEMPLATE,
    _signatures: ReviewKind.SIGNATURE,
}
