"""`/sms alerts silence`: what nobody wants to hear of for a while; the list of it, and its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.locales import Locale, text
from bot.registry import (
    About,
    Answer,
    AppOf,
    Button,
    Chosen,
    Command,
    Filled,
    Form,
    FormAction,
    Json,
    Knock,
    NextForm,
    Person,
    Pressed,
    Redraw,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import matchers as matching
from bot.rules import schedule, silence_words, validity, words
from bot.rules.matchers import Fault, Matcher
from bot.rules.roles import Role
from bot.rules.schedule import ScheduleFault
from bot.rules.silence_words import SilenceWords, read_id
from bot.rules.validity import ValidityFault
from bot.settings import Settings
from bot.slack.blocks import code
from bot.slack.messages import alert_lists as lists
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages import silences as messages
from bot.slack.messages.alerts import CUSTOM, HERE, SILENCE, SILENCES_S
from bot.slack.messages.asked import closing_form
from bot.slack.messages.faults import note, outdated
from bot.slack.messages.silences import Draft, Looked
from handlers import refusing, scopes
from handlers.commands.alerts import ACTING, LOOKING, NOUN, whole
from handlers.commands.job_asking import zones
from handlers.flows import alert_lists, alerts
from handlers.services import Services
from storage import alert_groups, silences
from storage.db import Tx
from storage.silences import Silence

#: What is to be quiet for longer is no alert, but a route of app.yaml.
LONGEST_S = int(schedule.MAX_AHEAD.total_seconds())
LONGEST = validity.write(LONGEST_S)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when."""

    begins_at: datetime
    ends_at: datetime


async def silence(knock: Typed, services: Services) -> Answer:
    """`silence <matchers or id> for 4h because …`: at once; the form for what is missing, and where
    everything would be silenced."""
    typed = _typed(knock)
    locale = knock.person.locale
    if typed.group_id:
        found = await services.db.read(_of_group, typed.group_id)
        if found is None or await _is_hidden(OF_TYPED, knock, services):
            return Whisper(lists.unknown(typed.group_id, locale))
        typed = replace(typed, matchers=matching.written(found))
    matchers = matching.parse(typed.matchers) if typed.matchers else ()
    if isinstance(matchers, Fault):
        return Whisper(messages.faulty([messages.fault(matchers, locale)], locale))
    is_all = await _is_everything(matchers, typed.group_id, services)
    if not matchers or not (typed.lasts or typed.until) or is_all:
        return Form(await _form(_draft(typed), knock.person, services))
    span = _span(typed, knock.person, services.settings, knock.now)
    if isinstance(span, str):
        return Whisper(messages.faulty([span], locale))
    comment = typed.comment[: messages.COMMENT_MAX]
    return Whisper(note(await _keep(matchers, typed.group_id, span, comment, knock, services)))


async def choose(knock: Pressed, services: Services) -> Answer:
    """A length of time in the list of a card: at once. Something else: the form, filled in."""
    return await _choose(knock, services)


async def choose_here(knock: Pressed, services: Services) -> Answer:
    """The same in a copy of the card: as it is now takes its place."""
    answer = await _choose(knock, services)
    if not isinstance(answer, Whisper):
        return answer
    group_id = knock.value.partition("|")[0]
    return Whisper(await whole(group_id, 0, knock, services), replace=True)


async def press_new(knock: Pressed, services: Services) -> Answer:
    """The empty form."""
    return Form(await _form(Draft(), knock.person, services))


async def type_matchers(knock: Chosen, services: Services) -> Answer:
    """Conditions typed on: the form says what they cover."""
    draft = replace(messages.carried(knock.carried, knock.fields), is_sure=False)
    return Redraw(await _form(draft, knock.person, services))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in; where it silences everything, it asks once more."""
    draft, locale = messages.carried(knock.carried, knock.fields), knock.person.locale
    matchers = matching.parse(draft.matchers)
    typed = _times_of(draft)
    span = _span(typed, knock.person, services.settings, knock.now)
    faults: dict[str, str] = {}
    if isinstance(matchers, Fault):
        faults[messages.MATCHERS_BLOCK] = messages.plain_fault(matchers, locale)
    if isinstance(span, str):
        faults[messages.LASTS_BLOCK] = span.replace("`", "")
    if isinstance(matchers, Fault) or isinstance(span, str):
        return Wrong(faults)
    is_all = await _is_everything(matchers, draft.group_id, services)
    if is_all and not draft.is_sure:
        return NextForm(await _form(replace(draft, is_sure=True), knock.person, services))
    said = await _keep(matchers, draft.group_id, span, draft.comment, knock, services)
    return NextForm(closing_form(said, locale))


async def show(knock: Typed, services: Services) -> Answer:
    """`silences`: those that hold, or will."""
    return Whisper(await _listed(knock, services))


async def unsilence(knock: Typed, services: Services) -> Answer:
    """`unsilence <id>`; without one, the only one there is."""
    locale = knock.person.locale
    silence_id = _id_typed(knock)
    if silence_id and await _is_hidden(OF_ID, knock, services):
        return Whisper(note(_gone(silence_id, locale)))
    if not silence_id:
        found = await services.db.read(silences.find_listed, knock.now)
        held = [each for each in found if _may(each.matchers, knock.person, ACTING, services)]
        if knock.words or len(held) != 1:
            return Whisper(note(text(locale, "alerts.silences.which")))
        silence_id = held[0].id
    return Whisper(note(await _end(silence_id, knock, services)))


async def press_end(knock: Pressed, services: Services) -> Answer:
    """The button beside one: its line goes, or who was first is told."""
    said = await _end(knock.value, knock, services)
    listed = await _listed(knock, services)
    return Whisper(SlackMessage(said, (note(said).blocks[0], *listed.blocks)), replace=True)


async def _choose(knock: Pressed, services: Services) -> Answer:
    locale = knock.person.locale
    group_id, _, typed = knock.value.partition("|")
    matchers = await services.db.read(_of_group, group_id)
    if matchers is None:
        return Whisper(lists.unknown(group_id, locale))
    if typed == CUSTOM:
        draft = Draft(group_id=group_id, matchers=matching.written(matchers))
        return Form(await _form(draft, knock.person, services))
    if typed not in {str(each) for each in SILENCES_S}:
        return Whisper(outdated(locale))
    span = Span(knock.now, knock.now + timedelta(seconds=int(typed)))
    return Whisper(note(await _keep(matchers, group_id, span, "", knock, services)))


async def _keep(
    matchers: tuple[Matcher, ...],
    group_id: str,
    span: Span,
    comment: str,
    knock: Knock,
    services: Services,
) -> str:
    """The one way of every silence, whatever asked for it; what is said about it."""

    def keep(tx: Tx) -> tuple[Silence, messages.Covered]:
        kept = alerts.silence(
            tx,
            matchers,
            group_id=group_id,
            author=knock.person.user_id,
            comment=comment,
            begins_at=span.begins_at,
            ends_at=span.ends_at,
            now=services.clock(),
        )
        return kept, alert_lists.covered(tx, matchers)

    kept, covered = await services.db.write(keep)
    services.wake()
    return messages.silenced(kept.id, kept.ends_at, covered, knock.person.locale)


async def _is_everything(matchers: tuple[Matcher, ...], group_id: str, services: Services) -> bool:
    """Whether nothing would be heard any more, of what is likely to come or, where no card was
    named, of what is open now."""
    if matching.is_sweeping(matchers) or group_id:
        return matching.is_sweeping(matchers)
    found = await services.db.read(alert_lists.covered, matchers)
    return found.count == found.open > 1


async def _end(silence_id: str, knock: Knock, services: Services) -> str:
    ended = await services.db.write(
        alerts.unsilence, silence_id, knock.person.user_id, services.clock()
    )
    services.wake()
    locale = knock.person.locale
    if ended is None:
        return _gone(silence_id, locale)
    return text(locale, "alerts.done.unsilenced", silence=code(silence_id))


def _gone(silence_id: str, locale: Locale) -> str:
    return text(locale, "alerts.silences.gone", silence=code(silence_id))


async def _is_hidden(about: AppOf, knock: Knock, services: Services) -> bool:
    """Whether somebody may not act on all that an id means: answered as if there were none."""
    found = scopes.names(await about(knock, services))
    missing = [app for app in found if not knock.person.may(ACTING, app)]
    for app in missing:
        held_by = [role.value for role in ACTING]
        await refusing.note(knock.person, services, app, held_by, f"/sms {NOUN}")
    return bool(missing)


async def _listed(knock: Knock, services: Services) -> SlackMessage:
    now, person = services.clock(), knock.person

    def may_look(each: Silence) -> bool:
        return _may(each.matchers, person, LOOKING, services)

    def may_end(each: Silence) -> bool:
        return _may(each.matchers, person, ACTING, services)

    held, more = await services.db.read(alert_lists.quiet, now, may_look, may_end)
    return messages.listing(held, more, now, person.locale, may_act=person.may(ACTING))


def _may(
    matchers: Sequence[Matcher], person: Person, roles: tuple[Role, ...], services: Services
) -> bool:
    """Whether somebody has one of `roles` for everything that matchers may pick."""
    return all(person.may(roles, app) for app in scopes.picked(matchers, services.settings))


async def _form(draft: Draft, person: Person, services: Services) -> Json:
    """What it covers is told to whoever may look at all of that."""
    looked, locale = Looked(), person.locale
    if draft.matchers:
        matchers = matching.parse(draft.matchers)
        if isinstance(matchers, Fault):
            looked = Looked(fault=matchers)
        elif _may(matchers, person, LOOKING, services):
            covered = await services.db.read(alert_lists.covered, matchers)
            is_all = await _is_everything(matchers, draft.group_id, services)
            looked = Looked(covered=covered, is_sweeping=is_all)
    return messages.form(draft, looked, LONGEST, locale)


def _of_group(tx: Tx, group_id: str) -> tuple[Matcher, ...] | None:
    group = alert_groups.get(tx, group_id)
    return None if group is None else alert_lists.matchers_of(tx, group)


def _draft(typed: SilenceWords) -> Draft:
    until = f"until {typed.until}" if typed.until else ""
    return Draft(
        group_id=typed.group_id,
        matchers=typed.matchers,
        lasts=typed.lasts or until or messages.LASTS_FIRST,
        comment=typed.comment[: messages.COMMENT_MAX],
    )


def _times_of(draft: Draft) -> SilenceWords:
    """The one field for both: a length of time, else a time."""
    if not isinstance(validity.read(draft.lasts, LONGEST_S), ValidityFault):
        return SilenceWords(lasts=draft.lasts)
    typed = silence_words.read(draft.lasts)
    if typed.lasts or typed.until:
        return typed
    is_length = validity.read(draft.lasts, LONGEST_S) is not ValidityFault.UNREADABLE
    return SilenceWords(lasts=draft.lasts) if is_length else SilenceWords(until=draft.lasts)


def _span(typed: SilenceWords, person: Person, settings: Settings, now: datetime) -> Span | str:
    """From when until when, or why it cannot be said."""
    locale = person.locale
    if bool(typed.lasts) is bool(typed.until):
        return text(locale, f"alerts.fault.{'two_ends' if typed.lasts else 'no_time'}")
    begins_at = _moment(typed.starts, person, settings, now) if typed.starts else now
    if isinstance(begins_at, str):
        return begins_at
    if typed.until:
        ends_at = _moment(typed.until, person, settings, now)
    else:
        ends_at = _behind(begins_at, typed.lasts, locale)
    if not isinstance(ends_at, str) and ends_at <= begins_at:
        return text(locale, "alerts.fault.ends_first")
    return ends_at if isinstance(ends_at, str) else Span(begins_at, ends_at)


def _moment(typed: str, person: Person, settings: Settings, now: datetime) -> datetime | str:
    found = schedule.read(typed, now, settings.timezone, zones(person))
    if isinstance(found, ScheduleFault):
        return schedule_messages.fault(found, person.locale)
    return found.at


def _behind(begins_at: datetime, typed: str, locale: Locale) -> datetime | str:
    lasts_s = validity.read(typed, LONGEST_S)
    if lasts_s is ValidityFault.UNREADABLE:
        return text(locale, "alerts.fault.unreadable_time", given=code(typed))
    if isinstance(lasts_s, ValidityFault):
        shortest = validity.write(validity.SHORTEST_S)
        key = f"form.valid_fault.{lasts_s.value}"
        return text(locale, key, shortest=shortest, longest=LONGEST)
    return begins_at + timedelta(seconds=lasts_s)


def _typed(knock: Typed) -> SilenceWords:
    return silence_words.read(words.text_behind(knock.text, 2))


async def of_words(knock: Typed, services: Services) -> About:
    """What `silence` is about. An alert of another app's is none to whoever has no role there."""
    about = scopes.if_known(OF_TYPED) if _typed(knock).group_id else OF_TYPED
    return await about(knock, services)


def _id_typed(knock: Typed) -> str:
    """The id of `unsilence <id>`, whichever key it is given under."""
    return read_id(knock.words[0].text, "S") if knock.words else ""


def _handed_in(knock: Filled) -> SilenceWords:
    return SilenceWords(matchers=messages.carried(knock.carried, knock.fields).matchers)


OF_TYPED = scopes.of_found(scopes.silenced, _typed)
OF_CARD = scopes.of_found(scopes.silenced, lambda knock: SilenceWords(scopes.first(knock)))
OF_FORM = scopes.of_found(scopes.silenced, _handed_in)
OF_ID = scopes.of_found(scopes.silence, _id_typed)
COMMANDS = (
    Command(NOUN, "silence", ACTING, silence, has_own_words=True, about=of_words),
    Command(NOUN, "silences", LOOKING, show, takes=0),
    Command(NOUN, "unsilence", ACTING, unsilence, about=scopes.if_known(OF_ID), takes=1),
)
BUTTONS = (
    Button(SILENCE, ACTING, choose, OF_CARD),
    Button(f"{SILENCE}{HERE}", ACTING, choose_here, OF_CARD),
    Button(messages.NEW, ACTING, press_new),
    Button(messages.END, ACTING, press_end, scopes.of_silence),
)
FORM_ACTIONS = (FormAction(messages.MATCHERS, ACTING, type_matchers),)
SUBMISSIONS = (Submission(messages.FORM, ACTING, hand_in, OF_FORM),)
