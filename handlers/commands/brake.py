"""The three buttons of an alert about unusual traffic: stop, tighten, an hour without a word."""

from bot.registry import Answer, Button, Person, Pressed, SlackMessage, Whisper
from bot.rules.roles import Role
from bot.slack.messages import brakes as messages
from bot.slack.messages import help as help_messages
from bot.slack.messages import limit_keys
from bot.slack.messages.faults import outdated
from bot.slack.messages.limit_forms import Carried, LimitFields
from handlers.commands import limit
from handlers.flows import brakes
from handlers.flows.brakes import Late, TooLate
from handlers.services import Services


async def press_stop(knock: Pressed, services: Services) -> Answer:
    """Stops the app at once; the button has asked once more."""
    no = _kept_out(knock.person, services)
    if no is not None:
        return no
    end = await services.db.write(
        brakes.stop, knock.value, knock.person.user_id, services.settings, services.clock()
    )
    services.wake()
    if isinstance(end, TooLate):
        return Whisper(_too_late(end, knock.person))
    return Whisper(messages.stopped(end.name, knock.person.locale))


async def press_ignore(knock: Pressed, services: Services) -> Answer:
    """An hour without a word, for what was expected."""
    no = _kept_out(knock.person, services)
    if no is not None:
        return no
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


def _kept_out(person: Person, services: Services) -> Whisper | None:
    """Who receives alerts acts on them, and so does who sends."""
    if person.may(Role.SENDER) or person.may(Role.ONCALL):
        return None
    groups = services.settings.roles.groups(Role.SENDER)
    return Whisper(help_messages.not_allowed(Role.SENDER, groups, person.locale))


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


BUTTONS = (
    Button(messages.STOP, None, press_stop),
    Button(messages.IGNORE, None, press_ignore),
    Button(messages.TIGHTEN, Role.SENDER, press_tighten),
)
