"""Watches what becomes of what was sent: shares delivered, receipts, doubts, and both wires.

A look reads; only where something has begun, changed or ended is there anything to write.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.reach import Outage
from bot.rules.alerts import AlertKind
from handlers.flows import delivery_alerts
from handlers.services import Services

EVERY_S = 15


async def run(services: Services, now: datetime) -> None:
    asked = services.settings, _outages(services, now), now
    if await services.db.read(delivery_alerts.has_news, *asked):
        await services.db.write(delivery_alerts.note, *asked)
        services.alerts_due.set()


def _outages(services: Services, now: datetime) -> Mapping[AlertKind, Outage | None]:
    """What is known of the other ends; nothing before anything went there."""
    wires = {
        AlertKind.TENCENT_UNREACHABLE: services.tencent.wire.reach,
        AlertKind.SLACK_UNREACHABLE: services.slack.wire.reach,
    }
    return {kind: reach.look(now) for kind, reach in wires.items() if reach.is_known}
