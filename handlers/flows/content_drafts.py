"""Changes of templates and signatures, up to the asking: what is typed, what must be known to judge
it, and the request it becomes."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from bot.rules import review_replies
from bot.rules.changes import SignatureChange, TemplateChange, change_of
from bot.rules.content import Content, ReviewState, Signature, Template, composed
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.lint import KnownText, KnownTexts, LintFacts, remember
from bot.rules.requests import RequestKind
from bot.rules.review_hours import ReviewKind
from bot.rules.review_replies import SimilarRefusal
from bot.settings import App, Settings
from handlers.flows import approvals
from storage import attachments, content, form_drafts, requests, reviews
from storage.db import Tx
from storage.requests import Request

#: So many past refusals are compared with a draft.
REFUSALS_READ = 500
SIMILAR_SHOWN = 2
PAST_SHOWN = 5
REJECTED = ReviewState.REJECTED
#: Letters that are read, and typed, as digits.
DIGITS = str.maketrans("OoIl", "0011")
TEMPLATE_KINDS = frozenset(
    {RequestKind.TEMPLATE_CREATE, RequestKind.TEMPLATE_MODIFY, RequestKind.TEMPLATE_DELETE}
)
SIGNATURE_KINDS = frozenset(
    {RequestKind.SIGNATURE_CREATE, RequestKind.SIGNATURE_MODIFY, RequestKind.SIGNATURE_DELETE}
)
#: Tencent takes changes of these only (ModifySmsTemplate and ModifySmsSign, 382/55981).
CHANGEABLE = frozenset({ReviewState.UNDER_REVIEW, ReviewState.REJECTED})
Item = TypeVar("Item", Template, Signature)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, for which app, and the draft the request was made of."""

    user_id: str
    channel: str
    app: App
    form: str


class AskReason(StrEnum):
    """Why nothing was asked for."""

    #: Another request about the same, or for exactly the same, is still open.
    ALREADY_ASKED = "already_asked"
    GONE = "gone"
    #: Not what it was when the form was opened.
    CHANGED = "changed"
    NOT_CHANGEABLE = "not_changeable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was asked for, and why; `other` is the request that is in the way, `item` what is
    there now."""

    reason: AskReason
    other: Request | None = None
    item: Content | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a form opens with: what was typed before, or `fields` as given; when it was typed."""

    fields: Mapping[str, str]
    restored_at: datetime | None


def begin(tx: Tx, user_id: str, form: str, fields: Mapping[str, str]) -> Begun:
    """A form as its person left it, or with `fields` in it."""
    draft = form_drafts.get(tx, user_id, form)
    if draft is None or dict(draft.fields) == dict(fields):
        return Begun(fields, None)
    return Begun(draft.fields, draft.at)


def lint_facts(tx: Tx, app: App, settings: Settings, now: datetime) -> LintFacts:
    """What the linter must know besides the draft."""
    return LintFacts(
        today=now.astimezone(MAINLAND_ZONE).date(),
        signature=app.signature,
        variables=settings.content.variables,
        longest_value=settings.content.longest_value,
        is_individual=settings.content.is_individual,
        templates=_known(tx, content.list_templates(tx), ReviewKind.TEMPLATE),
        signatures=_known(tx, content.list_signatures(tx), ReviewKind.SIGNATURE),
    )


def similar_refusals(
    tx: Tx, kind: ReviewKind, draft: str, content_id: str
) -> tuple[SimilarRefusal, ...]:
    """What was refused before and resembles the draft, but for the one that is being mended."""
    past = reviews.list_refusals(tx, kind, REFUSALS_READ)
    others = [each for each in past if each.id != content_id]
    return review_replies.similar_refusals(draft, others, SIMILAR_SHOWN)


def find_template(tx: Tx, wanted: str) -> Template | None:
    """The template of that id, or the only one of that name."""
    return content.get_template(tx, wanted) or _only(content.list_templates(tx), wanted)


def find_signature(tx: Tx, wanted: str) -> Signature | None:
    """The signature of that id, or the only one of that name."""
    name = wanted.strip("【】[]")
    return content.get_signature(tx, wanted) or _only(content.list_signatures(tx), name)


def closest(items: Iterable[Content], wanted: str) -> str | None:
    """The id or name that was probably meant."""
    known = [word for each in items for word in (each.content_id, each.name)]
    if wanted.translate(DIGITS) in known:
        return wanted.translate(DIGITS)
    found = difflib.get_close_matches(wanted, known, 1, 0.6)
    return found[0] if found else None


def past_requests(tx: Tx, item: Content) -> list[Request]:
    """What was asked of it here, latest first: what is open, and what reached Tencent."""
    kinds = TEMPLATE_KINDS if isinstance(item, Template) else SIGNATURE_KINDS
    open_ = [each for each in _open(tx, kinds) if _subject(each) == item.content_id]
    ended = [
        each for each in requests.of_content(tx, item.content_id, PAST_SHOWN) if each.kind in kinds
    ]
    found = {each.id: each for each in (*open_, *ended)}
    return sorted(found.values(), key=lambda each: each.created_at, reverse=True)[:PAST_SHOWN]


def open_about(tx: Tx, item: Content) -> Request | None:
    """The open request about an item, if there is one."""
    kinds = TEMPLATE_KINDS if isinstance(item, Template) else SIGNATURE_KINDS
    return _in_the_way(tx, kinds, item.content_id, {})


def last_text(tx: Tx, template: Template) -> TemplateChange | None:
    """What was last asked for of a template: Tencent's list tells neither type nor remark."""
    for request in past_requests(tx, template):
        if request.kind is not RequestKind.TEMPLATE_DELETE:
            return TemplateChange.from_payload(request.kind, request.payload)
    return None


def ask_template(
    tx: Tx, asker: Asker, change: TemplateChange, settings: Settings, now: datetime
) -> Request | Refusal:
    """Asks for a change of a template, if it is still what the person saw and nobody else does."""
    if change.base is not None:
        current = content.get_template(tx, change.template_id)
        if current is None:
            return Refusal(AskReason.GONE)
        shown = change.base.name, change.base.content
        if [*map(composed, shown)] != [composed(current.name), composed(current.content)]:
            return Refusal(AskReason.CHANGED, item=current)
        if change.text is not None and current.review not in CHANGEABLE:
            return Refusal(AskReason.NOT_CHANGEABLE, item=current)
    return _ask(tx, asker, change, TEMPLATE_KINDS, settings, now)


def ask_signature(
    tx: Tx, asker: Asker, change: SignatureChange, settings: Settings, now: datetime
) -> Request | Refusal:
    """Asks for a change of a signature, likewise."""
    if change.base is not None:
        current = content.get_signature(tx, change.signature_id)
        if current is None:
            return Refusal(AskReason.GONE)
        if composed(current.name) != composed(change.base.name):
            return Refusal(AskReason.CHANGED, item=current)
        if change.text is not None and current.review not in CHANGEABLE:
            return Refusal(AskReason.NOT_CHANGEABLE, item=current)
    text = change.text
    for image in (text.proof, text.commission) if text else ():
        if image is not None:
            attachments.renew(tx, image.sha256, now)
    return _ask(tx, asker, change, SIGNATURE_KINDS, settings, now)


def _ask(
    tx: Tx,
    asker: Asker,
    change: TemplateChange | SignatureChange,
    kinds: frozenset[RequestKind],
    settings: Settings,
    now: datetime,
) -> Request | Refusal:
    payload = change.payload()
    other = _in_the_way(tx, kinds, _id_of(change), payload)
    if other is not None:
        return Refusal(AskReason.ALREADY_ASKED, other=other)
    request = approvals.ask(
        tx,
        change.kind,
        asker.app.name,
        payload,
        requester=asker.user_id,
        channel=asker.channel,
        settings=settings,
        now=now,
    )
    form_drafts.forget(tx, asker.user_id, asker.form)
    return request


def _in_the_way(
    tx: Tx, kinds: frozenset[RequestKind], content_id: str, payload: Mapping[str, Any]
) -> Request | None:
    """An open request about the same item, or a new item that is asked for twice."""
    for each in _open(tx, kinds):
        is_same = requests.is_hash_of(tx, each.sha256, payload)
        if is_same or (content_id and _subject(each) == content_id):
            return each
    return None


def _open(tx: Tx, kinds: frozenset[RequestKind]) -> list[Request]:
    return [each for each in requests.find_open_changes(tx) if each.kind in kinds]


def _subject(request: Request) -> str:
    """The id of what a request is about; empty for something new."""
    return _id_of(change_of(request.kind, request.payload))


def _id_of(change: TemplateChange | SignatureChange) -> str:
    return change.template_id if isinstance(change, TemplateChange) else change.signature_id


def _known(tx: Tx, items: Sequence[Content], kind: ReviewKind) -> KnownTexts:
    """What is listed, and what was refused before and is listed no more."""
    listed = [
        KnownText(each.content_id, each.text, each.international, each.review, each.review_reply)
        for each in items
    ]
    there = {(each.id, each.text) for each in listed}
    gone = [
        # For which side it was is not kept: on the mainland most are.
        KnownText(each.id, each.text, international=False, review=REJECTED, review_reply=each.reply)
        for each in reviews.list_refusals(tx, kind, REFUSALS_READ)
        if (each.id, each.text) not in there
    ]
    return remember([*listed, *gone])


def _only(items: Sequence[Item], name: str) -> Item | None:
    """The only one of that name."""
    named = [each for each in items if each.name == name]
    return named[0] if len(named) == 1 else None
