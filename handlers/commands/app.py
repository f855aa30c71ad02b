"""`/sms app`: which SMS applications there are, which is meant, stopping one, letting it again."""

from bot.registry import (
    About,
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Knock,
    NextForm,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
)
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Role
from bot.rules.words import did_you_mean
from bot.settings import App, Settings
from bot.slack.messages import apps as messages
from bot.slack.messages.asked import closing_form
from bot.slack.messages.help import MENU_APPS
from handlers import scopes
from handlers.commands import asking
from handlers.flows import app_stops, apps
from handlers.flows.app_stops import LetRefusal, Open
from handlers.services import Services


async def list_typed(knock: Typed, services: Services) -> Answer:
    """Every app: its id, whether it is meant here, who stopped it and why."""
    return Whisper(await _listing(knock, services))


async def press_list(knock: Pressed, services: Services) -> Answer:
    """The list of apps, from the menu: each has its button to be stopped."""
    return Whisper(await _listing(knock, services))


async def use(knock: Typed, services: Services) -> Answer:
    """`use <name>`: the app this person means in this channel, until they say otherwise."""
    app = _named("use", knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    await services.db.write(
        apps.use,
        services.settings,
        app,
        knock.person.user_id,
        services.clock(),
        knock.channel,
        knock.channel_name,
    )
    return Whisper(await _listing(knock, services, messages.used(app.name, knock.person.locale)))


async def pause(knock: Typed, services: Services) -> Answer:
    """`pause <name> [reason]`: at once, for whoever types it means it."""
    app = _named("pause", knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    return Whisper(await _stop(app, _rest(knock), knock, services))


async def press_pause(knock: Pressed, services: Services) -> Answer:
    """The button in the list, which has asked once more."""
    app = services.settings.app(knock.value)
    if app is None:
        return Whisper(_unknown(knock.value, knock, services))
    return Whisper(await _stop(app, "", knock, services), replace=True)


async def resume(knock: Typed, services: Services) -> Answer:
    """`resume <name> <reason>`: asks to let it send again; without a reason, the form for one."""
    app = _named("resume", knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    no = await asking.kept_back(RequestKind.APP_RESUME, app.name, knock.person, services)
    if no is not None:
        return no
    reason = _rest(knock)
    if not reason:
        return Form(messages.resume_form(knock.channel, app.name, knock.person.locale))
    said = await _ask(app, reason, knock.channel, knock, services)
    return Whisper(await _listing(knock, services, said))


async def press_resume(knock: Pressed, services: Services) -> Answer:
    """The button in the list: the form for the reason."""
    no = await asking.kept_back(RequestKind.APP_RESUME, knock.value, knock.person, services)
    return no or Form(messages.resume_form(knock.channel, knock.value, knock.person.locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The reason typed into the form."""
    locale = knock.person.locale
    channel, name = messages.uncarry(knock.carried)
    app, reason = services.settings.app(name), knock.fields.get(messages.REASON, "").strip()
    if app is None:
        return NextForm(closing_form(_unknown(name, knock, services).text, locale))
    no = await asking.kept_back(RequestKind.APP_RESUME, app.name, knock.person, services)
    if no is not None:
        return no
    said = await _ask(app, reason, channel, knock, services)
    return NextForm(closing_form(said, locale))


async def _stop(app: App, reason: str, knock: Knock, services: Services) -> SlackMessage:
    """Stopped before anything else is looked at: somebody may be in a hurry."""
    is_new = await services.db.write(
        app_stops.stop, app, knock.person.user_id, reason, knock.channel, services.clock()
    )
    services.wake()
    said = messages.stopped(app.name, knock.person.locale, is_new=is_new)
    return await _listing(knock, services, said)


async def _ask(app: App, reason: str, channel: str, knock: Knock, services: Services) -> str:
    """Asks for it; what to say about it."""
    locale = knock.person.locale
    end = await services.db.write(
        app_stops.ask_to_let,
        app,
        reason[: messages.REASON_MAX],
        knock.person.user_id,
        channel,
        services.settings,
        services.clock(),
    )
    services.wake()
    match end:
        case LetRefusal():
            return messages.not_stopped(app.name, locale)
        case Open(request_id=request_id):
            return messages.already_asked(app.name, request_id, locale)
    is_waived = end.state is not RequestState.AWAITING_APPROVAL
    return messages.asked(app.name, end.id, locale, is_waived=is_waived)


async def _listing(knock: Knock, services: Services, said: str = "") -> SlackMessage:
    rows = await services.db.read(
        app_stops.list_all,
        services.settings,
        knock.person.user_id,
        knock.channel,
        knock.channel_name,
        mine=knock.person.where(*Role),
    )
    may_look = knock.person.where(Role.VIEWER, Role.REQUESTER)
    return messages.listing(
        [each for each in rows if each.name in may_look],
        knock.person.locale,
        may_stop=knock.person.where(Role.REQUESTER),
        said=said,
    )


def _named(verb: str, knock: Typed, services: Services) -> App | SlackMessage:
    """The app whose name comes first. The only one there is need not be named to be stopped."""
    found = _first(knock, services.settings)
    if found is not None:
        return found
    if not knock.words:
        return messages.which(verb, knock.person.locale)
    return _unknown(knock.words[0].text, knock, services)


def _first(knock: Typed, settings: Settings) -> App | None:
    if knock.words:
        return settings.app(knock.words[0].text)
    return settings.apps[0] if len(settings.apps) == 1 else None


async def of_first(knock: Typed, services: Services) -> About:
    """What such a command is about."""
    app = _first(knock, services.settings)
    return None if app is None else app.name


def _unknown(name: str, knock: Knock, services: Services) -> SlackMessage:
    known = scopes.names_known(knock.person, services.settings)
    return messages.unknown(name, did_you_mean(name, known), knock.person.locale)


def _rest(knock: Typed) -> str:
    """What was typed behind the name, as long as a reason may be."""
    return " ".join(word.text for word in knock.words[1:])[: messages.REASON_MAX]


OF_CARRIED = scopes.of_named()
COMMANDS = (
    Command("app", "", Role.VIEWER, list_typed, takes=0),
    Command("app", "list", Role.VIEWER, list_typed, takes=0),
    Command("app", "use", (Role.VIEWER, Role.REQUESTER), use, about=of_first, takes=1),
    Command("app", "pause", Role.REQUESTER, pause, about=of_first, is_urgent=True),
    Command("app", "resume", Role.REQUESTER, resume, about=of_first),
)
BUTTONS = (
    Button(MENU_APPS, Role.REQUESTER, press_list),
    Button(messages.PAUSE, Role.REQUESTER, press_pause, OF_CARRIED),
    Button(messages.RESUME, Role.REQUESTER, press_resume, OF_CARRIED),
)
OF_FORM = scopes.of_named(lambda written: messages.uncarry(written)[1])
SUBMISSIONS = (Submission(messages.RESUME_FORM, Role.REQUESTER, hand_in, OF_FORM),)
