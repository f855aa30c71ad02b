"""Sending, up to the person's word: the draft they are shown, and what their click makes of it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.rules import sending
from bot.rules.audit import What
from bot.rules.classes import TemplateClass
from bot.rules.content import Template
from bot.rules.limits import MAINLAND_ZONE, Use
from bot.rules.lint import Finding, LintFacts, TemplateDraft, lint_values
from bot.rules.numbers import mask, read_number
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.rules.sending import Ask, Draft, Facts, Plan, SendFault
from bot.settings import App, Settings
from handlers.flows import audit, bindings, limit_alerts, limits
from storage import app_stops, cards, content, limit_counts, messages, optouts, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.limit_counts import LimitRefusal
from storage.messages import NewMessage

#: A click names at least this much of the hash of what was shown.
SHA_CHARS = 32


@dataclass(frozen=True, slots=True)
class SendAsk:
    """What a person typed or filled in."""

    number: str
    #: Its id, or its whole name where only one template has it.
    template: str
    pairs: Sequence[tuple[str | None, str]]
    app: App
    signature: str | None
    requester: str
    channel: str


class ConfirmRefusal(StrEnum):
    """Why a click on Send or Discard changes nothing."""

    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    CHANGED = "changed"
    EXPIRED = "expired"
    ALREADY_SENT = "already_sent"
    ALREADY_DISCARDED = "already_discarded"
    #: A send to many has its requester's word, and its card tells the rest.
    ALREADY_ASKED = "already_asked"
    #: Its recipients are still being read.
    UNCHECKED = "unchecked"
    #: Rows of its file are bad, and nobody said to leave them out.
    BAD_ROWS = "bad_rows"


@dataclass(frozen=True, slots=True)
class Queued:
    """The message is stored and will be sent."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Refusal:
    """The click came too late, or from somebody else."""

    reason: ConfirmRefusal
    request_id: str


def find_template(tx: Tx, template: str) -> Template | None:
    """The template of that id, or the only one of that name."""
    by_id = content.get_template(tx, template)
    named = [] if by_id else [each for each in content.list_templates(tx) if each.name == template]
    return by_id or (named[0] if len(named) == 1 else None)


def draft(tx: Tx, ask: SendAsk, settings: Settings, now: datetime) -> Draft | tuple[SendFault, ...]:
    """Stores what would be sent and returns it for showing, or returns what stands in the way."""
    question = _ask(ask, settings)
    balance = content.get_balance(tx, now)
    facts = facts_of(tx, question.template, question.signature, now)
    plan = sending.plan(question, facts, now)
    if not isinstance(plan, Plan):
        return plan
    if said_no := _standing_faults(tx, ask.app, plan):
        return said_no
    expires_at = now + timedelta(seconds=settings.sending.preview_valid_s)
    request = requests.add(
        tx,
        kind=RequestKind.SEND,
        app=ask.app.name,
        payload=_payload(plan, ask.app),
        requester=ask.requester,
        channel=ask.channel,
        now=now,
        expires_at=expires_at,
    )
    message = _message(tx, request, plan)
    verdict = limits.Day(tx, ask.app, now).verdict(message)
    if verdict.hit is not None:
        _note_refused(tx, request, message, verdict.hit, settings, now)
    return Draft(
        request_id=request.id,
        sha256=request.sha256,
        app=ask.app.name,
        plan=plan,
        verdict=verdict,
        left_segments=balance.left_segments if balance else None,
        balance_seen_at=balance.seen_at if balance else None,
        expires_at=expires_at,
        findings=_value_findings(plan, settings, now),
    )


def confirm(
    tx: Tx,
    request_id: str,
    sha256: str,
    user_id: str,
    settings: Settings,
    now: datetime,
    *,
    has_card: bool = True,
) -> Queued | Refusal | tuple[SendFault, ...]:
    """Queues the message of a draft, exactly once, if all of it still holds. Without a card it is
    told of elsewhere, and nobody is asked about it in a doubt.

    The limits are decided here, in the transaction that stores the intent: of fifty clicks at once
    against "five a day", five go through.
    """
    request = requests.get(tx, request_id)
    found = refusal(request, request_id, sha256, user_id, now)
    if found is not None or request is None:
        return found or Refusal(ConfirmRefusal.NOT_FOUND, request_id)
    app = settings.app(request.app)
    if app is None:
        return Refusal(ConfirmRefusal.CHANGED, request.id)
    plan = _checked_again(tx, app, request, settings, now)
    if not isinstance(plan, Plan):
        return plan
    today, message = limits.Day(tx, app, now), _message(tx, request, plan)
    if fault := _limit_fault(tx, today, request, message, settings, now):
        return (fault,)
    if requests.advance(tx, request, RequestEvent.CONFIRM, now) is None:
        return Refusal(ConfirmRefusal.ALREADY_SENT, request_id)
    give_up_at = now + timedelta(seconds=settings.sending.retry_unsent_for_s)
    messages.add(tx, message, now=now, give_up_at=give_up_at)
    audit.enter_request(
        tx,
        What.SEND_CONFIRMED,
        request,
        user_id,
        now,
        sha256=request.sha256,
        number=mask(plan.number.e164),
        template=plan.template.template_id,
    )
    if has_card:
        cards.add(tx, request.id, request.channel, now)
    today.begin(message.country)
    today.save(settings)
    if plan.class_ is TemplateClass.OTP:
        # The message has the code until it is sent; nothing else needs it any more.
        requests.wipe_values(tx, request, now)
    return Queued(request.id)


def _checked_again(
    tx: Tx, app: App, request: requests.Request, settings: Settings, now: datetime
) -> Plan | Refusal | tuple[SendFault, ...]:
    """The draft's message as it would go out now, if that is still what was shown and allowed by
    everything but the limits."""
    plan = _plan_again(tx, app, request, settings, now)
    if not isinstance(plan, Plan):
        return plan
    if not requests.is_hash_of(tx, request.sha256, _payload(plan, app)):
        return Refusal(ConfirmRefusal.CHANGED, request.id)
    return _standing_faults(tx, app, plan) or plan


def _limit_fault(
    tx: Tx,
    today: limits.Day,
    request: requests.Request,
    message: NewMessage,
    settings: Settings,
    now: datetime,
) -> SendFault | None:
    """What a limit says against the message; either way it was wanted once."""
    verdict = today.verdict(message)
    if verdict.hit is None:
        number, at = message.number, request.created_at
        limit_counts.drop_refusal(tx, request.app, at, request.id, number)
    else:
        _note_refused(tx, request, message, verdict.hit, settings, now)
    return sending.limit_fault(verdict)


def _note_refused(
    tx: Tx,
    request: requests.Request,
    message: NewMessage,
    hit: Use,
    settings: Settings,
    now: datetime,
) -> None:
    """However often somebody clicks, it is one message that did not go."""
    refusal = LimitRefusal(
        app=request.app,
        at=request.created_at,
        request_id=request.id,
        number=message.number,
        content=message.content,
        class_=message.class_,
        country=message.country,
        rule=hit.rule.value,
    )
    if limit_counts.add_refusals(tx, [refusal]):
        limit_alerts.hold(tx, request.app, [(request.id, hit)], settings, now)


def _standing_faults(tx: Tx, app: App, plan: Plan) -> tuple[SendFault, ...]:
    """What somebody said once and still holds: the receiver's no, the app's stop."""
    known = optouts.find(tx, plan.number.e164, plan.signature, plan.class_)
    if known is not None:
        return (sending.optout_fault(known.source, known.at),)
    return (sending.stop_fault(app.name),) if app_stops.is_stopped(tx, app.name) else ()


def send_by_rule(
    tx: Tx, ask: SendAsk, settings: Settings, now: datetime
) -> Queued | tuple[SendFault, ...]:
    """Queues a message that a rule of app.yaml sends; all holds for it that does for a person's."""
    made = draft(tx, ask, settings, now)
    if not isinstance(made, Draft):
        return made
    end = confirm(tx, made.request_id, made.sha256, ask.requester, settings, now, has_card=False)
    if isinstance(end, Refusal):
        raise ValueError(f"{made.request_id}: {end.reason}")
    return end


def discard(
    tx: Tx, request_id: str, sha256: str, user_id: str, now: datetime
) -> RequestState | Refusal:
    """Withdraws a draft."""
    request = requests.get(tx, request_id)
    found = refusal(request, request_id, sha256, user_id, now)
    if found is not None or request is None:
        return found or Refusal(ConfirmRefusal.NOT_FOUND, request_id)
    state = requests.advance(tx, request, RequestEvent.WITHDRAW, now, reason=user_id)
    if state is None:
        return Refusal(ConfirmRefusal.ALREADY_SENT, request_id)
    requests.wipe_values(tx, request, now)
    return state


#: A draft in one of these states says so; in any other it was sent.
ENDED = {
    RequestState.WITHDRAWN: ConfirmRefusal.ALREADY_DISCARDED,
    RequestState.EXPIRED: ConfirmRefusal.EXPIRED,
    RequestState.AWAITING_APPROVAL: ConfirmRefusal.ALREADY_ASKED,
    RequestState.APPROVED: ConfirmRefusal.ALREADY_ASKED,
    RequestState.REJECTED: ConfirmRefusal.ALREADY_ASKED,
    RequestState.CANCELLED: ConfirmRefusal.ALREADY_ASKED,
}


def refusal(
    request: requests.Request | None, request_id: str, sha256: str, user_id: str, now: datetime
) -> Refusal | None:
    """Why a click on a draft changes nothing, or None."""
    reason: ConfirmRefusal | None = None
    if request is None:
        reason = ConfirmRefusal.NOT_FOUND
    elif request.requester != user_id:
        reason = ConfirmRefusal.NOT_YOURS
    elif len(sha256) < SHA_CHARS or not request.sha256.startswith(sha256):
        reason = ConfirmRefusal.CHANGED
    elif request.state is not RequestState.DRAFT:
        reason = ENDED.get(request.state, ConfirmRefusal.ALREADY_SENT)
    elif now >= request.expires_at:
        reason = ConfirmRefusal.EXPIRED
    return None if reason is None else Refusal(reason, request_id)


def _ask(ask: SendAsk, settings: Settings) -> Ask:
    return Ask(
        number=read_number(ask.number),
        template=ask.template,
        pairs=ask.pairs,
        signature=ask.signature or ask.app.signature,
        may_go_abroad=ask.app.international,
        classes={name: each.template_class for name, each in ask.app.templates.items()},
        hours=settings.sending.marketing_hours,
    )


def facts_of(tx: Tx, wanted: str, signature: str, now: datetime) -> Facts:
    """What is known of the template and the signature asked for, and of the package."""
    template = find_template(tx, wanted)
    known = content.list_templates(tx) if template is None else []
    close = difflib.get_close_matches(
        wanted, [t.template_id for t in known] + [t.name for t in known], 1, 0.6
    )
    balance = content.get_balance(tx, now)
    return Facts(
        is_listed=template is not None or bool(known),
        template=template,
        closest_template=close[0] if close else None,
        signatures=content.find_signatures(tx, signature),
        left_segments=balance.left_segments if balance else None,
    )


def _plan_again(
    tx: Tx, app: App, request: requests.Request, settings: Settings, now: datetime
) -> Plan | tuple[SendFault, ...]:
    payload = request.payload
    again = SendAsk(
        number=payload["number"],
        template=payload["template_id"],
        pairs=[(None, value) for value in payload["values"]],
        app=app,
        signature=payload["signature"] or None,
        requester=request.requester,
        channel=request.channel,
    )
    ask = _ask(again, settings)
    return sending.plan(ask, facts_of(tx, ask.template, ask.signature, now), now)


def _payload(plan: Plan, app: App) -> dict[str, Any]:
    return {
        **bindings.of(app),
        "number": plan.number.e164,
        "template_id": plan.template.template_id,
        "content": plan.template.content,
        "class": plan.class_.value,
        "signature": plan.signature,
        "values": list(plan.values),
    }


def _value_findings(plan: Plan, settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """What the values bring in that Tencent takes and a carrier may drop the message for."""
    template = plan.template
    draft = TemplateDraft(template.content, plan.class_, not plan.number.is_mainland)
    facts = LintFacts(now.astimezone(MAINLAND_ZONE).date(), signature=plan.signature)
    return lint_values(draft, plan.values, facts, settings.content.table)


def _message(tx: Tx, request: requests.Request, plan: Plan) -> NewMessage:
    return NewMessage(
        request_id=request.id,
        app=request.app,
        number=tx.vault.seal_number(plan.number.e164),
        country=plan.number.country,
        class_=plan.class_,
        template_id=plan.template.template_id,
        signature=plan.signature,
        values=plan.values,
        content=tx.vault.fingerprint("content", plan.text),
    )
