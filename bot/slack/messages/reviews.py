"""Tencent's reviews: what a card says of one, and what is posted when one ends or drags on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules import review_replies
from bot.rules.codes import code_of
from bot.rules.content import ReviewState
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.review_hours import Percentiles, ReviewKind
from bot.slack import blocks
from bot.slack.blocks import Block, inert
from bot.slack.messages.changes import Facts, Notice, what_of
from bot.slack.messages.details import FIX
from bot.slack.messages.faults import moment
from bot.slack.messages.listings import state_word

TEXT_MAX = 600
REPLY_MAX = 1500
LINE_REPLY_MAX = 300
#: Causes read out of one reply; more than that is no reading.
MOST_CAUSES = 3
MARKS = {
    ReviewState.USABLE: ":white_check_mark:",
    ReviewState.APPROVED_NOT_USABLE: ":hourglass_flowing_sand:",
    ReviewState.REJECTED: ":x:",
}
COMMAND_NOUNS = {ReviewKind.TEMPLATE: "template", ReviewKind.SIGNATURE: "sign"}


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a card says about the review of what was submitted.

    `is_certain`: no holiday nobody knows yet lies before `expected_at`. `history` is what our own
    reviews took, in review hours.
    """

    kind: ReviewKind
    content_id: str
    state: ReviewState
    reply: str
    submitted_at: datetime
    expected_at: datetime
    is_certain: bool
    history: Percentiles | None
    is_ended: bool
    is_overdue: bool


def review_line(view: ReviewView, locale: Locale) -> str:
    """How the review stands, for the card, as mrkdwn."""
    match view.state:
        case ReviewState.USABLE:
            return text(locale, "review.meaning.usable")
        case ReviewState.APPROVED_NOT_USABLE:
            return text(locale, f"review.meaning.approved_not_usable_{view.kind.value}")
        case ReviewState.REJECTED if view.reply:
            reply = inert(blocks.cut(" ".join(view.reply.split()), LINE_REPLY_MAX))
            return text(locale, "review.rejected_with", reply=reply)
        case ReviewState.REJECTED:
            return text(locale, "review.rejected_without")
        case _ if view.is_ended:
            return text(locale, "review.not_listed")
        case _:
            return _in_review(view, locale)


def result(facts: Facts, locale: Locale) -> SlackMessage:
    """How a review ended, with what to do about it."""
    state = ReviewState(facts["state"])
    said = text(locale, f"review.result.{state.name.lower()}", what=f"*{what_of(facts, locale)}*")
    called = f"<@{facts['requester']}> " if facts.get("requester") else ""
    parts: list[Block] = [blocks.section(f"{MARKS[state]} {called}{said}")]
    if state is ReviewState.REJECTED:
        if facts["kind"] == ReviewKind.TEMPLATE.value:
            parts.append(blocks.section(blocks.quote(blocks.cut(facts["text"], TEXT_MAX))))
        parts += _rejection(facts, locale)
    elif state is ReviewState.APPROVED_NOT_USABLE:
        key = f"review.meaning.approved_not_usable_{facts['kind']}"
        parts.append(blocks.section(text(locale, key)))
    if facts.get("request_id"):
        parts.append(blocks.context(inert(facts["request_id"])))
    plain = text(locale, f"review.result.{state.name.lower()}", what=what_of(facts, locale))
    return SlackMessage(plain, tuple(parts))


def overdue(facts: Facts, locale: Locale) -> SlackMessage:
    """A review takes longer than it should; with a text for Tencent's helper, in both languages:
    whoever reads it there may not be who reads it here."""
    submitted, expected = _time(facts["submitted_ms"]), _time(facts["expected_ms"])
    said = text(
        locale,
        "review.overdue",
        what=what_of(facts, locale),
        time=moment(submitted),
        expected=moment(expected),
    )
    called = f"<@{facts['requester']}> " if facts.get("requester") else ""
    parts = (
        blocks.section(f":alarm_clock: {called}{said}\n{text(locale, 'review.overdue_paste')}"),
        blocks.section(f"```{blocks.esc(to_helper(facts))}```"),
    )
    return SlackMessage(said, parts)


def to_helper(facts: Facts) -> str:
    """What to write to Tencent's SMS helper about a review that takes too long; plain text."""
    submitted = _time(facts["submitted_ms"]).astimezone(MAINLAND_ZONE)
    values = {"id": facts["content_id"], "time": f"{submitted:%Y-%m-%d %H:%M}"}
    key = f"review.helper_{facts['kind']}"
    return "\n".join(text(each, key, **values) for each in (Locale.ZH_CN, Locale.EN))


def reviewer_said(reply: str, locale: Locale) -> str:
    """Why Tencent said no, in its own words."""
    if not reply:
        return text(locale, "review.no_reason")
    quoted = blocks.quote(blocks.cut(reply, REPLY_MAX))
    return f"{text(locale, 'review.reviewer_wrote')}\n{quoted}"


def cures(reply: str, locale: Locale) -> list[str]:
    """What Tencent's words mean as a rule, and what to do about each, in lines."""
    return [
        f"•  {join(locale, text(locale, each.meaning_key), text(locale, each.cure_key))}"
        for each in review_replies.classify(reply)[:MOST_CAUSES]
    ]


def fix_button(facts: Facts, locale: Locale) -> Block:
    """Opens the form with what was rejected."""
    value = f"{facts['kind']}:{facts['content_id']}"
    return blocks.button(FIX, text(locale, "review.fix"), value=value, style="primary")


def console(facts: Facts, locale: Locale) -> SlackMessage:
    """What was changed by other hands than ours."""
    title = text(locale, f"review.console_{facts['kind']}")
    lines = [f"•  {_change(each, facts['kind'], locale)}" for each in facts["changes"]]
    if facts["more"]:
        noun = COMMAND_NOUNS[ReviewKind(facts["kind"])]
        lines.append(text(locale, "review.more", count=facts["more"], noun=noun))
    return SlackMessage(title.strip("*"), (blocks.section("\n".join([title, *lines])),))


def barred(facts: Facts, locale: Locale) -> SlackMessage:
    """Tencent does not let this account read a list."""
    code = code_of(facts["code"])
    said = text(locale, f"review.barred_{facts['kind']}")
    cause = text(
        locale,
        "card.with_code",
        sentence=text(locale, code.cause_key),
        code=blocks.code(facts["code"]),
    )
    lines = [
        f":warning: {said}",
        f"*{text(locale, 'card.cause')}* {cause}",
        f"*{text(locale, 'card.cure')}* {text(locale, code.cure_key)}",
    ]
    return SlackMessage(said, (blocks.section("\n".join(lines)),))


def _in_review(view: ReviewView, locale: Locale) -> str:
    since = moment(view.submitted_at)
    if view.is_overdue:
        return text(locale, "review.in_review_overdue", time=since)
    key = "review.in_review" if view.is_certain else "review.in_review_uncertain"
    said = text(locale, key, time=since, expected=moment(view.expected_at))
    if view.history is None:
        return said
    ours = text(
        locale,
        "review.in_review_history",
        count=view.history.count,
        p50=_span(view.history.p50, locale),
        p90=_span(view.history.p90, locale),
    )
    return join(locale, said, ours)


def _rejection(facts: Facts, locale: Locale) -> list[Block]:
    parts = [blocks.section(reviewer_said(facts["reply"], locale))]
    lines = cures(facts["reply"], locale)
    if lines:
        parts.append(blocks.section("\n".join(lines)))
    value = f"{facts['kind']}:{facts['content_id']}"
    return [*parts, blocks.actions(f"fix.{value}", fix_button(facts, locale))]


def _change(change: Mapping[str, Any], kind: str, locale: Locale) -> str:
    """One line of `console`."""
    state = ReviewState(change["state"])
    said = text(
        locale,
        f"review.console.{change['what']}",
        what=what_of({**change, "kind": kind}, locale),
        state=state_word(state, locale),
    )
    if change["what"] == "vanished" or state is not ReviewState.REJECTED or not change["reply"]:
        return said
    reply = inert(blocks.cut(" ".join(change["reply"].split()), LINE_REPLY_MAX))
    return join(locale, said, text(locale, "review.console.replied", reply=reply))


def _span(span: timedelta, locale: Locale) -> str:
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    if not hours:
        return text(locale, "review.span_short", minutes=minutes)
    return text(locale, "review.span", hours=hours, minutes=minutes)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


NOTICES: Mapping[str, Notice] = {
    "review.result": result,
    "review.overdue": overdue,
    "review.console": console,
    "review.barred": barred,
}
