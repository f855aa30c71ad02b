"""`/sms send` to many, to the rows of a file, or for later: asked here, shown by its card."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.locales import Locale, join, text
from bot.registry import (
    Answer,
    Button,
    Filled,
    Form,
    FormFile,
    Knock,
    Nothing,
    Person,
    PickedUp,
    Pressed,
    Shortcut,
    SlackMessage,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import number_lists, schedule, send_words, validity
from bot.rules.content import Template
from bot.rules.requests import RequestKind
from bot.rules.roles import Role
from bot.rules.schedule import Scheduled, ScheduleFault
from bot.rules.send_words import SendWords
from bot.rules.sending import SendFault
from bot.rules.validity import ValidityFault
from bot.rules.words import did_you_mean
from bot.settings import App, Settings
from bot.slack.blocks import esc
from bot.slack.messages import apps as app_messages
from bot.slack.messages import faults as fault_messages
from bot.slack.messages import forms
from bot.slack.messages import jobs as card_messages
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.forms import AT_BLOCK, FILE_BLOCK, VALID_BLOCK, Carried, SendFields
from bot.slack.messages.jobs import HERE
from bot.slack.messages.previews import read_value
from handlers import scopes
from handlers.commands.asking import kept_back_by
from handlers.flows import job_drafts
from handlers.flows.drafts import Refusal
from handlers.flows.job_drafts import Attached, Confirmed, JobDraft, Pasted
from handlers.services import Services
from storage.ids import RequestId

SHORTCUT = "send.list"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a send starts, None: as soon as it may; and for how long it may go on."""

    starts: Scheduled | None
    valid_for_s: int

    @property
    def at(self) -> datetime | None:
        return self.starts.at if self.starts else None


@dataclass(frozen=True, slots=True)
class FormAsk:
    """The form as it was handed in; `file` was put into it, or chosen before it."""

    carried: Carried
    app: App
    template: Template | None
    fields: SendFields
    file: FormFile | None

    @property
    def numbers(self) -> tuple[str, ...]:
        return number_lists.split(self.fields.numbers)

    @property
    def is_job(self) -> bool:
        """Whether it is more than one message, at once."""
        is_later = bool(self.fields.at.strip() or self.fields.valid.strip())
        return self.file is not None or len(self.numbers) > 1 or is_later


def read_timing(
    at: str, valid: str, person: Person, settings: Settings, now: datetime
) -> Timing | dict[str, str]:
    """What was typed for the two, or a sentence for each that cannot be read, by its field."""
    faults: dict[str, str] = {}
    starts: Scheduled | None = None
    valid_for_s = settings.sending.valid_for_s
    if at.strip():
        found = schedule.read(at, now, settings.timezone, zones(person))
        if isinstance(found, ScheduleFault):
            faults[AT_BLOCK] = schedule_messages.fault(found, person.locale)
        else:
            starts = found
    if valid.strip():
        lasts_s = validity.read(valid)
        if isinstance(lasts_s, ValidityFault):
            faults[VALID_BLOCK] = forms.validity_fault(lasts_s, person.locale)
        else:
            valid_for_s = lasts_s
    return faults or Timing(starts, valid_for_s)


async def ask_typed(knock: Typed, typed: SendWords, app: App, services: Services) -> Answer:
    """Asked in one line."""
    locale = knock.person.locale
    timing = read_timing(typed.at, typed.valid, knock.person, services.settings, knock.now)
    if not isinstance(timing, Timing):
        return Whisper(fault_messages.not_understood(list(timing.values()), locale, knock.text))
    draft = JobDraft(
        source=Pasted(typed.numbers),
        template=typed.template,
        pairs=typed.pairs,
        app=app,
        signature=typed.signature,
        at=timing.at,
        valid_for_s=timing.valid_for_s,
        requester=knock.person.user_id,
        channel=knock.channel,
    )
    drafted = await ask(draft, services, knock.now)
    if isinstance(drafted, tuple):
        return Whisper(fault_messages.not_sent(drafted, locale, knock.text))
    return Whisper(_asked(drafted, timing, knock, services.settings))


async def ask_filled(knock: Filled, filled: FormAsk, services: Services) -> Answer:
    """Asked in the form; its faults stand under its fields."""
    locale, fields = knock.person.locale, filled.fields
    faults: dict[str, str] = {}
    if filled.file is not None and fields.numbers.strip():
        faults[FILE_BLOCK] = text(locale, "form.both")
    timing = read_timing(fields.at, fields.valid, knock.person, services.settings, knock.now)
    if not isinstance(timing, Timing):
        return Wrong(faults | timing)
    if faults:
        return Wrong(faults)
    drafted = await ask(_draft(knock, filled, timing), services, knock.now)
    if isinstance(drafted, tuple):
        asks_whom = filled.carried.has_number_field
        found = forms.faults_by_block(drafted, filled.template, locale, has_number_field=asks_whom)
        return Wrong(found)
    return Nothing()


async def ask(
    draft: JobDraft, services: Services, now: datetime
) -> RequestId | tuple[SendFault, ...]:
    """Has its recipients read; its card in the channel is on the way."""
    drafted = await services.db.write(job_drafts.draft_job, draft, now)
    services.files_due.set()
    services.cards_due.set()
    return drafted


async def open_for_file(knock: PickedUp, services: Services) -> Answer:
    """The shortcut: the form, with the file of the message in it."""
    locale = knock.person.locale
    file = forms.list_file(knock.files)
    if file is None:
        return Whisper(fault_messages.note(text(locale, "form.no_list")))
    app = await meant(knock, services)
    carried = Carried(knock.channel, app.name, file)
    valid_for_s = services.settings.sending.valid_for_s
    return Form(forms.send_form(carried, locale, valid_for_s=valid_for_s))


async def meant(knock: Knock, services: Services) -> App:
    """The app that is meant where the person names none."""
    return await scopes.meant(knock, services)


async def app_named(name: str | None, knock: Knock, services: Services) -> App | SlackMessage:
    """The app of that name, or what to say where there is none; without one, what is meant."""
    if name is None:
        return await meant(knock, services)
    closest = did_you_mean(name, scopes.names_known(knock.person, services.settings))
    return services.settings.app(name) or app_messages.unknown(name, closest, knock.person.locale)


async def confirm(knock: Pressed, services: Services) -> Answer:
    """Send, on the card of a send to many."""
    return await _confirm(knock, services, good_rows_only=False)


async def confirm_good(knock: Pressed, services: Services) -> Answer:
    """Send the good rows of a file that has bad ones."""
    return await _confirm(knock, services, good_rows_only=True)


async def discard(knock: Pressed, services: Services) -> Answer:
    """Discard, on the card of a send to many."""
    request_id, _ = read_value(knock.value)
    end = await services.db.write(
        job_drafts.discard_job, request_id, knock.person.user_id, services.clock()
    )
    services.cards_due.set()
    return Whisper(_refused(end, knock.person.locale)) if isinstance(end, Refusal) else Nothing()


async def confirm_here(knock: Pressed, services: Services) -> Answer:
    """Send, under a copy of the card that no edit of it reaches."""
    return _in_place(await confirm(knock, services), "preview.job_confirmed", knock)


async def confirm_good_here(knock: Pressed, services: Services) -> Answer:
    """Send the good rows, under such a copy."""
    return _in_place(await confirm_good(knock, services), "preview.job_confirmed", knock)


async def discard_here(knock: Pressed, services: Services) -> Answer:
    """Discard, under such a copy."""
    return _in_place(await discard(knock, services), "preview.discarded", knock)


async def _confirm(knock: Pressed, services: Services, *, good_rows_only: bool) -> Answer:
    request_id, sha256 = read_value(knock.value)
    settings, locale = services.settings, knock.person.locale
    rule = await services.db.read(job_drafts.rule_of, request_id, settings)
    if rule is not None:
        no = await kept_back_by(rule, RequestKind.SEND.value, knock.person, services)
        if no is not None:
            return no
    end = await services.db.write(
        job_drafts.confirm_job,
        request_id,
        sha256,
        knock.person.user_id,
        settings,
        services.clock(),
        good_rows_only=good_rows_only,
    )
    for bell in (services.cards_due, services.posts_due, services.messages_due):
        bell.set()
    match end:
        case Confirmed():
            return Nothing()
        case Refusal():
            return Whisper(_refused(end, locale))
        case faults:
            return Whisper(fault_messages.not_sent(faults, locale))


def _in_place(answer: Answer, done: str, knock: Pressed) -> Answer:
    """The answer in the place of the copy: the buttons there have had their use."""
    if isinstance(answer, Whisper):
        return Whisper(answer.message, replace=True)
    request_id, _ = read_value(knock.value)
    said = text(knock.person.locale, done, request=request_id)
    return Whisper(fault_messages.note(said), replace=True)


def _draft(knock: Filled, filled: FormAsk, timing: Timing) -> JobDraft:
    file = filled.file
    source = (
        Pasted(filled.numbers)
        if file is None
        else Attached(file.file_id, file.name, file.size_bytes, file.url)
    )
    # Of a file, what is left empty comes from its columns.
    values = {
        variable: value
        for variable, value in filled.fields.values.items()
        if file is None or value.strip()
    }
    return JobDraft(
        source=source,
        template=filled.template.template_id if filled.template else "",
        pairs=[(str(variable), value) for variable, value in values.items()],
        app=filled.app,
        signature=None,
        at=timing.at,
        valid_for_s=timing.valid_for_s,
        requester=knock.person.user_id,
        channel=filled.carried.channel,
    )


def _asked(request_id: RequestId, timing: Timing, knock: Typed, settings: Settings) -> SlackMessage:
    locale = knock.person.locale
    said = text(locale, "preview.checking", request=request_id)
    if timing.starts is None:
        return fault_messages.note(said)
    viewer = zones(knock.person).get(knock.person.timezone)
    shown = schedule.show(timing.starts.at, settings.timezone, knock.now, viewer)
    starts = text(locale, "preview.starts", time=schedule_messages.when(shown, locale))
    next_day = schedule_messages.next_day_note(timing.starts, locale)
    return fault_messages.note(join(locale, said, esc(starts), esc(next_day)))


def _refused(refusal: Refusal, locale: Locale) -> SlackMessage:
    said = text(locale, f"faults.confirm.{refusal.reason.value}", request=refusal.request_id)
    return fault_messages.note(said)


def zones(person: Person) -> Mapping[str, tzinfo]:
    """The person's own zone by its name: they may type it."""
    try:
        return {person.timezone: ZoneInfo(person.timezone)}
    except (ZoneInfoNotFoundError, ValueError):
        return {}


#: The app named behind `send`, here and behind `doctor`.
OF_SEND_WORDS = scopes.of_typed(lambda knock, _: send_words.read(knock.words).app)
BUTTONS = (
    Button(card_messages.CONFIRM, Role.REQUESTER, confirm, scopes.of_request),
    Button(card_messages.CONFIRM_GOOD, Role.REQUESTER, confirm_good, scopes.of_request),
    Button(card_messages.DISCARD, Role.REQUESTER, discard, scopes.of_request),
    Button(card_messages.CONFIRM + HERE, Role.REQUESTER, confirm_here, scopes.of_request),
    Button(card_messages.CONFIRM_GOOD + HERE, Role.REQUESTER, confirm_good_here, scopes.of_request),
    Button(card_messages.DISCARD + HERE, Role.REQUESTER, discard_here, scopes.of_request),
)
SHORTCUTS = (
    Shortcut(
        SHORTCUT,
        "Send SMS to this list",
        "Text every number of the CSV or XLSX file in this message",
        Role.REQUESTER,
        open_for_file,
        scopes.of_meant,
    ),
)
