"""`/sms reveal`: one full number, shown to who asks and says why, and to nobody else."""

from collections.abc import Sequence

from bot.registry import (
    Answer,
    Command,
    Filled,
    Form,
    NextForm,
    Person,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import reveals as rules
from bot.rules.reveals import REASON_MAX, REASON_MIN, RevealAsked, RevealRefusal
from bot.rules.roles import Role
from bot.slack.messages import reveals as messages
from handlers import scopes
from handlers.flows import reveals
from handlers.flows.reveals import Revealed
from handlers.services import Services


async def reveal(knock: Typed, services: Services) -> Answer:
    """`/sms reveal <request or serial> because <reason>`."""
    locale = knock.person.locale
    asked = rules.read(knock.words)
    if not asked.what or len(asked.reason) < REASON_MIN:
        return Form(messages.form(asked, locale))
    found = await _reveal(asked, knock.person, services)
    if isinstance(found, RevealRefusal):
        return Whisper(messages.refused(found, locale))
    return Whisper(messages.shown(found.number, found.request_id, locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form with the reason, handed in."""
    locale = knock.person.locale
    what = _entered(knock)
    reason = " ".join(knock.fields.get(messages.REASON, "").split())
    if len(reason) < REASON_MIN:
        return Wrong({messages.REASON: messages.too_short(locale)})
    asked = RevealAsked(tuple(what), reason[:REASON_MAX])
    found = await _reveal(asked, knock.person, services)
    if isinstance(found, RevealRefusal):
        return Wrong({messages.WHAT: messages.refusal_of(found, locale)})
    return NextForm(messages.shown_form(found.number, found.request_id, locale))


def _typed(knock: Typed) -> Sequence[str]:
    return rules.read(knock.words).what


def _entered(knock: Filled) -> Sequence[str]:
    return knock.fields.get(messages.WHAT, "").split()


async def _reveal(
    asked: RevealAsked, person: Person, services: Services
) -> Revealed | RevealRefusal:
    shown = person.where(Role.AUDITOR)
    return await services.db.write(reveals.reveal, asked, person.user_id, shown, services.clock())


OF_TYPED = scopes.if_known(scopes.of_found(scopes.story, _typed))
OF_ENTERED = scopes.if_known(scopes.of_found(scopes.story, _entered))
COMMANDS = (Command("reveal", "", Role.AUDITOR, reveal, about=OF_TYPED),)
SUBMISSIONS = (Submission(messages.FORM, Role.AUDITOR, hand_in, OF_ENTERED),)
