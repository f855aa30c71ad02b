"""One template or signature: its text, its review, what a refusal means, what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.content import Content, ReviewState, Signature, Template
from bot.rules.lint import Finding
from bot.rules.numbers import cover
from bot.rules.requests import RequestKind, RequestState
from bot.rules.review_replies import classify
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages.faults import moment, note
from bot.slack.messages.lint import finding_blocks
from bot.slack.messages.listings import side_word, state_word

FIX = "review.fix"
#: Tencent takes changes of these only (ModifySmsTemplate, ModifySmsSign).
CHANGEABLE = frozenset({ReviewState.UNDER_REVIEW, ReviewState.REJECTED})


@dataclass(frozen=True, slots=True)
class PastRequest:
    """What somebody asked of it here."""

    request_id: str
    kind: RequestKind
    state: RequestState
    requester: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Details:
    """What is shown of one item. `findings` are the linter's, of a rejected one; `class_` is what
    the bot takes a template for, `is_guessed` if only by its text."""

    item: Content
    class_: TemplateClass | None
    findings: Sequence[Finding]
    past: Sequence[PastRequest]
    seen_at: datetime | None
    is_guessed: bool = False


def details(shown: Details, locale: Locale, *, may_ask: bool) -> SlackMessage:
    """The whole of one item, and buttons for what may be done with it."""
    item = shown.item
    title = inert(blocks.cut(f"{item.content_id} · {item.name}", 150))
    parts: list[Block] = [
        blocks.section(f"*{title}*"),
        blocks.fields(_facts(shown, locale)),
    ]
    if isinstance(item, Template):
        parts.append(blocks.section(blocks.quote(item.content)))
    parts.append(blocks.section(_meaning(item, locale)))
    if item.review is ReviewState.REJECTED:
        parts += reason_blocks(item.review_reply, locale)
        parts += finding_blocks(shown.findings, locale)
    if shown.past:
        lines = [text(locale, "listing.requests"), *(_past(each, locale) for each in shown.past)]
        parts.append(blocks.section("\n".join(lines)))
    if may_ask:
        parts.append(_buttons(item, locale))
    if shown.seen_at is not None:
        time = moment(shown.seen_at, "{ago}")
        parts.append(blocks.context(text(locale, "listing.as_of", time=time)))
    return SlackMessage(f"{title} · {state_word(item.review, locale)}", tuple(parts))


def unknown(area: str, wanted: str, closest: str | None, locale: Locale) -> SlackMessage:
    """There is no such thing, and what was probably meant."""
    said = text(locale, f"{area}.unknown", wanted=inert(blocks.cut(cover(wanted), 60)))
    if closest is not None:
        meant = text(locale, "faults.closest", closest=blocks.code(closest))
        said = join(locale, said, meant)
    return note(said)


def reason_blocks(reply: str, locale: Locale) -> list[Block]:
    """What the reviewer wrote, what it means and what to do about it."""
    if not reply.strip():
        return [blocks.section(text(locale, "listing.no_reason"))]
    parts = [
        blocks.section(f"{text(locale, 'listing.reviewer_wrote')}\n{blocks.quote(reply)}"),
    ]
    for reading in classify(reply)[:2]:
        meaning = text(locale, reading.meaning_key)
        parts.append(blocks.section(join(locale, meaning, text(locale, reading.cure_key))))
    return parts


def _facts(shown: Details, locale: Locale) -> list[tuple[str, str]]:
    item = shown.item
    facts = [
        (text(locale, "listing.state_label"), state_word(item.review, locale)),
        (text(locale, "listing.side_label"), side_word(item, locale)),
    ]
    if shown.class_ is not None:
        kind = text(locale, f"preview.classes.{shown.class_.value}")
        guessed = text(locale, "template.guessed", kind=kind)
        facts.append((text(locale, "preview.class"), guessed if shown.is_guessed else kind))
    if isinstance(item, Signature) and item.qualification_id:
        state = text(locale, f"sign.qualification.{item.qualification.name.lower()}")
        facts.append((text(locale, "sign.qualification_id"), f"{item.qualification_id} · {state}"))
    if item.created_at is not None:
        facts.append((text(locale, "listing.created"), moment(item.created_at)))
    return facts


def _meaning(item: Content, locale: Locale) -> str:
    area = "template" if isinstance(item, Template) else "sign"
    return text(locale, f"{area}.meaning.{item.review.name.lower()}")


def _past(past: PastRequest, locale: Locale) -> str:
    return text(
        locale,
        "listing.request",
        request=past.request_id,
        kind=text(locale, f"requests.kind.{past.kind.value.replace('.', '_')}"),
        state=text(locale, f"requests.state.{past.state.name.lower()}"),
        person=f"<@{past.requester}>",
        time=moment(past.at),
    )


def _buttons(item: Content, locale: Locale) -> Block:
    is_template = isinstance(item, Template)
    area, id_ = "template" if is_template else "sign", item.content_id
    elements: list[Block] = []
    if item.review is ReviewState.REJECTED:
        value = f"{'template' if is_template else 'signature'}:{id_}"
        label = text(locale, f"{area}.fix_and_resubmit")
        elements.append(blocks.button(FIX, label, value=value, style="primary"))
    elif item.review in CHANGEABLE:
        elements.append(blocks.button(f"{area}.edit", text(locale, f"{area}.edit"), value=id_))
    elements.append(blocks.button(f"{area}.copy", text(locale, f"{area}.copy"), value=id_))
    label = text(locale, f"{area}.delete")
    elements.append(blocks.button(f"{area}.delete", label, value=id_, style="danger"))
    return blocks.actions(f"details.{area}.{id_}", *elements)
