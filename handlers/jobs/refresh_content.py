"""Keeps our lists of templates, signatures and packages in step with Tencent's."""

import logging
from datetime import datetime

from bot.errors import TencentError
from handlers.flows import content
from handlers.services import Services

log = logging.getLogger("smsops.content")
EVERY_S = 60


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


async def _templates(services: Services, now: datetime) -> None:
    mainland = await services.tencent.list_templates(international=False)
    abroad = await services.tencent.list_templates(international=True)
    await services.db.write(content.keep_templates, [*mainland, *abroad], now)


async def _signatures(services: Services, now: datetime) -> None:
    mainland = await services.tencent.list_signatures(international=False)
    abroad = await services.tencent.list_signatures(international=True)
    await services.db.write(content.keep_signatures, [*mainland, *abroad], now)


async def _packages(services: Services, now: datetime) -> None:
    # Packages belong to the account: any of its applications lists them all.
    app = services.settings.apps[0]
    packages = await services.tencent.list_packages(app.sdk_app_id)
    await services.db.write(content.keep_packages, packages, now)
