"""Sending to many, up to the person's word: the draft, what is known of it, and their click.

A job is drafted at once and its recipients are read afterwards (`handlers.jobs.check_recipients`);
then what is known of the whole is added to it (`handlers.flows.preflights`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.rules import job_plans, sending
from bot.rules.approvals import Rule
from bot.rules.classes import TemplateClass
from bot.rules.job_plans import JobAsk, JobPlan, JobReason
from bot.rules.preflight import Preflight
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.rules.sending import SendFault
from bot.settings import App, Settings
from handlers.flows import approvals, bindings, drafts
from handlers.flows.drafts import ConfirmRefusal, Refusal
from handlers.flows.preflights import faults_of, preflight_of
from storage import cards, job_drafts, jobs, requests, values
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.jobs import Job, NewJob
from storage.requests import Request

#: A list is read by then, or nobody waits for it any more.
CHECK_WITHIN = timedelta(days=1)
#: Deleted in one write, so that no other write waits long.
DROPPED_AT_ONCE = 2_000
LAPSED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Pasted:
    """Numbers that were typed, one text each."""

    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in Slack, as Slack tells of it."""

    file_id: str
    name: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class JobDraft:
    """What a person asked for, and where."""

    source: Pasted | Attached
    #: Its id, or its whole name where only one template has it.
    template: str
    pairs: Sequence[tuple[str | None, str]]
    app: App
    signature: str | None
    at: datetime | None
    valid_for_s: int
    requester: str
    channel: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The requester said yes; `state` is approved where nobody else is asked."""

    request_id: RequestId
    state: RequestState


def draft_job(tx: Tx, draft: JobDraft, now: datetime) -> RequestId | tuple[SendFault, ...]:
    """Keeps what was asked for and has its recipients read, or returns what stands in the way."""
    plan = _plan(tx, draft, now)
    if not isinstance(plan, JobPlan):
        return plan
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app=draft.app.name,
        payload=_payload(plan, draft),
        requester=draft.requester,
        channel=draft.channel,
        now=now,
        expires_at=now + CHECK_WITHIN,
    )
    jobs.add(tx, _new_job(request.id, plan, draft))
    cards.add(tx, request.id, draft.channel, now)
    return request.id


def confirm_job(
    tx: Tx,
    request_id: str,
    sha256: str,
    user_id: str,
    settings: Settings,
    now: datetime,
    *,
    good_rows_only: bool,
) -> Confirmed | Refusal | tuple[SendFault, ...]:
    """Puts a job under its policy, exactly once, if all of what was shown still holds.

    Where rows of the file are bad, nothing goes unless the person chose the good ones.
    """
    request, job = requests.lock(tx, request_id), jobs.get(tx, request_id)
    refusal = drafts.refusal(request, request_id, sha256, user_id, now)
    if refusal is not None or request is None or job is None:
        return refusal or Refusal(ConfirmRefusal.NOT_FOUND, request_id)
    found = preflight_of(request)
    if found is None:
        return Refusal(ConfirmRefusal.UNCHECKED, request_id)
    if found.bad_rows and not good_rows_only:
        return Refusal(ConfirmRefusal.BAD_ROWS, request_id)
    no = _changed(tx, request, job, found, settings, now)
    if no:
        return no
    rule = settings.send_rule(job.class_, found.listed, request.app)
    asked = approvals.ask_for_draft(tx, request, rule, settings, now)
    return Confirmed(request.id, asked.state)


def rule_of(tx: Tx, request_id: str, settings: Settings) -> Rule | None:
    """The policy a job would be under; None while its recipients are not known."""
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    found = preflight_of(request) if request is not None else None
    if request is None or job is None or found is None:
        return None
    return settings.send_rule(job.class_, found.listed, request.app)


def discard_job(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | Refusal:
    """Withdraws a draft, even while its recipients are still being read."""
    request, job = requests.lock(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None:
        return Refusal(ConfirmRefusal.NOT_FOUND, request_id)
    refusal = drafts.refusal(request, request_id, request.sha256, user_id, now)
    if refusal is not None and refusal.reason is not ConfirmRefusal.EXPIRED:
        return refusal
    state = requests.advance(tx, request, RequestEvent.WITHDRAW, now, reason=user_id)
    cards.touch(tx, request.id, now)
    return state or Refusal(ConfirmRefusal.ALREADY_SENT, request_id)


def expire_due(tx: Tx, now: datetime) -> int:
    """Ends drafts nobody said yes to in time; says how many."""
    found = job_drafts.find_lapsed(tx, now, LAPSED_AT_ONCE)
    for request_id in found:
        request = requests.lock(tx, request_id)
        if request is not None:
            requests.advance(tx, request, RequestEvent.EXPIRE, now)
            cards.touch(tx, request_id, now)
    return len(found)


def drop_some(tx: Tx, now: datetime) -> bool:
    """Deletes some rows of a job that never started and never will; whether there may be more."""
    request_id = job_drafts.find_given_up(tx)
    if request_id is None:
        return False
    if job_drafts.drop_some(tx, request_id, DROPPED_AT_ONCE) == 0:
        _end(tx, request_id, now)
    return True


def _end(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Nothing is left of it but what its card says."""
    request = requests.get(tx, request_id)
    if request is not None:
        requests.wipe_values(tx, request, now)
    values.wipe_source(tx, request_id)
    jobs.note_ended(tx, request_id, now)
    cards.touch(tx, request_id, now)


def _plan(tx: Tx, draft: JobDraft, now: datetime) -> JobPlan | tuple[SendFault, ...]:
    signature = draft.signature or draft.app.signature
    ask = JobAsk(
        template=draft.template,
        pairs=draft.pairs,
        signature=signature,
        classes=_classes(draft.app),
        typed=len(draft.source.numbers) if isinstance(draft.source, Pasted) else None,
        at=draft.at,
    )
    return job_plans.plan(ask, drafts.facts_of(tx, draft.template, signature, now))


def _classes(app: App) -> Mapping[str, TemplateClass]:
    return {name: each.template_class for name, each in app.templates.items()}


def _new_job(request_id: RequestId, plan: JobPlan, draft: JobDraft) -> NewJob:
    return NewJob(
        request_id=request_id,
        app=draft.app.name,
        class_=plan.class_,
        template_id=plan.template.template_id,
        signature=plan.signature,
        is_equal=isinstance(draft.source, Pasted),
        source_file={**_found_in(draft.source), "values": _values(plan)},
        at=draft.at,
        valid_for_s=draft.valid_for_s,
    )


def _found_in(source: Pasted | Attached) -> dict[str, Any]:
    """Where the recipients are to be read."""
    match source:
        case Pasted(numbers):
            return {"kind": "pasted", "text": "\n".join(numbers)}
        case Attached():
            return {"kind": "file", **asdict(source)}
        case never:
            assert_never(never)


def _told_of(source: Pasted | Attached) -> dict[str, Any]:
    """The same for showing."""
    match source:
        case Pasted(numbers):
            return {"kind": "pasted", "numbers": len(numbers)}
        case Attached():
            return {"kind": "file", "name": source.name, "size_bytes": source.size_bytes}
        case never:
            assert_never(never)


def _payload(plan: JobPlan, draft: JobDraft) -> dict[str, Any]:
    return {
        "app": draft.app.name,
        **bindings.of(draft.app),
        "template_id": plan.template.template_id,
        "content": plan.template.content,
        "class": plan.class_.value,
        "signature": plan.signature,
        "values": _values(plan),
        "source": _told_of(draft.source),
        "at_ms": None if draft.at is None else to_ms(draft.at),
        "valid_for_s": draft.valid_for_s,
    }


def _values(plan: JobPlan) -> dict[str, str]:
    return {str(variable): value for variable, value in plan.values.items()}


def _changed(
    tx: Tx, request: Request, job: Job, found: Preflight, settings: Settings, now: datetime
) -> Refusal | tuple[SendFault, ...]:
    """What is not as it was shown any more, or stands in the way by now; empty where all holds."""
    app = settings.app(request.app)
    facts = drafts.facts_of(tx, job.template_id, job.signature, now)
    template = facts.template
    if app is None or template is None or template.content != request.payload["content"]:
        return Refusal(ConfirmRefusal.CHANGED, request.id)
    was = {name: request.payload.get(name) for name in bindings.of(app)}
    if was != bindings.of(app) or sending.class_of(template, _classes(app)) is not job.class_:
        return Refusal(ConfirmRefusal.CHANGED, request.id)
    faults = sending.template_faults(job.template_id, facts)
    faults += sending.signature_faults(job.signature, facts) if found.mainland else []
    shown = {fault.reason for fault in found.faults}
    whole = faults_of(
        job,
        settings,
        now,
        opted_out=found.opted_out,
        left_segments=facts.left_segments,
        is_code_shared=JobReason.OTP_SHARED in shown,
    )
    return (*faults, *whole)
