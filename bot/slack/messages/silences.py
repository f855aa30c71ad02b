"""Silences: the list of those that hold, the form for one more, and what is wrong with a text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.locales import Locale, join, text
from bot.registry import Json, SlackMessage
from bot.rules.matchers import Fault
from bot.slack import blocks
from bot.slack.blocks import Block, code, cut, inert
from bot.slack.messages.faults import moment, note

END, NEW, FORM = "silences.end", "silences.new", "silences.form"
MATCHERS, LASTS, COMMENT = "silences.matchers", "silences.lasts", "silences.comment"
MATCHERS_BLOCK, LASTS_BLOCK, COMMENT_BLOCK = "matchers", "lasts", "comment"
MATCHERS_MAX, LASTS_MAX, COMMENT_MAX, SHOWN_MAX = 1_500, 80, 500, 300
#: What the form offers before anything was typed, as people type it.
LASTS_FIRST = "4h"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silence, and how many open alerts it covers now."""

    silence_id: str
    matchers: str
    author: str
    comment: str
    begins_at: datetime
    ends_at: datetime
    covers: int
    may_end: bool = True
    """Whether it is for the viewer to end it."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How many of the open alerts matchers cover."""

    count: int
    open: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds: of which card it is, "" for none; where it was opened; whether a press
    has confirmed that everything is meant."""

    group_id: str = ""
    matchers: str = ""
    lasts: str = LASTS_FIRST
    comment: str = ""
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What the matchers of a form come to: faulty, or so many alerts; `is_sweeping`: every one
    that may come."""

    fault: Fault | None = None
    covered: Covered = Covered(0, 0)
    is_sweeping: bool = False


def listing(
    held: Sequence[Quiet], more: int, now: datetime, locale: Locale, *, may_act: bool
) -> SlackMessage:
    """The silences that hold or will, each with a button that ends it."""
    title = text(locale, "alerts.silences.title")
    parts: list[Block] = [blocks.section(f"*{title}*")]
    if not held:
        parts = [blocks.section(f"*{title}*  {text(locale, 'alerts.silences.none')}")]
    for each in held:
        label = text(locale, "alerts.button.end")
        says = f"{label}: {each.silence_id}"
        button = blocks.button(END, label, value=each.silence_id, says=says)
        said = _one(each, now, locale)
        parts.append(blocks.section(said, accessory=button if may_act and each.may_end else None))
    if more:
        parts.append(blocks.context(text(locale, "alerts.silences.more", count=f"{more:,}")))
    if may_act:
        label = text(locale, "alerts.button.new_silence")
        parts.append(blocks.actions("silences.ways", blocks.button(NEW, label)))
    return SlackMessage(f"{title} · {len(held) + more}", tuple(parts))


def form(draft: Draft, looked: Looked, longest: str, locale: Locale) -> Json:
    """The form for a silence; it says what it would cover as the matchers are typed."""
    matchers = blocks.text_input(
        MATCHERS,
        initial=draft.matchers,
        placeholder='alert="limit_hit", app="demo"',
        multiline=True,
        max_length=MATCHERS_MAX,
        tells_typing=True,
    )
    lasts = blocks.text_input(LASTS, initial=draft.lasts, max_length=LASTS_MAX)
    comment = blocks.text_input(COMMENT, initial=draft.comment, max_length=COMMENT_MAX)
    hint = text(locale, "alerts.form.lasts_hint", longest=longest)
    return blocks.form(
        FORM,
        title=text(locale, "alerts.form.title"),
        submit=text(locale, "alerts.form.submit_all" if draft.is_sure else "alerts.form.submit"),
        close=text(locale, "form.close"),
        carried=carry(draft),
        blocks=[
            *_warning(draft, locale),
            blocks.field(
                MATCHERS_BLOCK,
                text(locale, "alerts.form.matchers"),
                matchers,
                hint=text(locale, "alerts.form.matchers_hint"),
                acts=True,
            ),
            blocks.context(looked_said(looked, locale)),
            blocks.field(LASTS_BLOCK, text(locale, "alerts.form.lasts"), lasts, hint=hint),
            blocks.field(
                COMMENT_BLOCK,
                text(locale, "alerts.form.comment"),
                comment,
                hint=text(locale, "alerts.form.comment_hint"),
                optional=True,
            ),
        ],
    )


def looked_said(looked: Looked, locale: Locale) -> str:
    """What the matchers come to, in a line."""
    if looked.fault is not None:
        return f":warning: {fault(looked.fault, locale)}"
    count, known = f"{looked.covered.count:,}", f"{looked.covered.open:,}"
    key = "covers" if looked.covered.count else "covers_none"
    said = text(locale, f"alerts.form.{key}", count=count, open=known)
    warns = text(locale, "alerts.form.sweeping") if looked.is_sweeping else ""
    return join(locale, said, warns)


def carry(draft: Draft) -> str:
    """What the form remembers beside its fields."""
    return json.dumps([draft.group_id, draft.is_sure])


def carried(written: str, fields: Mapping[str, str]) -> Draft:
    """The draft of a form that was handed in, or is open."""
    try:
        match json.loads(written):
            case [str(group_id), bool(is_sure)]:
                pass
            case _:
                group_id, is_sure = "", False
    except (RecursionError, ValueError):
        group_id, is_sure = "", False
    return Draft(
        group_id=group_id,
        matchers=fields.get(MATCHERS, "").strip(),
        lasts=fields.get(LASTS, "").strip(),
        comment=" ".join(fields.get(COMMENT, "").split()),
        is_sure=is_sure,
    )


def silenced(silence_id: str, ends_at: datetime, covered: Covered, locale: Locale) -> str:
    """What came of it."""
    return text(
        locale,
        "alerts.done.silenced",
        silence=silence_id,
        time=moment(ends_at),
        count=f"{covered.count:,}",
    )


def faulty(said: Sequence[str], locale: Locale) -> SlackMessage:
    """Everything that is wrong with a typed silence, or with matchers."""
    return note("\n".join(f"•  {each}" for each in said) if len(said) > 1 else said[0])


def fault(found: Fault, locale: Locale) -> str:
    """What is wrong with matchers, as mrkdwn."""
    # Of several lines it would not stand as code: its marks would be seen.
    typed = " ".join(found.text.split())
    given = code(cut(typed, SHOWN_MAX)) if typed else ""
    return _fault(found, given, code(found.near), locale)


def plain_fault(found: Fault, locale: Locale) -> str:
    """The same in plain text, for the line under a field."""
    return _fault(found, found.text, found.near, locale).replace("`", "")


def _fault(found: Fault, given: str, near: str, locale: Locale) -> str:
    said = text(locale, f"alerts.fault.{found.reason.value}", given=given)
    meant = text(locale, "alerts.fault.did_you_mean", near=near) if found.near else ""
    return join(locale, said, meant)


def _warning(draft: Draft, locale: Locale) -> list[Block]:
    return [blocks.section(text(locale, "alerts.form.everything"))] if draft.is_sure else []


def _one(each: Quiet, now: datetime, locale: Locale) -> str:
    has_begun = each.begins_at <= now
    said = text(
        locale,
        f"alerts.silences.{'row' if has_begun else 'later'}",
        silence=each.silence_id,
        matchers=code(cut(each.matchers, SHOWN_MAX)),
        person=f"<@{each.author}>",
        time=moment(each.ends_at),
        begins=moment(each.begins_at),
        count=f"{each.covers:,}",
    )
    comment = inert(cut(each.comment, SHOWN_MAX))
    return f"{said}\n“{comment}”" if comment else said
