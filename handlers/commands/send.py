"""`/sms send`: one message, previewed, confirmed, watched to its end; or the form for any send.

What goes to many, to a file's rows or for later is asked in `handlers.commands.job_asking`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Choices,
    Chosen,
    Command,
    Filled,
    Form,
    Found,
    Json,
    Knock,
    NextForm,
    Nothing,
    Person,
    Pressed,
    Redraw,
    Searched,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import send_words
from bot.rules.content import Template
from bot.rules.roles import Role
from bot.rules.sending import Draft
from bot.rules.templates import variables_of
from bot.settings import App
from bot.slack.messages import faults as fault_messages
from bot.slack.messages import forms, previews
from bot.slack.messages.forms import NOTHING_TYPED, Carried, SendFields
from handlers import scopes
from handlers.commands import job_asking
from handlers.commands.job_asking import FormAsk
from handlers.flows import drafts, replies
from handlers.flows.drafts import Queued, Refusal, SendAsk
from handlers.flows.replies import Answering
from handlers.services import Services
from storage import content


async def send(knock: Typed, services: Services) -> Answer:
    """Everything typed: a preview. Something missing: the form, with what was typed filled in."""
    typed = send_words.read(knock.words)
    app = await _app(services, knock, typed.app)
    if app is None:
        return _note(knock.person.locale, "faults.app_unknown", app=typed.app or "")
    template = await _template(typed.template, services)
    wants_values = bool(template and variables_of(template.content)) and not typed.pairs
    if not typed.numbers or not typed.template or wants_values:
        filled = SendFields(numbers="\n".join(typed.numbers), at=typed.at, valid=typed.valid)
        return Form(_form(Carried(knock.channel, app.name), knock, services, filled, template))
    if typed.is_job:
        return await job_asking.ask_typed(knock, typed, app, services)
    ask = SendAsk(
        number=typed.numbers[0],
        template=typed.template,
        pairs=typed.pairs,
        app=app,
        signature=typed.signature,
        requester=knock.person.user_id,
        channel=knock.channel,
    )
    drafted = await services.db.write(drafts.draft, ask, services.settings, knock.now)
    if isinstance(drafted, Draft):
        return Whisper(previews.preview(drafted, knock.person.locale))
    return Whisper(fault_messages.not_sent(drafted, knock.person.locale, knock.text))


async def open_form(knock: Pressed, services: Services) -> Answer:
    """The form from the menu's button."""
    app = await job_asking.meant(knock, services)
    return Form(_form(Carried(knock.channel, app.name), knock, services))


def answer_form(carried: Carried, answering: Answering, knock: Knock, services: Services) -> Form:
    """The form of a send to somebody who replied, with the templates that may go to them."""
    return Form(_form(carried, knock, services, offered=answering.templates))


async def search_templates(knock: Searched, services: Services) -> Answer:
    """Templates by id, name or text."""
    templates = await services.db.read(content.list_templates)
    found = forms.search_templates(templates, knock.typed)
    return Found(tuple(forms.template_option(each, knock.person.locale) for each in found))


async def choose_template(knock: Chosen, services: Services) -> Answer:
    """A template was chosen in the form: its text and a field for each variable appear."""
    template = await _chosen_template(knock.fields, services)
    carried, fields = forms.uncarry(knock.carried), _fields(template, knock.fields)
    answering = await _answering(carried, services)
    offered = answering.templates if answering else ()
    return Redraw(_form(carried, knock, services, fields, template, offered))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: the preview in its place, or a card where it goes to many or later; or a
    sentence under each field to mend."""
    carried, locale = forms.uncarry(knock.carried), knock.person.locale
    app = services.settings.app(carried.app)
    if app is None:
        return NextForm(
            forms.note_form(text(locale, "faults.app_unknown", app=carried.app), locale)
        )
    template = await _chosen_template(knock.fields, services)
    answering = await _answering(carried, services)
    if carried.reply and answering is None:
        return NextForm(_note_view(fault_messages.outdated(locale), locale))
    fields = _fields(template, knock.fields)
    if answering is not None:
        fields = replace(fields, numbers=answering.number)
    file = carried.file or next(iter(knock.files.get(forms.FILE, ())), None)
    if template is not None and len(fields.values) < len(variables_of(template.content)):
        # Handed in before the chosen template's fields came: show them now.
        carried = replace(carried, file=forms.list_file((file,)) if file else None)
        offered = answering.templates if answering else ()
        return NextForm(_form(carried, knock, services, fields, template, offered))
    filled = FormAsk(carried, app, template, fields, file)
    if filled.is_job:
        return await job_asking.ask_filled(knock, filled, services)
    ask = SendAsk(
        number=next(iter(filled.numbers), ""),
        template=knock.fields.get(forms.TEMPLATE, ""),
        pairs=[(None, value) for value in fields.values.values()],
        app=app,
        signature=None,
        requester=knock.person.user_id,
        channel=carried.channel,
    )
    drafted = await services.db.write(drafts.draft, ask, services.settings, knock.now)
    if isinstance(drafted, Draft):
        return NextForm(forms.preview_form(drafted, locale))
    asks_whom = carried.has_number_field
    return Wrong(forms.faults_by_block(drafted, template, locale, has_number_field=asks_whom))


async def confirm_form(knock: Filled, services: Services) -> Answer:
    """Send, in the form's preview."""
    said = await _confirm(knock.carried, knock.person, services)
    return Nothing() if said is None else NextForm(_note_view(said, knock.person.locale))


async def confirm(knock: Pressed, services: Services) -> Answer:
    """Send, under the preview: stored once, however often it is pressed."""
    locale = knock.person.locale
    said = await _confirm(knock.value, knock.person, services)
    if said is not None:
        return Whisper(said, replace=True)
    request_id, _ = previews.read_value(knock.value)
    return Whisper(
        fault_messages.note(text(locale, "preview.confirmed", request=request_id)), replace=True
    )


async def discard(knock: Pressed, services: Services) -> Answer:
    """Discard, under the preview."""
    request_id, sha256 = previews.read_value(knock.value)
    end = await services.db.write(
        drafts.discard, request_id, sha256, knock.person.user_id, services.clock()
    )
    locale = knock.person.locale
    if isinstance(end, Refusal):
        return Whisper(_refused(end, locale), replace=True)
    said = text(locale, "preview.discarded", request=request_id)
    return Whisper(fault_messages.note(said), replace=True)


async def _confirm(value: str, person: Person, services: Services) -> SlackMessage | None:
    """Queues the draft; None where it is queued, else what to say."""
    request_id, sha256 = previews.read_value(value)
    end = await services.db.write(
        drafts.confirm, request_id, sha256, person.user_id, services.settings, services.clock()
    )
    match end:
        case Queued():
            services.messages_due.set()
            services.cards_due.set()
            return None
        case Refusal():
            return _refused(end, person.locale)
        case faults:
            return fault_messages.not_sent(faults, person.locale)


def _refused(refusal: Refusal, locale: Locale) -> SlackMessage:
    said = text(locale, f"faults.confirm.{refusal.reason.value}", request=refusal.request_id)
    return fault_messages.note(said)


async def _app(services: Services, knock: Knock, name: str | None) -> App | None:
    if name is not None:
        return services.settings.app(name)
    return await job_asking.meant(knock, services)


def _form(
    carried: Carried,
    knock: Knock,
    services: Services,
    fields: SendFields = NOTHING_TYPED,
    template: Template | None = None,
    offered: Sequence[Template] = (),
) -> Json:
    return forms.send_form(
        carried,
        knock.person.locale,
        fields=fields,
        template=template,
        offered=offered,
        valid_for_s=services.settings.sending.valid_for_s,
    )


async def _answering(carried: Carried, services: Services) -> Answering | None:
    """Whom the form goes to where it answers a reply; None where it does not."""
    if not carried.reply:
        return None
    app = services.settings.app(carried.app) or services.settings.apps[0]
    return await services.db.read(replies.answering, carried.reply, services.settings, app)


def _fields(template: Template | None, fields: Mapping[str, str]) -> SendFields:
    """What the form holds; of the values only those of the chosen template."""
    variables = variables_of(template.content) if template else ()
    return SendFields(
        numbers=fields.get(forms.NUMBER, ""),
        values={each: fields[f"value.{each}"] for each in variables if f"value.{each}" in fields},
        at=fields.get(forms.AT, ""),
        valid=fields.get(forms.VALID, ""),
    )


async def _chosen_template(fields: Mapping[str, str], services: Services) -> Template | None:
    return await _template(fields.get(forms.TEMPLATE, ""), services)


async def _template(wanted: str, services: Services) -> Template | None:
    return await services.db.read(drafts.find_template, wanted) if wanted else None


def _note(locale: Locale, key: str, **values: str) -> Whisper:
    return Whisper(fault_messages.note(text(locale, key, **values)))


def _note_view(message: SlackMessage, locale: Locale) -> Json:
    return forms.note_form(message.text, locale)


OF_FORM = scopes.of_named(lambda written: forms.uncarry(written).app)
COMMANDS = (Command("send", "", Role.REQUESTER, send, about=job_asking.OF_SEND_WORDS),)
BUTTONS = (
    Button(previews.CONFIRM, Role.REQUESTER, confirm, scopes.of_request),
    Button(previews.DISCARD, Role.REQUESTER, discard, scopes.of_request),
    Button("menu.send", Role.REQUESTER, open_form, scopes.of_meant),
)
SUBMISSIONS = (
    Submission(forms.SEND_FORM, Role.REQUESTER, hand_in, OF_FORM),
    Submission(forms.PREVIEW_FORM, Role.REQUESTER, confirm_form, scopes.of_request),
)
CHOICES = (Choices(forms.TEMPLATE, Role.REQUESTER, search_templates, choose_template, OF_FORM),)
