"""`/sms sign`: the list, one of them, and the forms that ask for a new one, for a change, and for a
deletion."""

import asyncio
from dataclasses import replace

from bot.locales import Locale
from bot.registry import Answer, Filled, Json, Later, NextForm, Submission, Wrong
from bot.rules.changes import SignatureBase, SignatureChange, SignatureText
from bot.rules.content import Signature
from bot.rules.requests import RequestKind
from bot.rules.roles import Role
from bot.settings import Settings
from bot.slack.messages import listings
from bot.slack.messages import sign_forms as forms
from bot.slack.messages.change_forms import Carried
from bot.slack.messages.sign_forms import SignFields, SignForm
from handlers import looking
from handlers.commands import beginning, editing, editor, fetching
from handlers.commands.editor import Editor
from handlers.commands.listing import Shelf
from handlers.flows import content_drafts as drafts
from handlers.flows import sign_drafts, upstream
from handlers.scopes import of_account
from handlers.services import Services
from storage import content

#: Files that are here by then are looked at before the form is answered; Slack waits no longer.
FILES_WITHIN_S = 1.5


async def fetch(services: Services) -> None:
    """Both sides of the list, from Tencent."""
    asked_at = services.clock()
    read = await looking.read_signatures(services)
    await services.db.write(
        upstream.take_signatures,
        read.listed,
        read.gone,
        asked_at,
        services.settings,
        services.clock(),
    )
    services.posts_due.set()
    services.cards_due.set()


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in. Its files are fetched first: in time for an answer where they are small
    or known, else the person waits for the rest."""
    carried, fields = await editor.entered(EDITOR, knock, services)
    await editor.put(EDITOR, knock, services, carried, fields)
    work = asyncio.ensure_future(_with_files(knock, services, carried, fields))
    done, _ = await asyncio.wait({work}, timeout=FILES_WITHIN_S)
    if done:
        return work.result()
    view = forms.fetching_form(knock.person.locale)
    return Later(NextForm(view), _shown_anew(knock, services, carried, work))


async def _with_files(
    knock: Filled, services: Services, carried: Carried, fields: SignFields
) -> Answer:
    fields, file_faults = await fetching.fetch(knock, services, fields)

    def under_fields(form: SignForm) -> dict[str, str]:
        return {forms.where(name, form): said for name, said in file_faults.items()}

    return await editing.judge(EDITOR, knock, services, carried, fields, under_fields)


async def _shown_anew(
    knock: Filled, services: Services, carried: Carried, work: "asyncio.Future[Answer]"
) -> Answer:
    """What the work came to, for a person whose form is gone: its faults stand above it anew."""
    answer = await work
    if not isinstance(answer, Wrong):
        return answer
    fields = await editor.left(EDITOR, knock, services, carried)
    form = await editor.look(EDITOR, services, carried.next_round(), fields)
    said = tuple(dict.fromkeys(answer.faults.values()))
    return NextForm(forms.sign_form(form, knock.person.locale, said))


def with_text(fields: SignFields, mended: str) -> SignFields:
    return replace(fields, name=mended)


def may_edit(_: Signature, __: Locale) -> str:
    return ""


def draw_delete(
    carried: Carried, signature: Signature, settings: Settings, locale: Locale, is_changed: bool
) -> Json:
    """With the apps that sign with it."""
    signing = () if signature.international else settings.apps
    apps = [app.name for app in signing if app.signature == signature.name]
    return forms.delete_form(carried, signature, apps, locale, is_changed=is_changed)


def change_of(form: SignForm) -> SignatureChange:
    """What the form asks for. Raises ValueError for one that is not filled in."""
    fields = form.fields
    if fields.sign_type is None or fields.document_type is None or fields.proof is None:
        raise ValueError("a form without type, document or proof")
    letter = fields.commission if fields.for_another_party else None
    wanted = SignatureText(
        name=fields.name,
        sign_type=fields.sign_type,
        document_type=fields.document_type,
        international=fields.international,
        for_another_party=fields.for_another_party,
        remark=fields.remark,
        qualification_id=None if fields.international else fields.qualification_id or None,
        proof=fields.proof.image,
        commission=letter.image if letter else None,
    )
    base = None if form.item is None else SignatureBase(form.item.name)
    return SignatureChange(form.carried.content_id, base, wanted)


def deletion_of(signature_id: str, signature: Signature | None) -> SignatureChange:
    """Of what is gone nothing is known but its id: the flow refuses it for that."""
    return SignatureChange(signature_id, SignatureBase(signature.name if signature else ""))


EDITOR = Editor(
    shelf=Shelf(
        listings.SIGNATURES,
        content.list_signatures,
        content.signatures_seen_at,
        drafts.find_signature,
        sign_drafts.details,
        fetch,
    ),
    create=RequestKind.SIGNATURE_CREATE,
    modify=RequestKind.SIGNATURE_MODIFY,
    delete=RequestKind.SIGNATURE_DELETE,
    redraws=(forms.SIDE, forms.NAME, forms.TYPE, forms.DOCUMENT, forms.PURPOSE),
    keeps=(forms.QUALIFICATION, forms.REMARK),
    unseen=(forms.PROOF, forms.COMMISSION),
    get=content.get_signature,
    first_fields=sign_drafts.first_fields,
    fields_of=sign_drafts.fields_of,
    read=forms.read_fields,
    write=forms.write_fields,
    with_text=with_text,
    mended=sign_drafts.mended,
    look=sign_drafts.look,
    draw=forms.sign_form,
    draw_anyway=forms.anyway_form,
    draw_delete=draw_delete,
    faults=forms.faults,
    may_edit=may_edit,
    change_of=change_of,
    deletion_of=deletion_of,
    ask=drafts.ask_signature,
)
COMMANDS = beginning.commands(EDITOR)
BUTTONS = beginning.buttons(EDITOR)
FORM_ACTIONS = editing.form_actions(EDITOR)
SUBMISSIONS = (
    Submission(forms.FORM, Role.REQUESTER, hand_in, of_account),
    *editing.submissions(EDITOR),
)
