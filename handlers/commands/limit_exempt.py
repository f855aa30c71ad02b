"""`/sms limit exempt`: numbers the caps of one number do not hold for, asked for and taken away."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from bot.errors import WrongDataKey
from bot.locales import Locale, text
from bot.registry import (
    About,
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Json,
    Knock,
    NextForm,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
    Wrong,
)
from bot.rules import exempt_words, limit_accounts, limit_words, number_lists, validity
from bot.rules.exempt_words import ExemptWords, Verb
from bot.rules.limit_words import LimitWords
from bot.rules.numbers import BadNumber, Number, read_number
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import Role
from bot.rules.subjects import LimitExempt
from bot.rules.validity import ValidityFault
from bot.settings import App
from bot.slack.blocks import esc
from bot.slack.messages import apps as app_messages
from bot.slack.messages import help as help_messages
from bot.slack.messages import limit_accounts as account_messages
from bot.slack.messages import limit_answers as answers
from bot.slack.messages import limit_exempt as messages
from bot.slack.messages import limits as limit_messages
from bot.slack.messages.asked import closing_form, place
from bot.slack.messages.faults import note, outdated
from bot.slack.messages.limit_exempt import PAGE_ROWS, Page, Row
from bot.slack.messages.limits import Exempt
from handlers import refusing, scopes
from handlers.commands import asking, lookups
from handlers.commands.job_asking import app_named
from handlers.commands.limit import LONGEST_S, Times, read_times
from handlers.flows import limit_exemption_asks as asks
from handlers.flows.limit_exemption_asks import ExemptAsk, ExemptReason, Refusal
from handlers.flows.limit_shows import exempt_of
from handlers.services import Services
from storage import cards, limit_exemptions
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request
from storage.vault import SealedNumber

#: More pages than anybody turns.
PAGE_VALUE = re.compile(r"[0-9]{1,6}")


async def exempt(knock: Typed, services: Services) -> Answer:
    """`exempt [list|add|remove] …`."""
    locale = knock.person.locale
    typed = exempt_words.read(knock.words, services.registry.synonyms)
    app = await app_named(typed.rest.app, knock, services)
    if isinstance(app, SlackMessage):
        return Whisper(app)
    if typed.verb is None:
        return Whisper(messages.which_verb(knock.words[0].text, locale))
    if typed.verb is Verb.LIST:
        return await _list(typed, app, knock, services)
    if not knock.person.may(Role.LIMIT_ADMIN, app.name):
        roles = [Role.LIMIT_ADMIN.value]
        await refusing.note(knock.person, services, app.name, roles, "/sms limit exempt")
        groups = services.settings.grants.entries(Role.LIMIT_ADMIN, app.name)
        return Whisper(help_messages.not_allowed(Role.LIMIT_ADMIN, groups, locale))
    if typed.verb is Verb.REMOVE:
        return await _remove(typed, app, knock, services)
    return await _add(typed, app, knock, services)


async def press_list(knock: Pressed, services: Services) -> Answer:
    """The first page of an app's, from its card."""
    app = services.settings.app(knock.value)
    if app is None:
        return Whisper(outdated(knock.person.locale))
    return Whisper(await _page(app.name, 0, knock, services))


async def turn(knock: Pressed, services: Services) -> Answer:
    """Another page, in the place of the one shown."""
    name, _, page = knock.value.partition("|")
    if services.settings.app(name) is None or not PAGE_VALUE.fullmatch(page):
        return Whisper(outdated(knock.person.locale))
    return Whisper(await _page(name, int(page), knock, services), replace=True)


async def press_add(knock: Pressed, services: Services) -> Answer:
    """The form for one more."""
    app = services.settings.app(knock.value)
    if app is None:
        return Whisper(outdated(knock.person.locale))
    no = await _may_not(app.name, knock, services)
    return no or Form(_form(app, knock))


async def press_remove(knock: Pressed, services: Services) -> Answer:
    """The button beside a number, which has asked once more: it goes, and so does its line."""
    name, _, key = knock.value.partition("|")
    locale = knock.person.locale
    if services.settings.app(name) is None:
        return Whisper(outdated(locale))

    def number_of(tx: Tx) -> str:
        return tx.vault.open_number(SealedNumber(key))

    try:
        number = await services.db.read(number_of)
    except (WrongDataKey, ValueError):
        return Whisper(outdated(locale))
    said = await _take_away(name, number, knock, services)
    return Whisper(await _page(name, 0, knock, services, said), replace=True)


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form handed in: asked for, or a sentence under each field to mend."""
    locale = knock.person.locale
    channel, name = messages.carried(knock.carried)
    app = services.settings.app(name)
    if app is None:
        return NextForm(closing_form(app_messages.unknown(name, None, locale).text, locale))
    no = await _may_not(app.name, knock, services)
    if no is not None:
        return NextForm(closing_form(no.message.text, locale))
    typed = _filled(knock)
    faults: dict[str, str] = {}
    number = _number(typed.numbers)
    if not isinstance(number, Number):
        faults[messages.NUMBER_BLOCK] = _plain_number_fault(number, locale)
    times = read_times(typed.rest, knock.person, services.settings, knock.now)
    if not isinstance(times, Times):
        faults[messages.ENDS_BLOCK] = next(iter(times.values()))
    too_long = answers.reason_too_long(typed.rest.reason, locale)
    if too_long:
        faults[messages.REASON_BLOCK] = too_long
    if not typed.rest.reason:
        faults[messages.REASON_BLOCK] = text(locale, "limit_exempt.no_reason")
    if faults or not isinstance(number, Number) or not isinstance(times, Times):
        return Wrong(faults)
    no = await lookups.held_back(number.e164, knock, services)
    if no is not None:
        return NextForm(closing_form(no.message.text, locale))
    here = replace(knock, channel=channel)
    said = await _ask(number, times, typed.rest.reason, app, here, services)
    return NextForm(closing_form(said, locale))


async def _list(typed: ExemptWords, app: App, knock: Knock, services: Services) -> Answer:
    if not typed.numbers:
        return Whisper(await _page(app.name, 0, knock, services))
    number, locale = _number(typed.numbers), knock.person.locale
    if not isinstance(number, Number):
        return Whisper(messages.not_asked([_number_fault(number, typed, locale)], locale))
    if (no := await lookups.held_back(number.e164, knock, services)) is not None:
        return no
    known = await services.db.read(limit_exemptions.get, app.name, number.e164, knock.now)
    shown = None if known is None else exempt_of(known)
    return Whisper(messages.of_number(number.e164, app.name, shown, locale))


async def _remove(typed: ExemptWords, app: App, knock: Knock, services: Services) -> Answer:
    number, locale = _number(typed.numbers), knock.person.locale
    if not isinstance(number, Number):
        return Whisper(messages.not_asked([_number_fault(number, typed, locale)], locale))
    if (no := await lookups.held_back(number.e164, knock, services)) is not None:
        return no
    return Whisper(note(await _take_away(app.name, number.e164, knock, services)))


async def _take_away(app: str, number: str, knock: Knock, services: Services) -> str:
    """The caps hold for it again from here on; what to say about it."""
    locale = knock.person.locale
    known = await services.db.write(
        asks.remove, app, number, knock.person.user_id, services.clock()
    )
    services.cards_due.set()
    services.posts_due.set()
    say = messages.not_exempt if known is None else messages.removed
    return say(number, app, locale)


async def _add(typed: ExemptWords, app: App, knock: Knock, services: Services) -> Answer:
    """Asked in one line; the form for what is missing."""
    no, locale = await _may_not(app.name, knock, services), knock.person.locale
    if no is not None:
        return no
    too_long = answers.reason_too_long(typed.rest.reason, locale)
    if too_long:
        return Whisper(messages.not_asked([too_long], locale))
    if not typed.numbers or not typed.rest.reason:
        return Form(_form(app, knock, typed))
    number = _number(typed.numbers)
    times = read_times(typed.rest, knock.person, services.settings, knock.now)
    said = [] if isinstance(number, Number) else [_number_fault(number, typed, locale)]
    said += [] if isinstance(times, Times) else [esc(each) for each in times.values()]
    said += [text(locale, "limit_exempt.at_once")] if typed.rest.starts else []
    said += [text(locale, "limit_exempt.no_caps")] if typed.rest.pairs else []
    if said or not isinstance(number, Number) or not isinstance(times, Times):
        return Whisper(messages.not_asked(said, locale))
    if (no := await lookups.held_back(number.e164, knock, services)) is not None:
        return no
    return Whisper(note(await _ask(number, times, typed.rest.reason, app, knock, services)))


async def _ask(
    number: Number, times: Times, reason: str, app: App, knock: Knock, services: Services
) -> str:
    """Asks for it; what to say about it."""
    wanted = LimitExempt(
        number=number.e164,
        reason=reason,
        for_s=times.for_s,
        until_ms=to_ms(times.until.at) if times.until else None,
    )
    asked = ExemptAsk(app.name, wanted, knock.person.user_id, knock.channel)
    end = await services.db.write(asks.ask, asked, services.settings, services.clock())
    services.cards_due.set()
    services.posts_due.set()
    return await _said(end, number.e164, services, knock.person.locale)


async def _said(end: Request | Refusal, number: str, services: Services, locale: Locale) -> str:
    match end:
        case Request():
            channel = await _channel(end, services)
            is_waived = end.state is not RequestState.AWAITING_APPROVAL
            where = place(channel, locale)
            return messages.asked(end.id, number, where, locale, is_waived=is_waived)
        case Refusal(reason=ExemptReason.ALREADY_ASKED, other=Request() as other):
            where = place(await _channel(other, services), locale)
            return messages.already_asked(other.id, where, locale)
        case Refusal(reason=ExemptReason.OVER):
            return text(locale, "limit_exempt.over")
        case Refusal(known=known):
            gone = Exempt(number, None, "", "", "")
            return messages.already(exempt_of(known) if known else gone, locale)
        case never:
            assert_never(never)


async def _channel(request: Request, services: Services) -> str:
    return await services.db.read(cards.channel_of, request.id) or request.channel


async def _page(
    app: str, page: int, knock: Knock, services: Services, said: str = ""
) -> SlackMessage:
    def read(tx: Tx) -> Page:
        found = limit_exemptions.latest(tx, app, knock.now, PAGE_ROWS, page * PAGE_ROWS)
        rows = (Row(exempt_of(each), tx.vault.seal_number(each.number)) for each in found)
        count = limit_exemptions.count(tx, app, knock.now)
        return Page(app, count, page, tuple(rows), asks.TENCENT_MAX)

    shown = await services.db.read(read)
    may = knock.person.may(Role.LIMIT_ADMIN, app)
    may_ask = may and not services.settings.content.is_individual
    return messages.overview(shown, knock.person.locale, may_ask=may_ask, may_remove=may, said=said)


async def _may_not(app: str, knock: Knock, services: Services) -> Whisper | None:
    """Why nobody here, or not this person, may ask for it; None where they may."""
    why = limit_accounts.may_not(is_individual=services.settings.content.is_individual)
    if why is not None:
        return Whisper(account_messages.refused(why, knock.person.locale))
    return await asking.kept_back(RequestKind.LIMITS_EXEMPT, app, knock.person, services)


def _form(app: App, knock: Knock, typed: ExemptWords | None = None) -> Json:
    rest = typed.rest if typed else limit_words.read(())
    return messages.add_form(
        messages.carry(knock.channel, app.name),
        app.name,
        knock.person.locale,
        number=", ".join(typed.numbers) if typed else "",
        ends=rest.lasts or rest.until,
        reason=rest.reason,
    )


def _filled(knock: Filled) -> ExemptWords:
    """The form as it would have been typed."""
    ends = knock.fields.get(messages.ENDS, "").strip()
    is_length = validity.read(ends, LONGEST_S) is not ValidityFault.UNREADABLE
    rest: LimitWords = replace(
        limit_words.read(()),
        lasts=ends if is_length else "",
        until="" if is_length else ends,
        reason=knock.fields.get(messages.REASON, "").strip(),
    )
    numbers = number_lists.split(knock.fields.get(messages.NUMBER, "").strip())
    return ExemptWords(Verb.ADD, numbers, rest)


def _number(typed: Sequence[str]) -> Number | BadNumber | None:
    """The one number that was typed; None for none, or several."""
    return read_number(typed[0]) if len(typed) == 1 else None


def _number_fault(found: BadNumber | None, typed: ExemptWords, locale: Locale) -> str:
    if found is None:
        return text(locale, "limit_exempt.one_number")
    values = {"digits": found.digits}
    return messages.number_fault(typed.numbers[0], found.reason.value, values, locale)


def _plain_number_fault(found: BadNumber | None, locale: Locale) -> str:
    if found is None:
        return answers.plain(text(locale, "limit_exempt.one_number"))
    return text(locale, f"faults.number.{found.reason.value}", digits=found.digits)


async def of_exempt_words(knock: Typed, services: Services) -> About:
    """What `exempt` is about: the app named behind it, or the one that is meant."""
    typed = exempt_words.read(knock.words, services.registry.synonyms)
    return await scopes.of_typed(lambda _, __: typed.rest.app)(knock, services)


OF_CARRIED = scopes.of_named(lambda written: written.partition("|")[0])
OF_FORM = scopes.of_named(lambda written: messages.carried(written)[1])
COMMANDS = (Command("limit", "exempt", Role.VIEWER, exempt, about=of_exempt_words),)
BUTTONS = (
    Button(limit_messages.EXEMPT, Role.VIEWER, press_list, OF_CARRIED),
    Button(f"{messages.TURN}_back", Role.VIEWER, turn, OF_CARRIED),
    Button(f"{messages.TURN}_on", Role.VIEWER, turn, OF_CARRIED),
    Button(messages.ADD, Role.LIMIT_ADMIN, press_add, OF_CARRIED),
    Button(messages.REMOVE, Role.LIMIT_ADMIN, press_remove, OF_CARRIED),
)
SUBMISSIONS = (Submission(messages.ADD_FORM, Role.LIMIT_ADMIN, hand_in, OF_FORM),)
