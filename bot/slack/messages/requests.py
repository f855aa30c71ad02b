"""The living card of a request that is no send: exactly what is asked for, who said what about it,
and how far it has got."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.changes import (
    Change,
    Image,
    SignatureChange,
    SignatureText,
    TemplateChange,
    TemplateText,
)
from bot.rules.erasures import EraseRefusal, EraseWait
from bot.rules.lint import Finding
from bot.rules.numbers import cover
from bot.rules.requests import RequestKind, RequestState
from bot.rules.segments import count
from bot.rules.subjects import AppResume, LimitExempt, NumberErasure, OptoutRemoval
from bot.slack import blocks
from bot.slack.blocks import Block, esc, inert
from bot.slack.messages import ballots, erasures
from bot.slack.messages.approvals import EPOCH
from bot.slack.messages.ballots import ApprovalView
from bot.slack.messages.changes import ChangeView, change_line
from bot.slack.messages.faults import moment
from bot.slack.messages.limit_changes import lasting
from bot.slack.messages.lint import finding_blocks
from bot.slack.messages.reviews import ReviewView, review_line

#: Who stops an app where no person does.
BY_RULE = "rule"
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
    RequestState.PAUSED: ":double_vertical_bar:",
    RequestState.CANCELLED: ":no_entry:",
}
#: Of a quotation in one section: below Slack's 3,000, with room for its label.
PIECE_MAX = 2800
NAME_MAX, FILE_NAME_MAX = 400, 80
SHA_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ExemptionView:
    """What became of an exemption that began: `ends_at` is None for good, `removed_at` and
    `removed_by` tell who took it away before."""

    ends_at: datetime | None
    is_over: bool
    removed_at: datetime | None
    removed_by: str


@dataclass(frozen=True, slots=True)
class RequestCard:
    """What the card of a request shows that is no send.

    `findings` are those of the linter that remain; `why` and `next_id` tell of a superseded one.
    `exemption` is None until it begins.
    """

    approval: ApprovalView
    app: str
    signature: str
    subject: Change | OptoutRemoval | AppResume | LimitExempt | NumberErasure
    findings: tuple[Finding, ...]
    why: str
    next_id: str
    progress: ChangeView | None
    review: ReviewView | None
    exemption: ExemptionView | None = None
    waits_for: EraseWait | None = None
    """What an erasure that was approved waits for."""

    @property
    def state(self) -> RequestState:
        return self.approval.state


def card(shown: RequestCard, locale: Locale, *, is_copy: bool = False) -> SlackMessage:
    """The card as it should stand now; the buttons of a copy, which no edit reaches, replace it."""
    view = shown.approval
    mark, said = _headline(shown, locale)
    parts: list[Block] = [
        blocks.section(f"{mark} *{said}*"),
        blocks.fields(_facts(shown, locale)),
        *_content(shown, locale),
    ]
    if shown.state is RequestState.AWAITING_APPROVAL:
        parts += finding_blocks(shown.findings, locale)
    parts += ballots.said(view, locale)
    progress = _progress(shown, locale)
    if progress:
        parts.append(blocks.section(progress))
    buttons = ballots.vote_buttons(view, locale, is_copy=is_copy)
    if buttons:
        parts.append(blocks.actions(f"request.{view.request_id}", *buttons))
    parts.append(blocks.context(ballots.trace(view, locale)))
    what = ballots.title(view, locale)
    return SlackMessage(f"{said} · {what} · {view.request_id}", tuple(parts))


def _headline(shown: RequestCard, locale: Locale) -> tuple[str, str]:
    """Where it stands, and its mark; of an exemption that is no more, what became of it."""
    known = shown.exemption
    if known is not None and known.removed_at is not None:
        person, time = f"<@{known.removed_by}>", moment(known.removed_at)
        said = text(locale, "limit_exempt.holds_again", person=person, time=time)
        return ":leftwards_arrow_with_hook:", said
    if known is not None and known.ends_at is not None and known.is_over:
        said = text(locale, "limit_exempt.ended", time=moment(known.ends_at))
        return ":checkered_flag:", said
    return MARKS[shown.state], ballots.headline(shown.approval, locale)


def _facts(shown: RequestCard, locale: Locale) -> list[tuple[str, str]]:
    view = shown.approval
    facts = [
        (text(locale, "requests.card.what"), ballots.title(view, locale, NAME_MAX)),
        (text(locale, "requests.card.requested_by"), f"<@{view.requester}>"),
    ]
    if shown.approval.kind is not RequestKind.NUMBER_ERASE:
        # A number is erased in all apps, whichever it was asked in.
        facts.append((text(locale, "requests.card.app"), esc(shown.app)))
    match shown.subject:
        case TemplateChange():
            facts += _template_facts(shown.subject, locale)
        case SignatureChange():
            facts += _signature_facts(shown.subject, locale)
        case OptoutRemoval():
            facts += _removal_facts(shown.subject, locale)
        case AppResume():
            facts += _resume_facts(shown.subject, locale)
        case LimitExempt():
            facts.append(_exempt_until(shown.subject, shown.exemption, locale))
        case NumberErasure():
            pass
        case never:
            assert_never(never)
    return facts + ballots.policy_facts(view, locale)


def _removal_facts(removal: OptoutRemoval, locale: Locale) -> list[tuple[str, str]]:
    """The number is in the title, masked."""
    signature = f"【{inert(removal.signature)}】" if removal.signature else ""
    return [
        (
            text(locale, "optout.column_signature"),
            signature or text(locale, "optout.any_signature"),
        ),
        (text(locale, "optout.column_scope"), text(locale, f"optout.scope.{removal.scope.value}")),
        (text(locale, "requests.card.declined_at"), moment(_time(removal.opted_out_at_ms))),
    ]


def _resume_facts(resume: AppResume, locale: Locale) -> list[tuple[str, str]]:
    by = text(locale, "requests.card.by_rule")
    if resume.stopped_by != BY_RULE:
        by = f"<@{esc(resume.stopped_by)}>"
    return [
        (text(locale, "requests.card.stopped_at"), moment(_time(resume.stopped_at_ms))),
        (text(locale, "requests.card.stopped_by"), by),
    ]


def _exempt_until(
    exempt: LimitExempt, known: ExemptionView | None, locale: Locale
) -> tuple[str, str]:
    """How long it would be exempt, or is; the number is in the title, masked."""
    label = text(locale, "requests.card.exempt")
    if known is not None and known.ends_at is not None:
        return label, text(locale, "limit_show.until", time=moment(known.ends_at))
    if exempt.until_ms is not None:
        return label, text(locale, "limit_show.until", time=moment(_time(exempt.until_ms)))
    if exempt.for_s is None:
        return label, text(locale, "limit_show.for_good")
    lasts = esc(lasting(exempt.for_s, locale))
    return label, text(locale, "requests.card.exempt_for", duration=lasts)


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


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
    match shown.subject:
        case TemplateChange():
            return _template_content(shown.subject, shown.signature, locale)
        case SignatureChange():
            return _signature_content(shown.subject, locale)
        case OptoutRemoval():
            return _quoted("requests.card.why_remove", cover(shown.subject.reason), locale)
        case AppResume():
            why = cover(shown.subject.stop_reason)
            stopped = _quoted("requests.card.why_stopped", why, locale)
            resumed = _quoted("requests.card.why_resume", cover(shown.subject.reason), locale)
            return (stopped if shown.subject.stop_reason else []) + resumed
        case LimitExempt():
            return _exempt_content(shown.subject, shown.exemption, locale)
        case NumberErasure():
            return _erasure_content(shown, shown.subject, locale)
        case never:
            assert_never(never)


def _exempt_content(
    exempt: LimitExempt, known: ExemptionView | None, locale: Locale
) -> list[Block]:
    parts = _quoted("requests.card.why_exempt", cover(exempt.reason), locale)
    if known is not None and (known.is_over or known.removed_at is not None):
        return parts
    return [*parts, blocks.context(text(locale, "limit_exempt.what_it_does_one"))]


def _erasure_content(shown: RequestCard, erasure: NumberErasure, locale: Locale) -> list[Block]:
    """Why, and how much there was when it was asked for."""
    found = "\n".join(erasures.found_lines(erasure.found, locale))
    parts = _quoted("requests.card.why_erase", cover(erasure.reason), locale)
    parts.append(blocks.section(f"*{text(locale, 'requests.card.erases')}*\n{found}"))
    if shown.state is RequestState.AWAITING_APPROVAL:
        parts.append(blocks.context(text(locale, "erase.what_it_does")))
    return parts


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
    name = inert(blocks.cut(image.name, FILE_NAME_MAX))
    return f"{name} ({size_kb:,} KB, {image.sha256[:SHA_SHOWN]})"


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
    if isinstance(shown.subject, NumberErasure) and shown.why in set(EraseRefusal):
        return erasures.refusal_of(EraseRefusal(shown.why), shown.subject.masked, "", locale)
    if shown.waits_for is not None:
        return text(locale, f"erase.waits.{shown.waits_for.value}")
    lines = [
        change_line(shown.progress, locale) if shown.progress else "",
        review_line(shown.review, locale) if shown.review else "",
    ]
    return "\n".join(filter(None, lines))
