"""Reviews that end or do not, and approvals that run out, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.locales import Locale, join, text
from bot.rules.alerts import AlertKind
from bot.rules.content import ReviewState
from bot.rules.review_hours import ReviewKind
from bot.slack import blocks
from bot.slack.blocks import esc
from bot.slack.messages import reviews
from bot.slack.messages.alert_kinds.described import Describe, Described, Facts
from bot.slack.messages.changes import what_of
from bot.slack.messages.faults import moment


def review_ended(facts: Facts, locale: Locale) -> Described:
    """What Tencent has decided, and of a no its reason, as Tencent words it and as we read it."""
    state = ReviewState(facts["state"])
    word = state.name.lower()
    title = text(locale, f"review.result.{word}", what=what_of(facts, locale))
    if state is not ReviewState.REJECTED:
        key = word if state is ReviewState.USABLE else f"{word}_{facts['kind']}"
        means = text(locale, f"review.meaning.{key}")
        return Described(title, means, text(locale, f"alert_content.ended.do_{word}"), _why(facts))
    cures = reviews.cures(facts["reply"], locale)
    return Described(
        title=title,
        means=reviews.reviewer_said(facts["reply"], locale),
        do="\n".join(cures) or text(locale, "alert_content.ended.do_rejected"),
        evidence=(*_why(facts), _shown(facts)),
        buttons=(reviews.fix_button(facts, locale),),
    )


def review_overdue(facts: Facts, locale: Locale) -> Described:
    """How long it takes, and what to write to Tencent's helper."""
    submitted, expected = _time(facts["submitted_ms"]), _time(facts["expected_ms"])
    means = text(
        locale,
        "alert_content.overdue.means",
        time=moment(submitted),
        expected=moment(expected),
    )
    paste = blocks.esc(reviews.to_helper(facts))
    return Described(
        title=text(locale, "alert_content.overdue.title", what=what_of(facts, locale)),
        means=means,
        do=f"{text(locale, 'review.overdue_paste')}\n```{paste}```",
        evidence=(*_why(facts), _shown(facts)),
    )


def approval_expiring(facts: Facts, locale: Locale) -> Described:
    """Which request, until when, and how many approvals it has."""
    request_id = esc(facts["request_id"])
    time = moment(_time(facts["expires_ms"]))
    return Described(
        title=text(locale, "alert_content.expiring.title", request=request_id),
        means=join(
            locale,
            text(locale, "alert_content.expiring.have", have=facts["have"], needed=facts["needed"]),
            text(locale, "alert_content.expiring.means", time=time),
        ),
        do=text(locale, "alert_content.expiring.do"),
        evidence=("/sms approve list", f"/sms why {facts['request_id']}"),
    )


def _why(facts: Facts) -> tuple[str, ...]:
    return (f"/sms why {facts['request_id']}",) if facts["request_id"] else ()


def _shown(facts: Facts) -> str:
    noun = reviews.COMMAND_NOUNS[ReviewKind(facts["kind"])]
    return f"/sms {noun} show {facts['content_id']}"


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


DESCRIBE: Mapping[str, Describe] = {
    AlertKind.REVIEW_ENDED: review_ended,
    AlertKind.REVIEW_OVERDUE: review_overdue,
    AlertKind.APPROVAL_EXPIRING: approval_expiring,
}
