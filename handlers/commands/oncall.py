"""`/sms oncall`: who is on call and how they are reached, standing in, and one's own number."""

from datetime import datetime, timedelta

from bot.locales import Locale, text
from bot.registry import Answer, Command, Person, SlackMessage, Typed, Whisper
from bot.rules import rotas, schedule, validity
from bot.rules.numbers import BadNumber, Number, read_number
from bot.rules.oncall_words import NOBODY, OWN, SetWords, read_set, who_of
from bot.rules.roles import ACCOUNT, Role
from bot.rules.rotas import Override
from bot.rules.schedule import ScheduleFault
from bot.rules.validity import DAY_S, ValidityFault
from bot.slack.messages import help as help_messages
from bot.slack.messages import oncall as messages
from bot.slack.messages import optouts as optout_messages
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.faults import note
from bot.slack.messages.optouts import BadWord
from handlers import refusing, scopes
from handlers.commands.job_asking import zones
from handlers.flows import rotas as flow
from handlers.services import Services
from storage import oncall

#: Who is called says by whom and where, and so does who looks after the bot.
ACTING = (Role.ONCALL, Role.OWNER)
#: Longer than anybody stands in for somebody.
LONGEST_S = 90 * DAY_S
#: Words that take a number away again.
REMOVE = frozenset({"remove", "delete", "none", "移除", "删除"})


async def show(knock: Typed, services: Services) -> Answer:
    """Every rota with who has which weeks, every chain, and who can be called."""
    return Whisper(await _overview(knock.person, services))


async def stand_in(knock: Typed, services: Services) -> Answer:
    """`set [rota] <person|nobody|own> [from time] [until time|for time]`: somebody stands in."""
    person, locale = knock.person, knock.person.locale
    names = [each.name for each in services.settings.oncall.rotas]
    if not names:
        return _note(locale, "oncall.no_rotas")
    typed = read_set(knock.words, names)
    rota = typed.rota or (names[0] if len(names) == 1 else "")
    if unread := typed.unread or _unknown_handle(typed.who, services):
        return Whisper(messages.not_read(unread, locale))
    if not rota or not typed.who:
        return Whisper(messages.set_usage(names, locale))
    if typed.who == OWN:
        return Whisper(await _end(rota, person, services))
    return Whisper(await _set(rota, typed, person, services))


def _unknown_handle(who: str, services: Services) -> str:
    """What Slack did not make a mention of is nobody's name, unless app.yaml has it for a group."""
    settings = services.settings
    known = settings.oncall.groups() | {
        each for role in Role for each in settings.grants.names(role)
    }
    return who if who.startswith("@") and who not in known else ""


async def _end(rota: str, person: Person, services: Services) -> SlackMessage:
    """Everybody has their own weeks again."""
    now = services.clock()
    ended = await services.db.write(flow.end_overrides, rota, person.user_id, now)
    key = "oncall.own" if ended else "oncall.own_already"
    return await _overview(person, services, text(person.locale, key, rota=rota))


async def _set(rota: str, typed: SetWords, person: Person, services: Services) -> SlackMessage:
    now = services.clock()
    times = _times(typed, rota, person, services, now)
    if isinstance(times, str):
        return note(times)
    begins_at, ends_at = times
    who = "" if typed.who == NOBODY else typed.who
    if who and (unfit := await _unfit(who, services)):
        grants = services.settings.grants
        role = next((each for each in ACTING if grants.entries(each)), Role.ONCALL)
        return messages.may_not_stand_in(unfit, role, grants.entries(role), person.locale)
    wanted = Override("", rota, who, begins_at, ends_at, person.user_id)
    override = await services.db.write(flow.stand_in, wanted, now)
    known = await services.db.read(flow.look, services.settings, now)
    fallback = known.group_id(known.fallback)
    said = messages.stands_in(override, fallback, person.locale)
    return await _overview(person, services, said)


async def _unfit(who: str, services: Services) -> frozenset[str]:
    """Those of a person or a group who could not act on what they are called about."""
    people, grants = services.people, services.settings.grants
    called = await people.members([who]) if flow.is_group(who) else frozenset({who})
    return called - await people.members({each for role in ACTING for each in grants.names(role)})


async def phone(knock: Typed, services: Services) -> Answer:
    """`phone [person] [number|remove]`: under which number somebody is called; without one, which
    it is."""
    person, locale = knock.person, knock.person.locale
    words = [word.text for word in knock.words]
    whose = who_of(words[0]) if words else ""
    if whose and whose.startswith(("U", "W")):
        words = words[1:]
    else:
        whose = person.user_id
    if whose != person.user_id and not person.may(Role.OWNER, ACCOUNT):
        await refusing.note(person, services, ACCOUNT, [Role.OWNER.value], "/sms oncall phone")
        groups = services.settings.grants.entries(Role.OWNER)
        return Whisper(help_messages.not_allowed(Role.OWNER, groups, locale))
    if not words:
        known = await services.db.read(oncall.number_of, whose)
        return Whisper(messages.number(whose, known.number if known else "", locale))
    if words[0].casefold() in REMOVE:
        is_gone = await services.db.write(
            flow.forget_number, whose, person.user_id, services.clock()
        )
        return _note(locale, "oncall.phone.gone" if is_gone else "oncall.phone.none_known")
    typed = " ".join(words)
    number = read_number(typed)
    if isinstance(number, BadNumber):
        bad = BadWord(typed, number.reason.value, {"digits": number.digits})
        return Whisper(optout_messages.unreadable([bad], locale))
    return Whisper(await _keep(whose, number, person, services))


async def _keep(whose: str, number: Number, person: Person, services: Services) -> SlackMessage:
    await services.db.write(flow.set_number, whose, number.e164, person.user_id, services.clock())
    return messages.number(whose, number.e164, person.locale, is_new=True)


async def _overview(person: Person, services: Services, said: str = "") -> SlackMessage:
    view = await services.db.read(flow.overview, services.settings, services.clock())
    return messages.overview(view, person.locale, said=said)


def _times(
    typed: SetWords, rota: str, person: Person, services: Services, now: datetime
) -> tuple[datetime, datetime] | str:
    """From when until when somebody stands in: to the next hand-over where nothing is said."""
    locale, settings = person.locale, services.settings
    if typed.until and typed.lasts:
        return text(locale, "oncall.two_ends")
    begins_at = now
    if typed.starts:
        found = schedule.read(typed.starts, now, settings.timezone, zones(person))
        if isinstance(found, ScheduleFault):
            return schedule_messages.fault(found, locale)
        begins_at = found.at
    if typed.lasts:
        lasts_s = validity.read(typed.lasts, LONGEST_S)
        return (
            _too_long(lasts_s, locale)
            if isinstance(lasts_s, ValidityFault)
            else (begins_at, begins_at + timedelta(seconds=lasts_s))
        )
    if not typed.until:
        known = flow.rota(settings, rota)
        return (begins_at, rotas.handover_after(known, begins_at)) if known else ""
    until = schedule.read(typed.until, now, settings.timezone, zones(person))
    if isinstance(until, ScheduleFault):
        return schedule_messages.fault(until, locale)
    return (begins_at, until.at) if until.at > begins_at else text(locale, "oncall.ends_first")


def _too_long(fault: ValidityFault, locale: Locale) -> str:
    return text(
        locale,
        f"form.valid_fault.{fault.value}",
        shortest=validity.write(validity.SHORTEST_S),
        longest=validity.write(LONGEST_S),
    )


def _note(locale: Locale, key: str) -> Whisper:
    return Whisper(note(text(locale, key)))


COMMANDS = (
    Command("oncall", "", Role.VIEWER, show),
    Command("oncall", "show", Role.VIEWER, show),
    Command("oncall", "set", ACTING, stand_in, about=scopes.of_account),
    # One's own number is one's own: whoever receives alerts of any app may be called.
    Command("oncall", "phone", ACTING, phone),
)
