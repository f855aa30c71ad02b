"""What the card of a request to change content shows, loaded in one look."""

from datetime import datetime

from bot.rules import lint
from bot.rules.changes import (
    Change,
    SignatureChange,
    SignatureText,
    TemplateChange,
    TemplateText,
    change_of,
)
from bot.rules.lint import Finding, SignatureDraft, TemplateDraft
from bot.rules.requests import RequestState
from bot.settings import App, Settings
from bot.slack.messages.requests import RequestCard, Word
from handlers.flows import approvals as approving
from handlers.flows import reviews, submissions
from handlers.flows.content_drafts import lint_facts
from storage import approvals, requests
from storage.approvals import Approval
from storage.db import Tx
from storage.requests import Request


def load(
    tx: Tx, request: Request, settings: Settings, now: datetime, *, is_linted: bool = True
) -> RequestCard | None:
    """What is known of a request now, with what the linter still finds unless `is_linted` is false;
    None where it is under no policy."""
    approval = approvals.get(tx, request.id)
    if approval is None:
        return None
    change = change_of(request.kind, request.payload)
    app = settings.app(request.app)
    is_linted = is_linted and request.state is RequestState.AWAITING_APPROVAL
    why, _, next_id = request.reason.partition(":")
    is_superseded = request.state is RequestState.SUPERSEDED
    return RequestCard(
        request_id=request.id,
        sha256=request.sha256,
        kind=request.kind,
        app=request.app,
        signature=app.signature if app else "",
        requester=request.requester,
        state=request.state,
        change=change,
        needed=approval.needed,
        approvers=approval.approvers,
        buttons_only=approval.buttons_only,
        emoji=_emoji(approval, settings),
        expires_at=approval.expires_at,
        words=tuple(Word(each.vote, each.reason) for each in approvals.votes_of(tx, request.id)),
        findings=_findings(tx, change, app, settings, now) if app and is_linted else (),
        why=why if is_superseded else "",
        next_id=next_id if is_superseded else "",
        progress=submissions.view_of(tx, request.id),
        review=reviews.view_of(tx, request.id),
    )


def _emoji(approval: Approval, settings: Settings) -> tuple[str, ...]:
    """An emoji that approves and one that rejects, where they count and there are such."""
    known = settings.approvals.reactions
    if approval.buttons_only or not (known.approve and known.reject):
        return ()
    return known.approve[0], known.reject[0]


def _findings(
    tx: Tx, change: Change, app: App, settings: Settings, now: datetime
) -> tuple[Finding, ...]:
    """What the linter still finds: whoever approves shall see what the requester saw."""
    if change.text is None:
        return ()
    facts, table = lint_facts(tx, app, settings, now), settings.content.table
    match change:
        case TemplateChange(text=TemplateText() as text):
            template = TemplateDraft(
                content=text.content,
                class_=text.sms_type,
                international=text.international,
                remark=text.remark,
                template_id=change.template_id,
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
                signature_id=change.signature_id,
            )
            return lint.lint_signature(signature, facts, table)
    return ()


def find(tx: Tx, request_id: str, settings: Settings, now: datetime) -> RequestCard | None:
    """The same by id; None for anything but a request that can be decided on."""
    request = requests.get(tx, request_id)
    return None if request is None else load(tx, request, settings, now)


def load_waiting(
    tx: Tx, user_id: str, groups: frozenset[str], settings: Settings, now: datetime
) -> list[RequestCard]:
    """What somebody in `groups` can decide on, and what they asked for, as cards to be listed."""
    waiting = approving.waiting_for(tx, user_id, groups, now)
    found = [load(tx, each.request, settings, now, is_linted=False) for each in waiting]
    return [each for each in found if each is not None]
