"""The living card of a request to change a template or a signature: exactly what is asked for, who
said what about it, and how far it has got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.approvals import Verdict, Vote, standing
from bot.rules.changes import (
    Change,
    Image,
    SignatureChange,
    SignatureText,
    TemplateChange,
    TemplateText,
)
from bot.rules.lint import Finding
from bot.rules.requests import RequestKind, RequestState
from bot.rules.segments import count
from bot.slack import blocks
from bot.slack.blocks import Block, esc, inert
from bot.slack.messages.approvals import groups_of
from bot.slack.messages.changes import ChangeView, change_line
from bot.slack.messages.faults import moment
from bot.slack.messages.lint import finding_blocks
from bot.slack.messages.previews import value_of
from bot.slack.messages.reviews import ReviewView, review_line

APPROVE, REJECT, WITHDRAW = "approve.yes", "approve.no", "approve.withdraw"
#: The same under a copy that one person alone sees, which no edit of the card reaches.
APPROVE_HERE, WITHDRAW_HERE = "approve.yes_here", "approve.withdraw_here"
MARKS = {
    RequestState.DRAFT: ":memo:",
    RequestState.AWAITING_APPROVAL: ":raised_hand:",
    RequestState.APPROVED: ":hourglass_flowing_sand:",
    RequestState.EXECUTING: ":outbox_tray:",
    RequestState.DONE: ":white_check_mark:",
    RequestState.FAILED: ":no_entry:",
    RequestState.IN_DOUBT: ":grey_question:",
    RequestState.WITHDRAWN: ":wastebasket:",
    RequestState.EXPIRED: ":hourglass:",
    RequestState.REJECTED: ":x:",
    RequestState.SUPERSEDED: ":arrows_counterclockwise:",
}
VERDICT_MARKS = {Verdict.APPROVE: ":white_check_mark:", Verdict.REJECT: ":x:"}
OPEN = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED})
#: Of a quotation in one section: below Slack's 3,000, with room for its label.
PIECE_MAX = 2800
NAME_MAX, TITLE_NAME_MAX, VOTES_MAX, REASON_MAX = 400, 80, 12, 200
SHA_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said, and why."""

    vote: Vote
    reason: str


@dataclass(frozen=True, slots=True)
class RequestCard:
    """What the card of a request shows.

    `emoji` are an approving and a rejecting one, where they count. `findings` are those of the
    linter that remain; `why` and `next_id` tell of a superseded one.
    """

    request_id: str
    sha256: str
    kind: RequestKind
    app: str
    signature: str
    requester: str
    state: RequestState
    change: Change
    needed: int
    approvers: tuple[str, ...]
    buttons_only: bool
    emoji: tuple[str, ...]
    expires_at: datetime
    words: tuple[Word, ...]
    findings: tuple[Finding, ...]
    why: str
    next_id: str
    progress: ChangeView | None
    review: ReviewView | None


def card(shown: RequestCard, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as it should stand now; the buttons of a copy, which no edit reaches, replace it."""
    said = headline(shown, locale)
    parts: list[Block] = [
        blocks.section(f"{MARKS[shown.state]} *{said}*"),
        blocks.fields(_facts(shown, locale)),
        *_content(shown, locale),
    ]
    if shown.state is RequestState.AWAITING_APPROVAL:
        parts += finding_blocks(shown.findings, locale)
    parts += _said(shown, locale)
    progress = _progress(shown, locale)
    if progress:
        parts.append(blocks.section(progress))
    if shown.state in OPEN:
        parts.append(_buttons(shown, locale, is_copy=is_copy))
    parts.append(blocks.context(_trace(shown, locale)))
    what = title(shown, locale)
    return SlackMessage(f"{said} · {what} · {shown.request_id}", tuple(parts))


def headline(shown: RequestCard, locale: Locale) -> str:
    """The state in a few words: that Tencent has it is not that it may be used."""
    if shown.state is RequestState.AWAITING_APPROVAL and shown.needed > 1:
        have = len(standing([word.vote for word in shown.words]))
        return text(locale, "requests.card.awaiting_many", have=have, needed=shown.needed)
    if shown.state is RequestState.DONE:
        return text(locale, f"requests.card.done_{_verb(shown.kind)}")
    return text(locale, f"requests.state.{shown.state.name.lower()}")


def _verb(kind: RequestKind) -> str:
    return kind.value.partition(".")[2]


def title(shown: RequestCard, locale: Locale, longest: int = TITLE_NAME_MAX) -> str:
    """What is asked for in a few words, as mrkdwn."""
    return inert(_plain_title(shown, locale, longest))


def _plain_title(shown: RequestCard, locale: Locale, longest: int = TITLE_NAME_MAX) -> str:
    kind = text(locale, f"requests.kind.{shown.kind.value.replace('.', '_')}")
    return text(locale, "requests.what", kind=kind, name=blocks.cut(shown.change.name, longest))


def _facts(shown: RequestCard, locale: Locale) -> list[tuple[str, str]]:
    facts = [
        (text(locale, "requests.card.what"), title(shown, locale, NAME_MAX)),
        (text(locale, "requests.card.requested_by"), f"<@{shown.requester}>"),
        (text(locale, "requests.card.app"), esc(shown.app)),
    ]
    match shown.change:
        case TemplateChange():
            facts += _template_facts(shown.change, locale)
        case SignatureChange():
            facts += _signature_facts(shown.change, locale)
        case never:
            assert_never(never)
    if shown.state is RequestState.AWAITING_APPROVAL:
        key = "requests.card.needs_one" if shown.needed == 1 else "requests.card.needs_many"
        groups = groups_of(shown.approvers, locale)
        needs = text(locale, key, needed=shown.needed, groups=groups)
        facts.append((text(locale, "requests.card.needs"), needs))
        facts.append((text(locale, "requests.card.expires"), moment(shown.expires_at)))
    return facts


def _template_facts(change: TemplateChange, locale: Locale) -> list[tuple[str, str]]:
    facts = []
    if change.template_id:
        facts.append((text(locale, "requests.card.template_id"), esc(change.template_id)))
    if change.text is not None:
        class_ = text(locale, f"preview.classes.{change.text.sms_type.value}")
        facts.append((text(locale, "requests.card.class"), class_))
        facts.append(_side(change.text.international, locale))
    return facts


def _signature_facts(change: SignatureChange, locale: Locale) -> list[tuple[str, str]]:
    facts = []
    if change.signature_id:
        facts.append((text(locale, "requests.card.signature_id"), esc(change.signature_id)))
    if change.text is not None:
        facts.append(_side(change.text.international, locale))
        if change.text.qualification_id:
            label = text(locale, "requests.card.qualification")
            facts.append((label, inert(blocks.cut(change.text.qualification_id, NAME_MAX))))
    return facts


def _side(international: bool, locale: Locale) -> tuple[str, str]:
    side = "abroad" if international else "mainland"
    return text(locale, "requests.card.side"), text(locale, f"listing.side.{side}")


def _content(shown: RequestCard, locale: Locale) -> list[Block]:
    """The whole of what is asked for: an approval is a word about exactly this."""
    match shown.change:
        case TemplateChange():
            return _template_content(shown.change, shown.signature, locale)
        case SignatureChange():
            return _signature_content(shown.change, locale)
        case never:
            assert_never(never)


def _template_content(change: TemplateChange, signature: str, locale: Locale) -> list[Block]:
    base, wanted = change.base, change.text
    if wanted is None:
        return _quoted("requests.card.deleted", base.content if base else "", locale)
    parts: list[Block] = []
    if base is not None and (base.name, base.content) != (wanted.name, wanted.content):
        was = base.content if base.name == wanted.name else f"{base.name}\n{base.content}"
        parts += _quoted("requests.card.before", was, locale)
    parts += _quoted(
        "requests.card.after" if base else "requests.card.text", wanted.content, locale
    )
    parts.append(blocks.context(_length(wanted, signature, locale)))
    return parts + _remark(wanted.remark, locale)


def _signature_content(change: SignatureChange, locale: Locale) -> list[Block]:
    base, wanted = change.base, change.text
    if wanted is None:
        return _quoted("requests.card.deleted", f"【{base.name if base else ''}】", locale)
    parts: list[Block] = []
    if base is not None and base.name != wanted.name:
        parts += _quoted("requests.card.before", f"【{base.name}】", locale)
    key = "requests.card.after" if base else "requests.card.text"
    parts += _quoted(key, f"【{wanted.name}】", locale)
    parts.append(blocks.context(*_proofs(wanted, locale)))
    return parts + _remark(wanted.remark, locale)


def _remark(remark: str, locale: Locale) -> list[Block]:
    return _quoted("requests.card.remark", remark, locale) if remark else []


def _quoted(key: str, content: str, locale: Locale) -> list[Block]:
    """All of `content` under its label, in as many sections as it takes: what was cut off would be
    approved unseen."""
    label = f"*{text(locale, key)}*\n"
    pieces = _pieces(content)
    return [blocks.section(f"{label if at == 0 else ''}{piece}") for at, piece in enumerate(pieces)]


def _pieces(content: str) -> list[str]:
    """`content` as quotations that fit a section each."""
    whole = blocks.quote(content)
    if len(whole) <= PIECE_MAX:
        return [whole]
    half = len(content) // 2
    return [*_pieces(content[:half]), *_pieces(content[half:])]


def _length(wanted: TemplateText, signature: str, locale: Locale) -> str:
    sign = "" if wanted.international else signature
    whole = f"【{sign}】{wanted.content}" if sign else wanted.content
    length = count(whole, international=wanted.international)
    one = length.segments == 1
    return text(
        locale,
        "preview.length_one" if one else "preview.length_many",
        characters=length.characters,
        segments=length.segments,
    )


def _proofs(wanted: SignatureText, locale: Locale) -> list[str]:
    """The files that go along, by name and hash: they are part of what is approved."""
    purpose = "for_another" if wanted.for_another_party else "for_own"
    sign_type = text(locale, f"sign.type.{wanted.sign_type}")
    document = text(locale, f"sign.document.{wanted.document_type}")
    lines = [
        " · ".join((sign_type, document, text(locale, f"requests.card.{purpose}"))),
        text(locale, "requests.card.proof", file=_file(wanted.proof)),
    ]
    if wanted.commission is not None:
        lines.append(text(locale, "requests.card.commission", file=_file(wanted.commission)))
    return lines


def _file(image: Image) -> str:
    size_kb = max(1, round(image.size_bytes / 1024))
    name = inert(blocks.cut(image.name, TITLE_NAME_MAX))
    return f"{name} ({size_kb:,} KB, {image.sha256[:SHA_SHOWN]})"


def _said(shown: RequestCard, locale: Locale) -> list[Block]:
    """Who said what, when and why."""
    words = [word for word in shown.words if not word.vote.is_taken_back]
    lines = [_word(word, locale) for word in words[:VOTES_MAX]]
    return [blocks.section("\n".join(lines))] if lines else []


def _word(word: Word, locale: Locale) -> str:
    said = text(
        locale,
        f"requests.card.said_{word.vote.verdict.name.lower()}",
        person=f"<@{word.vote.user_id}>",
        time=moment(word.vote.at),
    )
    line = f"{VERDICT_MARKS[word.vote.verdict]} {said}"
    # The thread has it whole.
    reason = blocks.cut(word.reason, REASON_MAX)
    return f"{line}\n{blocks.quote(reason)}" if reason else line


def _progress(shown: RequestCard, locale: Locale) -> str:
    """What has become of it since it was decided."""
    if shown.state is RequestState.SUPERSEDED:
        said = text(locale, f"requests.card.superseded_{shown.why or 'changed'}")
        following = (
            text(locale, "requests.card.superseded_next", request=shown.next_id)
            if shown.next_id
            else ""
        )
        return join(locale, said, following)
    lines = [
        change_line(shown.progress, locale) if shown.progress else "",
        review_line(shown.review, locale) if shown.review else "",
    ]
    return "\n".join(filter(None, lines))


def _buttons(shown: RequestCard, locale: Locale, *, is_copy: bool) -> Block:
    value = value_of(shown.request_id, shown.sha256)
    withdraw = blocks.button(
        WITHDRAW_HERE if is_copy else WITHDRAW,
        text(locale, "requests.card.withdraw"),
        value=value,
        says=text(locale, "requests.card.withdraw_says", request=shown.request_id),
    )
    block_id = f"request.{shown.request_id}"
    if shown.state is not RequestState.AWAITING_APPROVAL:
        return blocks.actions(block_id, withdraw)
    approve = APPROVE_HERE if is_copy else APPROVE
    return blocks.actions(block_id, *_decisions(shown, locale, approve), withdraw)


def _decisions(shown: RequestCard, locale: Locale, approve: str) -> Sequence[Block]:
    """Approve and reject; the riskiest kinds ask once more."""
    value = value_of(shown.request_id, shown.sha256)
    once_more = blocks.confirm(
        text(locale, "requests.card.approve_title"),
        text(locale, "requests.card.approve_text", what=_plain_title(shown, locale)),
        text(locale, "requests.card.approve"),
        text(locale, "requests.card.not_now"),
    )
    return (
        blocks.button(
            approve,
            text(locale, "requests.card.approve"),
            value=value,
            style="primary",
            confirm=once_more if shown.buttons_only else None,
            says=text(locale, "requests.card.approve_says", request=shown.request_id),
        ),
        blocks.button(
            REJECT,
            text(locale, "requests.card.reject"),
            value=value,
            style="danger",
            says=text(locale, "requests.card.reject_says", request=shown.request_id),
        ),
    )


def _trace(shown: RequestCard, locale: Locale) -> str:
    """The id somebody would be asked for, and what else counts as a word."""
    known = [shown.request_id]
    if shown.state is RequestState.AWAITING_APPROVAL and shown.emoji:
        approve, reject = (f":{emoji}:" for emoji in shown.emoji)
        known.append(text(locale, "requests.card.by_emoji", approve=approve, reject=reject))
    elif shown.state is RequestState.AWAITING_APPROVAL:
        known.append(text(locale, "requests.card.buttons_only"))
    return " · ".join(known)
