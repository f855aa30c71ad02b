"""The living card of a send: what is known now, how it came to be known, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.locales import Locale, text
from bot.registry import SlackMessage
from bot.rules.classes import TemplateClass
from bot.rules.codes import code_of
from bot.rules.delivery import MessageState, settles_at
from bot.rules.doubts import DoubtFacts
from bot.rules.numbers import mask
from bot.rules.receipts import receipt_of
from bot.rules.templates import fill, variables_of
from bot.slack import blocks
from bot.slack.blocks import Block, esc
from bot.slack.messages import doubts
from bot.slack.messages.faults import moment

#: Settled by what was found in Tencent's books later.
FOUND = frozenset({"record", "report"})
MARKS = {
    MessageState.QUEUED: ":hourglass_flowing_sand:",
    MessageState.CLAIMED: ":hourglass_flowing_sand:",
    MessageState.IN_FLIGHT: ":outbox_tray:",
    MessageState.ACCEPTED: ":outbox_tray:",
    MessageState.REFUSED: ":no_entry:",
    MessageState.IN_DOUBT: ":grey_question:",
    MessageState.DELIVERED: ":white_check_mark:",
    MessageState.UNDELIVERED: ":x:",
    MessageState.UNREPORTED: ":white_circle:",
    MessageState.DROPPED: ":grey_question:",
    MessageState.CANCELLED: ":no_entry_sign:",
    MessageState.HELD: ":hourglass_flowing_sand:",
    MessageState.SKIPPED: ":no_entry_sign:",
}


@dataclass(frozen=True, slots=True)
class SendCard:
    """What a card shows of one message. `number` is masked here, values of codes are covered."""

    request_id: str
    requester: str
    app: str
    number: str
    template_id: str
    template_name: str
    content: str
    signature: str
    values: tuple[str, ...]
    class_: TemplateClass
    message_id: str
    attempt: str
    state: MessageState
    attempts: int
    due_at: datetime
    signed_at: datetime | None
    accepted_at: datetime | None
    final_at: datetime | None
    serial: str
    fee_segments: int | None
    code: str
    detail: str
    tencent_request_id: str
    carrier_code: str
    hint: str
    is_asked: bool
    settled_by: str
    doubt: DoubtFacts | None = None
    """What Tencent's books hold that may be it; None while nobody looked."""


def card(send: SendCard, locale: Locale) -> SlackMessage:
    """The card as it should stand now."""
    said = headline(send, locale)
    parts: list[Block] = [
        blocks.section(f"{MARKS[send.state]} *{said}*"),
        blocks.fields(_facts(send, locale)),
        blocks.section(blocks.quote(shown_text(send))),
    ]
    if send.class_ is not TemplateClass.OTP and not send.values and variables_of(send.content):
        parts.append(blocks.context(text(locale, "doubt.values_deleted")))
    reason = _reason(send, locale)
    if reason:
        parts.append(blocks.section(reason))
    if send.state is MessageState.IN_DOUBT and send.is_asked:
        parts.append(_doubt_buttons(send, locale))
    parts.append(blocks.context(_trace(send, locale)))
    return SlackMessage(f"{said} · {mask(send.number)} · {send.request_id}", tuple(parts))


def headline(send: SendCard, locale: Locale) -> str:
    """The state in a few words: accepted is not delivered, and no answer is neither."""
    key = f"card.state.{send.state.name.lower()}"
    # Settled by records, nobody knows when it arrived: the time would be that of our finding out.
    is_timed = send.settled_by not in FOUND and send.signed_at and send.final_at
    if send.state is MessageState.DELIVERED and is_timed and send.signed_at and send.final_at:
        took_s = (send.final_at - send.signed_at).total_seconds()
        return text(locale, key, seconds=f"{max(took_s, 0):.1f}")
    if send.state is MessageState.DELIVERED:
        return text(locale, "card.state.delivered_untimed")
    if send.state is MessageState.QUEUED and send.attempts:
        return text(locale, "card.state.waiting")
    return text(locale, key)


def shown_text(send: SendCard) -> str:
    """The text as a channel may see it: the values of a code, and deleted ones, are covered."""
    values = send.values
    if send.class_ is TemplateClass.OTP or not values:
        values = ("••••••",) * len(variables_of(send.content))
    body = fill(send.content, values)
    return f"【{send.signature}】{body}" if send.signature else body


def _facts(send: SendCard, locale: Locale) -> list[tuple[str, str]]:
    name = esc(blocks.cut(send.template_name, 60))
    facts = [
        (text(locale, "preview.to"), mask(send.number)),
        (text(locale, "preview.template"), f"{send.template_id} · {name}"),
        (text(locale, "card.requested_by"), f"<@{send.requester}>"),
        (text(locale, "preview.app"), esc(send.app)),
    ]
    if send.fee_segments is not None:
        facts.append((text(locale, "card.billed"), _segments(send.fee_segments, locale)))
    return facts


def _segments(count: int, locale: Locale) -> str:
    return text(locale, "card.segment" if count == 1 else "card.segments", count=count)


def _reason(send: SendCard, locale: Locale) -> str:
    if send.state is MessageState.QUEUED and not (send.attempts or send.detail):
        return ""
    if send.state is MessageState.UNREPORTED:
        return text(locale, "card.unreported")
    explain = EXPLANATIONS.get(send.state)
    return explain(send, locale) if explain else ""


def _refusal(send: SendCard, locale: Locale) -> str:
    if not send.code:
        return text(locale, "card.never_left", detail=_detail(send, locale))
    known = code_of(send.code)
    return _cause_and_cure(known.cause_key, known.cure_key, send.code, locale)


def _left_out(send: SendCard, locale: Locale) -> str:
    """What came up while it waited."""
    reason = send.detail or "too_late"
    if reason == "too_late" and send.class_ is TemplateClass.OTP:
        reason = "code_too_late"
    return text(locale, f"card.skipped.{reason}")


def _waiting(send: SendCard, locale: Locale) -> str:
    time = moment(send.due_at, "{time_secs}")
    if send.detail == "marketing_hours":
        return text(locale, "card.waits_hours", time=time)
    if send.code:
        cause = text(locale, code_of(send.code).cause_key)
        return text(locale, "card.waits_code", cause=cause, time=time)
    return text(locale, "card.waits_unsent", detail=_detail(send, locale), time=time)


def _undelivered(send: SendCard, locale: Locale) -> str:
    known = receipt_of(send.carrier_code)
    return _cause_and_cure(known.cause_key, known.cure_key, send.carrier_code, locale)


def _cause_and_cure(cause_key: str, cure_key: str, code: str, locale: Locale) -> str:
    return "\n".join(
        (
            f"*{text(locale, 'card.cause')}* {_coded(cause_key, code, locale)}",
            f"*{text(locale, 'card.cure')}* {text(locale, cure_key)}",
        )
    )


def _coded(key: str, code: str, locale: Locale) -> str:
    return text(locale, "card.with_code", sentence=text(locale, key), code=blocks.code(code))


def _doubt(send: SendCard, locale: Locale) -> str:
    lines = [text(locale, "card.doubt", detail=_detail(send, locale))]
    if send.code:
        lines.append(_coded(code_of(send.code).cause_key, send.code, locale))
    if send.hint:
        lines.append(text(locale, "card.doubt_hint", serial=blocks.code(send.hint)))
    if send.doubt is not None:
        lines += doubts.lines(send.doubt, is_asked=send.is_asked, locale=locale)
    if send.is_asked:
        lines.append(text(locale, "card.doubt_asked"))
    elif send.signed_at is not None and not (send.doubt and send.doubt.waited_by):
        key = "card.doubt_until_otp" if send.class_ is TemplateClass.OTP else "card.doubt_until"
        lines.append(text(locale, key, time=moment(settles_at(send.signed_at), "{time}")))
    return "\n".join(lines)


def _dropped(send: SendCard, locale: Locale) -> str:
    if send.settled_by == "rule":
        return text(locale, "card.dropped_by_rule")
    return text(locale, "card.dropped_by_person", person=f"<@{send.settled_by}>")


def _detail(send: SendCard, locale: Locale) -> str:
    return text(locale, f"card.detail.{send.detail or 'unknown'}")


def _doubt_buttons(send: SendCard, locale: Locale) -> Block:
    return doubts.buttons(
        send.message_id,
        send.attempt,
        mask(send.number),
        may_repeat=send.class_ is not TemplateClass.OTP,
        locale=locale,
    )


def _trace(send: SendCard, locale: Locale) -> str:
    """The ids somebody would be asked for."""
    known = [
        send.request_id,
        text(locale, "card.serial", serial=esc(send.serial)) if send.serial else "",
        text(locale, "card.tencent_request", id=esc(send.tencent_request_id))
        if send.tencent_request_id
        else "",
        text(locale, "card.tries", count=send.attempts) if send.attempts > 1 else "",
        text(locale, f"card.settled_by_{send.settled_by}") if send.settled_by in FOUND else "",
    ]
    return " · ".join(filter(None, known))


EXPLANATIONS: Mapping[MessageState, Callable[[SendCard, Locale], str]] = {
    MessageState.QUEUED: _waiting,
    MessageState.REFUSED: _refusal,
    MessageState.SKIPPED: _left_out,
    MessageState.UNDELIVERED: _undelivered,
    MessageState.IN_DOUBT: _doubt,
    MessageState.DROPPED: _dropped,
}
