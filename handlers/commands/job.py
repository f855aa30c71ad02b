"""`/sms job`: sends to many listed, shown, paused, resumed, cancelled; the buttons of a card."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.locales import Locale
from bot.registry import (
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Knock,
    NextForm,
    Nothing,
    Person,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import schedule
from bot.rules.requests import RequestState
from bot.rules.roles import Role
from bot.rules.schedule import ScheduleFault
from bot.rules.words import did_you_mean
from bot.slack.messages import job_answers as answers
from bot.slack.messages import jobs as messages
from bot.slack.messages import schedule as schedule_messages
from bot.slack.messages.asked import closing_form
from bot.slack.messages.help import MENU_JOBS
from bot.slack.messages.jobs import JobCard, JobPhase
from handlers import backing, scopes
from handlers.flows import backing as backing_flow
from handlers.flows import job_cards, jobs, undoing
from handlers.flows.job_cards import Listed
from handlers.flows.jobs import JobRefusal
from handlers.services import Services
from storage.db import Tx

Deed = Callable[[Tx, str, str, datetime], RequestState | JobRefusal]
#: What can be asked of a job in which phase; it decides which one is meant where none is named.
FITTING = {
    "pause": frozenset({JobPhase.RUNNING, JobPhase.OUT_OF_HOURS, JobPhase.APP_STOPPED}),
    "resume": frozenset({JobPhase.PAUSED}),
    "cancel": messages.ACTIVE | {JobPhase.UNDO, JobPhase.SCHEDULED},
    "show": frozenset(JobPhase),
}
DEEDS: dict[str, Deed] = {"pause": jobs.pause, "resume": jobs.resume, "cancel": undoing.cancel}
PREFIX = "R-"
# What is no letter of an id reads as one that is.
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


async def list_typed(knock: Typed, services: Services) -> Answer:
    """The list; with an id behind it, that one."""
    if knock.words:
        return await show(knock, services)
    return Whisper(_listing(await _list(knock, services), knock.person.locale))


async def press_list(knock: Pressed, services: Services) -> Answer:
    """The list, from the menu."""
    return Whisper(_listing(await _list(knock, services), knock.person.locale))


async def show(knock: Typed, services: Services) -> Answer:
    """One job as its card shows it, for the person alone; the list where there are several."""
    found = await _named("show", knock, services)
    if isinstance(found, Whisper):
        return found
    return Whisper(messages.card(found, knock.person.locale, is_copy=True))


async def show_listed(knock: Pressed, services: Services) -> Answer:
    """One job, from the list."""
    return Whisper(await _copy(knock.value, knock, services))


async def act_typed(verb: str, knock: Typed, services: Services) -> Answer:
    """`pause`, `resume` or `cancel`: the one named, or the only one there is to do it to."""
    found = await _named(verb, knock, services)
    if isinstance(found, Whisper):
        return found
    refusal = await _do(DEEDS[verb], found.request_id, knock, services)
    return refusal or Whisper(await _copy(found.request_id, knock, services))


async def act(deed: Deed, knock: Pressed, services: Services) -> Answer:
    """A button of the card, which shows what came of it."""
    return await _do(deed, knock.value, knock, services) or Nothing()


async def act_here(deed: Deed, knock: Pressed, services: Services) -> Answer:
    """As `act`, under a copy that no edit of the card reaches: what came of it takes its place."""
    refusal = await _do(deed, knock.value, knock, services)
    return refusal or Whisper(await _copy(knock.value, knock, services), replace=True)


async def open_move(knock: Pressed, services: Services) -> Answer:
    """The form for another time."""
    shown = await _find(knock.value, knock, services)
    if shown is None:
        return _refused(JobRefusal.NOT_FOUND, knock.value, knock.person.locale)
    if shown.phase not in {JobPhase.AWAITING, JobPhase.SCHEDULED, JobPhase.UNDO}:
        return _refused(JobRefusal.TOO_LATE, shown.request_id, knock.person.locale)
    if shown.requester != knock.person.user_id:
        return _refused(JobRefusal.NOT_YOURS, shown.request_id, knock.person.locale)
    return Form(answers.move_form(shown, knock.person.locale))


async def move(knock: Filled, services: Services) -> Answer:
    """Another time was typed."""
    locale, request_id = knock.person.locale, knock.carried
    typed, now = knock.fields.get(answers.TIME, ""), services.clock()
    viewer = _zone(knock.person)
    known = {knock.person.timezone: viewer} if viewer else {}
    read = schedule.read(typed, now, services.settings.timezone, known)
    if isinstance(read, ScheduleFault):
        return Wrong({answers.TIME_BLOCK: schedule_messages.fault(read, locale)})
    end = await services.db.write(
        jobs.reschedule, request_id, knock.person.user_id, read.at, services.settings, now
    )
    if end in {JobRefusal.PAST, JobRefusal.CODE_LATER, JobRefusal.NEVER_OPEN}:
        return Wrong({answers.TIME_BLOCK: answers.refusal(str(end), request_id, locale)})
    services.wake()
    if isinstance(end, JobRefusal):
        return NextForm(closing_form(answers.refusal(end.value, request_id, locale), locale))
    shown = await _find(request_id, knock, services)
    said = answers.moved(shown, locale) if shown else ""
    return NextForm(closing_form(said, locale))


async def _do(deed: Deed, request_id: str, knock: Knock, services: Services) -> Whisper | None:
    """Of two who press at once one is heard, the other is told how it stands."""
    if deed is jobs.resume:
        found = await services.db.read(backing_flow.of, request_id, services.clock())
        deed = partial(
            jobs.resume,
            hours=services.settings.sending.marketing_hours,
            answers=await backing.ask(services, [found] if found else []),
        )
    end = await services.db.write(deed, request_id, knock.person.user_id, services.clock())
    services.wake()
    if isinstance(end, JobRefusal):
        return _refused(end, request_id, knock.person.locale)
    return None


async def _named(verb: str, knock: Typed, services: Services) -> JobCard | Whisper:
    """The job whose id was typed, or the only one that fits."""
    locale = knock.person.locale
    typed, role = _typed(knock), Role.VIEWER if verb == "show" else Role.REQUESTER
    if typed:
        found = await _find(read_id(typed), knock, services)
        if found is None or found.app not in knock.person.where(role):
            return Whisper(await _unknown(typed, knock, services))
        return found
    # Only what the person may do it to can be meant.
    listed = await _list(knock, services, role)
    fitting = [each for each in _all(listed) if each.phase in FITTING[verb]]
    if len(fitting) == 1:
        return fitting[0]
    if fitting and verb == "show":
        return Whisper(_listing(listed, locale))
    if fitting:
        return Whisper(answers.several_fit(verb, fitting, locale))
    return Whisper(answers.none_fits(verb, locale))


async def _unknown(typed: str, knock: Knock, services: Services) -> SlackMessage:
    known = [each.request_id for each in _all(await _list(knock, services))]
    closest = did_you_mean(read_id(typed), known)
    return answers.unknown(typed, closest, knock.person.locale)


async def _copy(request_id: str, knock: Knock, services: Services) -> SlackMessage:
    shown = await _find(request_id, knock, services)
    if shown is None:
        return answers.refused(JobRefusal.NOT_FOUND.value, request_id, knock.person.locale)
    return messages.card(shown, knock.person.locale, is_copy=True)


async def _find(request_id: str, knock: Knock, services: Services) -> JobCard | None:
    return await services.db.read(
        job_cards.find, request_id, services.settings, services.clock(), _zone(knock.person)
    )


async def _list(knock: Knock, services: Services, role: Role = Role.VIEWER) -> Listed:
    user_id = knock.person.user_id
    entries = await services.people.entries_of(knock.person)
    return await services.db.read(
        job_cards.list_for,
        user_id,
        entries,
        knock.person.where(role),
        services.settings,
        services.clock(),
        _zone(knock.person),
    )


def _typed(knock: Typed) -> str:
    return " ".join(word.text for word in knock.words)


def _all(listed: Listed) -> list[JobCard]:
    return [*listed.running, *listed.scheduled, *listed.mine, *listed.ended]


def _listing(listed: Listed, locale: Locale) -> SlackMessage:
    groups = (
        ("running", listed.running),
        ("scheduled", listed.scheduled),
        ("mine", listed.mine),
        ("ended", listed.ended),
    )
    return answers.listing(groups, locale)


def read_id(typed: str) -> str:
    """An id as people type it: in small letters, without its beginning, with an O for a zero."""
    plain = typed.strip().strip("#`").upper()
    return PREFIX + plain.removeprefix(PREFIX).translate(READ_AS)


def _zone(person: Person) -> tzinfo | None:
    try:
        return ZoneInfo(person.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _refused(refusal: JobRefusal, request_id: str, locale: Locale) -> Whisper:
    return Whisper(answers.refused(refusal.value, request_id, locale))


OF_TYPED = scopes.if_known(scopes.of_found(scopes.request, lambda knock: read_id(_typed(knock))))
COMMANDS = (
    Command("job", "", Role.VIEWER, list_typed, about=OF_TYPED),
    Command("job", "list", Role.VIEWER, list_typed, about=OF_TYPED),
    Command("job", "show", Role.VIEWER, show, about=OF_TYPED),
    *(
        Command("job", verb, Role.REQUESTER, partial(act_typed, verb), about=OF_TYPED)
        for verb in DEEDS
    ),
)
CARD_DEEDS: dict[str, Deed] = {
    messages.UNDO: undoing.undo,
    messages.PAUSE: jobs.pause,
    messages.RESUME: jobs.resume,
    messages.CANCEL: undoing.cancel,
}
BUTTONS = (
    Button(MENU_JOBS, Role.VIEWER, press_list),
    Button(answers.SHOW, Role.VIEWER, show_listed, scopes.of_request),
    Button(messages.MOVE, Role.REQUESTER, open_move, scopes.of_request),
    *(
        Button(name, Role.REQUESTER, partial(act, deed), scopes.of_request)
        for name, deed in CARD_DEEDS.items()
    ),
    *(
        Button(name + messages.HERE, Role.REQUESTER, partial(act_here, deed), scopes.of_request)
        for name, deed in CARD_DEEDS.items()
    ),
)
SUBMISSIONS = (Submission(answers.MOVE_FORM, Role.REQUESTER, move, scopes.of_request),)
