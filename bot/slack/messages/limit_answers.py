"""What somebody is told about changing limits: why a change is none, what came of a click."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.locales import Locale, join, text
from bot.registry import SlackMessage
from bot.rules.limit_words import CapFault, CapReason
from bot.rules.numbers import cover
from bot.rules.policies import read_key
from bot.rules.words import decode
from bot.slack import blocks
from bot.slack.blocks import code, esc
from bot.slack.messages import limit_keys
from bot.slack.messages.approvals import EPOCH, people_of
from bot.slack.messages.faults import moment, note
from bot.slack.messages.limit_changes import REASON_MAX, name_of_caps

Facts = Mapping[str, Any]
TYPED_MAX, CAPS_MAX = 40, 300


def fault_sentence(fault: CapFault, locale: Locale) -> str:
    """Why a cap is none that can be asked for, as mrkdwn."""
    return _fault(fault, locale, lambda typed: code(blocks.cut(cover(typed), TYPED_MAX)))


def plain_fault(fault: CapFault, locale: Locale) -> str:
    """A fault as plain text, for the line under a field of a form."""
    return plain(_fault(fault, locale, lambda typed: blocks.cut(cover(typed), TYPED_MAX)))


def plain(said: str) -> str:
    """A sentence without the marks of code, which stand as they are where no mrkdwn is read."""
    return said.replace("`", "")


def reason_too_long(reason: str, locale: Locale) -> str:
    """What to say of a reason that is longer than what is kept; "" of any other."""
    if len(reason) <= REASON_MAX:
        return ""
    return text(locale, "limit.fault.reason_long", count=len(reason), most=REASON_MAX)


def _fault(fault: CapFault, locale: Locale, show: Callable[[str], str]) -> str:
    is_key = read_key(fault.key) is not None
    key = limit_keys.typed(fault.key) if is_key else fault.key
    said = text(
        locale,
        f"limit.fault.{fault.reason.value}",
        key=show(key),
        given=show(fault.given),
        assigned=show(f"{key}={fault.given}"),
        other=show(_other(fault)),
        allowed=fault.allowed,
    )
    is_near = fault.reason is CapReason.UNKNOWN_KEY and fault.other
    meant = text(locale, "help.did_you_mean", closest=show(fault.other)) if is_near else ""
    return join(locale, said, meant)


def stray(word: str, locale: Locale) -> str:
    """A word that stands nowhere, as mrkdwn."""
    return text(locale, "limit.fault.stray", word=code(blocks.cut(cover(word), TYPED_MAX)))


def _other(fault: CapFault) -> str:
    """What is in the way, as one types it."""
    if read_key(fault.other) is None:
        return fault.other
    return f"{limit_keys.typed(fault.other)}={fault.allowed}"


def not_asked(said: Sequence[str], locale: Locale, typed: str) -> SlackMessage:
    """All that stands in the way of a change, as mrkdwn, and what was typed, to be mended."""
    title = text(locale, "limit.not_asked")
    listed = "\n".join(f"•  {line}" for line in said)
    quoted = code(blocks.cut(f"/sms {cover(decode(typed))}", 300))
    parts = (
        blocks.section(f"*{esc(title)}*\n{listed}"),
        blocks.context(text(locale, "faults.you_typed", typed=quoted)),
    )
    return SlackMessage(join(locale, title, *said[:1]), parts)


def drafted(request_id: str, locale: Locale, notes: Sequence[str] = ()) -> SlackMessage:
    """A change is drafted and its card is on the way; `notes` say which day was understood."""
    return note(join(locale, text(locale, "limit.drafted", request=request_id), *map(esc, notes)))


def refused(reason: str, request_id: str, locale: Locale) -> SlackMessage:
    """Why a click on the card did nothing."""
    return note(text(locale, f"limit.refused.{reason}", request=request_id))


def rolled_back(request_id: str, locale: Locale, *, had_begun: bool = True) -> SlackMessage:
    """A change is taken back; nobody had to be asked."""
    key = "limit.rolled_back" if had_begun else "limit.cancelled"
    return note(text(locale, key, request=request_id))


def asked_to_roll_back(request_id: str, next_id: str, locale: Locale) -> SlackMessage:
    """More would go through: somebody else has to say yes."""
    return note(text(locale, "limit.asked_to_roll_back", request=request_id, next=next_id))


def asked_before(request_id: str, next_id: str, locale: Locale) -> SlackMessage:
    """Somebody asked for it already."""
    return note(text(locale, "limit.asked_before", request=request_id, next=next_id))


def began(facts: Facts, locale: Locale) -> SlackMessage:
    """A change is in effect; whoever asked hears of it."""
    ends_ms = facts["ends_ms"]
    said = text(
        locale,
        "limit.thread.began" if ends_ms is None else "limit.thread.began_until",
        requester=f"<@{facts['requester']}>",
        caps=_caps(facts["caps"]),
        app=esc(facts["app"]),
        time="" if ends_ms is None else moment(_time(ends_ms)),
    )
    return note(f":white_check_mark: {said}")


def ended(facts: Facts, locale: Locale) -> SlackMessage:
    """A change for a while is over, and what holds since."""
    return _over("limit.thread.ended", facts, locale)


def unbegun(facts: Facts, locale: Locale) -> SlackMessage:
    """A change for a while is over, and Slack never said whether it might let more through."""
    return _over("limit.thread.unbegun", facts, locale)


def _over(key: str, facts: Facts, locale: Locale) -> SlackMessage:
    said = text(
        locale,
        key,
        requester=f"<@{facts['requester']}>",
        caps=_caps(facts["now"]),
        app=esc(facts["app"]),
    )
    return note(f":checkered_flag: {said}")


def lapsed(facts: Facts, locale: Locale) -> SlackMessage:
    """Some who approved a change may no more, so it does not take effect."""
    return _lapsed("limit.thread.lapsed", facts, locale)


def unasked(facts: Facts, locale: Locale) -> SlackMessage:
    """Slack did not say in time whether those who approved a change still may, so it does not take
    effect."""
    return _lapsed("limit.thread.unasked", facts, locale)


def _lapsed(key: str, facts: Facts, locale: Locale) -> SlackMessage:
    said = text(
        locale,
        key,
        request=esc(facts["request_id"]),
        what=code(blocks.cut(facts["name"], CAPS_MAX)),
        requester=f"<@{facts['requester']}>",
        people=people_of(facts["gone"], locale),
        have=facts["have"],
        needed=facts["needed"],
    )
    return note(f":leftwards_arrow_with_hook: {join(locale, said, _held(facts, locale))}")


def _held(facts: Facts, locale: Locale) -> str:
    """What held of it all the same since its start, and what holds without it; "" of nothing."""
    # An earlier program did not tell.
    held = facts.get("held")
    if not held:
        return ""
    return text(locale, "limit.thread.held", held=_caps(held), now=_caps(facts["now"]))


def undone(facts: Facts, locale: Locale) -> SlackMessage:
    """Somebody took a change back."""
    key = "undone" if facts["has_begun"] else "cancelled"
    said = text(locale, f"limit.thread.{key}", person=f"<@{esc(facts['by'])}>")
    by_request = facts["by_request"]
    agreed = text(locale, "limit.thread.agreed", request=esc(by_request)) if by_request else ""
    return note(f":leftwards_arrow_with_hook: {join(locale, said, agreed)}")


NOTICES: Mapping[str, Callable[[Facts, Locale], SlackMessage]] = {
    "limit.began": began,
    "limit.ended": ended,
    "limit.unbegun": unbegun,
    "limit.lapsed": lapsed,
    "limit.unasked": unasked,
    "limit.undone": undone,
}


def _caps(caps: Mapping[str, int | None]) -> str:
    return code(blocks.cut(name_of_caps(caps), CAPS_MAX))


def _time(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
