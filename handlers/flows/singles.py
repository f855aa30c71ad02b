"""Messages of no job that wait: what became of their number, their hour and their time meanwhile.

A single message is judged by the limits when it is confirmed. It may still have to wait: for
another try, behind a fence, for an app that is stopped. What can change meanwhile is looked at
here.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.rules import marketing_hours
from bot.rules.classes import TemplateClass
from bot.rules.marketing_hours import Hours
from handlers.flows.delivery import BY_RULE, follow
from storage import cards, message_queue, optouts
from storage.db import Tx
from storage.ids import MessageId, RequestId, from_ms
from storage.message_queue import Waiting

OPTED_OUT, TOO_LATE, OUT_OF_HOURS = "opted_out", "too_late", "marketing_hours"
#: What was committed cannot be opened any more: the file is damaged there.
UNREADABLE = "unreadable"
#: It waited when the file was copied that is now in place: it may have gone since.
RESTORED = "restored"
MAINLAND = "+86"
#: Left out in one transaction: other writers wait no longer than for these.
SKIPPED_AT_ONCE = 500


def judge(tx: Tx, found: Sequence[Waiting], hours: Hours, now: datetime) -> list[Waiting]:
    """The messages that may go now; the others are left out or wait for the morning, and say so."""
    good: list[Waiting] = []
    for each in found:
        reason = _reason(tx, each, hours, now)
        if not reason:
            good.append(each)
            continue
        opens_at = marketing_hours.next_open(hours, now)
        if reason == OUT_OF_HOURS and opens_at <= from_ms(each.give_up_at_ms):
            message_queue.put_off(tx, [(each.id, OUT_OF_HOURS, opens_at)], now)
            cards.touch(tx, each.request_id, now)
        else:
            leave_out(tx, [(each.id, each.request_id)], reason, now)
    return good


def skip_stale(tx: Tx, now: datetime) -> bool:
    """Leaves out what waited beyond its time without its turn; returns whether there is more."""
    found = message_queue.stale_singles(tx, now, SKIPPED_AT_ONCE)
    leave_out(tx, found, TOO_LATE, now)
    return len(found) == SKIPPED_AT_ONCE


def leave_out(
    tx: Tx, found: Sequence[tuple[MessageId, RequestId]], reason: str, now: datetime
) -> None:
    """Nothing of these is sent any more; their cards say why."""
    message_queue.skip(tx, [(message_id, reason) for message_id, _ in found], by=BY_RULE, now=now)
    for request_id in {request_id for _, request_id in found}:
        follow(tx, request_id, now)


def _reason(tx: Tx, waiting: Waiting, hours: Hours, now: datetime) -> str:
    """Why it may not go now; empty where it may."""
    if from_ms(waiting.give_up_at_ms) < now:
        return TOO_LATE
    if optouts.among(tx, [waiting.sealed], waiting.signature, waiting.class_):
        return OPTED_OUT
    is_bound = waiting.class_ is TemplateClass.MARKETING and waiting.number.startswith(MAINLAND)
    return OUT_OF_HOURS if is_bound and not marketing_hours.is_open(hours, now) else ""
