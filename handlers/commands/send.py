"""`/sms send`: one message, previewed, confirmed, watched to its end."""

from collections.abc import Mapping, Sequence

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
from bot.rules.content import Template
from bot.rules.roles import Role
from bot.rules.sending import Draft
from bot.rules.templates import variables_of
from bot.rules.words import Word
from bot.settings import App
from bot.slack.messages import cards as card_messages
from bot.slack.messages import faults as fault_messages
from bot.slack.messages import forms, previews
from bot.slack.messages.forms import Carried
from handlers.flows import delivery, drafts
from handlers.flows.delivery import DoubtChoice, DoubtRefusal
from handlers.flows.drafts import Queued, Refusal, SendAsk
from handlers.services import Services
from storage import content

APP_KEY, SIGNATURE_KEYS = "app", ("sign", "signature")


async def send(knock: Typed, services: Services) -> Answer:
    """Everything typed: a preview. Something missing: the form, with what was typed filled in."""
    keyed = {word.key: word.text for word in knock.words if word.key is not None}
    app = _app(services, knock, keyed.get(APP_KEY))
    if app is None:
        return _note(knock.person.locale, "faults.app_unknown", app=keyed[APP_KEY])
    plain = [word.text for word in knock.words if word.key is None]
    number, template = [*plain, "", ""][:2]
    pairs = [
        (word.key, word.text)
        for word in _after(knock.words, count=2)
        if word.key not in (APP_KEY, *SIGNATURE_KEYS)
    ]
    known = await services.db.read(drafts.find_template, template) if template else None
    wants_values = known is not None and bool(variables_of(known.content)) and not pairs
    if not number or not template or wants_values:
        carried = Carried(knock.channel, app.name)
        view = forms.send_form(carried, knock.person.locale, number=number, template=known)
        return Form(view)
    signature = next((keyed[key] for key in SIGNATURE_KEYS if key in keyed), None)
    ask = SendAsk(number, template, pairs, app, signature, knock.person.user_id, knock.channel)
    drafted = await services.db.write(drafts.draft, ask, services.settings, knock.now)
    if isinstance(drafted, Draft):
        return Whisper(previews.preview(drafted, knock.person.locale))
    return Whisper(fault_messages.not_sent(drafted, knock.person.locale, knock.text))


async def open_form(knock: Pressed, services: Services) -> Answer:
    """The form from the menu's button."""
    app = services.settings.app_in(knock.channel, knock.channel_name)
    return Form(forms.send_form(Carried(knock.channel, app.name), knock.person.locale))


async def search_templates(knock: Searched, services: Services) -> Answer:
    """Templates by id, name or text."""
    templates = await services.db.read(content.list_templates)
    found = forms.search_templates(templates, knock.typed)
    return Found(tuple(forms.template_option(each, knock.person.locale) for each in found))


async def choose_template(knock: Chosen, services: Services) -> Answer:
    """A template was chosen in the form: its text and a field for each variable appear."""
    template = await _chosen_template(knock.fields, services)
    number = knock.fields.get(forms.NUMBER, "")
    carried = forms.uncarry(knock.carried)
    return Redraw(forms.send_form(carried, knock.person.locale, number=number, template=template))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: the preview in its place, or a sentence under each field to mend."""
    carried, locale = forms.uncarry(knock.carried), knock.person.locale
    app = services.settings.app(carried.app)
    if app is None:
        return NextForm(
            forms.note_form(text(locale, "faults.app_unknown", app=carried.app), locale)
        )
    template = await _chosen_template(knock.fields, services)
    number = knock.fields.get(forms.NUMBER, "")
    values = _values(template, knock.fields)
    if template is not None and len(values) < len(variables_of(template.content)):
        # Handed in before the chosen template's fields came: show them now.
        return NextForm(
            forms.send_form(carried, locale, number=number, template=template, values=values)
        )
    pairs = [(None, value) for value in values.values()]
    chosen = knock.fields.get(forms.TEMPLATE, "")
    ask = SendAsk(number, chosen, pairs, app, None, knock.person.user_id, carried.channel)
    drafted = await services.db.write(drafts.draft, ask, services.settings, knock.now)
    if isinstance(drafted, Draft):
        return NextForm(forms.preview_form(drafted, locale))
    return Wrong(forms.faults_by_block(drafted, template, locale))


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


async def treat_as_sent(knock: Pressed, services: Services) -> Answer:
    """A person lets a doubt rest: it counts as sent."""
    return await _decide(knock, services, DoubtChoice.TREAT_AS_SENT)


async def send_again(knock: Pressed, services: Services) -> Answer:
    """A person has a message in doubt sent once more."""
    return await _decide(knock, services, DoubtChoice.SEND_AGAIN)


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


async def _decide(knock: Pressed, services: Services, choice: DoubtChoice) -> Answer:
    message_id, _, attempt = knock.value.partition(":")
    end = await services.db.write(
        delivery.decide, message_id, attempt, choice, knock.person.user_id, services.clock()
    )
    services.cards_due.set()
    services.messages_due.set()
    if isinstance(end, DoubtRefusal):
        return _note(knock.person.locale, f"faults.doubt.{end.value}")
    return Nothing()


def _refused(refusal: Refusal, locale: Locale) -> SlackMessage:
    said = text(locale, f"faults.confirm.{refusal.reason.value}", request=refusal.request_id)
    return fault_messages.note(said)


def _app(services: Services, knock: Knock, name: str | None) -> App | None:
    if name is not None:
        return services.settings.app(name)
    return services.settings.app_in(knock.channel, knock.channel_name)


def _after(words: Sequence[Word], *, count: int) -> list[Word]:
    """The words behind the first `count` that have no key; a key may stand anywhere."""
    seen = 0
    rest = []
    for word in words:
        if word.key is None and seen < count:
            seen += 1
        else:
            rest.append(word)
    return rest


def _values(template: Template | None, fields: Mapping[str, str]) -> dict[int, str]:
    """The values in the fields of the chosen template, in the order of its variables."""
    if template is None:
        return {}
    named = {variable: f"value.{variable}" for variable in variables_of(template.content)}
    return {variable: fields[key] for variable, key in named.items() if key in fields}


async def _chosen_template(fields: Mapping[str, str], services: Services) -> Template | None:
    chosen = fields.get(forms.TEMPLATE, "")
    return await services.db.read(drafts.find_template, chosen) if chosen else None


def _note(locale: Locale, key: str, **values: str) -> Whisper:
    return Whisper(fault_messages.note(text(locale, key, **values)))


def _note_view(message: SlackMessage, locale: Locale) -> Json:
    return forms.note_form(message.text, locale)


COMMANDS = (Command("send", "", Role.SENDER, send),)
BUTTONS = (
    Button(previews.CONFIRM, Role.SENDER, confirm),
    Button(previews.DISCARD, Role.SENDER, discard),
    Button("menu.send", Role.SENDER, open_form),
    Button(card_messages.TREAT_AS_SENT, Role.SENDER, treat_as_sent),
    Button(card_messages.SEND_AGAIN, Role.SENDER, send_again),
)
SUBMISSIONS = (
    Submission(forms.SEND_FORM, Role.SENDER, hand_in),
    Submission(forms.PREVIEW_FORM, Role.SENDER, confirm_form),
)
CHOICES = (Choices(forms.TEMPLATE, Role.SENDER, search_templates, choose_template),)
