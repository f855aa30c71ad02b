"""Looks after changes nobody answered for: Tencent's lists first, a person where they are mute."""

import logging
from datetime import datetime

from bot.errors import TencentError, TencentRefusal
from bot.rules.content import Content
from bot.rules.review_hours import ReviewKind
from bot.tencent.provider import ContentProvider, content_provider
from handlers.flows import change_doubts
from handlers.flows.changes import Submission
from handlers.looking import find_id, list_side
from handlers.services import Services
from storage.damage import Damage

log = logging.getLogger("smsops.changes")
EVERY_S = 5
List = tuple[ReviewKind, bool]


async def run(services: Services, now: datetime) -> None:
    """Reads each list that is needed once, for all doubts it may settle. One that cannot be read
    keeps no other from that. Raises what was met of it, so that it is told of."""
    damage = Damage()
    due = await services.db.read(change_doubts.find_due, now, damage)
    if due:
        await _settle_all(services, due)
    damage.raise_first()


async def _settle_all(services: Services, due: list[Submission]) -> None:
    asked_at = services.clock()
    lists = {key: await _read(services, key) for key in _needed(due)}
    for each in due:
        await _settle(services, each, lists, asked_at)
    services.changes_due.set()
    services.cards_due.set()
    services.posts_due.set()


def _needed(due: list[Submission]) -> list[List]:
    return sorted({(each.kind, side) for each in due for side in each.sides})


async def _read(services: Services, key: List) -> list[Content] | TencentError:
    kind, international = key
    try:
        return await list_side(services.tencent, kind, international=international)
    except TencentError as error:
        log.warning("list not read", extra={"event": "list_unavailable", "reason": str(error)})
        return error


async def _settle(
    services: Services,
    submission: Submission,
    lists: dict[List, list[Content] | TencentError],
    asked_at: datetime,
) -> None:
    shown: list[Content] = []
    for side in submission.sides:
        found = lists[submission.kind, side]
        if isinstance(found, TencentError):
            await _without(services, submission, found)
            return
        shown += found
    missed = frozenset[str]()
    tencent, content_id = content_provider(services.tencent), submission.content_id
    # Without one to ask, a list alone proves no deletion, and a person is asked in time.
    if tencent and content_id and all(each.content_id != content_id for each in shown):
        by_id = await _find(tencent, submission)
        if isinstance(by_id, TencentError):
            await _without(services, submission, by_id)
            return
        shown += by_id
        missed = frozenset() if by_id else frozenset({content_id})
    await services.db.write(
        change_doubts.settle_by_list, submission, shown, asked_at, services.clock(), missed=missed
    )


async def _find(tencent: ContentProvider, submission: Submission) -> list[Content] | TencentError:
    """What the lists left out, asked for by its id."""
    try:
        return await find_id(tencent, submission.kind, submission.content_id, submission.sides)
    except TencentError as error:
        log.warning("id not asked", extra={"event": "list_unavailable", "reason": str(error)})
        return error


async def _without(services: Services, submission: Submission, error: TencentError) -> None:
    permanent = isinstance(error, TencentRefusal) and error.permanent
    await services.db.write(
        change_doubts.settle_without_list, submission, services.clock(), permanent=permanent
    )
