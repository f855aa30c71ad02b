"""`/sms oncall set`: somebody stands in, in one line or in the form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Chosen,
    Command,
    Filled,
    Form,
    FormAction,
    Json,
    NextForm,
    Person,
    Redraw,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import rotas, schedule, validity
from bot.rules.oncall_words import NOBODY, OWN, SetWords, read_set, who_of
from bot.rules.roles import Role
from bot.rules.rotas import Override
from bot.rules.schedule import ScheduleFault
from bot.rules.validity import DAY_S, ValidityFault
from bot.slack.messages import oncall as messages
from bot.slack.messages import oncall_forms as forms
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.asked import closing_form
from bot.slack.messages.faults import note
from bot.slack.messages.oncall_forms import ENDS_BLOCK, STARTS_BLOCK, Draft, How, Offered
from handlers import scopes
from handlers.commands.job_asking import zones
from handlers.commands.oncall import ACTING, overview
from handlers.flows import rotas as flow
from handlers.services import Services

#: Longer than anybody stands in for somebody.
LONGEST_S = 90 * DAY_S
LONGEST = validity.write(LONGEST_S)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when."""

    begins_at: datetime
    ends_at: datetime


async def stand_in(knock: Typed, services: Services) -> Answer:
    """`set [rota] <person|nobody|own> [from time] [until time|for time]`: somebody stands in; the
    form for what is missing."""
    person, names = knock.person, _rotas(services)
    typed = read_set(knock.words, names)
    typed = replace(typed, rota=typed.rota or (names[0] if len(names) == 1 else ""))
    if no := await _refused(typed, person, services):
        return Whisper(no)
    if not typed.rota or not typed.who:
        return Form(await _form(forms.drafted(typed), person, services))
    if typed.who == OWN:
        return Whisper(await overview(person, services, await _end(typed.rota, person, services)))
    span = _span(typed, person, services, services.clock())
    if not isinstance(span, Span):
        return Whisper(note("\n".join(span.values())))
    said = await _keep(typed.rota, typed.who, span, person, services)
    return Whisper(await overview(person, services, said))


async def choose_how(knock: Chosen, services: Services) -> Answer:
    """A person, a group, nobody, own weeks again: the form asks for what that needs."""
    draft = forms.filled(forms.uncarry(knock.carried), knock.fields)
    return Redraw(await _form(draft, knock.person, services))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: done, or a sentence under each field to mend."""
    person, locale = knock.person, knock.person.locale
    draft = forms.filled(forms.uncarry(knock.carried), knock.fields)
    names = _rotas(services)
    if not names:
        return NextForm(closing_form(text(locale, "oncall.no_rotas"), locale))
    if draft.rota not in names:
        # Another app.yaml holds since it was opened.
        return NextForm(await _form(replace(draft, rota=""), person, services))
    if draft.how is How.OWN:
        return NextForm(closing_form(await _end(draft.rota, person, services), locale))
    faults = await _who_faults(draft, person, services)
    span = _span(_times_of(draft), person, services, services.clock())
    if faults or not isinstance(span, Span):
        return Wrong({**faults, **({} if isinstance(span, Span) else span)})
    said = await _keep(draft.rota, draft.who, span, person, services)
    return NextForm(closing_form(said, locale))


def _rotas(services: Services) -> list[str]:
    return [each.name for each in services.settings.oncall.rotas]


def _unknown_handle(who: str, services: Services) -> str:
    """What Slack did not make a mention of is nobody's name, unless app.yaml has it for a group."""
    settings = services.settings
    known = settings.oncall.groups() | {
        each for role in Role for each in settings.grants.names(role)
    }
    return who if who.startswith("@") and who not in known else ""


async def _end(rota: str, person: Person, services: Services) -> str:
    """Everybody has their own weeks again."""
    now = services.clock()
    ended = await services.db.write(flow.end_overrides, rota, person.user_id, now)
    return text(person.locale, "oncall.own" if ended else "oncall.own_already", rota=rota)


async def _keep(rota: str, who: str, span: Span, person: Person, services: Services) -> str:
    """The one way of everybody who stands in; what is said about it."""
    now, who = services.clock(), "" if who == NOBODY else who
    wanted = Override("", rota, who, span.begins_at, span.ends_at, person.user_id)
    override = await services.db.write(flow.stand_in, wanted, now)
    known = await services.db.read(flow.look, services.settings, now)
    fallback = known.group_id(known.fallback)
    return messages.stands_in(override, fallback, person.locale)


async def _refused(typed: SetWords, person: Person, services: Services) -> SlackMessage | None:
    """Why what was typed cannot be done, whatever is left out; None where it may."""
    locale = person.locale
    if not _rotas(services):
        return note(text(locale, "oncall.no_rotas"))
    if unread := typed.unread or _unknown_handle(typed.who, services):
        return messages.not_read(unread, locale)
    if typed.until and typed.lasts:
        return note(text(locale, "oncall.two_ends"))
    if typed.who in {"", NOBODY, OWN} or not (unfit := await _unfit(typed.who, services)):
        return None
    role, entries = _needed(services)
    return messages.may_not_stand_in(unfit, role, entries, locale)


async def _who_faults(draft: Draft, person: Person, services: Services) -> Mapping[str, str]:
    """The same of the form, under the field they were chosen in."""
    if draft.who == NOBODY:
        return {}
    if who_of(draft.who) in {"", NOBODY, OWN} or _unknown_handle(draft.who, services):
        return {draft.who_block: text(person.locale, "oncall.form.choose")}
    if not await _unfit(draft.who, services):
        return {}
    role, entries = _needed(services)
    return {draft.who_block: forms.lacks_role(draft, role, entries, person.locale)}


async def _unfit(who: str, services: Services) -> frozenset[str]:
    """Those of a person or a group who could not act on what they are called about."""
    people, grants = services.people, services.settings.grants
    called = await people.members([who]) if flow.is_group(who) else frozenset({who})
    return called - await people.members({each for role in ACTING for each in grants.names(role)})


def _needed(services: Services) -> tuple[Role, tuple[str, ...]]:
    """The role that is named to whoever lacks all of them, and who holds it."""
    grants = services.settings.grants
    role = next((each for each in ACTING if grants.entries(each)), Role.ONCALL)
    return role, grants.entries(role)


async def _form(draft: Draft, person: Person, services: Services) -> Json:
    """What there is to choose from is what can be called: groups by their handles, where Slack has
    told them."""
    settings, names = services.settings, _rotas(services)
    known = await services.db.read(flow.look, settings, services.clock())
    handles = {each.group_id: name for name, each in known.groups.items() if each.group_id}
    draft = replace(draft, group=handles.get(draft.group, draft.group))
    if len(names) == 1:
        draft = replace(draft, rota=names[0])
    holders = {each for role in ACTING for each in settings.grants.names(role)}
    groups = {each for each in holders | {draft.group} if each and flow.is_group(each)}
    offered = Offered(names, sorted(groups), settings.timezone, LONGEST)
    return forms.form(draft, offered, person.locale)


def _times_of(draft: Draft) -> SetWords:
    """The one field for both ends: a length of time, else a time."""
    is_length = validity.read(draft.ends, LONGEST_S) is not ValidityFault.UNREADABLE
    lasts, until = (draft.ends, "") if is_length else ("", draft.ends)
    return SetWords(rota=draft.rota, starts=draft.starts, lasts=lasts, until=until)


def _span(
    typed: SetWords, person: Person, services: Services, now: datetime
) -> Span | Mapping[str, str]:
    """From when until when somebody stands in, to the next hand-over where nothing is said; or a
    sentence for each time that cannot be read, by its field."""
    faults: dict[str, str] = {}
    begins_at = now
    if typed.starts:
        begins_at = _moment(typed.starts, STARTS_BLOCK, person, services, now, faults) or now
    ends_at = _ends(typed, begins_at, person, services, now, faults)
    if not faults and ends_at is not None and ends_at <= begins_at:
        faults[ENDS_BLOCK] = text(person.locale, "oncall.ends_first")
    return Span(begins_at, ends_at) if ends_at is not None and not faults else faults


def _ends(
    typed: SetWords,
    begins_at: datetime,
    person: Person,
    services: Services,
    now: datetime,
    faults: dict[str, str],
) -> datetime | None:
    if typed.until:
        return _moment(typed.until, ENDS_BLOCK, person, services, now, faults)
    if typed.lasts:
        lasts_s = validity.read(typed.lasts, LONGEST_S)
        if isinstance(lasts_s, ValidityFault):
            faults[ENDS_BLOCK] = _too_long(lasts_s, person.locale)
            return None
        return begins_at + timedelta(seconds=lasts_s)
    known = flow.rota(services.settings, typed.rota)
    return None if known is None else rotas.handover_after(known, begins_at)


def _moment(
    typed: str,
    block: str,
    person: Person,
    services: Services,
    now: datetime,
    faults: dict[str, str],
) -> datetime | None:
    found = schedule.read(typed, now, services.settings.timezone, zones(person))
    if isinstance(found, ScheduleFault):
        faults[block] = schedule_messages.fault(found, person.locale)
        return None
    return found.at


def _too_long(fault: ValidityFault, locale: Locale) -> str:
    shortest = validity.write(validity.SHORTEST_S)
    return text(locale, f"form.valid_fault.{fault.value}", shortest=shortest, longest=LONGEST)


COMMANDS = (Command("oncall", "set", ACTING, stand_in, about=scopes.of_account),)
FORM_ACTIONS = (FormAction(forms.HOW, ACTING, choose_how, scopes.of_account),)
SUBMISSIONS = (Submission(forms.FORM, ACTING, hand_in, scopes.of_account),)
