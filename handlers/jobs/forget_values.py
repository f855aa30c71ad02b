"""Deletes personal values that are needed no more (app.yaml: retention)."""

from collections import Counter
from datetime import datetime, timedelta

from bot.rules.delivery import FINAL, MessageState
from handlers.flows import doubts, limits, retention
from handlers.services import Services
from storage import forgotten_numbers, old_rows, replies, traffic, values
from storage.ids import RequestId

#: Drafts and codes are not left lying about for a day.
DRAFTS_EVERY_S, EVERY_S = 60, 86_400
#: The watch on traffic looks back four weeks, and beyond what an alert is about.
PLACES_FOR = timedelta(weeks=6)


async def end_drafts(services: Services, now: datetime) -> None:
    """Drafts nobody confirmed, and jobs of codes that are over."""
    is_held = services.settings.retention.legal_hold
    while await services.db.write(retention.end_drafts, now, is_held=is_held):
        pass
    await _delete_of_jobs(services, datetime.min.replace(tzinfo=now.tzinfo), now)


async def run(services: Services, now: datetime) -> None:
    if services.settings.retention.legal_hold:
        return
    before = now - timedelta(days=services.settings.retention.values_days)
    while await services.db.write(retention.delete_of_singles, before, now):
        pass
    while await services.db.write(replies.wipe, before, retention.PAGE):
        pass
    await _delete_of_jobs(services, before, now)
    for app in services.settings.apps:
        while await services.db.write(limits.forget_refusals, app, now, retention.PAGE):
            pass
        await services.db.write(traffic.forget_places, app.name, now - PLACES_FOR)
    await services.db.write(doubts.forget, now)
    await _delete_old(services, now)
    await services.db.checkpoint()


async def _delete_old(services: Services, now: datetime) -> None:
    """What has a time of its own in app.yaml; the audit trail is told how much that was."""
    kept, done = services.settings.retention, Counter[str]()
    for what, days, deletions in (
        ("reports", kept.reports_days, old_rows.OF_REPORTS),
        ("replies", kept.replies_days, old_rows.OF_REPLIES),
        ("alerts", kept.alerts_days, old_rows.OF_ALERTS),
        ("posts", kept.posts_days, old_rows.OF_POSTS),
    ):
        before = now - timedelta(days=days)
        for delete in deletions:
            while many := await services.db.write(delete, before, now, retention.PAGE):
                done[what] += many
    done["requests"] = await _forget_numbers(services, now - timedelta(days=kept.numbers_days), now)
    before = now - timedelta(days=kept.audit_days)
    await services.db.write(retention.forget_in_trail, done, before, now)


async def _forget_numbers(services: Services, before: datetime, now: datetime) -> int:
    """The numbers of requests that ended before `before`; of how many."""
    many = 0
    while found := await services.db.read(
        forgotten_numbers.find_requests, before, retention.AT_ONCE
    ):
        for request_id in found:
            for state in sorted(FINAL):
                last: str | None = ""
                while last is not None:
                    last = await services.db.write(
                        forgotten_numbers.forget_messages, request_id, state, last, retention.PAGE
                    )
            await services.db.write(forgotten_numbers.forget_request, request_id, now)
        many += len(found)
    return many


async def _delete_of_jobs(services: Services, before: datetime, now: datetime) -> None:
    while found := await services.db.read(retention.find_jobs, before):
        for request_id in found:
            await _delete(services, request_id)
            await services.db.write(retention.end_job, request_id, now)


async def _delete(services: Services, request_id: RequestId) -> None:
    """A page in a transaction: whoever sends meanwhile waits for no more than that."""
    for state in MessageState:
        last: str | None = ""
        while last is not None:
            last = await services.db.write(
                values.wipe_messages, request_id, state, last, retention.PAGE
            )
    row: int | None = 0
    while row is not None:
        row = await services.db.write(values.wipe_bad_rows, request_id, row, retention.PAGE)
