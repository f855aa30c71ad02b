"""`/sms template`: the list, one of them, and the forms that ask for a new one, for a change, and
for a deletion."""

from dataclasses import replace

from bot.locales import Locale, text
from bot.registry import Answer, Filled, Json, Submission
from bot.rules.changes import TemplateBase, TemplateChange, TemplateText
from bot.rules.content import Template
from bot.rules.requests import RequestKind
from bot.rules.roles import Role
from bot.settings import Settings
from bot.slack.messages import listings
from bot.slack.messages import template_forms as forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.template_forms import TemplateFields, TemplateForm
from handlers import looking
from handlers.commands import beginning, editing, editor
from handlers.commands.editor import Editor
from handlers.commands.listing import Shelf
from handlers.flows import content_drafts as drafts
from handlers.flows import template_drafts, upstream
from handlers.scopes import of_account
from handlers.services import Services
from storage import content


async def fetch(services: Services) -> None:
    """Both sides of the list, from Tencent."""
    asked_at = services.clock()
    read = await looking.read_templates(services)
    await services.db.write(
        upstream.take_templates,
        read.listed,
        read.gone,
        asked_at,
        services.settings,
        services.clock(),
    )
    services.posts_due.set()
    services.cards_due.set()


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in."""
    carried, fields = await editor.entered(EDITOR, knock, services)
    return await editing.judge(EDITOR, knock, services, carried, fields)


def with_text(fields: TemplateFields, mended: str) -> TemplateFields:
    return replace(fields, content=mended)


def may_edit(template: Template, locale: Locale) -> str:
    """A template for both sides cannot be written by the API, only read."""
    if not (template.mainland and template.international):
        return ""
    return text(locale, "template.two_sides", id=template.template_id)


def draw_delete(
    carried: Carried, template: Template, _: Settings, locale: Locale, is_changed: bool
) -> Json:
    return forms.delete_form(carried, template, locale, is_changed=is_changed)


def change_of(form: TemplateForm) -> TemplateChange:
    """What the form asks for. Raises ValueError for one that is not filled in."""
    fields = form.fields
    if fields.class_ is None:
        raise ValueError("a form without a type")
    wanted = TemplateText(
        fields.name, fields.content, fields.class_, fields.international, fields.remark
    )
    base = None if form.item is None else TemplateBase(form.item.name, form.item.content)
    return TemplateChange(form.carried.content_id, base, wanted)


def deletion_of(template_id: str, template: Template | None) -> TemplateChange:
    """Of what is gone nothing is known but its id: the flow refuses it for that."""
    name, content_ = (template.name, template.content) if template else ("", "")
    return TemplateChange(template_id, TemplateBase(name, content_))


EDITOR = Editor(
    shelf=Shelf(
        listings.TEMPLATES,
        content.list_templates,
        content.templates_seen_at,
        drafts.find_template,
        template_drafts.details,
        fetch,
    ),
    create=RequestKind.TEMPLATE_CREATE,
    modify=RequestKind.TEMPLATE_MODIFY,
    delete=RequestKind.TEMPLATE_DELETE,
    redraws=(forms.SIDE, forms.CLASS, forms.CONTENT, forms.REMARK),
    keeps=(forms.NAME,),
    unseen=(),
    get=content.get_template,
    first_fields=template_drafts.first_fields,
    fields_of=template_drafts.fields_of,
    read=forms.read_fields,
    write=forms.write_fields,
    with_text=with_text,
    mended=template_drafts.mended,
    look=template_drafts.look,
    draw=forms.template_form,
    draw_anyway=forms.anyway_form,
    draw_delete=draw_delete,
    faults=forms.faults,
    may_edit=may_edit,
    change_of=change_of,
    deletion_of=deletion_of,
    ask=drafts.ask_template,
)
COMMANDS = beginning.commands(EDITOR)
BUTTONS = beginning.buttons(EDITOR)
FORM_ACTIONS = editing.form_actions(EDITOR)
SUBMISSIONS = (
    Submission(forms.FORM, Role.REQUESTER, hand_in, of_account),
    *editing.submissions(EDITOR),
)
