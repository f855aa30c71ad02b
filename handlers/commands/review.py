"""What a person says about a change nobody answered for: it is there, or submit it again."""

import asyncio
import logging
from typing import assert_never

from bot.errors import TencentError
from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Filled,
    Form,
    Nothing,
    Person,
    Pressed,
    Submission,
    Whisper,
    Wrong,
)
from bot.rules.content import Content
from bot.rules.delivery import settles_at
from bot.rules.roles import ACCOUNT, Role
from bot.slack.messages import changes as messages
from bot.slack.messages.faults import moment, note
from bot.tencent.provider import content_provider
from handlers.flows import change_doubts
from handlers.flows import changes as changes_flow
from handlers.flows.change_doubts import SayRefusal, Word
from handlers.looking import find_id
from handlers.services import Services
from storage import changes

log = logging.getLogger("smsops.changes")
#: Tencent is asked for an id no longer than this; Slack waits three seconds.
LOOK_WITHIN_S = 1.5


async def say_there(knock: Pressed, services: Services) -> Answer:
    """A person says that a change is at Tencent. For something new the id is asked for, anything
    else has one."""
    request_id, attempt = _read(knock.value)
    found = await services.db.read(change_doubts.find, request_id, attempt, _word(knock.person))
    if isinstance(found, SayRefusal):
        return await _refused(found, request_id, knock.person.locale, services)
    if not found.content_id:
        return Form(messages.there_form(knock.value, knock.person.locale))
    said = await services.db.write(
        change_doubts.say_there, request_id, attempt, "", _word(knock.person), services.clock()
    )
    if isinstance(said, SayRefusal):
        return await _refused(said, request_id, knock.person.locale, services)
    return _thanks(knock.person.locale, services)


async def hand_in_id(knock: Filled, services: Services) -> Answer:
    """The id under which the new one was found."""
    request_id, attempt = _read(knock.carried)
    content_id = knock.fields.get(messages.THERE_ID, "").strip()
    word = _word(knock.person)
    found = await services.db.read(change_doubts.find, request_id, attempt, word)
    shown = None
    if not isinstance(found, SayRefusal) and change_doubts.is_id(content_id):
        shown = await _look(found, content_id, services)
    said = await services.db.write(
        change_doubts.say_there,
        request_id,
        attempt,
        content_id,
        word,
        services.clock(),
        shown,
    )
    if isinstance(said, SayRefusal):
        sentence = await _sentence(said, request_id, knock.person.locale, services)
        return Wrong({messages.THERE_ID: sentence})
    _ring(services)
    return Nothing()


async def _look(
    doubt: changes_flow.Submission, content_id: str, services: Services
) -> list[Content] | None:
    """What Tencent has under an id; None where it gives no answer while Slack waits for ours."""
    tencent = content_provider(services.tencent)
    if tencent is None:
        return None
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            return await find_id(tencent, doubt.kind, content_id, doubt.sides)
    except (TencentError, TimeoutError) as error:
        log.warning("id not asked", extra={"event": "list_unavailable", "reason": str(error)})
        return None


async def say_again(knock: Pressed, services: Services) -> Answer:
    """A person says that a change is not at Tencent: the same once more."""
    request_id, attempt = _read(knock.value)
    said = await services.db.write(
        change_doubts.say_again, request_id, attempt, _word(knock.person), services.clock()
    )
    if isinstance(said, SayRefusal):
        return await _refused(said, request_id, knock.person.locale, services)
    return _thanks(knock.person.locale, services)


def _read(value: str) -> tuple[str, str]:
    """Request and attempt, as the button carried them."""
    request_id, _, attempt = value.partition(":")
    return request_id, attempt


def _word(person: Person) -> Word:
    return Word(person.user_id, is_approver=person.may(Role.APPROVER, ACCOUNT))


def _thanks(locale: Locale, services: Services) -> Whisper:
    _ring(services)
    return Whisper(note(text(locale, "review.say.thanks")))


def _ring(services: Services) -> None:
    services.changes_due.set()
    services.cards_due.set()
    services.posts_due.set()


async def _refused(
    refusal: SayRefusal, request_id: str, locale: Locale, services: Services
) -> Whisper:
    return Whisper(note(await _sentence(refusal, request_id, locale, services)))


async def _sentence(
    refusal: SayRefusal, request_id: str, locale: Locale, services: Services
) -> str:
    match refusal:
        case SayRefusal.TOO_EARLY:
            change = await services.db.read(changes.get, request_id)
            signed_at = change.signed_at if change else None
            until = moment(settles_at(signed_at), "{time}") if signed_at else ""
            return text(locale, "review.say.too_early", time=until)
        case (
            SayRefusal.NOT_FOUND
            | SayRefusal.NOT_YOURS
            | SayRefusal.SETTLED
            | SayRefusal.BAD_ID
            | SayRefusal.TAKEN
            | SayRefusal.NOT_THERE
            | SayRefusal.OTHER
            | SayRefusal.OLDER
        ):
            return text(locale, f"review.say.{refusal.value}")
        case never:
            assert_never(never)


# No role: the flow knows whose word counts.
BUTTONS = (Button(messages.THERE, None, say_there), Button(messages.AGAIN, None, say_again))
SUBMISSIONS = (Submission(messages.THERE_FORM, None, hand_in_id),)
