"""Looks after messages in doubt: Tencent's own books first, the class's rule when time is up."""

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import TencentError
from bot.rules.doubts import CLOCK_MARGIN
from bot.tencent.wire import SendRecord
from handlers.books import Span, read_records, read_reports
from handlers.flows import doubts, drifts
from handlers.flows.doubts import Evidence
from handlers.services import Services
from storage.damage import Damage
from storage.messages import Message

log = logging.getLogger("smsops.doubts")
Row = TypeVar("Row")
EVERY_S = 5
#: Tencent answers each of the two questions 20 times a second; the other callers want some too.
LOOKS_AT_ONCE = 15
CALLS_AT_ONCE = 4


async def run(services: Services, now: datetime) -> None:
    """One that cannot be read keeps no other from being settled. Raises what was met of it, so that
    it is told of."""
    damage = Damage()
    deadline = timedelta(seconds=services.settings.tencent.deadline_s)
    await services.db.write(doubts.gather, now - deadline - doubts.STALLED_AFTER, now, damage)
    gate = asyncio.Semaphore(CALLS_AT_ONCE)
    due = await services.db.read(doubts.find_due, now, LOOKS_AT_ONCE, damage)
    if damage.rows:
        await services.db.write(doubts.put_off, now, LOOKS_AT_ONCE, damage)
    await asyncio.gather(*(_look(services, message, now, gate, damage) for message in due))
    while await services.db.write(doubts.settle_by_rule, now, damage):
        pass
    while await services.db.write(doubts.stop_waiting, now):
        pass
    services.cards_due.set()
    services.messages_due.set()
    damage.raise_first()


async def _look(
    services: Services, message: Message, now: datetime, gate: asyncio.Semaphore, damage: Damage
) -> None:
    async with gate:
        evidence = await find_evidence(services, message, now)
    is_settled = await services.db.write(doubts.note_look, message, evidence, now, damage)
    if evidence is not None and drifts.is_news(evidence, is_settled=is_settled):
        await _look_for_drift(services, message, evidence)
    if is_settled:
        log.info("doubt settled", extra={"event": "doubt_settled", "request": message.request_id})


async def _look_for_drift(services: Services, message: Message, evidence: Evidence) -> None:
    """By itself: what breaks there leaves the doubt settled, and the others looked after."""
    look, now = drifts.look_in_books, services.clock()
    try:
        found = await services.db.write(look, message, evidence, services.settings, now)
    except Exception:
        log.exception("no look for drift", extra={"event": "drift_failed"})
        return
    if found:
        services.alerts_due.set()


async def find_evidence(services: Services, message: Message, now: datetime) -> Evidence | None:
    """What Tencent's books hold about one doubt; None where none of them could be read."""
    app = services.settings.app(message.app)
    if app is None or message.signed_at is None:
        return None
    span = Span(message.number, app.sdk_app_id, message.signed_at - CLOCK_MARGIN)
    records: tuple[SendRecord, ...] | None = None
    if app.exclusive:
        # Another sender on the same application could have made any record we would find.
        records = await _read(read_records(services.tencent, span, now))
    reports = await _read(read_reports(services.tencent, span, now))
    if records is None and reports is None:
        return None
    return Evidence(records or (), reports or (), may_eliminate=app.exclusive)


async def _read(question: Awaitable[tuple[Row, ...]]) -> tuple[Row, ...] | None:
    try:
        return await question
    except TencentError as error:
        log.warning("no records", extra={"event": "records_unavailable", "reason": str(error)})
        return None
