"""`/sms why`: what became of a number, a message or a request, and why; what a code means.

Nobody outside is asked. A number is typed whole, by who asks, and never shown or logged so.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import WrongDataKey
from bot.locales import Locale
from bot.registry import Answer, Button, Command, Knock, Pressed, SlackMessage, Typed, Whisper
from bot.rules import code_search, why_words
from bot.rules.code_search import Explained
from bot.rules.roles import Apps, Role
from bot.rules.why_words import Asked
from bot.slack.messages import codes, timelines
from bot.slack.messages import optouts as number_messages
from bot.slack.messages.faults import outdated
from bot.slack.messages.optouts import BadWord
from bot.slack.messages.timelines import Also
from handlers import scopes
from handlers.commands import lookups
from handlers.flows import whys
from handlers.flows.whys import Found
from handlers.services import Services
from storage.db import Tx
from storage.ids import from_ms
from storage.vault import SealedNumber

#: Of a pasted message, no more words are looked up, and no more codes explained.
WORDS_READ, CODES_SHOWN = 60, 5


async def explain(knock: Typed, services: Services) -> Answer:
    """`/sms why code <code>`; a whole line of a log will do."""
    words = why_words.as_typed(knock.words)
    if not words:
        return Whisper(codes.nothing(knock.person.locale))
    return Whisper(codes.answer(meant(words), knock.person.locale))


async def press_code(knock: Pressed, services: Services) -> Answer:
    """One of the codes that may have been meant, in the place of the question."""
    return Whisper(codes.answer(meant([knock.value]), knock.person.locale), replace=True)


async def press_explain(knock: Pressed, services: Services) -> Answer:
    """What was taken for something else is explained as a code."""
    return Whisper(codes.answer(meant([knock.value]), knock.person.locale))


async def tell(knock: Typed, services: Services) -> Answer:
    """`/sms why <number|serial|request|code>`: whichever of them there is, and what else it may be
    as a button."""
    return await tell_of(knock.person.where(Role.VIEWER), knock, services)


async def tell_of(apps: Apps, knock: Typed, services: Services) -> Answer:
    """The same of what is of `apps`."""
    words = why_words.as_typed(knock.words)
    asked = why_words.read(words)
    locale = knock.person.locale
    if asked.is_empty:
        return Whisper(timelines.nothing(locale))
    if asked.number is not None:
        no = await lookups.held_back(asked.number.e164, knock, services)
        if no is not None:
            return no
    found = await services.db.read(whys.find, asked, apps)
    known = meant(words)
    shown = await _shown(asked, found, known, knock, services)
    return Whisper(shown or codes.answer(known, locale))


async def press_message(knock: Pressed, services: Services) -> Answer:
    """The whole of one message."""
    story = await services.db.read(whys.of_message, knock.value, services.clock())
    locale = knock.person.locale
    return Whisper(timelines.of_story(story, locale) if story else outdated(locale))


async def press_request(knock: Pressed, services: Services) -> Answer:
    """The whole of one request."""
    story = await services.db.read(whys.of_request, knock.value, services.clock())
    locale = knock.person.locale
    return Whisper(timelines.of_story(story, locale) if story else outdated(locale))


async def press_number(knock: Pressed, services: Services) -> Answer:
    """The latest of a number, which a button names sealed."""
    return Whisper(await _page(SealedNumber(knock.value), None, 0, knock, services))


async def turn(knock: Pressed, services: Services) -> Answer:
    """Another page of a number, in the place of the one shown."""
    read = timelines.read_turn(knock.value)
    if read is None:
        return Whisper(outdated(knock.person.locale))
    key, until_ms, page = read
    shown = await _page(SealedNumber(key), until_ms, page, knock, services)
    return Whisper(shown, replace=True)


def meant(words: Sequence[str]) -> list[Explained]:
    """What the words mean together, else those among them that are codes.

    Where one is a code of Tencent's, the others are the message beside it: a figure in that is no
    code of a carrier's.
    """
    whole = code_search.find(" ".join(words))
    if whole is not None:
        return [whole]
    looked_up = (code_search.find(word) for word in words[:WORDS_READ])
    # The end of a carrier's code is in many codes, and in many lines.
    found = [each for each in looked_up if each and (each.codes or not each.is_partial)]
    of_tencent = [each for each in found if each.codes]
    unique = {(each.codes, each.numbers, each.receipts): each for each in of_tencent or found}
    return list(unique.values())[:CODES_SHOWN] or [code_search.explain(" ".join(words))]


async def _shown(
    asked: Asked, found: Found, known: Sequence[Explained], knock: Typed, services: Services
) -> SlackMessage | None:
    """The story that is meant, the surest first; None where only a code can be."""
    locale, now = knock.person.locale, services.clock()
    also = await _also(asked, found, known, services)
    story = None
    if found.message_id:
        story = await services.db.read(whys.of_message, found.message_id, now)
    elif found.request_id:
        story = await services.db.read(whys.of_request, found.request_id, now)
    if story is not None:
        taken_for = "serial" if found.message_id else "request"
        rest = replace(
            also, request_id="" if story.request_id == also.request_id else also.request_id
        )
        return timelines.of_story(story, locale, taken_for, rest)
    if found.stray is not None:
        return timelines.of_stray(found.stray, locale, also)
    if also.number_key and (asked.is_all_number or not also.code):
        rest = replace(also, number="", number_key="")
        return await _page(SealedNumber(also.number_key), None, 0, knock, services, rest)
    if any(each.is_known for each in known):
        explained = codes.answer(known, locale)
        return timelines.of_code(explained, locale, replace(also, code=""))
    return _unknown(asked, locale)


def _unknown(asked: Asked, locale: Locale) -> SlackMessage | None:
    """Nothing there is; None where it may be a slip of a code."""
    if asked.request_ids:
        return timelines.unknown_request(asked.request_ids[0], locale)
    alert = why_words.alert_id_of(asked.text)
    if alert:
        return timelines.alert(alert, locale)
    if asked.is_masked:
        return timelines.masked(locale)
    if asked.number_fault is not None:
        bad = BadWord(asked.text, asked.number_fault.value, {"digits": asked.digits})
        return number_messages.unreadable([bad], locale)
    return timelines.unknown_serial(asked.text, locale) if asked.is_like_serial else None


async def _also(asked: Asked, found: Found, known: Sequence[Explained], services: Services) -> Also:
    """Everything the words may mean, whatever is shown first."""
    number = asked.number
    # A figure in a pasted line is no code of a carrier's.
    sure = (
        each.typed for each in known if each.codes or (each.is_known and each.typed == asked.text)
    )
    return Also(
        request_id=found.request_id,
        number=number.e164 if number is not None else "",
        number_key=await services.db.read(whys.key_of, number) if number is not None else "",
        code=next(sure, ""),
    )


async def _page(
    key: SealedNumber,
    until_ms: int | None,
    page: int,
    knock: Knock,
    services: Services,
    also: Also | None = None,
) -> SlackMessage:
    now = services.clock()
    until = now if until_ms is None else from_ms(until_ms)
    shown = knock.person.where(Role.VIEWER)

    def read(tx: Tx) -> timelines.NumberPage:
        return whys.of_number(tx, key, until, page, shown, services.settings, now)

    locale = knock.person.locale
    try:
        found = await services.db.read(read)
    except (WrongDataKey, ValueError):
        return outdated(locale)
    return timelines.of_number(found, locale, also)


def _typed(knock: Typed) -> list[str]:
    return why_words.as_typed(knock.words)


OF_TYPED = scopes.if_known(scopes.of_found(scopes.story, _typed))
COMMANDS = (
    Command("why", "", Role.VIEWER, tell, about=OF_TYPED),
    Command("why", "code", Role.VIEWER, explain),
)
BUTTONS = (
    *(
        Button(f"{codes.CODE}_{place}", Role.VIEWER, press_code)
        for place in range(code_search.NEAREST_SHOWN)
    ),
    Button(timelines.EXPLAIN, Role.VIEWER, press_explain),
    Button(timelines.MESSAGE, Role.VIEWER, press_message, scopes.of_message),
    Button(timelines.REQUEST, Role.VIEWER, press_request, scopes.of_request),
    Button(timelines.NUMBER, Role.VIEWER, press_number),
    Button(f"{timelines.TURN}_back", Role.VIEWER, turn),
    Button(f"{timelines.TURN}_on", Role.VIEWER, turn),
)
