"""Personal values do not outlive their use: drafts nobody confirmed, codes, sends of long ago."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.rules.audit import AuditEntry, Via, What
from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestEvent
from storage import audit, audit_keys, requests, values
from storage.db import Tx
from storage.ids import RequestId

#: Sends to one number in a transaction; of a job, pages of so many messages.
AT_ONCE, PAGE = 200, 1000


def end_drafts(tx: Tx, now: datetime, *, is_held: bool = False) -> bool:
    """Ends previews that nobody confirmed in time; while a legal hold lasts, they keep their
    values, but for codes. Returns whether there may be more."""
    overdue = requests.find_overdue_drafts(tx, now, AT_ONCE)
    for request in overdue:
        has_ended = requests.advance(tx, request, RequestEvent.EXPIRE, now) is not None
        if has_ended and not (is_held and request.payload.get("class") != TemplateClass.OTP):
            requests.wipe_values(tx, request, now)
    return len(overdue) == AT_ONCE


def delete_of_singles(tx: Tx, before: datetime, now: datetime) -> int:
    """Deletes the values of some sends to one number that ended before `before`; how many."""
    found = requests.find_old_singles(tx, before, AT_ONCE)
    for request in found:
        values.wipe_messages_of(tx, request.id)
        requests.wipe_values(tx, request, now)
    return len(found)


def forget_in_trail(tx: Tx, deleted: Mapping[str, int], before: datetime, now: datetime) -> None:
    """Deletes what entries of before the month of `before` say, and enters in the trail that time
    was over, for how much of `deleted` and for these: the check then knows that it was right."""
    months = audit_keys.forget_before(tx, before)
    facts = dict(+Counter({**deleted, "audit_months": months}))
    subject = audit_keys.month_of(before) if months else ""
    if facts:
        entry = AuditEntry(What.DATA_FORGOTTEN, "", subject, via=Via.ITSELF, facts=facts)
        audit.append(tx, entry, now)


def find_jobs(tx: Tx, before: datetime) -> list[RequestId]:
    """Jobs whose values are to be deleted: ended before `before`, or of codes and ended."""
    return [*requests.find_old_jobs(tx, before, AT_ONCE), *requests.find_codes_sent(tx, AT_ONCE)]


def end_job(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Deletes what is left of a job's values; its messages and refused rows come before."""
    request = requests.get_shown(tx, request_id)
    values.wipe_source(tx, request_id)
    if request is not None:
        requests.wipe_values(tx, request, now)
