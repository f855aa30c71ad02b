"""What somebody is told about jobs: the list, why nothing was changed, the form for a new time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.numbers import cover
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages import job_progress, jobs
from bot.slack.messages.faults import note
from bot.slack.messages.jobs import MARKS, OVER, JobCard

SHOW, MOVE_FORM, TIME, TIME_BLOCK = "job.show", "job.move_form", "job.time", "time"
TIME_MAX = 60
#: A message has 50 blocks.
ROWS_MAX = 10
#: Why a job is held that nothing is wrong with.
OUT_OF_HOURS = "marketing_hours"


def listing(groups: Sequence[tuple[str, Sequence[JobCard]]], locale: Locale) -> SlackMessage:
    """Jobs under their titles (`running`, `scheduled`, `mine`, `ended`), a line each."""
    shown = [(name, found) for name, found in groups if found]
    title = text(locale, "job.list.title" if shown else "job.list.none")
    parts: list[Block] = [blocks.section(f"*{title}*")]
    for name, found in shown:
        parts.append(blocks.section(f"*{text(locale, f'job.list.{name}')}*"))
        parts += [_row(each, locale) for each in found[:ROWS_MAX]]
        if len(found) > ROWS_MAX:
            more = text(locale, "job.list.more", count=len(found) - ROWS_MAX)
            parts.append(blocks.context(more))
    if not shown:
        parts.append(blocks.context(text(locale, "job.list.how")))
    return SlackMessage(title, tuple(parts))


def unknown(wanted: str, closest: str | None, locale: Locale) -> SlackMessage:
    """There is no such job, and the one that was probably meant."""
    said = text(locale, "job.unknown", wanted=code(blocks.cut(cover(wanted), 40)))
    meant = text(locale, "job.did_you_mean", closest=code(closest)) if closest else ""
    return note(join(locale, said, meant, text(locale, "job.see_list")))


def none_fits(verb: str, locale: Locale) -> SlackMessage:
    """No job is named, and there is none of which it could be asked."""
    return note(text(locale, f"job.none_to_{verb}"))


def several_fit(verb: str, fitting: Sequence[JobCard], locale: Locale) -> SlackMessage:
    """No job is named, and several could be meant."""
    said = text(locale, "job.several", example=code(f"/sms job {verb} {fitting[0].request_id}"))
    rows = [_row(each, locale) for each in fitting[:ROWS_MAX]]
    return SlackMessage(said, (blocks.section(said), *rows))


def refusal(reason: str, request_id: str, locale: Locale) -> str:
    """Why a word about a job changed nothing."""
    return text(locale, f"job.refusal.{reason}", request=esc(request_id))


def refused(reason: str, request_id: str, locale: Locale) -> SlackMessage:
    """Why nothing was changed, said to the person."""
    return note(refusal(reason, request_id, locale))


def move_form(shown: JobCard, locale: Locale) -> Json:
    """A new time for a job that has not started."""
    at = shown.starts_at or shown.at
    entry = blocks.text_input(TIME, max_length=TIME_MAX, initial=_typed(at, shown) if at else "")
    return blocks.form(
        MOVE_FORM,
        title=text(locale, "job.move.title", request=shown.request_id),
        submit=text(locale, "job.move.submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.field(
                TIME_BLOCK,
                text(locale, "job.move.field"),
                entry,
                hint=text(locale, "job.move.hint"),
            )
        ],
        carried=shown.request_id,
    )


def moved(shown: JobCard, locale: Locale) -> str:
    """When it starts by now, and whether somebody has to say yes anew."""
    at = shown.starts_at or shown.at
    time = jobs.when(at, shown, locale) if at else ""
    key = "asked_anew" if shown.phase is jobs.JobPhase.AWAITING else "done"
    return text(locale, f"job.move.{key}", request=shown.request_id, time=time)


def making(request_id: str, locale: Locale) -> SlackMessage:
    """A large file takes a while."""
    return note(text(locale, "job.file_making", request=esc(request_id)))


def busy(request_id: str, locale: Locale) -> SlackMessage:
    """That the file is being made for them already."""
    return note(text(locale, "job.file_busy", request=esc(request_id)))


def sent(request_id: str, locale: Locale) -> SlackMessage:
    """The file is in the person's conversation with the bot."""
    return note(text(locale, "job.file_sent", request=esc(request_id)))


def not_made(request_id: str, locale: Locale) -> SlackMessage:
    """Slack did not take the file."""
    return note(text(locale, "job.file_failed", request=esc(request_id)))


def empty(request_id: str, locale: Locale) -> SlackMessage:
    """There is nothing that could stand in the file."""
    return note(text(locale, "job.file_empty", request=esc(request_id)))


def _row(shown: JobCard, locale: Locale) -> Block:
    headline = jobs.headline(shown, locale)
    said = text(
        locale,
        "job.list.one",
        request=code(shown.request_id),
        headline=headline,
        template=jobs.template_of(shown),
        app=esc(shown.app),
        person=f"<@{shown.requester}>",
    )
    button = blocks.button(
        SHOW,
        text(locale, "job.list.show"),
        value=shown.request_id,
        says=text(locale, "job.list.show_says", request=shown.request_id),
    )
    return blocks.section(f"{MARKS[shown.phase]} {_bar(shown)}{said}", accessory=button)


def _bar(shown: JobCard) -> str:
    """None before it starts, and none where nothing came of it."""
    is_over = shown.phase in OVER
    if shown.started_at is None or (is_over and not job_progress.taken(shown.counts)):
        return ""
    return f"{job_progress.bar(shown.counts, job_progress.SHORT_BAR_CELLS, is_over=is_over)} "


def _typed(at: datetime, shown: JobCard) -> str:
    """A time as one types it, in the zone of the settings."""
    return f"{at.astimezone(shown.zone):%Y-%m-%d %H:%M}"


def held(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """A job waits for a person: Tencent refuses all of it for one reason, or its hours are over."""
    request, app = esc(facts["id"]), esc(facts["app"])
    if facts["reason"] == OUT_OF_HOURS:
        said = text(locale, "job.thread.held_hours", request=request)
        return _told(":crescent_moon:", said, facts["reason"], "", locale)
    said = text(locale, "job.thread.held", request=request, app=app)
    how = text(locale, "job.thread.held_how", request=request)
    return _told(":double_vertical_bar:", said, facts["reason"], how, locale)


def failed(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """A job ended by itself, before its end or before its start."""
    said = text(locale, "job.thread.failed", request=esc(facts["id"]))
    return _told(":no_entry:", said, facts["reason"], "", locale)


NOTICES: Mapping[str, Callable[[Mapping[str, Any], Locale], SlackMessage]] = {
    "job.held": held,
    "job.failed": failed,
}


def _told(mark: str, said: str, reason: str, how: str, locale: Locale) -> SlackMessage:
    because = jobs.why(reason, locale, is_typed=False)
    lines = [f"{mark} {said}", because, how]
    return SlackMessage(said, (blocks.section("\n".join(filter(None, lines))),))
