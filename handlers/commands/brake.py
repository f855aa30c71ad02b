"""The three buttons of an alert about unusual traffic: stop, tighten, an hour without a word."""

from bot.registry import Answer, Button, Person, Pressed, SlackMessage, Whisper
from bot.rules.roles import Role
from bot.slack.messages import brakes as messages
from bot.slack.messages import limit_keys
from bot.slack.messages.faults import outdated
from bot.slack.messages.limit_forms import Carried, LimitFields
from handlers import scopes
from handlers.commands import limit
from handlers.flows import brakes
from handlers.flows.brakes import Late, TooLate
from handlers.services import Services


async def press_stop(knock: Pressed, services: Services) -> Answer:
    """Stops the app at once; the button has asked once more."""
    end = await services.db.write(
        brakes.stop, knock.value, knock.person.user_id, services.settings, services.clock()
    )
    services.wake()
    if isinstance(end, TooLate):
        return Whisper(_too_late(end, knock.person))
    return Whisper(messages.stopped(end.name, knock.person.locale))


async def press_ignore(knock: Pressed, services: Services) -> Answer:
    """An hour without a word, for what was expected."""
    end = await services.db.write(
        brakes.ignore, knock.value, knock.person.user_id, services.settings, services.clock()
    )
    services.alerts_due.set()
    if isinstance(end, TooLate):
        return Whisper(_too_late(end, knock.person))
    return Whisper(messages.ignored(end.name, knock.person.locale))


async def press_tighten(knock: Pressed, services: Services) -> Answer:
    """The form of a change of limits, with what would let no more than usual through."""
    end = await services.db.read(brakes.tighten, knock.value, services.settings, services.clock())
    if isinstance(end, TooLate):
        return Whisper(_too_late(end, knock.person))
    fields = LimitFields(
        others=" ".join(limit_keys.assigned(key, cap) for key, cap in end.caps.items()),
        ends=messages.TIGHT_FOR,
        reason=messages.reason(end.facts, end.begun, knock.person.locale),
    )
    return await limit.open_form(Carried(knock.channel, end.app.name), fields, knock, services)


def _too_late(end: TooLate, person: Person) -> SlackMessage:
    locale = person.locale
    match end:
        case TooLate(Late.STOPPED, app=app, by=by, at=at) if at is not None:
            return messages.stopped_before(app, by, at, locale)
        case TooLate(Late.IGNORED, by=by, at=at) if at is not None:
            return messages.ignored_before(by, at, locale)
        case TooLate(Late.OVER, app=app, at=at) if at is not None:
            return messages.over(app, at, locale)
    return outdated(locale)


#: Who receives alerts acts on them, and so does who sends.
ACTING = (Role.REQUESTER, Role.ONCALL)
BUTTONS = (
    Button(messages.STOP, ACTING, press_stop, scopes.of_brake),
    Button(messages.IGNORE, ACTING, press_ignore, scopes.of_brake),
    Button(messages.TIGHTEN, Role.LIMIT_ADMIN, press_tighten, scopes.of_brake),
)
