"""`/sms limit set`: a change of limits, asked for in one line or in the form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Command,
    Filled,
    Form,
    Json,
    Knock,
    NextForm,
    Nothing,
    Person,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import limit_accounts, limit_words, schedule, validity, words
from bot.rules.approval_table import CHANGE, TIGHTEN
from bot.rules.limit_words import CapFault, LimitWords
from bot.rules.roles import Role
from bot.rules.schedule import Scheduled, ScheduleFault
from bot.rules.validity import ValidityFault
from bot.rules.words import Words
from bot.settings import App, Settings
from bot.slack.blocks import esc
from bot.slack.messages import limit_accounts as account_messages
from bot.slack.messages import limit_answers as answers
from bot.slack.messages import limit_forms as forms
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.asked import closing_form
from bot.slack.messages.limit_forms import (
    ENDS_BLOCK,
    OTHERS_BLOCK,
    REASON_BLOCK,
    STARTS_BLOCK,
    Carried,
    LimitFields,
)
from handlers import scopes
from handlers.commands.asking import kept_back_by
from handlers.commands.job_asking import app_named, zones
from handlers.flows import limit_drafts, limits
from handlers.flows.limit_drafts import LimitAsk
from handlers.services import Services
from storage.requests import Request

#: What is changed for longer is changed for good.
LONGEST_S = int(schedule.MAX_AHEAD.total_seconds())


@dataclass(frozen=True, slots=True)
class Times:
    """From when a change is to hold, None: at once; and until when, None and None: for good."""

    starts: Scheduled | None
    until: Scheduled | None
    for_s: int | None


async def set_typed(knock: Typed, services: Services) -> Answer:
    """`set day=5 … for 24h because …`: drafted at once; the form for what is missing."""
    typed, locale = limit_words.read(knock.words), knock.person.locale
    app = await app_named(typed.app, knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    no = await _may_not(app.name, knock.person, services)
    if no is not None:
        return no
    too_long = answers.reason_too_long(typed.reason, locale)
    if not (typed.stray or too_long or (typed.pairs and typed.reason)):
        return Form(await _form(Carried(knock.channel, app.name), _fields(typed), knock, services))
    times = read_times(typed, knock.person, services.settings, knock.now)
    said = _faults(typed, times, locale)
    if said or not isinstance(times, Times):
        return Whisper(answers.not_asked(said, locale, knock.text))
    drafted = await _draft(_ask(typed, app, times, knock, knock.channel), knock.person, services)
    return _told(drafted, times, knock)


def _told(drafted: Request | Whisper | tuple[CapFault, ...], times: Times, knock: Typed) -> Whisper:
    """What becomes of a change that was typed."""
    locale = knock.person.locale
    match drafted:
        case Whisper():
            return drafted
        case Request():
            return Whisper(answers.drafted(drafted.id, locale, _notes(times, locale)))
        case faults:
            said = [answers.fault_sentence(each, locale) for each in faults]
            return Whisper(answers.not_asked(said, locale, knock.text))


async def open_form(
    carried: Carried, fields: LimitFields, knock: Knock, services: Services
) -> Answer:
    """The form with something in it already, for who may ask."""
    no = await _may_not(carried.app, knock.person, services)
    return no or Form(await _form(carried, fields, knock, services))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: the card in the channel, or a sentence under each field to mend."""
    locale = knock.person.locale
    carried, fields = forms.uncarry(knock.carried), forms.fields_of(knock.fields)
    no = await _may_not(carried.app, knock.person, services)
    if no is not None:
        return no
    app = services.settings.app(carried.app)
    if app is None:
        said = text(locale, "faults.app_unknown", app=esc(carried.app))
        return NextForm(closing_form(said, locale))
    typed, faults = _typed(fields, locale)
    too_long = answers.reason_too_long(typed.reason, locale)
    faults |= {REASON_BLOCK: too_long} if too_long else {}
    times = read_times(typed, knock.person, services.settings, knock.now)
    if faults or not isinstance(times, Times):
        return Wrong(faults | ({} if isinstance(times, Times) else times))
    drafted = await _draft(_ask(typed, app, times, knock, carried.channel), knock.person, services)
    if isinstance(drafted, Whisper):
        return drafted
    return Wrong(_under_fields(drafted, locale)) if isinstance(drafted, tuple) else Nothing()


def read_times(
    typed: LimitWords, person: Person, settings: Settings, now: datetime
) -> Times | dict[str, str]:
    """What was typed for the times, or a sentence for each that cannot be read, by its field."""
    faults: dict[str, str] = {}
    locale, known = person.locale, zones(person)

    def moment_of(phrase: str, block: str) -> Scheduled | None:
        found = schedule.read(phrase, now, settings.timezone, known) if phrase else None
        if isinstance(found, ScheduleFault):
            faults[block] = schedule_messages.fault(found, locale)
            return None
        return found

    starts, until = moment_of(typed.starts, STARTS_BLOCK), moment_of(typed.until, ENDS_BLOCK)
    for_s = _lasting(typed.lasts, locale, faults) if typed.lasts else None
    if typed.lasts and typed.until:
        faults[ENDS_BLOCK] = text(locale, "limit.fault.two_ends")
    if starts and until and until.at <= starts.at:
        faults[ENDS_BLOCK] = text(locale, "limit.fault.ends_first")
    return faults or Times(starts, until, for_s)


def _lasting(typed: str, locale: Locale, faults: dict[str, str]) -> int | None:
    found = validity.read(typed, LONGEST_S)
    if isinstance(found, ValidityFault):
        faults[ENDS_BLOCK] = text(
            locale,
            f"form.valid_fault.{found.value}",
            shortest=validity.write(validity.SHORTEST_S),
            longest=validity.write(LONGEST_S),
        )
        return None
    return found


async def _may_not(app: str, person: Person, services: Services) -> Whisper | None:
    """Why nobody here, or not this person, may ask for it; None where they may."""
    why = limit_accounts.may_not(is_individual=services.settings.content.is_individual)
    if why is not None:
        return Whisper(account_messages.refused(why, person.locale))
    # Whether more would go through is known once the caps are, and looked at then.
    rule = services.settings.limits_rule(app, loosens=False)
    return await kept_back_by(rule, TIGHTEN, person, services)


async def _form(carried: Carried, fields: LimitFields, knock: Knock, services: Services) -> Json:
    app = services.settings.app(carried.app) or services.settings.apps[0]
    held = forms.Held(
        policy=await services.db.read(limits.policy_of, app, knock.now),
        until=await services.db.read(limits.ends_of, app.name, knock.now),
        zone=services.settings.timezone,
    )
    return forms.set_form(carried, knock.person.locale, held, fields=fields)


def _fields(typed: LimitWords) -> LimitFields:
    """What was typed, where the form has it; what cannot be read stands among the others."""
    keys = [(limit_words.key_of(key), key, value) for key, value in typed.pairs]
    caps = {str(key): value for key, _, value in keys if str(key) in forms.FIELDS}
    others = [f"{typed_}={value}" for key, typed_, value in keys if str(key) not in forms.FIELDS]
    return LimitFields(
        caps, " ".join(others), typed.starts, typed.lasts or typed.until, typed.reason
    )


def _typed(fields: LimitFields, locale: Locale) -> tuple[LimitWords, dict[str, str]]:
    """The form as it would have been typed, and what is wrong with the field of the others."""
    faults: dict[str, str] = {}
    read = words.read(fields.others)
    others = limit_words.read(read.tokens if isinstance(read, Words) else ())
    beside = (others.starts, others.lasts, others.until, others.reason, others.app)
    if not isinstance(read, Words) or others.stray or any(beside):
        faults[OTHERS_BLOCK] = text(locale, "limit.form.others_hint")
    is_length = validity.read(fields.ends, LONGEST_S) is not ValidityFault.UNREADABLE
    return (
        LimitWords(
            pairs=(*fields.caps.items(), *others.pairs),
            starts=fields.starts,
            lasts=fields.ends if is_length else "",
            until="" if is_length else fields.ends,
            reason=fields.reason,
            app=None,
            stray=(),
        ),
        faults,
    )


def _under_fields(faults: Sequence[CapFault], locale: Locale) -> dict[str, str]:
    """Each fault under its field, the first of each; what has no field under the first one."""
    found: dict[str, str] = {}
    for fault in faults:
        block = forms.block_of(fault.key) if fault.key else forms.block_of(forms.FIELDS[0])
        found.setdefault(block, answers.plain_fault(fault, locale))
    return found


def _ask(typed: LimitWords, app: App, times: Times, knock: Knock, channel: str) -> LimitAsk:
    return LimitAsk(
        pairs=typed.pairs,
        app=app,
        at=times.starts.at if times.starts else None,
        for_s=times.for_s,
        until=times.until.at if times.until else None,
        reason=typed.reason,
        requester=knock.person.user_id,
        channel=channel,
    )


async def _draft(
    ask: LimitAsk, person: Person, services: Services
) -> Request | Whisper | tuple[CapFault, ...]:
    """What others could not approve is not drafted: by the caps it is known which row decides."""
    change = await services.db.write(limit_drafts.judged, ask, services.clock())
    if isinstance(change, tuple):
        return change
    rule = limit_drafts.rule_of(ask.app.name, change, services.settings)
    no = await kept_back_by(rule, CHANGE if change.loosens else TIGHTEN, person, services)
    if no is not None:
        return no
    drafted = await services.db.write(limit_drafts.draft, ask, services.clock())
    ring(services)
    return drafted


def _notes(times: Times, locale: Locale) -> list[str]:
    """Which days were meant, where somebody may have meant others."""
    found = (times.starts, times.until)
    said = [schedule_messages.next_day_note(each, locale) for each in found if each is not None]
    return [each for each in said if each]


def _faults(typed: LimitWords, times: Times | dict[str, str], locale: Locale) -> list[str]:
    """Everything that is wrong with what was typed, whatever the limits are now, as mrkdwn."""
    caps = limit_words.read_caps(typed.pairs)
    said = (
        [answers.fault_sentence(each, locale) for each in caps] if isinstance(caps, tuple) else []
    )
    said += [answers.stray(word, locale) for word in typed.stray]
    too_long = answers.reason_too_long(typed.reason, locale)
    said += [too_long] if too_long else []
    return said + ([] if isinstance(times, Times) else [esc(each) for each in times.values()])


def ring(services: Services) -> None:
    services.wake()
    services.limits_due.set()


#: The app named behind `set`, and behind `simulate`.
OF_LIMIT_WORDS = scopes.of_typed(lambda knock, _: limit_words.read(knock.words).app)
OF_FORM = scopes.of_named(lambda written: forms.uncarry(written).app)
COMMANDS = (Command("limit", "set", Role.LIMIT_ADMIN, set_typed, about=OF_LIMIT_WORDS),)
SUBMISSIONS = (Submission(forms.SET_FORM, Role.LIMIT_ADMIN, hand_in, OF_FORM),)
