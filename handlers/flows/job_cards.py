"""What the card of a job shows, loaded in one look, and which jobs there are to be listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.rules import marketing_hours
from bot.rules.classes import TemplateClass
from bot.rules.delivery import MessageState
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Apps
from bot.settings import Settings
from bot.slack.messages.job_progress import Tally
from bot.slack.messages.jobs import NOT_STARTED, JobCard, JobPhase
from handlers.flows import approvals as approving
from handlers.flows import ballots
from handlers.flows.doubts import job_doubts
from handlers.flows.preflights import preflight_of
from storage import app_stops, cards, checks, content, job_figures, jobs, requests
from storage.app_stops import AppStop
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job
from storage.requests import Request

#: The list shows so many of each sort.
LISTED_MAX = 10
ENDED_WITHIN = timedelta(days=3)
#: An hour that came is noticed for so long.
LOOK_BACK = timedelta(seconds=5)
PHASES = {
    RequestState.AWAITING_APPROVAL: JobPhase.AWAITING,
    RequestState.PAUSED: JobPhase.PAUSED,
    RequestState.CANCELLED: JobPhase.CANCELLED,
    RequestState.EXPIRED: JobPhase.EXPIRED,
    RequestState.DONE: JobPhase.DONE,
    RequestState.FAILED: JobPhase.FAILED,
    RequestState.IN_DOUBT: JobPhase.IN_DOUBT,
    RequestState.WITHDRAWN: JobPhase.DISCARDED,
    RequestState.REJECTED: JobPhase.REJECTED,
    RequestState.SUPERSEDED: JobPhase.SUPERSEDED,
}
#: Waiting for somebody to look at it, or for its time: the counts of its messages say nothing yet.
UNCOUNTED = frozenset({JobPhase.CHECKING, JobPhase.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Listed:
    """Jobs as one person's list shows them, each in one of the four."""

    running: Sequence[JobCard]
    scheduled: Sequence[JobCard]
    mine: Sequence[JobCard]
    """Waiting for this person: to confirm, or to approve."""
    ended: Sequence[JobCard]


def load(
    tx: Tx,
    request: Request,
    settings: Settings,
    now: datetime,
    viewer_zone: tzinfo | None = None,
) -> JobCard | None:
    """What is known of a job now; None for a request that is no job. `viewer_zone` is that of the
    only person who will see it."""
    job = jobs.get(tx, request.id)
    if job is None:
        return None
    stop = _stop(tx, job)
    waits_until = _waits_until(request, job, settings, now)
    phase = _phase(request, job, stop, waits_until, settings, now)
    counts = {} if phase in UNCOUNTED else jobs.counts(tx, request.id)
    by, reason = _stopped_by(job, stop, phase)
    return JobCard(
        request_id=request.id,
        sha256=request.sha256,
        requester=request.requester,
        app=job.app,
        phase=phase,
        state=request.state,
        template_id=job.template_id,
        template_name=_template_name(tx, request, job),
        signature=job.signature,
        class_=job.class_,
        file_name=str((job.source_file or {}).get("name") or ""),
        rows_read=job.checked_to,
        check_fault=job.check_fault,
        check_facts=checks.facts(tx, request.id),
        total=job.total,
        bad_rows=job.bad_rows,
        duplicates=job.duplicates,
        preflight=preflight_of(request),
        approval=ballots.view_of(tx, request, settings),
        at=job.at,
        starts_at=job.starts_at,
        ends_at=job.ends_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        expires_at=request.expires_at,
        counts=counts,
        refused=_tallies(tx, request.id, MessageState.REFUSED, counts),
        skipped=_tallies(tx, request.id, MessageState.SKIPPED, counts),
        rate_per_s=job_figures.rate_per_s(tx, request.id, now)
        if phase is JobPhase.RUNNING
        else 0.0,
        stopped_by=by,
        stop_reason=reason,
        waits_until=waits_until,
        doubts=job_doubts(tx, request.id),
        zone=settings.timezone,
        viewer_zone=viewer_zone,
        now=now,
    )


def find(
    tx: Tx, request_id: str, settings: Settings, now: datetime, viewer_zone: tzinfo | None = None
) -> JobCard | None:
    """What is known of a job now, by its id; None for a request that is no job."""
    request = requests.get(tx, request_id)
    if request is None or request.kind is not RequestKind.SEND:
        return None
    return load(tx, request, settings, now, viewer_zone)


def find_ticking(tx: Tx, settings: Settings, now: datetime) -> list[RequestId]:
    """Jobs whose cards say something else by now though nothing happened to them: those about to
    start, and marketing at the hour from which, or up to which, it may go."""
    until = now + timedelta(seconds=settings.sending.undo_s)
    found = job_figures.counting_down(tx, now, until)
    hours = settings.sending.marketing_hours
    was_open = marketing_hours.is_open(hours, now - LOOK_BACK)
    if marketing_hours.is_open(hours, now) is not was_open:
        found += job_figures.running_of(tx, TemplateClass.MARKETING, now)
    return found


def tick(tx: Tx, ticking: Sequence[RequestId], now: datetime) -> None:
    """Has those cards shown again."""
    for request_id in ticking:
        cards.touch(tx, request_id, now)


def list_for(
    tx: Tx,
    user_id: str,
    entries: frozenset[str],
    apps: Apps,
    settings: Settings,
    now: datetime,
    viewer_zone: tzinfo | None = None,
) -> Listed:
    """What goes out of `apps`, what will, what waits for whom `entries` name, and what ended
    lately."""
    running, scheduled, mine = [], [], []
    votable = {
        each.request.id for each in approving.waiting_for(tx, user_id, entries, settings, now)
    }
    for request_id in job_figures.list_open(tx, apps, 4 * LISTED_MAX):
        shown = find(tx, request_id, settings, now, viewer_zone)
        if shown is None:
            continue
        if shown.phase in {JobPhase.UNDO, JobPhase.SCHEDULED}:
            scheduled.append(shown)
        elif shown.started_at is not None:
            running.append(shown)
        elif shown.requester == user_id or shown.request_id in votable:
            mine.append(shown)
    ended = (
        find(tx, request_id, settings, now, viewer_zone)
        for request_id in job_figures.list_ended(tx, apps, now - ENDED_WITHIN, LISTED_MAX)
    )
    return Listed(running, scheduled, mine, [each for each in ended if each is not None])


def _phase(
    request: Request,
    job: Job,
    stop: AppStop | None,
    waits_until: datetime | None,
    settings: Settings,
    now: datetime,
) -> JobPhase:
    match request.state:
        case RequestState.DRAFT if job.check_fault:
            return JobPhase.UNREADABLE
        case RequestState.DRAFT:
            return JobPhase.PREFLIGHT if job.checked_at else JobPhase.CHECKING
        case RequestState.APPROVED:
            soon = now + timedelta(seconds=settings.sending.undo_s)
            is_soon = job.starts_at is not None and job.starts_at <= soon
            return JobPhase.UNDO if is_soon else JobPhase.SCHEDULED
        case RequestState.EXECUTING if stop is not None:
            return JobPhase.APP_STOPPED
        case RequestState.EXECUTING:
            return JobPhase.OUT_OF_HOURS if waits_until else JobPhase.RUNNING
        case state:
            return PHASES[state]


def _stop(tx: Tx, job: Job) -> AppStop | None:
    return next((stop for stop in app_stops.list_all(tx) if stop.app == job.app), None)


def _stopped_by(job: Job, stop: AppStop | None, phase: JobPhase) -> tuple[str, str]:
    """Who stopped it and why: its app, where that is what keeps it from going out."""
    if phase is JobPhase.APP_STOPPED or phase in NOT_STARTED:
        return (stop.stopped_by, stop.reason) if stop else ("", "")
    return job.stopped_by, job.stop_reason


def _waits_until(request: Request, job: Job, settings: Settings, now: datetime) -> datetime | None:
    """When marketing goes on, where it may not go now."""
    is_marketing = job.class_ is TemplateClass.MARKETING
    if request.state is not RequestState.EXECUTING or not is_marketing:
        return None
    hours = settings.sending.marketing_hours
    if marketing_hours.is_open(hours, now):
        return None
    return marketing_hours.next_open(hours, now)


def _template_name(tx: Tx, request: Request, job: Job) -> str:
    known = str(request.payload.get("template_name") or "")
    template = None if known else content.get_template(tx, job.template_id)
    return template.name if template else known


def _tallies(
    tx: Tx, request_id: str, state: MessageState, counts: dict[MessageState, int]
) -> tuple[Tally, ...]:
    found = job_figures.reasons(tx, request_id, state, counts.get(state, 0))
    return tuple(Tally(each.reason, each.count) for each in found)
