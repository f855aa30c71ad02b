"""`/sms oncall phone`: the number under which somebody is called while they are on call."""

import re

from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Person,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules.numbers import BadNumber, Number, read_number
from bot.rules.oncall_words import who_of
from bot.rules.roles import ACCOUNT, Role
from bot.slack.messages import help as help_messages
from bot.slack.messages import oncall as messages
from bot.slack.messages import optouts as optout_messages
from bot.slack.messages.faults import note, outdated
from bot.slack.messages.optouts import BadWord
from handlers import refusing
from handlers.commands.oncall import ACTING
from handlers.flows import rotas as flow
from handlers.flows import trials
from handlers.flows.trials import Wish
from handlers.services import Services
from storage import oncall
from storage.ids import to_ms
from storage.oncall import OncallNumber

SET_AT = re.compile(r"[0-9]{1,15}")
#: Words that take a number away again.
REMOVE = frozenset({"remove", "delete", "none", "移除", "删除"})


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
    if no := await _refused(whose, person, services):
        return no
    if not words:
        return Whisper(await _shown(whose, person, services))
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


async def press_try(knock: Pressed, services: Services) -> Answer:
    """The button beside a number: it rings once, and what came of that is told later."""
    person, locale = knock.person, knock.person.locale
    whose, _, set_at_ms = knock.value.partition("|")
    if who_of(whose) != whose or not SET_AT.fullmatch(set_at_ms):
        return Whisper(outdated(locale))
    if no := await _refused(whose, person, services):
        return no
    is_owner = person.may(Role.OWNER, ACCOUNT)
    wish = Wish(whose, int(set_at_ms), person.user_id, is_owner)
    asked = await services.db.write(trials.ask, wish, services.settings, services.clock())
    if not isinstance(asked, OncallNumber):
        return Whisper(messages.not_called(asked, locale))
    services.calls_due.set()
    return Whisper(messages.calling(whose, asked.number, locale), replace=True)


async def _refused(whose: str, person: Person, services: Services) -> Whisper | None:
    """Why somebody may not set or try this person's number; None where they may."""
    if whose == person.user_id or person.may(Role.OWNER, ACCOUNT):
        return None
    await refusing.note(person, services, ACCOUNT, [Role.OWNER.value], "/sms oncall phone")
    groups = services.settings.grants.entries(Role.OWNER)
    return Whisper(help_messages.not_allowed(Role.OWNER, groups, person.locale))


async def _keep(whose: str, number: Number, person: Person, services: Services) -> SlackMessage:
    erased_by = await services.db.write(
        flow.set_number, whose, number.e164, person.user_id, services.clock()
    )
    if erased_by is not None:
        return messages.being_erased(number.e164, erased_by, person.locale)
    return await _shown(whose, person, services, is_new=True)


async def _shown(
    whose: str, person: Person, services: Services, *, is_new: bool = False
) -> SlackMessage:
    known = await services.db.read(oncall.number_of, whose)
    seen = None
    if known is not None:
        is_callable = services.voice is not None and services.settings.oncall.voice is not None
        set_at_ms = to_ms(known.set_at)
        seen = messages.NumberView(known.number, set_at_ms, known.tried_at, is_callable)
    return messages.number(whose, seen, person.locale, is_new=is_new)


def _note(locale: Locale, key: str) -> Whisper:
    return Whisper(note(text(locale, key)))


# One's own number is one's own: whoever receives alerts of any app may be called.
COMMANDS = (Command("oncall", "phone", ACTING, phone),)
BUTTONS = (Button(messages.TRY, ACTING, press_try),)
