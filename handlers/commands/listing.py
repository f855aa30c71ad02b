"""What the lists of templates and of signatures have in common: narrowing, turning, refreshing,
and looking at one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic

from bot.errors import TencentError
from bot.locales import text
from bot.registry import (
    Answer,
    Button,
    Command,
    Knock,
    Later,
    Nothing,
    Pressed,
    SlackMessage,
    Typed,
    Whisper,
)
from bot.rules import catalogue
from bot.rules.catalogue import Item, Query
from bot.rules.roles import ACCOUNT, Role
from bot.settings import Settings
from bot.slack.messages import details as detail_messages
from bot.slack.messages import listings
from bot.slack.messages.details import Details
from handlers.flows import content_drafts
from handlers.services import Services
from storage.db import Tx

#: A person waits no longer than this for what is new.
REFRESH_WITHIN_S = 20.0
TURNS = ("list_state", "list_previous", "list_next", "list_all")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Item]):
    """One of the two lists: how it looks, what is in it, when it was last read, how it is read.

    `find` takes an id or a name, `details` loads what is shown of one item.
    """

    kind: listings.Kind[Item]
    items: Callable[[Tx], list[Item]]
    seen_at: Callable[[Tx], datetime | None]
    find: Callable[[Tx, str], Item | None]
    details: Callable[[Tx, Item, Settings, datetime], Details]
    fetch: Callable[[Services], Awaitable[None]]


def said(knock: Typed) -> str:
    """The words behind the command."""
    return " ".join(word.text for word in knock.words)


def commands(shelf: Shelf[Item]) -> tuple[Command, ...]:
    """The noun alone, `list` and `show`."""
    area = shelf.kind.area
    return (
        Command(area, "", Role.VIEWER, partial(list_or_show, shelf)),
        Command(area, "list", Role.VIEWER, partial(list_typed, shelf)),
        Command(area, "show", Role.VIEWER, partial(show_typed, shelf)),
    )


def buttons(shelf: Shelf[Item]) -> tuple[Button, ...]:
    """What stands under a list."""
    return (
        *(Button(shelf.kind.action(each), Role.VIEWER, partial(turn, shelf)) for each in TURNS),
        Button(shelf.kind.action("list_refresh"), Role.VIEWER, partial(refresh, shelf)),
        Button(shelf.kind.action("show"), Role.VIEWER, partial(show_chosen, shelf)),
    )


async def list_typed(shelf: Shelf[Item], knock: Typed, services: Services) -> Answer:
    """The list, with words or a state to narrow it."""
    query = catalogue.read_query([word.text for word in knock.words])
    return Whisper(await page(shelf, query, knock, services))


async def list_or_show(shelf: Shelf[Item], knock: Typed, services: Services) -> Answer:
    """The list, or the one whose id or name follows."""
    wanted = said(knock)
    found = await services.db.read(shelf.find, wanted) if wanted else None
    return await (show_typed if found else list_typed)(shelf, knock, services)


async def show_typed(shelf: Shelf[Item], knock: Typed, services: Services) -> Answer:
    """The one of that id or name; the list where none is named."""
    wanted = said(knock)
    if not wanted:
        return await list_typed(shelf, knock, services)
    return await show(shelf, wanted, knock, services)


async def show_chosen(shelf: Shelf[Item], knock: Pressed, services: Services) -> Answer:
    """The one chosen under the list."""
    return await show(shelf, knock.value, knock, services)


async def turn(shelf: Shelf[Item], knock: Pressed, services: Services) -> Answer:
    """Another page, or another state, in the place of the one shown."""
    message = await page(shelf, listings.query_of(knock.value), knock, services)
    return Whisper(message, replace=True)


async def refresh(shelf: Shelf[Item], knock: Pressed, services: Services) -> Answer:
    """The same page of a list, read from Tencent now."""
    return Later(Nothing(), _refreshed(shelf, knock, services))


async def show(shelf: Shelf[Item], wanted: str, knock: Knock, services: Services) -> Answer:
    """All of one item."""
    found = await services.db.read(shelf.find, wanted)
    if found is None:
        return Whisper(await unknown(shelf, wanted, knock, services))
    shown = await services.db.read(shelf.details, found, services.settings, services.clock())
    may_ask = knock.person.may(Role.REQUESTER, ACCOUNT)
    return Whisper(detail_messages.details(shown, knock.person.locale, may_ask=may_ask))


async def unknown(
    shelf: Shelf[Item], wanted: str, knock: Knock, services: Services
) -> SlackMessage:
    """There is no such item, and what was probably meant."""
    closest = content_drafts.closest(await services.db.read(shelf.items), wanted)
    return detail_messages.unknown(shelf.kind.area, wanted, closest, knock.person.locale)


async def page(
    shelf: Shelf[Item], query: Query, knock: Knock, services: Services, remark: str = ""
) -> SlackMessage:
    """The page of the list that `query` asks for."""

    def read(tx: Tx) -> tuple[Sequence[Item], datetime | None]:
        return shelf.items(tx), shelf.seen_at(tx)

    items, seen_at = await services.db.read(read)
    return listings.listing(
        shelf.kind,
        catalogue.find(items, query),
        seen_at,
        knock.person.locale,
        may_ask=knock.person.may(Role.REQUESTER, ACCOUNT),
        remark=remark,
    )


async def _refreshed(shelf: Shelf[Item], knock: Pressed, services: Services) -> Answer:
    remark = ""
    try:
        async with asyncio.timeout(REFRESH_WITHIN_S):
            await shelf.fetch(services)
    except (TencentError, TimeoutError):
        remark = text(knock.person.locale, "listing.refresh_failed")
    message = await page(shelf, listings.query_of(knock.value), knock, services, remark)
    return Whisper(message, replace=True)
