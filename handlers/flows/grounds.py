"""What a request stands on, and whether that still is as it was when it was asked.

An approval is a word about what was shown; where the ground has moved, nobody has seen what would
be done.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot.rules.changes import (
    Change,
    SignatureBase,
    SignatureChange,
    TemplateBase,
    TemplateChange,
    TemplateText,
)
from bot.rules.content import ReviewState
from bot.rules.subjects import (
    AppResume,
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    OptoutRemoval,
    subject_of,
)
from handlers.flows import limit_changes, limit_exemptions
from handlers.flows.changes import wanted_of
from storage import app_stops, content, optouts
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request


class Upstream(StrEnum):
    """What became of what a request is about, since it was asked."""

    CHANGED = "changed"
    GONE = "gone"
    #: It is already as it was asked to be.
    ALREADY = "already"
    #: Of a send: what would be sent is not what was previewed.
    TEXT_CHANGED = "text_changed"
    #: Of an app: it was let, and stopped once more.
    STOPPED_ANEW = "stopped_anew"
    NOT_STOPPED = "not_stopped"
    #: Of an opt-out: the person said no once more.
    DECLINED_ANEW = "declined_anew"
    NOT_DECLINED = "not_declined"
    #: Of limits: one of them is not what it was.
    LIMITS_MOVED = "limits_moved"
    LIMITS_OVER = "limits_over"
    LIMITS_UNDONE = "limits_undone"
    #: Of an exemption: the number has one at least as long; or its end is over.
    EXEMPT_ALREADY = "exempt_already"
    EXEMPT_OVER = "exempt_over"
    #: The number it is about, or names, was erased.
    ERASED = "erased"


def upstream_of(tx: Tx, request: Request, now: datetime) -> tuple[Upstream, Change | None] | None:
    """What changed since the request was asked, and the change as it would be asked now.

    None where it stands: nothing changed, it is about something new, or it cannot be known.
    """
    seen: Upstream | None = None
    match subject_of(request.kind, request.payload):
        case TemplateChange() | SignatureChange() as change:
            return _of_change(tx, change)
        case ManySend() as send:
            seen = _of_send(tx, send)
        case AppResume() as resume:
            seen = _of_stop(tx, request.app, resume)
        case OptoutRemoval() as removal:
            seen = _of_optout(tx, removal)
        case LimitsChange() as change:
            why = limit_changes.moved(tx, request.app, change, now)
            seen = None if why is None else Upstream(why.value)
        case LimitExempt() as exempt:
            moot = limit_exemptions.moot(tx, request.app, exempt, now)
            seen = None if moot is None else Upstream(moot.value)
        case NumberErasure():
            # What there is of a number by then, goes.
            pass
        case never:
            assert_never(never)
    return _alone(seen)


def _alone(seen: Upstream | None) -> tuple[Upstream, Change | None] | None:
    """Nothing is asked in its place by itself."""
    return None if seen is None else (seen, None)


def _of_change(tx: Tx, change: Change) -> tuple[Upstream, Change | None] | None:
    if change.base is None:
        return None
    again = _again(tx, change)
    if again is None:
        # Signatures cannot always be listed; and before the first list nothing is known at all.
        is_listed = isinstance(change, TemplateChange) and content.templates_seen_at(tx) is not None
        return (Upstream.GONE, None) if is_listed else None
    if again == change or _stands(again, change):
        return None
    return (Upstream.ALREADY, None) if _is_done(again) else (Upstream.CHANGED, again)


def _of_send(tx: Tx, send: ManySend) -> Upstream | None:
    template = content.get_template(tx, send.template_id)
    if template is None:
        return Upstream.GONE if content.templates_seen_at(tx) is not None else None
    stands = template.content == send.content and template.review is ReviewState.USABLE
    return None if stands else Upstream.TEXT_CHANGED


def _of_stop(tx: Tx, app: str, resume: AppResume) -> Upstream | None:
    stop = next((each for each in app_stops.list_all(tx) if each.app == app), None)
    if stop is None:
        return Upstream.NOT_STOPPED
    return None if to_ms(stop.stopped_at) == resume.stopped_at_ms else Upstream.STOPPED_ANEW


def _of_optout(tx: Tx, removal: OptoutRemoval) -> Upstream | None:
    known = optouts.get(tx, removal.number, removal.signature, removal.scope)
    if known is None:
        return Upstream.NOT_DECLINED
    return None if to_ms(known.at) == removal.opted_out_at_ms else Upstream.DECLINED_ANEW


def _again(tx: Tx, change: Change) -> Change | None:
    """The change as it would be asked now; None where what it is about is not listed."""
    match change:
        case TemplateChange():
            template = content.get_template(tx, change.template_id)
            base = TemplateBase(template.name, template.content) if template else None
            return replace(change, base=base) if base else None
        case SignatureChange():
            signature = content.get_signature(tx, change.signature_id)
            return replace(change, base=SignatureBase(signature.name)) if signature else None
        case never:
            assert_never(never)


def _stands(again: Change, change: Change) -> bool:
    """Whether both change the same; Tencent may trim what it is given."""
    if again.base is None or change.base is None:
        return again.base is change.base
    return wanted_of(again.base).is_same(wanted_of(change.base))


def _is_done(change: Change) -> bool:
    """Whether somebody has made the same change meanwhile."""
    match change:
        case TemplateChange(base=TemplateBase() as base, text=TemplateText() as text):
            return wanted_of(base).is_same(wanted_of(text))
    # Of a signature, what the proof shows may be the change.
    return False
