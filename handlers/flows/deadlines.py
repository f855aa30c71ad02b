"""Until when a yes to a request is of any use: nobody is asked for longer."""

from datetime import datetime, timedelta
from typing import assert_never

from bot.rules import marketing_hours
from bot.rules.changes import SignatureChange, TemplateChange
from bot.rules.classes import TemplateClass
from bot.rules.subjects import (
    AppResume,
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    OptoutRemoval,
    subject_of,
)
from bot.settings import Settings
from storage import jobs, limits
from storage.db import Tx
from storage.ids import from_ms
from storage.jobs import Job
from storage.requests import Request


def of(tx: Tx, request: Request, settings: Settings) -> datetime | None:
    """The moment from which on nothing would come of a yes; None where there is none, as of what
    begins with the yes."""
    match subject_of(request.kind, request.payload):
        case ManySend():
            job = jobs.get(tx, request.id)
            return None if job is None else of_job(job, settings)
        case LimitsChange(undoes=undoes) as change if undoes:
            undone = limits.get_change(tx, change.undoes)
            return None if undone is None else undone.ends_at
        case LimitsChange(until_ms=until_ms) | LimitExempt(until_ms=until_ms):
            return None if until_ms is None else from_ms(until_ms)
        case TemplateChange() | SignatureChange() | OptoutRemoval() | AppResume() | NumberErasure():
            return None
        case never:
            assert_never(never)


def of_job(job: Job, settings: Settings) -> datetime | None:
    """The same of a send: one asked for a time is valid from that time on, whenever it is approved;
    it starts an undo window after that, and marketing goes out in its hours."""
    if job.at is None:
        return None
    ends_at = job.at + timedelta(seconds=job.valid_for_s)
    if job.class_ is TemplateClass.MARKETING and job.abroad < job.total:
        ends_at = marketing_hours.last_open(settings.sending.marketing_hours, ends_at)
    return ends_at - timedelta(seconds=settings.sending.undo_s)


def capped(at: datetime, ends_at: datetime | None) -> datetime:
    """`at`, or `ends_at` where that is sooner."""
    return at if ends_at is None else min(at, ends_at)
