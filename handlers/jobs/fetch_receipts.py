"""Fetches receipts that do not come: Tencent's books on one number after the other.

One question at a time, a few a second: Tencent answers each of them 20 times a second, and whoever
sends, or settles a doubt, needs its answers more.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from bot.errors import TencentError, TencentUnreachable
from bot.settings import App
from bot.tencent.provider import SmsProvider
from handlers.books import Span, read_records, read_reports
from handlers.flows import backfills
from handlers.flows.backfills import Question
from handlers.flows.books import receipt_of_record, receipt_of_report
from handlers.services import Services
from storage.receipt_looks import Look
from storage.receipts import Receipt

log = logging.getLogger("smsops.receipts")
EVERY_S = 1
QUESTIONS_A_RUN = 4
#: Of messages looked over: where callbacks never come, those who send need the writer more.
PAGES_A_RUN = 5
#: Of these some need no question any more.
LOOKS_A_RUN = 50


async def run(services: Services, now: datetime) -> None:
    for _ in range(PAGES_A_RUN):
        if not await services.db.read(backfills.is_overdue, now):
            break
        await services.db.write(backfills.note_overdue, now)
    apps = {app.name: app for app in services.settings.apps}
    asked = 0
    resting: set[str] = set()
    for look in await services.db.read(backfills.find_due, list(apps), now, LOOKS_A_RUN):
        if asked >= QUESTIONS_A_RUN or services.stopping.is_set():
            return
        if look.app in resting:
            continue
        question = await services.db.read(backfills.question_of, look, now)
        if question is None:
            await services.db.write(backfills.drop, look, now)
            continue
        asked += 1
        if not await _ask(services, apps[look.app], question, now):
            resting.add(look.app)


async def _ask(services: Services, app: App, question: Question, now: datetime) -> bool:
    """Whether Tencent answered."""
    look = question.look
    span = Span(look.number, app.sdk_app_id, question.since, question.until)
    try:
        found = await _read(services.tencent, span, now)
    except TencentError as error:
        extra = {"event": "receipts_unavailable", "app": look.app, "reason": str(error)}
        log.warning("no receipts", extra=extra)
        await services.db.write(backfills.note_failure, look, now)
        return False
    if many := await services.db.write(backfills.note_found, look, found, now):
        _tell(services, look, many)
    return True


async def _read(tencent: SmsProvider, span: Span, now: datetime) -> Sequence[Receipt]:
    """What carriers said, by Tencent's records; by its reports where the records are not to be
    had: the international site has none. Raises TencentError."""
    try:
        records = await read_records(tencent, span, now)
    except TencentUnreachable:
        raise
    except TencentError:
        return [receipt_of_report(each) for each in await read_reports(tencent, span, now)]
    return [found for each in records if (found := receipt_of_record(each)) is not None]


def _tell(services: Services, look: Look, many: int) -> None:
    services.cards_due.set()
    log.info("receipts fetched", extra={"event": "receipts_fetched", "app": look.app, "n": many})
