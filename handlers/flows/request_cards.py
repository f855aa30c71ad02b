"""What the card of a request that is no send shows, loaded in one look."""

from datetime import datetime

from bot.rules import lint
from bot.rules.changes import SignatureChange, SignatureText, TemplateChange, TemplateText
from bot.rules.erasures import EraseWait
from bot.rules.lint import Finding, SignatureDraft, TemplateDraft
from bot.rules.requests import RequestState
from bot.rules.subjects import (
    LimitExempt,
    LimitsChange,
    ManySend,
    NumberErasure,
    Subject,
    subject_of,
)
from bot.settings import App, Settings
from bot.slack.messages.requests import ExemptionView, RequestCard
from handlers.flows import ballots, limit_exemptions, reviews, submissions
from handlers.flows.content_drafts import lint_facts
from storage import erasures
from storage.db import Tx
from storage.requests import Request


def load(tx: Tx, request: Request, settings: Settings, now: datetime) -> RequestCard | None:
    """What is known of a request now; None where it is under no policy, and for a send
    or a change of limits, whose cards are their own."""
    view = ballots.view_of(tx, request, settings)
    subject = subject_of(request.kind, request.payload)
    if view is None or isinstance(subject, ManySend | LimitsChange):
        return None
    app = settings.app(request.app)
    is_linted = request.state is RequestState.AWAITING_APPROVAL
    why, _, next_id = request.reason.partition(":")
    is_superseded = request.state is RequestState.SUPERSEDED
    return RequestCard(
        approval=view,
        app=request.app,
        signature=app.signature if app else "",
        subject=subject,
        findings=_findings(tx, subject, app, settings, now) if app and is_linted else (),
        why=why if is_superseded or request.state is RequestState.FAILED else "",
        next_id=next_id if is_superseded else "",
        progress=submissions.view_of(tx, request.id),
        review=reviews.view_of(tx, request.id),
        exemption=_exemption(tx, request, subject, now),
        waits_for=_waits_for(tx, request, subject),
    )


def _waits_for(tx: Tx, request: Request, subject: Subject) -> EraseWait | None:
    """What an erasure that was approved waits for."""
    known = erasures.get(tx, request.id) if isinstance(subject, NumberErasure) else None
    return None if known is None or not known.waits_for else EraseWait(known.waits_for)


def _exemption(tx: Tx, request: Request, subject: Subject, now: datetime) -> ExemptionView | None:
    """What became of it once it began."""
    if not isinstance(subject, LimitExempt) or request.state is not RequestState.DONE:
        return None
    return limit_exemptions.view_of(tx, request, subject, now)


def _findings(
    tx: Tx, subject: Subject, app: App, settings: Settings, now: datetime
) -> tuple[Finding, ...]:
    """What the linter still finds: whoever approves shall see what the requester saw."""
    if not isinstance(subject, TemplateChange | SignatureChange) or subject.text is None:
        return ()
    facts, table = lint_facts(tx, app, settings, now), settings.content.table
    match subject:
        case TemplateChange(text=TemplateText() as text):
            template = TemplateDraft(
                content=text.content,
                class_=text.sms_type,
                international=text.international,
                remark=text.remark,
                template_id=subject.template_id,
            )
            return lint.lint_template(template, facts, table)
        case SignatureChange(text=SignatureText() as text):
            signature = SignatureDraft(
                name=text.name,
                international=text.international,
                sign_type=text.sign_type,
                document_type=text.document_type,
                for_another_party=text.for_another_party,
                has_commission=text.commission is not None,
                has_qualification=text.qualification_id is not None,
                signature_id=subject.signature_id,
            )
            return lint.lint_signature(signature, facts, table)
    return ()
