"""Taking a job back: before its first call all of it, afterwards what is left of it."""

from datetime import datetime

from bot.rules.requests import RequestState
from handlers.flows import approvals, job_drafts, jobs
from handlers.flows.approvals import WithdrawRefusal
from handlers.flows.drafts import Refusal
from handlers.flows.jobs import JobRefusal
from storage import requests
from storage.db import Tx


def undo(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | JobRefusal:
    """Cancels a job before its first call; once it has started that would undo nothing."""
    request = requests.lock(tx, request_id)
    if request is None:
        return JobRefusal.NOT_FOUND
    if request.state is not RequestState.APPROVED:
        return JobRefusal.TOO_LATE
    return jobs.cancel(tx, request_id, user_id, now)


def cancel(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | JobRefusal:
    """Ends a job wherever it stands; one that nobody has said yes to yet is its requester's."""
    request = requests.lock(tx, request_id)
    if request is None:
        return JobRefusal.NOT_FOUND
    if request.state not in {RequestState.DRAFT, RequestState.AWAITING_APPROVAL}:
        return jobs.cancel(tx, request_id, user_id, now)
    if request.requester != user_id:
        return JobRefusal.NOT_YOURS
    is_draft = request.state is RequestState.DRAFT
    take_back = job_drafts.discard_job if is_draft else approvals.withdraw
    end = take_back(tx, request_id, user_id, now)
    if isinstance(end, (Refusal, WithdrawRefusal)):
        return JobRefusal.TOO_LATE
    return end
