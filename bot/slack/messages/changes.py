"""A change on its way to Tencent: what its card and its thread say, and what a doubt asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.locales import Locale, find, join, text
from bot.registry import Json, SlackMessage
from bot.rules.codes import code_of
from bot.rules.delivery import settles_at
from bot.rules.requests import RequestKind, RequestState
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages.faults import moment

THERE, AGAIN = "change.there", "change.again"
THERE_FORM, THERE_ID = "change.there_form", "change.there_id"
NAME_MAX = 60
ID_MAX = 18
BY_RECORD, BY_ANSWER, BY_RULE = "record", "answer", "rule"
Facts = Mapping[str, Any]
Notice = Callable[[Facts, Locale], SlackMessage]


#: What keeps a change from being submitted for now, besides an answer of Tencent's.
SAID = frozenset({"fenced", "broke", "cannot_look", "unasked"})


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a card says about a change on its way."""

    kind: RequestKind
    state: RequestState
    attempts: int
    due_at: datetime
    signed_at: datetime | None
    content_id: str
    code: str
    detail: str
    is_asked: bool
    settled_by: str


def change_line(view: ChangeView, locale: Locale) -> str:
    """Where a change has got to, for the card, as mrkdwn; "" where there is nothing to say."""
    match view.state:
        case RequestState.APPROVED:
            return _waiting(view, locale)
        case RequestState.EXECUTING if view.signed_at is not None:
            return text(locale, "review.under_way", time=moment(view.signed_at, "{time_secs}"))
        case RequestState.IN_DOUBT:
            return _doubt(view, locale)
        case RequestState.FAILED:
            return _failure(view.code, view.detail, locale)
        case RequestState.DONE:
            return _settled_by(view.settled_by, view.detail, locale)
        case _:
            return ""


def done(facts: Facts, locale: Locale) -> SlackMessage:
    """Tencent has the change."""
    is_gone = facts["detail"] == "gone"
    key = "review.done.gone" if is_gone else f"review.done.{_verb(facts)}"
    said = text(locale, key, what=what_of(facts, locale))
    how = "" if is_gone else _settled_by(facts["settled_by"], facts["detail"], locale)
    return _note(f":outbox_tray: {said}", how)


def failed(facts: Facts, locale: Locale) -> SlackMessage:
    """Tencent has not got the change."""
    said = text(locale, f"review.failed.{_verb(facts)}", what=what_of(facts, locale))
    why = _failure(facts["code"], facts["detail"], locale)
    return _note(f":no_entry: {_to(facts)}{said}", why)


def in_doubt(facts: Facts, locale: Locale) -> SlackMessage:
    """Nobody knows whether Tencent has it."""
    said = text(locale, f"review.doubted.{_verb(facts)}", what=what_of(facts, locale))
    return _note(f":grey_question: {said}", _doubt_detail(facts["code"], facts["detail"], locale))


def again(facts: Facts, locale: Locale) -> SlackMessage:
    """Tencent has certainly not got the change; the same is sent once more."""
    if facts["settled_by"] != BY_RECORD:
        person = f"<@{facts['settled_by']}>"
        return _note(
            f":arrows_counterclockwise: {text(locale, 'review.repeated.by_person', person=person)}"
        )
    said = text(locale, f"review.repeated.{_verb(facts)}", what=what_of(facts, locale))
    return _note(f":arrows_counterclockwise: {said}")


def asked(facts: Facts, locale: Locale) -> SlackMessage:
    """A person is to look, with what they may say."""
    said = text(locale, f"review.asked.{_verb(facts)}", what=what_of(facts, locale))
    value = f"{facts['request_id']}:{facts['attempt']}"
    there = blocks.button(THERE, text(locale, "review.there"), value=value)
    again_ = blocks.button(
        AGAIN,
        text(locale, "review.again"),
        value=value,
        style="danger",
        confirm=blocks.confirm(
            text(locale, "review.again_title"),
            text(locale, "review.again_text"),
            text(locale, "review.again_yes"),
            text(locale, "review.again_no"),
            danger=True,
        ),
    )
    body: tuple[Block, ...] = (
        blocks.section(f":mag: {_to(facts)}{said}"),
        blocks.actions(f"change.{value}", there, again_),
    )
    return SlackMessage(said, body)


def there_form(carried: str, locale: Locale) -> Json:
    """Asks for the id under which a person found it."""
    field = blocks.field(
        THERE_ID,
        text(locale, "review.there_field"),
        blocks.text_input(THERE_ID, max_length=ID_MAX),
        hint=text(locale, "review.there_hint"),
    )
    return blocks.form(
        THERE_FORM,
        title=text(locale, "review.there_title"),
        submit=text(locale, "review.there_submit"),
        close=text(locale, "review.there_close"),
        blocks=[field],
        carried=carried,
    )


def what_of(facts: Facts, locale: Locale) -> str:
    """The template or signature, by its kind, id and name."""
    noun = facts["kind"].partition(".")[0]
    name = inert(blocks.cut(facts["name"], NAME_MAX))
    if not facts["content_id"]:
        return text(locale, f"review.new.{noun}", name=name)
    return text(locale, f"review.what.{noun}", id=inert(facts["content_id"]), name=name)


def _verb(facts: Facts) -> str:
    return str(facts["kind"]).partition(".")[2]


def _to(facts: Facts) -> str:
    """Calls the requester, where it is known who that is."""
    return f"<@{facts['requester']}> " if facts.get("requester") else ""


def _note(*lines: str) -> SlackMessage:
    said = [line for line in lines if line]
    return SlackMessage(" ".join(said), (blocks.section("\n".join(said)),))


def _waiting(view: ChangeView, locale: Locale) -> str:
    why = _why_waiting(view, locale)
    if not why:
        return ""
    return join(
        locale, why, text(locale, "review.next_try", time=moment(view.due_at, "{time_secs}"))
    )


def _why_waiting(view: ChangeView, locale: Locale) -> str:
    if view.detail in SAID:
        return text(locale, f"review.{view.detail}")
    if view.code:
        return text(locale, "review.never_left", detail=_cause(view.code, locale))
    detail = find(locale, f"card.detail.{view.detail}") if view.detail else None
    return text(locale, "review.never_left", detail=detail) if detail else ""


def _doubt(view: ChangeView, locale: Locale) -> str:
    detail = _doubt_detail(view.code, view.detail, locale)
    if view.is_asked:
        return join(locale, detail, text(locale, "review.doubt_asked"))
    if view.signed_at is None:
        return detail
    until = moment(settles_at(view.signed_at), "{time}")
    return text(locale, "review.doubt", detail=detail, time=until)


def _doubt_detail(code: str, detail: str, locale: Locale) -> str:
    if code:
        return _cause(code, locale)
    return find(locale, f"card.detail.{detail}") or text(locale, "card.detail.unknown")


def _failure(code: str, detail: str, locale: Locale) -> str:
    own = find(locale, f"review.failure.{detail}") if detail else None
    if not code:
        return own or ""
    known = code_of(code)
    cure = f"*{text(locale, 'card.cure')}* {text(locale, known.cure_key)}"
    lines = [own or "", f"*{text(locale, 'card.cause')}* {_cause(code, locale)}", cure]
    return "\n".join(filter(None, lines))


def _cause(code: str, locale: Locale) -> str:
    sentence = text(locale, code_of(code).cause_key)
    return text(locale, "card.with_code", sentence=sentence, code=blocks.code(code))


def _settled_by(settled_by: str, detail: str, locale: Locale) -> str:
    """How it is known; nothing to say where Tencent answered as usual."""
    if detail == "gone" or settled_by in {BY_ANSWER, BY_RULE, ""}:
        return ""
    if settled_by == BY_RECORD:
        return text(locale, "review.done.by_record")
    return text(locale, "review.done.by_person", person=f"<@{settled_by}>")


NOTICES: Mapping[str, Notice] = {
    "change.done": done,
    "change.failed": failed,
    "change.in_doubt": in_doubt,
    "change.again": again,
    "change.asked": asked,
}
