"""`/sms erase`: what is stored about one number, and asking that it be erased."""

import logging
from dataclasses import replace
from typing import assert_never

from bot.errors import SlackError, WrongDataKey
from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Knock,
    Later,
    NextForm,
    Person,
    Pressed,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import erasures as rules
from bot.rules import number_lists
from bot.rules.erasures import REASON_MAX, REASON_MIN
from bot.rules.numbers import Number, mask, read_number
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import ACCOUNT, Role
from bot.slack.messages import erasures as messages
from bot.slack.messages import optouts as optout_messages
from bot.slack.messages.asked import closing_form, place
from bot.slack.messages.faults import note, outdated
from handlers import erasing, scopes
from handlers.commands import asking, lookups
from handlers.flows import apps, erasures
from handlers.flows.erasures import EraseAsk, Refusal
from handlers.services import Services
from storage import cards
from storage.db import Tx
from storage.requests import Request
from storage.vault import SealedNumber

log = logging.getLogger("smsops.erase")


async def erase(knock: Typed, services: Services) -> Answer:
    """`erase <number>` shows what there is; with `because <reason>` it is asked for at once."""
    asked, locale = rules.read(knock.words), knock.person.locale
    if not asked.number:
        return Whisper(note(text(locale, "erase.usage")))
    found = read_number(asked.number)
    if not isinstance(found, Number):
        if len(number_lists.split(asked.number)) > 1:
            return Whisper(note(text(locale, "erase.one_at_a_time")))
        word = optout_messages.BadWord(asked.number, found.reason.value, {"digits": found.digits})
        return Whisper(optout_messages.unreadable([word], locale))
    number = found.e164
    if (no := await lookups.held_back(number, knock, services)) is not None:
        return no
    if len(asked.reason) >= REASON_MIN:
        no = await asking.kept_back(RequestKind.NUMBER_ERASE, ACCOUNT, knock.person, services)
        return no or Later(
            Whisper(messages.looking(locale)), _asked(number, asked.reason, knock, services)
        )
    return Later(Whisper(messages.looking(locale)), _dry_run(number, knock, services))


async def press(knock: Pressed, services: Services) -> Answer:
    """The button under what there is: the form for the reason."""
    no = await asking.kept_back(RequestKind.NUMBER_ERASE, ACCOUNT, knock.person, services)
    if no is not None:
        return no
    number = await _opened(knock.value, services)
    if number is None:
        return Whisper(outdated(knock.person.locale))
    carried = optout_messages.carry(knock.channel, knock.value)
    return Form(messages.form(carried, mask(number), knock.person.locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in."""
    no = await asking.kept_back(RequestKind.NUMBER_ERASE, ACCOUNT, knock.person, services)
    if no is not None:
        return no
    locale = knock.person.locale
    reason = " ".join(knock.fields.get(messages.REASON, "").split())
    if len(reason) < REASON_MIN:
        return Wrong({messages.REASON: messages.too_short(locale)})
    channel, sealed = optout_messages.carried(knock.carried)
    number = await _opened(sealed, services)
    if number is None:
        return NextForm(closing_form(text(locale, "erase.outdated"), locale))
    first = closing_form(text(locale, "erase.looking"), locale)
    return Later(
        NextForm(first), _handed_in(number, reason, replace(knock, channel=channel), services)
    )


async def _dry_run(number: str, knock: Knock, services: Services) -> Answer:
    locale = knock.person.locale
    found = await erasing.find(services, number)

    def read(tx: Tx) -> tuple[Refusal | None, str]:
        return erasures.refusal(tx, number, services.settings), tx.vault.seal_number(number)

    no, value = await services.db.read(read)
    if no is not None:
        said = await _why_not(no, mask(number), services, locale)
    else:
        said = await _foreseen(knock.person, services)
    return Whisper(messages.dry_run(mask(number), found, value, said, locale))


async def _foreseen(person: Person, services: Services) -> str:
    """Why nothing would come of this person's asking; "" where something may, or Slack does not say
    who is in the groups: it is asked again when they do."""
    rule = services.settings.approval_rule(RequestKind.NUMBER_ERASE, ACCOUNT)
    try:
        no = await asking.foreseen(rule, person, services)
    except SlackError as error:
        log.warning("not foreseen", extra={"event": "ask_unforeseen", "reason": error.code})
        return ""
    return "" if no is None else no.text


async def _asked(number: str, reason: str, knock: Knock, services: Services) -> Answer:
    return Whisper(note(await _ask(number, reason, knock, services)))


async def _handed_in(number: str, reason: str, knock: Knock, services: Services) -> Answer:
    said = await _ask(number, reason, knock, services)
    return NextForm(closing_form(said, knock.person.locale))


async def _ask(number: str, reason: str, knock: Knock, services: Services) -> str:
    """Asks for it; what to say about it."""
    user, locale = knock.person.user_id, knock.person.locale
    found = await erasing.find(services, number)
    app = await services.db.read(
        apps.meant, services.settings, user, knock.channel, knock.channel_name
    )
    wanted = EraseAsk(number, reason[:REASON_MAX], found, app.name, user, knock.channel)
    end = await services.db.write(erasures.ask, wanted, services.settings, services.clock())
    services.cards_due.set()
    services.posts_due.set()
    match end:
        case Request(state=RequestState.AWAITING_APPROVAL):
            where = await _place(end, services, locale)
            return text(locale, "erase.asked", request=end.id, channel=where)
        case Request():
            return text(locale, "erase.waived", request=end.id)
        case Refusal():
            return await _why_not(end, mask(number), services, locale)
        case never:
            assert_never(never)


async def _why_not(no: Refusal, masked: str, services: Services, locale: Locale) -> str:
    where = "" if no.other is None else await _place(no.other, services, locale)
    return messages.refusal_of(no.reason, masked, where, locale)


async def _place(request: Request, services: Services, locale: Locale) -> str:
    channel = await services.db.read(cards.channel_of, request.id) or request.channel
    return place(channel, locale)


async def _opened(sealed: str, services: Services) -> str | None:
    """The number a button or a form carries; None for what none of ours does."""

    def read(tx: Tx) -> str:
        return tx.vault.open_number(SealedNumber(sealed))

    try:
        return await services.db.read(read)
    except (WrongDataKey, ValueError):
        return None


COMMANDS = (Command("erase", "", Role.AUDITOR, erase, about=scopes.of_account),)
BUTTONS = (Button(messages.ASK, Role.AUDITOR, press, about=scopes.of_account),)
SUBMISSIONS = (Submission(messages.FORM, Role.AUDITOR, hand_in, about=scopes.of_account),)
