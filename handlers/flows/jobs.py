"""A send to many, from its approval to its end: when it starts, who may stop it, what ends it.

Its messages are claimed in handlers/flows/delivery.py, which asks for nothing but the state of the
request: whatever is committed here holds for the very next claim.
"""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.rules import marketing_hours
from bot.rules.audit import What
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState
from bot.rules.delivery import MessageState
from bot.rules.job_plans import time_faults
from bot.rules.marketing_hours import CARRIERS, Hours
from bot.rules.requests import RequestEvent, RequestState
from bot.settings import Settings
from handlers.flows import audit, backing, bindings, deadlines, revising
from handlers.flows.backing import NOBODY_ASKED, Answers, Backing, Standing
from handlers.flows.preflights import preflight_of
from storage import app_stops, approvals, cards, content, jobs, message_queue, posts, requests
from storage.damage import Damage
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.jobs import Job
from storage.requests import Request

BY_RULE = "rule"
#: What is cancelled in one transaction: other writers wait no longer than for these.
CANCELLED_AT_ONCE = 2_000
STARTED_AT_ONCE = 20
#: Jobs whose time has come and that may wait for Slack's word keep none of the others waiting.
DUE_AT_ONCE = 500
LEFT = frozenset({MessageState.HELD, MessageState.QUEUED})
#: A job with a message in one of these has not come to its end.
OPEN = LEFT | {MessageState.CLAIMED, MessageState.IN_FLIGHT}
NOT_STARTED = frozenset({RequestState.DRAFT, RequestState.AWAITING_APPROVAL, RequestState.APPROVED})
#: Nothing of it is claimed, until a person says so or for good.
STANDING = frozenset({RequestState.PAUSED, RequestState.CANCELLED, RequestState.EXPIRED})
#: The message did not go out, and that is certain.
NOT_SENT = frozenset({MessageState.REFUSED, MessageState.CANCELLED, MessageState.SKIPPED})


class JobRefusal(StrEnum):
    """Why a person's word about a job changes nothing."""

    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"
    NOT_RUNNING = "not_running"
    NOT_PAUSED = "not_paused"
    #: The time asked for has passed.
    PAST = "past"
    #: A code is old before that time comes.
    CODE_LATER = "code_later"
    #: It would be over before marketing may go out.
    NEVER_OPEN = "never_open"
    #: What was approved is not what Tencent has now.
    CHANGED = "changed"
    #: Marketing whose hours are over: a person lets it go on when they begin.
    OUT_OF_HOURS = "out_of_hours"
    #: Too few of those who approved it still may.
    LAPSED = "lapsed"
    #: Slack does not say whether those who approved it still may.
    UNASKED = "unasked"


#: Why a job does not go on, by what the words for it are worth.
UNBACKED = {Standing.LAPSED: JobRefusal.LAPSED, Standing.UNKNOWN: JobRefusal.UNASKED}


class StopReason(StrEnum):
    """Why a job stands still or has ended early, where it is not a code of Tencent's."""

    PAUSED = "paused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TEMPLATE_GONE = "template_gone"
    TEMPLATE_CHANGED = "template_changed"
    SIGNATURE_GONE = "signature_gone"
    PACKAGE_EMPTY = "package_empty"
    MARKETING_HOURS = "marketing_hours"
    #: As many messages as the app may begin on a day were begun.
    TOTAL_STOP = "total_stop"
    #: app.yaml says something else of it than what somebody said yes to.
    SETTINGS_CHANGED = "settings_changed"
    #: It was open when the file was copied that is now in place.
    RESTORED = "restored"
    #: Slack did not say in time whether those who approved it still may.
    UNASKED = "unasked"
    #: What was approved cannot be read any more.
    DAMAGED = "damaged"


def schedule(tx: Tx, request: Request, settings: Settings, now: datetime) -> None:
    """Sets when an approved job sends: not before its undo window is over and its time has come.

    One that was asked for a time is valid from that time on, whenever it is approved. Codes are
    valid no longer than a single one would be.
    """
    job = jobs.get(tx, request.id)
    if job is None:
        return
    can_start = now + timedelta(seconds=settings.sending.undo_s)
    starts_at = can_start if job.at is None else max(can_start, job.at)
    ends_at = (job.at or starts_at) + timedelta(seconds=job.valid_for_s)
    if job.class_ is TemplateClass.OTP:
        code_life = timedelta(seconds=settings.sending.retry_unsent_for_s)
        ends_at = min(ends_at, starts_at + code_life)
    jobs.schedule(tx, request.id, starts_at=starts_at, ends_at=ends_at)
    cards.touch(tx, request.id, now)


def unschedule(tx: Tx, request_id: str) -> None:
    """A job is approved no longer, so it does not start."""
    jobs.schedule(tx, request_id, starts_at=None, ends_at=None)


def reschedule(
    tx: Tx, request_id: str, user_id: str, at: datetime, settings: Settings, now: datetime
) -> RequestState | JobRefusal:
    """Moves a job that has not started to `at`; the words said about another time are void."""
    request, job = requests.lock(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None:
        return JobRefusal.NOT_FOUND
    if request.requester != user_id:
        return JobRefusal.NOT_YOURS
    if request.state not in {RequestState.AWAITING_APPROVAL, RequestState.APPROVED}:
        return JobRefusal.TOO_LATE
    refusal = _time_refusal(job, at, settings, now)
    if refusal is not None:
        return refusal
    jobs.set_at(tx, request_id, at)
    unschedule(tx, request_id)
    revised = revising.revise(
        tx,
        request,
        {**request.payload, "at_ms": to_ms(at)},
        now,
        waits_for=_full_wait(tx, request, job, settings),
        ends_at=deadlines.of_job(replace(job, at=at), settings),
    )
    audit.enter_request(
        tx,
        What.JOB_RESCHEDULED,
        revised,
        user_id,
        now,
        since=at.isoformat(),
        sha256=revised.sha256,
    )
    if revised.state is RequestState.APPROVED:
        schedule(tx, revised, settings, now)
    cards.touch(tx, request.id, now)
    return revised.state


def _full_wait(tx: Tx, request: Request, job: Job, settings: Settings) -> timedelta | None:
    """How long a job may wait for words where the end of its old time, which is no end any more,
    made that shorter; None where it did not."""
    approval, found = approvals.get(tx, request.id), preflight_of(request)
    ends_at = deadlines.of_job(job, settings)
    if approval is None or found is None or ends_at is None or approval.expires_at < ends_at:
        return None
    return timedelta(seconds=settings.send_rule(job.class_, found.listed, job.app).expires_s)


def _time_refusal(job: Job, at: datetime, settings: Settings, now: datetime) -> JobRefusal | None:
    """Why a job may not be moved to `at`: what was so for the first time is so for every other."""
    if job.class_ is TemplateClass.OTP:
        return JobRefusal.CODE_LATER
    if at <= now:
        return JobRefusal.PAST
    is_bound = job.class_ is TemplateClass.MARKETING and job.abroad < job.total
    hours = settings.sending.marketing_hours if is_bound else None
    ends_at = at + timedelta(seconds=job.valid_for_s)
    return JobRefusal.NEVER_OPEN if time_faults(hours, at, ends_at) else None


def pause(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | JobRefusal:
    """Nothing more of it is claimed; calls under way come to their end."""
    moved = _move(tx, request_id, RequestEvent.PAUSE, now)
    if moved is RequestState.PAUSED:
        jobs.note_stopped(tx, request_id, by=user_id, reason=StopReason.PAUSED)
        _enter(tx, What.JOB_PAUSED, request_id, user_id, now)
    return moved


def resume(
    tx: Tx,
    request_id: str,
    user_id: str,
    now: datetime,
    hours: Hours = CARRIERS,
    answers: Answers = NOBODY_ASKED,
) -> RequestState | JobRefusal:
    """It goes on where it stood; not once its validity is over, nor with other words than those
    that were approved, nor, marketing, after the hours in which it started, nor where those who
    approved it may no more, by what Slack said (`answers`)."""
    job, request = jobs.get(tx, request_id), requests.get(tx, request_id)
    if job is not None and request is not None and request.state is RequestState.PAUSED:
        if job.ends_at is not None and now >= job.ends_at:
            return JobRefusal.TOO_LATE
        if fault_of(tx, job, request) is not None:
            return JobRefusal.CHANGED
        if _is_shut_again(job, hours, now):
            return JobRefusal.OUT_OF_HOURS
        if (refusal := UNBACKED.get(backing.judge(tx, request_id, answers, now))) is not None:
            return refusal
    moved = _move(tx, request_id, RequestEvent.RESUME, now)
    if moved is RequestState.EXECUTING:
        jobs.note_stopped(tx, request_id, by=user_id, reason="")
        _enter(tx, What.JOB_RESUMED, request_id, user_id, now)
    return moved


def cancel(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | JobRefusal:
    """A job is over: nothing more is claimed, and what is left is cancelled bit by bit."""
    moved = _move(tx, request_id, RequestEvent.CANCEL, now)
    if moved is RequestState.CANCELLED:
        jobs.note_stopped(tx, request_id, by=user_id, reason=StopReason.CANCELLED)
        _enter(tx, What.JOB_CANCELLED, request_id, user_id, now)
    return moved


def hold(tx: Tx, request_id: str, code: str, now: datetime) -> bool:
    """Tencent's `code` says that every further message would meet the same: a person must look.

    False where it stands still already. The requester and the thread are told, once each time.
    """
    request = requests.get(tx, request_id)
    if request is None or requests.advance(tx, request, RequestEvent.PAUSE, now) is None:
        return False
    jobs.note_stopped(tx, request_id, by=BY_RULE, reason=code)
    _enter(tx, What.JOB_PAUSED, request_id, BY_RULE, now, reason=code)
    _tell(tx, "job.held", request, code, now)
    cards.touch(tx, request.id, now)
    return True


def stop_app(tx: Tx, app: str, user_id: str, reason: str, now: datetime) -> bool:
    """Nothing of `app` is claimed any more, jobs and single messages alike; False: nor was it.

    A person's word on a stopped app makes it their stop from now on: whoever asked to let it again
    knew nothing of it. What Tencent answers late to calls under way makes no such difference.
    """
    is_new = app_stops.stop(tx, app, by=user_id, reason=reason, now=now)
    if not is_new and user_id != BY_RULE:
        app_stops.stop_anew(tx, app, by=user_id, reason=reason, now=now)
    if is_new or user_id != BY_RULE:
        audit.enter(tx, What.APP_STOPPED, user_id, now, subject=app, app=app, reason=reason)
        _show_all(tx, app, now)
    return is_new


def resume_app(tx: Tx, app: str, now: datetime) -> bool:
    """Lets an app send again; False where it was not stopped. Paused jobs stay paused."""
    let = app_stops.let(tx, app)
    if let:
        _show_all(tx, app, now)
    return let


def find_to_ask(tx: Tx, now: datetime) -> list[Backing]:
    """What Slack has to be asked before jobs start whose time has come. Of what cannot be read it
    is not: `start_due` notes that."""
    found = []
    for request_id in jobs.find_starting(tx, now, DUE_AT_ONCE):
        request = requests.get_shown(tx, request_id)
        if (
            request is not None
            and not request.is_damaged
            and request.state is RequestState.APPROVED
        ):
            found.append(backing.of(tx, request_id, now))
    return [each for each in found if each is not None]


def start_due(
    tx: Tx,
    settings: Settings,
    now: datetime,
    answers: Answers = NOBODY_ASKED,
    damage: Damage | None = None,
) -> int:
    """Starts the approved jobs whose time has come; returns how many. What cannot be read is noted
    in `damage` and not started.

    What they stand on is looked at once more: Tencent may have changed it since, or app.yaml; and
    whoever approved them may be no approver any more. Slack said what `answers` hold of that; what
    is to be asked first waits.
    """
    started = 0
    noted = Damage() if damage is None else damage
    for request_id in jobs.find_starting(tx, now, DUE_AT_ONCE):
        start = partial(_start, tx, request_id, settings, now, answers)
        started += noted.within(tx, f"jobs {request_id}", start, otherwise=False)
        if started == STARTED_AT_ONCE:
            break
    return started


def end_changed(tx: Tx, settings: Settings, now: datetime) -> int:
    """Ends the jobs under way of which app.yaml says something else than what somebody said yes to,
    and those of which nobody can read what that was; returns how many.

    app.yaml is read at the start of the process, so it is enough to ask then, before a claim.
    """
    ended = 0
    for request_id, _ in jobs.find_running(tx):
        look = partial(_why_not, tx, request_id, settings)
        damaged: StopReason | None = StopReason.DAMAGED
        reason = Damage().read(f"jobs {request_id}", look, otherwise=damaged)
        request = requests.lock_shown(tx, request_id)
        if request is not None and reason is not None:
            ended += _end_early(tx, request, RequestEvent.CANCEL, reason, now)
    return ended


def _why_not(tx: Tx, request_id: RequestId, settings: Settings) -> StopReason | None:
    """Why a job under way does not go on after a start."""
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None or bindings.stands(job, request.payload, settings):
        return None
    return StopReason.SETTINGS_CHANGED


def end_restored(tx: Tx, request: Request, now: datetime) -> bool:
    """Ends a job that was open in a copy which is now in place; False where it was over."""
    is_begun = request.state is not RequestState.APPROVED
    event = RequestEvent.CANCEL if is_begun else RequestEvent.EXPIRE
    return _end_early(tx, request, event, StopReason.RESTORED, now)


def follow(tx: Tx, now: datetime, hours: Hours = CARRIERS, damage: Damage | None = None) -> None:
    """Brings every running job after its messages, and its card after both. What cannot be read is
    noted in `damage` and left as it is. Asked every second."""
    noted = Damage() if damage is None else damage
    for request_id, has_changed in jobs.find_running(tx):
        come = partial(_follow, tx, request_id, hours, now)
        if noted.within(tx, f"jobs {request_id}", come, otherwise=False) or has_changed:
            jobs.note_followed(tx, request_id, now)
            cards.touch(tx, request_id, now)


def clear_stopped(tx: Tx, now: datetime) -> bool:
    """Cancels some of what is left of jobs that are over; returns whether there may be more."""
    room = CANCELLED_AT_ONCE
    for request_id in jobs.find_stopped(tx):
        cancelled = message_queue.cancel_some(tx, request_id, limit=room, now=now)
        room -= cancelled
        if cancelled:
            cards.touch(tx, request_id, now)
        if room <= 0:
            return True
        if not jobs.states_of(tx, request_id) & (OPEN | {MessageState.IN_DOUBT}):
            jobs.note_ended(tx, request_id, now)
            cards.touch(tx, request_id, now)
    return False


def event_of(states: Set[MessageState]) -> RequestEvent | None:
    """What the states of its messages make of a request; None while one has still to be sent."""
    if not states or states & OPEN:
        return None
    if MessageState.IN_DOUBT in states:
        return RequestEvent.DOUBT
    return RequestEvent.FAIL if states <= NOT_SENT else RequestEvent.SUCCEED


def _start(
    tx: Tx, request_id: RequestId, settings: Settings, now: datetime, answers: Answers
) -> bool:
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None or request.state is not RequestState.APPROVED:
        # Taken back or cancelled, and about to be cleared.
        return False
    if job.ends_at is not None and now >= job.ends_at:
        was_unasked = backing.was_unasked(tx, request.id)
        why = StopReason.UNASKED if was_unasked else StopReason.EXPIRED
        _end_early(tx, request, RequestEvent.EXPIRE, why, now)
        return False
    fault = fault_of(tx, job, request)
    if fault is None and not bindings.stands(job, request.payload, settings):
        fault = StopReason.SETTINGS_CHANGED
    if fault is not None:
        _end_early(tx, request, RequestEvent.FAIL, fault, now)
        return False
    if not _is_backed(tx, job, request, settings, now, answers):
        return False
    if requests.advance(tx, request, RequestEvent.START, now) is None:
        return False
    jobs.note_started(tx, job.request_id, now)
    audit.enter_request(tx, What.SEND_STARTED, request, "", now, count=job.total)
    if _is_package_empty(tx, job, now):
        hold(tx, job.request_id, StopReason.PACKAGE_EMPTY, now)
    return True


def _is_backed(
    tx: Tx, job: Job, request: Request, settings: Settings, now: datetime, answers: Answers
) -> bool:
    """Whether it may start as far as those go who approved it; where too few still may, it waits
    for words again."""
    asked = answers.get(request.id)
    match backing.judge(tx, request.id, answers, now):
        case Standing.HOLDS:
            return True
        case Standing.UNKNOWN:
            if asked is not None and asked.still is None:
                backing.tell_unasked(tx, request, now)
        case Standing.LAPSED if asked is not None:
            ends_at = deadlines.of_job(job, settings)
            if ends_at is not None and now >= ends_at:
                # Nobody could decide in time.
                _end_early(tx, request, RequestEvent.EXPIRE, StopReason.EXPIRED, now)
                return False
            elsewhere = settings.channels.approvals or ""
            if backing.lapse(tx, request, asked, now, ends_at=ends_at, elsewhere=elsewhere):
                unschedule(tx, request.id)
    return False


def _follow(tx: Tx, request_id: RequestId, hours: Hours, now: datetime) -> bool:
    """Ends a job that has nothing left, or no time left, and holds one whose hours are over;
    returns whether it did."""
    request, job = requests.get(tx, request_id), jobs.get(tx, request_id)
    if request is None or job is None:
        return False
    states = jobs.states_of(tx, request_id)
    event = event_of(states)
    if event is None:
        if not states & LEFT:
            return False
        if job.ends_at is not None and now >= job.ends_at:
            return _end_early(tx, request, RequestEvent.EXPIRE, StopReason.EXPIRED, now)
        is_shut = _is_shut_again(job, hours, now)
        return is_shut and hold(tx, request_id, StopReason.MARKETING_HOURS, now)
    if event is not RequestEvent.DOUBT:
        jobs.note_ended(tx, request_id, now)
    if requests.advance(tx, request, event, now) is None:
        return False
    _enter(tx, What.REQUEST_EXECUTED, request_id, BY_RULE, now, outcome=event.value)
    return True


def _end_early(
    tx: Tx, request: Request, event: RequestEvent, reason: StopReason, now: datetime
) -> bool:
    """Ends it before its last message; the requester and the thread are told."""
    if requests.advance(tx, request, event, now, reason=reason) is None:
        return False
    jobs.note_stopped(tx, request.id, by=BY_RULE, reason=reason)
    _enter(tx, What.REQUEST_FAILED, request.id, BY_RULE, now, reason=reason.value)
    _tell(tx, "job.failed", request, reason, now)
    cards.touch(tx, request.id, now)
    return True


def _is_shut_again(job: Job, hours: Hours, now: datetime) -> bool:
    """Whether the hours of marketing are over after it could send in them.

    The next morning is another day: it goes on by a person's word. One that started at night has
    still to wait for its first hours, as its card said.
    """
    if job.class_ is not TemplateClass.MARKETING or job.started_at is None:
        return False
    first = marketing_hours.next_open(hours, job.started_at)
    return first <= now and not marketing_hours.is_open(hours, now)


def fault_of(tx: Tx, job: Job, request: Request) -> StopReason | None:
    """What has changed at Tencent since it was confirmed, so that it cannot be sent as it was."""
    template = content.get_template(tx, job.template_id)
    if template is None or template.review is not ReviewState.USABLE:
        return StopReason.TEMPLATE_GONE
    if template.content != request.payload["content"]:
        return StopReason.TEMPLATE_CHANGED
    signatures = content.find_signatures(tx, job.signature)
    is_signed = any(
        each.review is ReviewState.USABLE and not each.international for each in signatures
    )
    # Only mainland messages carry a signature.
    return None if is_signed or job.abroad == job.total else StopReason.SIGNATURE_GONE


def _is_package_empty(tx: Tx, job: Job, now: datetime) -> bool:
    """Abroad is billed by the day; only mainland messages need a prepaid package."""
    balance = content.get_balance(tx, now)
    return balance is not None and balance.left_segments <= 0 and job.abroad < job.total


def _move(tx: Tx, request_id: str, event: RequestEvent, now: datetime) -> RequestState | JobRefusal:
    request = requests.lock(tx, request_id)
    if request is None or jobs.get(tx, request_id) is None:
        return JobRefusal.NOT_FOUND
    moved = requests.advance(tx, request, event, now)
    if moved is None:
        return _refusal(request.state, event)
    cards.touch(tx, request.id, now)
    return moved


def _enter(tx: Tx, what: What, request_id: str, user_id: str, now: datetime, **facts: str) -> None:
    request = requests.get_shown(tx, request_id)
    if request is not None:
        audit.enter_request(tx, what, request, user_id, now, **facts)


def _refusal(state: RequestState, event: RequestEvent) -> JobRefusal:
    if event is RequestEvent.RESUME:
        return JobRefusal.NOT_PAUSED
    return JobRefusal.NOT_RUNNING if state in NOT_STARTED else JobRefusal.TOO_LATE


def _show_all(tx: Tx, app: str, now: datetime) -> None:
    for request_id in jobs.of_app(tx, app):
        cards.touch(tx, request_id, now)


def _tell(tx: Tx, kind: str, request: Request, reason: str, now: datetime) -> None:
    """Said where everybody sees it and to the requester, once for each time it happens."""
    facts = {"id": request.id, "app": request.app, "reason": reason}
    key = f"{kind}:{request.id}:{to_ms(now)}"
    posts.add(tx, f"{key}:thread", kind, facts, request_id=request.id, now=now)
    posts.add(tx, f"{key}:requester", kind, facts, user_id=request.requester, now=now)
