"""The living card of a send to many: one card from the first row read to the last report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from math import ceil

from bot.locales import Locale, find, text
from bot.registry import SlackMessage
from bot.rules import schedule
from bot.rules.classes import TemplateClass
from bot.rules.codes import code_of
from bot.rules.delivery import MessageState
from bot.rules.doubts import JobDoubts
from bot.rules.numbers import cover
from bot.rules.preflight import Preflight
from bot.rules.recipients import CheckFacts
from bot.rules.requests import RequestState
from bot.slack import blocks
from bot.slack.blocks import Block, esc, inert
from bot.slack.messages import ballots, job_progress, preflights, recipients
from bot.slack.messages import doubts as doubt_messages
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.job_progress import Tally
from bot.slack.messages.previews import value_of

CONFIRM, CONFIRM_GOOD, DISCARD = "job.confirm", "job.confirm_good", "job.discard"
UNDO, PAUSE, RESUME, CANCEL = "job.undo", "job.pause", "job.resume", "job.cancel"
MOVE, RESULTS, ERRORS = "job.move", "job.results", "job.errors"
#: The same under a copy that one person alone sees, which no edit of the card reaches.
HERE = "_here"
RULE = "rule"
#: Words of ours that say no more than the headline does.
SELF_EVIDENT = frozenset({"paused", "cancelled"})
NAME_MAX, FILE_NAME_MAX, REASON_MAX = 60, 80, 300


class JobPhase(StrEnum):
    """What a job's card is about now; the value names its headline."""

    CHECKING = "checking"
    UNREADABLE = "unreadable"
    PREFLIGHT = "preflight"
    AWAITING = "awaiting"
    UNDO = "undo"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    OUT_OF_HOURS = "out_of_hours"
    APP_STOPPED = "app_stopped"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


MARKS = {
    JobPhase.CHECKING: ":mag:",
    JobPhase.UNREADABLE: ":no_entry:",
    JobPhase.PREFLIGHT: ":memo:",
    JobPhase.AWAITING: ":raised_hand:",
    JobPhase.UNDO: ":hourglass_flowing_sand:",
    JobPhase.SCHEDULED: ":calendar:",
    JobPhase.RUNNING: ":outbox_tray:",
    JobPhase.OUT_OF_HOURS: ":crescent_moon:",
    JobPhase.APP_STOPPED: ":octagonal_sign:",
    JobPhase.PAUSED: ":double_vertical_bar:",
    JobPhase.CANCELLED: ":no_entry_sign:",
    JobPhase.EXPIRED: ":hourglass:",
    JobPhase.DONE: ":white_check_mark:",
    JobPhase.FAILED: ":no_entry:",
    JobPhase.IN_DOUBT: ":grey_question:",
    JobPhase.DISCARDED: ":wastebasket:",
    JobPhase.REJECTED: ":x:",
    JobPhase.SUPERSEDED: ":arrows_counterclockwise:",
}
#: Its messages are stored, and nothing of them is decided yet.
BEFORE = frozenset({JobPhase.PREFLIGHT, JobPhase.AWAITING})
#: Nothing of it has left: `stopped_by` and `stop_reason` are those of its app, where it is stopped.
NOT_STARTED = BEFORE | {JobPhase.SCHEDULED, JobPhase.UNDO}
#: It may send, now or later.
ACTIVE = frozenset({JobPhase.RUNNING, JobPhase.OUT_OF_HOURS, JobPhase.APP_STOPPED, JobPhase.PAUSED})
#: Nothing more will be sent by itself.
OVER = frozenset(
    {
        JobPhase.CANCELLED,
        JobPhase.EXPIRED,
        JobPhase.DONE,
        JobPhase.FAILED,
        JobPhase.IN_DOUBT,
    }
)


@dataclass(frozen=True, slots=True)
class JobCard:
    """What the card of a job shows. Times are UTC.

    `zone` is the one times are named in; `viewer_zone` that of the only person who sees this, None
    in a channel. `stopped_by` is a user id, or `RULE` with Tencent's code or a word of ours in
    `stop_reason`: of the app as long as that is what holds it, else of the job. `waits_until`:
    marketing goes on then.
    """

    request_id: str
    sha256: str
    requester: str
    app: str
    phase: JobPhase
    state: RequestState
    template_id: str
    template_name: str
    signature: str
    class_: TemplateClass
    file_name: str
    rows_read: int
    check_fault: str
    check_facts: CheckFacts
    total: int
    bad_rows: int
    duplicates: int
    preflight: Preflight | None
    approval: ApprovalView | None
    at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    counts: Mapping[MessageState, int]
    refused: tuple[Tally, ...]
    skipped: tuple[Tally, ...]
    rate_per_s: float
    stopped_by: str
    stop_reason: str
    waits_until: datetime | None
    doubts: JobDoubts | None
    zone: tzinfo
    viewer_zone: tzinfo | None
    now: datetime


def card(shown: JobCard, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as it should stand now; the buttons of a copy, which no edit reaches, replace it."""
    said = headline(shown, locale)
    parts: list[Block] = [
        blocks.section(f"{MARKS[shown.phase]} *{said}*"),
        blocks.fields(_facts(shown, locale)),
        *_body(shown, locale),
        *_buttons(shown, locale, is_copy=is_copy),
        blocks.context(_trace(shown, locale)),
    ]
    return SlackMessage(f"{said} · {template_of(shown)} · {shown.request_id}", tuple(parts))


def headline(shown: JobCard, locale: Locale) -> str:
    """The state in a few words: what Tencent took is not yet delivered."""
    if shown.phase is JobPhase.AWAITING and shown.approval:
        return ballots.headline(shown.approval, locale)
    make = HEADLINES.get(shown.phase)
    return make(shown, locale) if make else text(locale, f"job.headline.{shown.phase.value}")


def template_of(shown: JobCard) -> str:
    """The template by id and name, as mrkdwn."""
    name = inert(blocks.cut(shown.template_name, NAME_MAX))
    return f"{esc(shown.template_id)} · {name}" if name else esc(shown.template_id)


def when(at: datetime, shown: JobCard, locale: Locale) -> str:
    """A time in the zone of the settings, with the reader's own beside it, as mrkdwn."""
    if shown.viewer_zone is None:
        return schedule_messages.when_for_all(at, shown.zone, shown.now, locale)
    facts = schedule.show(at, shown.zone, shown.now, shown.viewer_zone)
    return esc(schedule_messages.when(facts, locale))


def _checking(shown: JobCard, locale: Locale) -> str:
    if not shown.rows_read:
        return text(locale, "job.headline.checking_first")
    return text(locale, "job.headline.checking", rows=f"{shown.rows_read:,}")


def _preflight(shown: JobCard, locale: Locale) -> str:
    preflight = shown.preflight
    if preflight is None or not preflight.recipients:
        return text(locale, "job.headline.preflight_none")
    if not preflight.may_send:
        return text(locale, "job.headline.preflight_barred")
    key = "preflight_one" if preflight.recipients == 1 else "preflight"
    return text(locale, f"job.headline.{key}", count=f"{preflight.recipients:,}")


def _undo(shown: JobCard, locale: Locale) -> str:
    left_s = (shown.starts_at - shown.now).total_seconds() if shown.starts_at else 0
    if left_s <= 0:
        return text(locale, "job.headline.starting")
    return text(locale, "job.headline.undo", seconds=ceil(left_s))


def _scheduled(shown: JobCard, locale: Locale) -> str:
    at = shown.starts_at or shown.at
    return text(locale, "job.headline.scheduled", time=when(at, shown, locale) if at else "")


def _part_way(shown: JobCard, locale: Locale) -> str:
    percent = job_progress.percent(shown.counts)
    return text(locale, f"job.headline.{shown.phase.value}", percent=percent, app=esc(shown.app))


def _out_of_hours(shown: JobCard, locale: Locale) -> str:
    at = shown.waits_until
    return text(locale, "job.headline.out_of_hours", time=when(at, shown, locale) if at else "")


#: What is said of a job that was broken off while calls were under way.
GOING = {JobPhase.CANCELLED: "cancelled_going", JobPhase.EXPIRED: "expired_going"}


def _broken_off(shown: JobCard, locale: Locale) -> str:
    """Cancelled or expired: how many had gone by then."""
    taken, key = job_progress.taken(shown.counts), f"job.headline.{shown.phase.value}"
    going = shown.counts.get(MessageState.IN_FLIGHT, 0)
    may_have_gone = (MessageState.IN_DOUBT, MessageState.DROPPED)
    has_begun = taken or going or any(shown.counts.get(state) for state in may_have_gone)
    if not shown.started_at or not has_begun:
        return text(locale, f"{key}_before")
    return text(
        locale,
        f"job.headline.{GOING[shown.phase]}" if going else key,
        taken=f"{taken:,}",
        total=f"{_total(shown):,}",
        going=f"{going:,}",
    )


def _done(shown: JobCard, locale: Locale) -> str:
    counts = shown.counts
    if counts.get(MessageState.ACCEPTED):
        taken = f"{job_progress.taken(counts):,}"
        return text(locale, "job.headline.done_waiting", taken=taken, total=f"{_total(shown):,}")
    delivered = f"{counts.get(MessageState.DELIVERED, 0):,}"
    return text(locale, "job.headline.done", delivered=delivered, total=f"{_total(shown):,}")


def _in_doubt(shown: JobCard, locale: Locale) -> str:
    count = f"{shown.counts.get(MessageState.IN_DOUBT, 0):,}"
    return text(locale, "job.headline.in_doubt", count=count, total=f"{_total(shown):,}")


HEADLINES: Mapping[JobPhase, Callable[[JobCard, Locale], str]] = {
    JobPhase.CHECKING: _checking,
    JobPhase.PREFLIGHT: _preflight,
    JobPhase.UNDO: _undo,
    JobPhase.SCHEDULED: _scheduled,
    JobPhase.RUNNING: _part_way,
    JobPhase.OUT_OF_HOURS: _out_of_hours,
    JobPhase.APP_STOPPED: _part_way,
    JobPhase.PAUSED: _part_way,
    JobPhase.CANCELLED: _broken_off,
    JobPhase.EXPIRED: _broken_off,
    JobPhase.DONE: _done,
    JobPhase.IN_DOUBT: _in_doubt,
}


def _total(shown: JobCard) -> int:
    return job_progress.total(shown.counts) or shown.total


def _facts(shown: JobCard, locale: Locale) -> list[tuple[str, str]]:
    facts = [
        (text(locale, "preview.template"), template_of(shown)),
        (text(locale, "preview.class"), text(locale, f"preview.classes.{shown.class_.value}")),
        (text(locale, "preview.app"), esc(shown.app)),
        (text(locale, "card.requested_by"), f"<@{shown.requester}>"),
    ]
    if shown.file_name:
        name = inert(blocks.cut(cover(shown.file_name), FILE_NAME_MAX))
        facts.append((text(locale, "job.file"), name))
    if shown.at and shown.phase in BEFORE | {JobPhase.CHECKING}:
        facts.append((text(locale, "job.starts"), when(shown.at, shown, locale)))
    if shown.ends_at and shown.phase in ACTIVE | {JobPhase.SCHEDULED, JobPhase.UNDO}:
        facts.append((text(locale, "job.ends"), when(shown.ends_at, shown, locale)))
    if shown.phase is JobPhase.AWAITING and shown.approval:
        facts += ballots.policy_facts(shown.approval, locale)
    return facts


def _body(shown: JobCard, locale: Locale) -> list[Block]:
    if shown.phase is JobPhase.UNREADABLE:
        said = recipients.fault_sentence(shown.check_fault, shown.check_facts, locale)
        return [blocks.section(said)]
    parts: list[Block] = []
    if shown.phase in NOT_STARTED and shown.stopped_by:
        parts.append(blocks.section(_app_stopped(shown, locale)))
    if shown.preflight and shown.phase in BEFORE:
        parts += preflights.facts_blocks(shown.preflight, locale)
        ignored = recipients.ignored_sentence(shown.check_facts, locale)
        parts += [blocks.context(ignored)] if ignored else []
        # Whoever agrees to it agrees to fewer than were checked.
        parts += _tallied(shown, locale)
    elif shown.started_at:
        parts += _progress(shown, locale)
    elif shown.preflight and shown.phase is not JobPhase.CHECKING:
        parts.append(blocks.section(preflights.counted(shown.preflight, locale)))
    reason = _stopped(shown, locale)
    if reason:
        parts.append(blocks.section(reason))
    if shown.doubts:
        parts += doubt_messages.of_job(shown.doubts, shown.request_id, locale)
    if shown.approval:
        parts += ballots.said(shown.approval, locale)
    if shown.phase in BEFORE or shown.phase is JobPhase.CHECKING:
        parts.append(blocks.context(text(locale, "job.nothing_sent")))
    return parts


def _progress(shown: JobCard, locale: Locale) -> list[Block]:
    is_over = shown.phase in OVER
    lines = [job_progress.progress_line(shown.counts, locale, is_over=is_over)]
    if shown.phase is JobPhase.RUNNING:
        lines.append(job_progress.pace_line(shown.counts, shown.rate_per_s, locale))
    said = "\n".join(filter(None, lines))
    parts = [blocks.section(said)] if said else []
    parts.append(job_progress.outcome_fields(shown.counts, locale, is_over=is_over))
    return parts + _tallied(shown, locale)


def _tallied(shown: JobCard, locale: Locale) -> list[Block]:
    """Why some were not sent, and will not be."""
    return [
        blocks.section(job_progress.tally_lines(key, tallies, locale))
        for key, tallies in (("job.refused", shown.refused), ("job.skipped", shown.skipped))
        if tallies
    ]


def _app_stopped(shown: JobCard, locale: Locale) -> str:
    """That nothing would go out now, though it has not started: by whom, and why."""
    by = "" if shown.stopped_by == RULE else shown.stopped_by
    key = "job.stopped_app_by" if by else "job.stopped_app_by_rule"
    lines = (
        f":warning: {text(locale, 'job.app_is_stopped', app=esc(shown.app))}",
        text(locale, key, person=f"<@{by}>"),
        why(shown.stop_reason, locale, is_typed=bool(by)),
    )
    return "\n".join(filter(None, lines))


def _stopped(shown: JobCard, locale: Locale) -> str:
    """Who stopped it and why, and what to do about it."""
    if shown.phase is JobPhase.OUT_OF_HOURS:
        return text(locale, "job.out_of_hours")
    if shown.phase not in {
        JobPhase.PAUSED,
        JobPhase.CANCELLED,
        JobPhase.APP_STOPPED,
        JobPhase.EXPIRED,
        JobPhase.FAILED,
    }:
        return ""
    reason, by = shown.stop_reason, shown.stopped_by
    is_typed = shown.phase is JobPhase.APP_STOPPED and by != RULE
    because = why(reason, locale, is_typed=is_typed)
    return "\n".join(filter(None, (_stopped_by(shown, locale), because)))


def _stopped_by(shown: JobCard, locale: Locale) -> str:
    by = "" if shown.stopped_by == RULE else shown.stopped_by
    if shown.phase is JobPhase.APP_STOPPED and not by:
        return text(locale, "job.stopped_app_by_rule")
    key = STOPPED_BY.get(shown.phase)
    return text(locale, key, person=f"<@{by}>") if by and key else ""


STOPPED_BY = {
    JobPhase.PAUSED: "job.paused_by",
    JobPhase.CANCELLED: "job.cancelled_by",
    JobPhase.APP_STOPPED: "job.stopped_app_by",
}


def why(reason: str, locale: Locale, *, is_typed: bool) -> str:
    """Why something is stopped, as mrkdwn: what a person typed, a word of ours, or a code of
    Tencent's with its cause and cure."""
    if not reason or reason in SELF_EVIDENT:
        return ""
    if is_typed:
        return blocks.quote(blocks.cut(cover(reason), REASON_MAX))
    if find(locale, f"job.stop.{reason}"):
        return text(locale, f"job.stop.{reason}")
    known = code_of(reason)
    cause = text(locale, known.cause_key)
    coded = text(locale, "card.with_code", sentence=cause, code=blocks.code(reason))
    return "\n".join(
        (
            f"*{text(locale, 'card.cause')}* {coded}",
            f"*{text(locale, 'card.cure')}* {text(locale, known.cure_key)}",
        )
    )


def _buttons(shown: JobCard, locale: Locale, *, is_copy: bool) -> list[Block]:
    """At most one row of buttons; Slack shows up to 25 in it."""
    if shown.phase is JobPhase.AWAITING and shown.approval:
        elements = list(ballots.vote_buttons(shown.approval, locale, is_copy=is_copy))
        if shown.at is not None:
            elements.append(_button(shown, MOVE, locale, is_copy=False))
    else:
        elements = [_button(shown, name, locale, is_copy=is_copy) for name in _offered(shown)]
    if (shown.bad_rows or shown.duplicates) and shown.phase in BEFORE | OVER:
        elements.append(_button(shown, ERRORS, locale, is_copy=False))
    return [blocks.actions(f"job.{shown.request_id}", *elements)] if elements else []


def _offered(shown: JobCard) -> Sequence[str]:
    """The buttons, by action, of a card that waits for nobody's vote."""
    if shown.phase is JobPhase.PREFLIGHT:
        return (*_confirming(shown), DISCARD)
    if shown.phase in OVER:
        return (RESULTS,) if shown.started_at else ()
    return OFFERED.get(shown.phase, ())


OFFERED: Mapping[JobPhase, Sequence[str]] = {
    JobPhase.CHECKING: (DISCARD,),
    JobPhase.UNREADABLE: (DISCARD,),
    JobPhase.UNDO: (UNDO,),
    JobPhase.SCHEDULED: (MOVE, CANCEL),
    JobPhase.RUNNING: (PAUSE, CANCEL, RESULTS),
    JobPhase.OUT_OF_HOURS: (PAUSE, CANCEL, RESULTS),
    JobPhase.APP_STOPPED: (PAUSE, CANCEL, RESULTS),
    JobPhase.PAUSED: (RESUME, CANCEL, RESULTS),
}


def _confirming(shown: JobCard) -> Sequence[str]:
    """Bad rows are left out only where a person says so."""
    preflight = shown.preflight
    if preflight is None or not preflight.recipients or not preflight.may_send:
        return ()
    return (CONFIRM_GOOD,) if preflight.bad_rows else (CONFIRM,)


def _button(shown: JobCard, action: str, locale: Locale, *, is_copy: bool) -> Block:
    name = action.partition(".")[2]
    is_draft = action in {CONFIRM, CONFIRM_GOOD, DISCARD}
    recipients = shown.preflight.recipients if shown.preflight else shown.total
    replaces = is_copy and action in REPLACING
    is_of_one = action == CONFIRM_GOOD and recipients == 1
    key = "confirm_good_one" if is_of_one else name
    label = text(locale, f"job.button.{key}", count=f"{recipients:,}")
    return blocks.button(
        action + HERE if replaces else action,
        label,
        value=value_of(shown.request_id, shown.sha256) if is_draft else shown.request_id,
        style=STYLES.get(action),
        confirm=_cancel_dialog(shown, locale) if action == CANCEL else None,
        says=f"{label}: {shown.request_id}",
    )


#: Under a copy these put what became of it in its place.
REPLACING = frozenset({CONFIRM, CONFIRM_GOOD, DISCARD, UNDO, PAUSE, RESUME, CANCEL})
STYLES = {CONFIRM: "primary", CONFIRM_GOOD: "primary", RESUME: "primary", CANCEL: "danger"}


def _cancel_dialog(shown: JobCard, locale: Locale) -> Block:
    return blocks.confirm(
        text(locale, "job.cancel.title"),
        text(locale, "job.cancel.text", request=shown.request_id),
        text(locale, "job.cancel.yes"),
        text(locale, "job.cancel.no"),
        danger=True,
    )


def _trace(shown: JobCard, locale: Locale) -> str:
    """The id somebody would be asked for, and until when it can be confirmed."""
    if shown.phase is JobPhase.AWAITING and shown.approval:
        return ballots.trace(shown.approval, locale)
    if shown.phase is JobPhase.PREFLIGHT and _confirming(shown):
        time = when(shown.expires_at, shown, locale)
        return f"{shown.request_id} · {text(locale, 'job.confirm_until', time=time)}"
    return shown.request_id
