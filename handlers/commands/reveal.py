"""`/sms reveal`: one full number, shown to who asks and says why, and to nobody else."""

from bot.registry import Answer, Command, Filled, Form, NextForm, Submission, Typed, Whisper, Wrong
from bot.rules import reveals as rules
from bot.rules.reveals import REASON_MAX, REASON_MIN, RevealAsked, RevealRefusal
from bot.rules.roles import Role
from bot.slack.messages import reveals as messages
from handlers.flows import reveals
from handlers.services import Services


async def reveal(knock: Typed, services: Services) -> Answer:
    """`/sms reveal <request or serial> because <reason>`."""
    locale, user = knock.person.locale, knock.person.user_id
    asked = rules.read(knock.words)
    if not asked.what or len(asked.reason) < REASON_MIN:
        return Form(messages.form(asked, locale))
    found = await services.db.write(reveals.reveal, asked, user, services.clock())
    if isinstance(found, RevealRefusal):
        return Whisper(messages.refused(found, locale))
    return Whisper(messages.shown(found.number, found.request_id, locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in."""
    locale, user = knock.person.locale, knock.person.user_id
    what = knock.fields.get(messages.WHAT, "").split()
    reason = " ".join(knock.fields.get(messages.REASON, "").split())
    if len(reason) < REASON_MIN:
        return Wrong({messages.REASON: messages.too_short(locale)})
    asked = RevealAsked(tuple(what), reason[:REASON_MAX])
    found = await services.db.write(reveals.reveal, asked, user, services.clock())
    if isinstance(found, RevealRefusal):
        return Wrong({messages.WHAT: messages.refusal_of(found, locale)})
    return NextForm(messages.shown_form(found.number, found.request_id, locale))


COMMANDS = (Command("reveal", "", Role.ADMIN, reveal),)
SUBMISSIONS = (Submission(messages.FORM, Role.ADMIN, hand_in),)
