"""One step of a timeline in words: when, what, and of a failure why and what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from bot.locales import Locale, find, join, text
from bot.rules.codes import code_of
from bot.rules.escalation import ONCALL
from bot.rules.limits import Use
from bot.rules.numbers import cover
from bot.rules.receipts import receipt_of
from bot.rules.timeline import Fact, Groups, Id, Person, Place, Step, StepKind, Words
from bot.slack import blocks
from bot.slack.blocks import code, inert
from bot.slack.messages import notices
from bot.slack.messages.approvals import groups_of
from bot.slack.messages.asked import place
from bot.slack.messages.cards import MARKS
from bot.slack.messages.faults import limit_scope, moment

RULE = "rule"
SAID_MAX = 200
TIME = "{date_short_pretty} {time_secs}"
STEP_MARKS: Mapping[StepKind, str] = {
    StepKind.APPROVED: ":white_check_mark:",
    StepKind.REJECTED: ":x:",
    StepKind.ATTEMPT: ":outbox_tray:",
    StepKind.ATTEMPT_LOST: ":grey_question:",
    StepKind.ACCEPTED: ":outbox_tray:",
    StepKind.ACCEPTED_RECORD: ":mag:",
    StepKind.ACCEPTED_REPORT: ":mag:",
    StepKind.REFUSED: ":no_entry:",
    StepKind.NEVER_LEFT: ":no_entry:",
    StepKind.NOT_TAKEN: ":no_entry:",
    StepKind.LIMIT_REFUSED: ":no_entry:",
    StepKind.DRAFT_REFUSED: ":no_entry:",
    StepKind.DOUBT: ":grey_question:",
    StepKind.DELIVERED: ":white_check_mark:",
    StepKind.UNDELIVERED: ":x:",
    StepKind.UNREPORTED: ":white_circle:",
    StepKind.SKIPPED: ":no_entry_sign:",
    StepKind.CANCELLED: ":no_entry_sign:",
    StepKind.REPLIED: ":speech_balloon:",
    StepKind.REPLIED_NO: ":no_bell:",
    StepKind.OPTED_OUT: ":no_bell:",
    StepKind.CALL_FAILED: ":x:",
}
#: Steps in which somebody gave a reason in their own words.
QUOTING = frozenset(
    {
        StepKind.APPROVED,
        StepKind.APPROVED_TAKEN_BACK,
        StepKind.REJECTED,
        StepKind.REJECTED_TAKEN_BACK,
        StepKind.REVIEW_DECIDED,
    }
)
DOT = ":small_blue_diamond:"


def line(step: Step, locale: Locale) -> str:
    """One step: when, what, and of a failure why and what to do."""
    said = _said(step, locale)
    mark = MARKS[step.state] if step.state else STEP_MARKS.get(step.kind, DOT)
    when = moment(step.at, TIME) if step.at is not None else text(locale, "timeline.untimed")
    return "\n".join((f"{mark} {when} · {said}", *_why(step, locale)))


def _said(step: Step, locale: Locale) -> str:
    if step.post is not None:
        kind, facts = step.post
        return notices.KINDS[kind](facts, locale).text
    values = {name: _fact(value, locale) for name, value in step.facts.items()}
    if step.kind is StepKind.LIMITS:
        values["uses"] = " · ".join(_use(use, locale) for use in step.uses)
    said = text(locale, f"timeline.step.{_key(step)}", **values)
    said = join(locale, said, *_counts(step, locale))
    # What a person gave as a reason, and a reviewer's words, stand below.
    quoted = step.facts.get("said") if step.kind in QUOTING else None
    if isinstance(quoted, str) and quoted:
        said = f"{said}\n{blocks.quote(blocks.cut(cover(quoted), SAID_MAX))}"
    return said


def _counts(step: Step, locale: Locale) -> list[str]:
    """What was counted, where there was any: segments billed, rows that are no message."""
    said = []
    if segments := _count(step, "segments"):
        key = "card.segment" if segments == 1 else "card.segments"
        shown = text(locale, key, count=segments)
        said.append(text(locale, "timeline.billed", segments=shown))
    for name in ("bad_rows", "duplicates"):
        if count := _count(step, name):
            one = "_one" if count == 1 else ""
            said.append(text(locale, f"job.preflight.{name}{one}", count=f"{count:,}"))
    return said


def _count(step: Step, name: str) -> int:
    value = step.facts.get(name)
    return value if isinstance(value, int) else 0


def _key(step: Step) -> str:
    """The sentence of a step; a few differ by what is known."""
    match step.kind:
        case StepKind.PUT_OFF if step.code:
            return "put_off_code"
        case StepKind.ATTEMPT if _count(step, "numbers") > 1:
            return "attempt_many"
        case StepKind.APPROVAL_ASKED if step.facts.get("needed") == 1:
            return "approval_asked_one"
        case StepKind.DELIVERED if "time" not in step.facts:
            return "delivered_untimed"
        case StepKind.MESSAGE if "reason" in step.facts:
            return "message_why"
        case _:
            return step.kind.value


def _why(step: Step, locale: Locale) -> list[str]:
    """Cause and cure from the dictionary, where the step has a code."""
    if step.carrier_code:
        known = receipt_of(step.carrier_code)
        return _cause_and_cure(known.cause_key, known.cure_key, step.carrier_code, locale)
    if step.code:
        found = code_of(step.code)
        return _cause_and_cure(found.cause_key, found.cure_key, step.code, locale)
    return []


def _cause_and_cure(cause_key: str, cure_key: str, shown: str, locale: Locale) -> list[str]:
    cause = text(locale, "card.with_code", sentence=text(locale, cause_key), code=code(shown))
    return [
        f"> *{text(locale, 'card.cause')}* {cause}",
        f"> *{text(locale, 'card.cure')}* {text(locale, cure_key)}",
    ]


def _use(use: Use, locale: Locale) -> str:
    return text(
        locale,
        f"timeline.use.{use.rule.value}",
        used=f"{use.used:,}",
        allowed=f"{use.allowed:,}",
        scope=limit_scope(use.scope, locale),
    )


def _fact(value: Fact, locale: Locale) -> str:
    match value:
        case Person() | Place() | Id() | Words() | Groups():
            return _named(value, locale)
        case datetime():
            return moment(value, TIME)
        case int():
            return f"{value:,}"
        case str():
            return inert(blocks.cut(cover(value), SAID_MAX))
    assert_never(value)


def _named(value: Person | Place | Id | Words | Groups, locale: Locale) -> str:
    match value:
        case Person():
            by_rule = text(locale, "timeline.by_rule")
            return by_rule if value.user_id in {RULE, ONCALL} else f"<@{value.user_id}>"
        case Place():
            return place(value.channel, locale)
        case Id():
            return code(cover(value.text))
        case Words():
            return find(locale, value.key) or text(locale, value.otherwise or value.key)
        case Groups():
            return groups_of(value.names, locale)
    assert_never(value)
