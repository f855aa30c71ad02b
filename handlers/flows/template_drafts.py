"""What a template's form and page show: the draft under the linter, and what is known of it."""

from dataclasses import replace
from datetime import datetime

from bot.rules import templates
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template, composed
from bot.rules.lint import Finding, Rule, TemplateDraft, fix_template, lint_template
from bot.rules.review_hours import ReviewKind
from bot.settings import App, Settings
from bot.slack.messages import change_forms
from bot.slack.messages import template_forms as forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.details import Details, PastRequest
from bot.slack.messages.template_forms import TemplateFields, TemplateForm
from handlers.flows import content_drafts as drafts
from storage import content
from storage.db import Tx


def look(
    tx: Tx,
    carried: Carried,
    fields: TemplateFields,
    settings: Settings,
    now: datetime,
    _: bool = False,
) -> TemplateForm:
    """The form with what the linter finds in what it holds, handed in or not."""
    app = _app(carried, settings)
    template = content.get_template(tx, carried.content_id) if carried.content_id else None
    if template is not None:
        # Tencent takes no change of side.
        fields = replace(fields, international=template.international)
    form = TemplateForm(
        carried,
        fields,
        signature=app.signature,
        item=template,
        is_changed=bool(carried.base) and change_forms.print_of(template) != carried.base,
    )
    if not fields.content.strip():
        return form
    similar = drafts.similar_refusals(tx, ReviewKind.TEMPLATE, fields.content, carried.content_id)
    findings = _findings(tx, _draft(carried, fields), app, settings, now)
    return replace(form, findings=findings, similar=similar)


def first_fields(_: Tx) -> TemplateFields:
    """What a form for a new template begins with."""
    return TemplateFields()


def mended(
    tx: Tx, carried: Carried, fields: TemplateFields, settings: Settings, now: datetime
) -> TemplateFields:
    """The fields after every fix there is."""
    facts = drafts.lint_facts(tx, _app(carried, settings), settings, now)
    fixed = fix_template(_draft(carried, fields), facts, settings.content.table)
    return replace(fields, content=fixed.content)


def fields_of(tx: Tx, template: Template) -> TemplateFields:
    """A template as a form begins with it. Tencent's list tells neither its type nor its remark:
    what was last asked for here does, else its text."""
    last = drafts.last_text(tx, template)
    wanted = last.text if last else None
    return TemplateFields(
        international=template.international,
        class_=wanted.sms_type if wanted else templates.guess_class(template.content),
        name=composed(template.name),
        content=composed(template.content),
        remark=wanted.remark if wanted else "",
    )


def details(tx: Tx, template: Template, settings: Settings, now: datetime) -> Details:
    """All that is shown of one template."""
    findings: tuple[Finding, ...] = ()
    fields, app = fields_of(tx, template), settings.app_in()
    if template.review is ReviewState.REJECTED:
        carried = Carried("", "", f"{forms.EDIT}:{template.template_id}")
        found = _findings(tx, _draft(carried, fields), app, settings, now)
        # What the reviewer was told of it is not listed: no word on the remark.
        findings = tuple(each for each in found if each.rule is not Rule.REMARK)
    past = tuple(
        PastRequest(each.id, each.kind, each.state, each.requester, each.created_at)
        for each in drafts.past_requests(tx, template)
    )
    known = app.templates.get(template.template_id)
    return Details(
        template,
        known.template_class if known else fields.class_,
        findings,
        past,
        content.templates_seen_at(tx),
        is_guessed=known is None and drafts.last_text(tx, template) is None,
    )


def _findings(
    tx: Tx, draft: TemplateDraft, app: App, settings: Settings, now: datetime
) -> tuple[Finding, ...]:
    facts = drafts.lint_facts(tx, app, settings, now)
    return lint_template(draft, facts, settings.content.table)


def _draft(carried: Carried, fields: TemplateFields) -> TemplateDraft:
    """What the linter reads; a type nobody chose yet is guessed."""
    return TemplateDraft(
        content=fields.content,
        class_=class_of(fields),
        international=fields.international,
        remark=fields.remark,
        template_id=carried.content_id,
    )


def class_of(fields: TemplateFields) -> TemplateClass:
    """The type that was chosen, else the one the text suggests."""
    return fields.class_ or templates.guess_class(fields.content)


def _app(carried: Carried, settings: Settings) -> App:
    return settings.app(carried.app) or settings.app_in()
