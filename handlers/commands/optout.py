"""`/sms optout`: who wants no more, adding to it, and asking to take somebody out again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import assert_never

from bot.errors import WrongDataKey
from bot.locales import Locale, text
from bot.registry import (
    Answer,
    Button,
    Command,
    Filled,
    Form,
    Knock,
    NextForm,
    Pressed,
    SlackMessage,
    Submission,
    Typed,
    Whisper,
)
from bot.rules import number_lists
from bot.rules.numbers import BadNumber, Number, cover, read_number
from bot.rules.optouts import Optout, Scope, Source, plain_signature
from bot.rules.requests import RequestKind, RequestState
from bot.rules.roles import ACCOUNT, Role
from bot.rules.words import Word, did_you_mean
from bot.slack.blocks import cut, esc
from bot.slack.messages import optouts as messages
from bot.slack.messages.asked import closing_form, place
from bot.slack.messages.faults import note, outdated
from bot.slack.messages.help import MENU_OPTOUTS
from bot.slack.messages.optouts import PAGE_ROWS, BadWord, Listed
from handlers import scopes
from handlers.commands import asking, lookups, stray
from handlers.flows import optout_removals as removals
from handlers.flows import optouts as optout_flow
from handlers.flows.optout_removals import Refusal, RemovalAsk, RemovalReason
from handlers.services import Services
from storage import cards, optouts
from storage.db import Tx
from storage.requests import Request

#: More pages than anybody turns.
PAGE_VALUE = re.compile(r"[0-9]{1,6}")
SIGNATURE_KEYS, SCOPE_KEYS = ("sign", "signature", "签名"), ("for", "scope", "用于")
SCOPES = {
    "marketing": Scope.MARKETING,
    "营销": Scope.MARKETING,
    "all": Scope.ALL,
    "notice": Scope.ALL,
    "全部": Scope.ALL,
    "通知": Scope.ALL,
}


async def show(knock: Typed, services: Services) -> Answer:
    """The counts and the latest; with a number behind it, all of that number."""
    numbers, _ = _numbers_and_rest(knock.words)
    if (extra := _extra(knock.words, numbers)) is not None:
        return stray.of("optout", "", extra, knock, services)
    if not numbers:
        return Whisper(await _page(0, knock, services))
    if bad := _bad(numbers[:1]):
        return Whisper(messages.unreadable(bad, knock.person.locale))
    number = _e164(numbers[0])
    if (no := await lookups.held_back(number, knock, services)) is not None:
        return no
    return Whisper(await _of_number(number, knock, services))


async def press_list(knock: Pressed, services: Services) -> Answer:
    """The counts and the latest, from the menu."""
    return Whisper(await _page(0, knock, services))


async def turn(knock: Pressed, services: Services) -> Answer:
    """Another page, in the place of the one shown."""
    if not PAGE_VALUE.fullmatch(knock.value):
        return Whisper(outdated(knock.person.locale))
    return Whisper(await _page(int(knock.value), knock, services), replace=True)


async def add(knock: Typed, services: Services) -> Answer:
    """`add <number>… [reason]`: all of the numbers, or none where one cannot be read."""
    locale = knock.person.locale
    numbers, reason = _numbers_and_rest(knock.words)
    named = next((word.text for word in knock.words if word.key in SCOPE_KEYS), "all")
    scope, signature = SCOPES.get(named.casefold()), _signature_of(knock.words)
    if not numbers:
        return _note(locale, "optout.no_numbers")
    if scope is None:
        return _note(locale, "optout.unknown_scope", given=cut(cover(named), 40))
    if bad := _bad(numbers):
        return Whisper(messages.not_added(bad, locale))
    known = await services.db.read(optout_flow.signatures, services.settings)
    if signature and signature not in known:
        closest = did_you_mean(signature, known)
        return Whisper(messages.unknown_signature(signature, closest, locale))
    said = Optout(
        number="",
        signature=signature,
        scope=scope,
        source=Source.PERSON,
        detail=reason[: messages.REASON_MAX],
        added_by=knock.person.user_id,
        at=services.clock(),
    )
    wanted = {_e164(each) for each in numbers}
    new = await services.db.write(
        optout_flow.add_by_person,
        [replace(said, number=each) for each in sorted(wanted)],
        services.clock(),
    )
    return Whisper(messages.added(new, len(wanted) - new, locale))


async def remove(knock: Typed, services: Services) -> Answer:
    """`remove <number> <reason>`: asks for it; several opt-outs of one number are shown first."""
    locale = knock.person.locale
    numbers, reason = _numbers_and_rest(knock.words)
    if len(numbers) != 1 or not reason:
        return _note(locale, "optout.remove_usage")
    if bad := _bad(numbers):
        return Whisper(messages.unreadable(bad, locale))
    number = _e164(numbers[0])
    if (no := await lookups.held_back(number, knock, services)) is not None:
        return no
    known = await services.db.read(optouts.of_number, number)
    if len(known) != 1:
        return Whisper(await _of_number(number, knock, services, is_choice=True))
    no = await asking.kept_back(RequestKind.OPTOUT_REMOVE, ACCOUNT, knock.person, services)
    if no is not None:
        return no
    return Whisper(note(await _ask(known[0], reason, knock, services)))


async def choose(knock: Pressed, services: Services) -> Answer:
    """The button under one opt-out: the form for the reason."""
    no = await asking.kept_back(RequestKind.OPTOUT_REMOVE, ACCOUNT, knock.person, services)
    if no is not None:
        return no
    try:
        found = await services.db.read(optouts.by_key, knock.value)
    except (WrongDataKey, ValueError):
        return Whisper(outdated(knock.person.locale))
    if found is None:
        return _note(knock.person.locale, "optout.gone")
    carried = messages.carry(knock.channel, knock.value)
    return Form(messages.remove_form(carried, found, knock.person.locale))


async def hand_in(knock: Filled, services: Services) -> Answer:
    """The form that asks to take somebody out again, handed in."""
    no = await asking.kept_back(RequestKind.OPTOUT_REMOVE, ACCOUNT, knock.person, services)
    if no is not None:
        return no
    channel, key = messages.carried(knock.carried)
    locale = knock.person.locale
    try:
        found = await services.db.read(optouts.by_key, key)
    except (WrongDataKey, ValueError):
        return Whisper(outdated(locale))
    if found is None:
        return NextForm(closing_form(text(locale, "optout.gone"), locale))
    reason = knock.fields.get(messages.REASON, "").strip()
    said = await _ask(found, reason, replace(knock, channel=channel), services)
    return NextForm(closing_form(said, locale))


async def _ask(optout: Optout, reason: str, knock: Knock, services: Services) -> str:
    """Asks for the removal; what to say about it."""
    user = knock.person.user_id
    app = await scopes.meant(knock, services)
    wanted = RemovalAsk(
        number=optout.number,
        signature=optout.signature,
        scope=optout.scope,
        reason=reason[: messages.REASON_MAX],
        app=app.name,
        requester=user,
        channel=knock.channel,
    )
    end = await services.db.write(removals.ask, wanted, services.settings, services.clock())
    services.cards_due.set()
    services.posts_due.set()
    return await _said(end, services, knock.person.locale)


async def _said(end: Request | Refusal, services: Services, locale: Locale) -> str:
    match end:
        case Request(state=RequestState.AWAITING_APPROVAL):
            return await _with_place("optout.asked", end, services, locale)
        case Request():
            return text(locale, "optout.removed", request=end.id)
        case Refusal(reason=RemovalReason.ALREADY_ASKED, other=Request() as other):
            return await _with_place("optout.already_asked", other, services, locale)
        case Refusal():
            return text(locale, "optout.gone")
        case never:
            assert_never(never)


async def _with_place(key: str, request: Request, services: Services, locale: Locale) -> str:
    channel = await services.db.read(cards.channel_of, request.id) or request.channel
    return text(locale, key, request=request.id, channel=place(channel, locale))


async def _page(page: int, knock: Knock, services: Services) -> SlackMessage:
    def read(tx: Tx) -> tuple[Mapping[Source, int], list[Optout]]:
        return optouts.count(tx), optouts.latest(tx, PAGE_ROWS, page * PAGE_ROWS)

    counts, shown = await services.db.read(read)
    may_add = knock.person.may(Role.REQUESTER, ACCOUNT)
    return messages.overview(counts, shown, page, knock.person.locale, may_add=may_add)


async def _of_number(
    number: str, knock: Knock, services: Services, *, is_choice: bool = False
) -> SlackMessage:
    def read(tx: Tx) -> list[Listed]:
        return [Listed(each, optouts.key_of(tx, each)) for each in optouts.of_number(tx, number)]

    listed = await services.db.read(read)
    may_ask = knock.person.may(Role.REQUESTER, ACCOUNT)
    return messages.of_number(
        number, listed, knock.person.locale, may_ask=may_ask, is_choice=is_choice
    )


def _numbers_and_rest(words: Sequence[Word]) -> tuple[tuple[str, ...], str]:
    """The numbers that come first, one text each, and the words behind them."""
    plain = [word.text for word in words if word.key is None]
    first = list(takewhile(_is_part_of_list, plain))
    typed = number_lists.split(" ".join(first))
    return tuple(each for piece in typed for each in _apart(piece)), " ".join(plain[len(first) :])


def _extra(words: Sequence[Word], numbers: Sequence[str]) -> Word | None:
    """The first word where one number is looked up that is no part of it: a second number too."""
    if len(numbers) > 1:
        return Word(numbers[1])
    other = (each for each in words if each.key is not None or not _is_part_of_list(each.text))
    return next(other, None)


def _apart(piece: str) -> Sequence[str]:
    """Where a number stands among what is none, each is told by itself."""
    parts = piece.split()
    holds_one = any(isinstance(read_number(part), Number) for part in parts)
    is_one = isinstance(read_number(piece), Number)
    return parts if holds_one and not is_one else (piece,)


def _is_part_of_list(word: str) -> bool:
    """A number, a piece of one, or what stands between two."""
    return not any(character.isalpha() for character in word)


def _bad(numbers: Sequence[str]) -> list[BadWord]:
    read = [(each, read_number(each)) for each in numbers]
    return [
        BadWord(typed, found.reason.value, {"digits": found.digits})
        for typed, found in read
        if isinstance(found, BadNumber)
    ]


def _e164(typed: str) -> str:
    """The number in a text that holds one."""
    found = read_number(typed)
    if not isinstance(found, Number):
        raise ValueError("no number")
    return found.e164


def _signature_of(words: Sequence[Word]) -> str:
    return next((plain_signature(each.text) for each in words if each.key in SIGNATURE_KEYS), "")


def _note(locale: Locale, key: str, **values: str) -> Whisper:
    return Whisper(note(text(locale, key, **{name: esc(each) for name, each in values.items()})))


COMMANDS = (
    Command("optout", "", Role.VIEWER, show),
    Command("optout", "list", Role.VIEWER, show),
    Command("optout", "add", Role.REQUESTER, add, about=scopes.of_account),
    Command("optout", "remove", Role.REQUESTER, remove, about=scopes.of_account),
)
BUTTONS = (
    Button(MENU_OPTOUTS, Role.VIEWER, press_list),
    Button(f"{messages.TURN}_back", Role.VIEWER, turn),
    Button(f"{messages.TURN}_on", Role.VIEWER, turn),
    Button(messages.REMOVE, Role.REQUESTER, choose, scopes.of_account),
)
SUBMISSIONS = (Submission(messages.REMOVE_FORM, Role.REQUESTER, hand_in, scopes.of_account),)
