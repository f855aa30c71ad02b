"""Looks after messages in doubt: Tencent's own books first, the class's rule when time is up."""

import logging
from datetime import datetime, timedelta

from bot.errors import TencentError
from handlers.flows import delivery
from handlers.services import Services
from storage.messages import Message

log = logging.getLogger("smsops.doubts")
EVERY_S = 5
#: DescribeSendRecordList reaches 72 hours back.
RECORDS_REACH = timedelta(hours=71)


async def run(services: Services, now: datetime) -> None:
    for message in await services.db.read(delivery.find_doubts):
        await look_up(services, message, now)
    await services.db.write(delivery.settle_by_rule, now)
    services.cards_due.set()
    services.messages_due.set()


async def look_up(services: Services, message: Message, now: datetime) -> None:
    """Asks Tencent's books about one doubt, where they can prove anything."""
    app = services.settings.app(message.app)
    if app is None or not app.exclusive or message.signed_at is None:
        # Another sender on the same application could have made the record we would find.
        return
    since = max(message.signed_at - delivery.CLOCK_MARGIN, now - RECORDS_REACH)
    try:
        records = await services.tencent.list_send_records(
            message.number, sdk_app_id=app.sdk_app_id, since=since
        )
    except TencentError as error:
        log.warning("no records", extra={"event": "records_unavailable", "reason": str(error)})
        return
    await services.db.write(delivery.settle_by_records, message, records, now)
