"""The list of SMS applications, and what is said when one is stopped or let again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.numbers import cover
from bot.rules.roles import Apps
from bot.slack import blocks
from bot.slack.blocks import Block, code, esc
from bot.slack.messages.faults import moment, note
from bot.slack.messages.jobs import RULE, why

PAUSE, RESUME = "app.pause", "app.resume"
RESUME_FORM, REASON, REASON_BLOCK = "app.resume_form", "app.reason", "reason"
#: A message has 50 blocks.
LISTED_MAX = 45
REASON_MAX = 300


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app as one person sees it in one channel. `stopped_by` is a user id or `RULE`, "" where
    it is not stopped; `asked` is the request that asks to let it again."""

    name: str
    sdk_app_id: str
    is_default: bool
    is_meant: bool
    is_own_choice: bool
    stopped_by: str
    stopped_at: datetime | None
    reason: str
    asked: str


def listing(
    rows: Sequence[AppRow], locale: Locale, *, may_stop: Apps, said: str = ""
) -> SlackMessage:
    """The apps, with a button where the person may stop one or ask for it; `said` comes first."""
    title = text(locale, "app.title")
    parts: list[Block] = [blocks.section(said)] if said else []
    parts.append(blocks.section(f"*{title}*"))
    parts += [_row(row, locale, may_stop=row.name in may_stop) for row in rows[:LISTED_MAX]]
    parts.append(blocks.context(text(locale, "app.how")))
    return SlackMessage(said or title, tuple(parts))


def unknown(wanted: str, closest: str | None, locale: Locale) -> SlackMessage:
    """There is no such app, and the one that was probably meant."""
    said = text(locale, "app.unknown", app=code(blocks.cut(cover(wanted), 40)))
    meant = text(locale, "job.did_you_mean", closest=code(closest)) if closest else ""
    return note(join(locale, said, meant, text(locale, "app.see_list")))


def which(verb: str, locale: Locale) -> SlackMessage:
    """The name is missing, and it is too much to guess it."""
    return note(text(locale, "app.which", example=code(f"/sms app {verb} …")))


def used(name: str, locale: Locale) -> str:
    return text(locale, "app.used", app=code(name))


def stopped(name: str, locale: Locale, *, is_new: bool) -> str:
    return text(locale, "app.stopped" if is_new else "app.stopped_before", app=code(name))


def not_stopped(name: str, locale: Locale) -> str:
    return text(locale, "app.not_stopped", app=code(name))


def asked(name: str, request_id: str, locale: Locale, *, is_waived: bool) -> str:
    """Somebody has to say yes before it sends again, unless the policy asks nobody."""
    key = "app.let" if is_waived else "app.asked"
    return text(locale, key, app=code(name), request=request_id)


def already_asked(name: str, request_id: str, locale: Locale) -> str:
    return text(locale, "app.asked_before", app=code(name), request=request_id)


def resume_form(channel: str, name: str, locale: Locale) -> Json:
    """Why it may send again: whoever has to say yes reads it."""
    field = blocks.text_input(REASON, multiline=True, max_length=REASON_MAX)
    label, hint = text(locale, "app.resume.field"), text(locale, "app.resume.hint")
    return blocks.form(
        RESUME_FORM,
        title=text(locale, "app.resume.title"),
        submit=text(locale, "app.resume.submit"),
        close=text(locale, "form.close"),
        blocks=[
            blocks.section(text(locale, "app.resume.what", app=code(name))),
            blocks.field(REASON_BLOCK, label, field, hint=hint),
        ],
        carried=f"{channel}:{name}",
    )


def uncarry(carried: str) -> tuple[str, str]:
    """The channel it was asked in, and the app."""
    channel, _, name = carried.partition(":")
    return channel, name


def announced(facts: Mapping[str, Any], locale: Locale) -> SlackMessage:
    """For everybody in the channel: the app is stopped, by whom and why."""
    said = text(locale, "app.announced", person=f"<@{facts['by']}>", app=code(facts["app"]))
    mark = ":octagonal_sign:"
    if not facts["reason"]:
        return note(f"{mark} {said}")
    quoted = blocks.quote(blocks.cut(cover(facts["reason"]), REASON_MAX))
    return SlackMessage(said, (blocks.section(f"{mark} {said}\n{quoted}"),))


NOTICES = {"app.paused": announced}


def _row(row: AppRow, locale: Locale, *, may_stop: bool) -> Block:
    marks = [
        text(locale, f"app.{name}")
        for name, holds in (
            ("default", row.is_default),
            ("own_choice", row.is_own_choice),
            ("meant", row.is_meant and not row.is_own_choice),
        )
        if holds
    ]
    line = " · ".join((f"*{esc(row.name)}*", f"AppID {row.sdk_app_id}", *marks))
    lines = [line, *_stop_lines(row, locale)]
    return blocks.section("\n".join(lines), accessory=_button(row, locale) if may_stop else None)


def _stop_lines(row: AppRow, locale: Locale) -> list[str]:
    if not row.stopped_by or row.stopped_at is None:
        return []
    is_rule = row.stopped_by == RULE
    said = text(
        locale,
        "app.stopped_by_rule" if is_rule else "app.stopped_by",
        person=f"<@{row.stopped_by}>",
        time=moment(row.stopped_at),
    )
    lines = [f":octagonal_sign: {said}", why(row.reason, locale, is_typed=not is_rule)]
    if row.asked:
        lines.append(text(locale, "app.asked_row", request=row.asked))
    return [line for line in lines if line]


def _button(row: AppRow, locale: Locale) -> Block | None:
    if row.asked:
        return None
    if row.stopped_by:
        label = text(locale, "app.button.resume")
        return blocks.button(RESUME, label, value=row.name, says=f"{label}: {row.name}")
    label = text(locale, "app.button.pause")
    dialog = blocks.confirm(
        text(locale, "app.pause.title", app=row.name),
        text(locale, "app.pause.text", app=row.name),
        text(locale, "app.pause.yes"),
        text(locale, "app.pause.no"),
        danger=True,
    )
    return blocks.button(
        PAUSE, label, value=row.name, style="danger", confirm=dialog, says=f"{label}: {row.name}"
    )
