"""The buttons under a reply: read what somebody wrote, or open the form of a send to them."""

import logging

from bot.registry import Answer, Button, Pressed, Whisper
from bot.rules.numbers import mask
from bot.rules.roles import Role
from bot.slack.messages import replies as messages
from bot.slack.messages.faults import outdated
from bot.slack.messages.forms import Carried
from handlers import scopes
from handlers.commands import job_asking, send
from handlers.flows import replies
from handlers.services import Services

log = logging.getLogger("smsops.replies")


async def view(knock: Pressed, services: Services) -> Answer:
    """What somebody wrote, for an admin alone; the log says who read it."""
    reply = await services.db.write(
        replies.read_whole, knock.value, knock.person.user_id, services.clock()
    )
    if reply is None:
        return Whisper(outdated(knock.person.locale))
    log.info(
        "reply read",
        extra={
            "event": "reply_read",
            "user": knock.person.user_id,
            "reply": reply.id,
            "number": mask(reply.number),
        },
    )
    locale = knock.person.locale
    return Whisper(messages.whole(reply.number, reply.text, reply.said_at, locale))


async def answer(knock: Pressed, services: Services) -> Answer:
    """The form of a send to who replied: the only way from here to them."""
    meant = await job_asking.meant(knock, services)
    found = await services.db.read(replies.answering, knock.value, services.settings, meant)
    locale = knock.person.locale
    if found is None:
        return Whisper(outdated(locale))
    if not found.templates:
        return Whisper(messages.none_fits(found.number, locale, is_out=found.is_out))
    carried = Carried(knock.channel, found.app.name, reply=knock.value, to=mask(found.number))
    return send.answer_form(carried, found, knock, services)


BUTTONS = (
    Button(messages.VIEW, Role.AUDITOR, view, scopes.of_reply),
    Button(messages.ANSWER, Role.REQUESTER, answer, scopes.of_reply),
)
