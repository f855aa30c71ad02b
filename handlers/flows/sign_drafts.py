"""What a signature's form and page show: the draft under the linter, and what is known of it."""

from dataclasses import replace
from datetime import datetime

from bot.rules.changes import Image, SignatureChange
from bot.rules.content import QualificationState, ReviewState, Signature, composed
from bot.rules.lint import Finding, SignatureDraft, fix_signature, lint_signature
from bot.rules.requests import RequestKind
from bot.settings import App, Settings
from bot.slack.messages import change_forms
from bot.slack.messages import sign_forms as forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.details import Details, PastRequest
from bot.slack.messages.sign_forms import KeptFile, SignFields, SignForm
from handlers.flows import content_drafts as drafts
from storage import attachments, content
from storage.db import Tx


def look(
    tx: Tx,
    carried: Carried,
    fields: SignFields,
    settings: Settings,
    now: datetime,
    is_handed_in: bool = False,
) -> SignForm:
    """The form with what the linter finds in what it holds.

    Until it `is_handed_in`, what was not put in yet is not missed.
    """
    signature = content.get_signature(tx, carried.content_id) if carried.content_id else None
    if signature is not None:
        # Tencent takes no change of side.
        fields = replace(fields, international=signature.international)
    form = SignForm(
        carried,
        fields,
        documents=settings.content.table.documents,
        qualifications=_qualifications(tx),
        item=signature,
        is_changed=bool(carried.base) and change_forms.print_of(signature) != carried.base,
    )
    form = replace(form, fields=_offered(form))
    if not form.fields.name:
        return form
    draft = _draft(carried, form.fields, is_handed_in=is_handed_in)
    return replace(form, findings=_findings(tx, draft, _app(carried, settings), settings, now))


def first_fields(tx: Tx) -> SignFields:
    """What a form for a new signature begins with: where there is one qualification, that one."""
    known = _qualifications(tx)
    return SignFields(qualification_id=known[0] if len(known) == 1 else "")


def mended(
    tx: Tx, carried: Carried, fields: SignFields, settings: Settings, now: datetime
) -> SignFields:
    """The fields after every fix there is."""
    facts = drafts.lint_facts(tx, _app(carried, settings), settings, now)
    draft = _draft(carried, fields, is_handed_in=False)
    return replace(fields, name=fix_signature(draft, facts, settings.content.table).name)


def fields_of(tx: Tx, signature: Signature) -> SignFields:
    """A signature as a form begins with it. Tencent's list tells neither its type nor its proof:
    what was last asked for here does."""
    fields = SignFields(
        international=signature.international,
        name=composed(signature.name),
        qualification_id=signature.qualification_id,
    )
    wanted = _last_text(tx, signature)
    if wanted is None or wanted.text is None:
        return fields
    text = wanted.text
    return replace(
        fields,
        sign_type=text.sign_type,
        document_type=text.document_type,
        for_another_party=text.for_another_party,
        remark=text.remark,
        qualification_id=text.qualification_id or signature.qualification_id,
        proof=_still_kept(tx, text.proof),
        commission=_still_kept(tx, text.commission),
    )


def details(tx: Tx, signature: Signature, settings: Settings, now: datetime) -> Details:
    """All that is shown of one signature."""
    findings: tuple[Finding, ...] = ()
    if signature.review is ReviewState.REJECTED:
        carried = Carried("", "", f"{forms.EDIT}:{signature.signature_id}")
        draft = SignatureDraft(
            name=composed(signature.name),
            international=signature.international,
            signature_id=carried.content_id,
        )
        findings = _findings(tx, draft, settings.app_in(), settings, now)
    past = tuple(
        PastRequest(each.id, each.kind, each.state, each.requester, each.created_at)
        for each in drafts.past_requests(tx, signature)
    )
    return Details(signature, None, findings, past, content.signatures_seen_at(tx))


def _findings(
    tx: Tx, draft: SignatureDraft, app: App, settings: Settings, now: datetime
) -> tuple[Finding, ...]:
    facts = drafts.lint_facts(tx, app, settings, now)
    return lint_signature(draft, facts, settings.content.table)


def _draft(carried: Carried, fields: SignFields, *, is_handed_in: bool) -> SignatureDraft:
    has_qualification = bool(fields.qualification_id)
    return SignatureDraft(
        name=fields.name,
        international=fields.international,
        sign_type=fields.sign_type,
        document_type=fields.document_type,
        for_another_party=fields.for_another_party,
        has_commission=fields.commission is not None or not is_handed_in,
        has_qualification=has_qualification if is_handed_in else has_qualification or None,
        signature_id=carried.content_id,
    )


def _offered(form: SignForm) -> SignFields:
    """The fields without a choice that is not on offer any more, for another side or type."""
    fields = form.fields
    if fields.sign_type not in forms.types_for(form):
        return replace(fields, sign_type=None, document_type=None)
    if fields.document_type not in forms.documents_for(form):
        return replace(fields, document_type=None)
    return fields


def _qualifications(tx: Tx) -> tuple[str, ...]:
    """The approved ones that signatures here stand on."""
    found = {
        each.qualification_id
        for each in content.list_signatures(tx)
        if each.qualification_id and each.qualification is QualificationState.PASSED
    }
    return tuple(sorted(found))


def _last_text(tx: Tx, signature: Signature) -> SignatureChange | None:
    for request in drafts.past_requests(tx, signature):
        if request.kind is not RequestKind.SIGNATURE_DELETE:
            return SignatureChange.from_payload(request.kind, request.payload)
    return None


def _still_kept(tx: Tx, image: Image | None) -> KeptFile | None:
    if image is None or not attachments.is_kept(tx, image.sha256):
        return None
    return KeptFile(image, "")


def _app(carried: Carried, settings: Settings) -> App:
    return settings.app(carried.app) or settings.app_in()
