"""Brings Slack after the truth: posts and edits the cards that changed, and loses none.

Each channel has a lane, as in `deliver_posts`. A first post whose answer was lost is looked for by
its metadata before it is posted again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import SlackError, StorageError, WrongDataKey
from bot.registry import SlackMessage
from bot.rules.lanes import EDIT, POST
from bot.settings import Settings
from bot.slack.client import Posted
from bot.slack.messages import overlong
from bot.slack.messages.shown import render
from bot.slack.refusals import CONTENT_REFUSED, MESSAGE_GONE, WIRE_FAULTS, closes_channel
from handlers.flows import cards as showing
from handlers.flows import job_cards
from handlers.flows.cards import Showing
from handlers.jobs.lane_work import is_suspect, work
from handlers.services import Services
from storage import cards
from storage.cards import Card
from storage.db import Tx
from storage.ids import RequestId

log = logging.getLogger("smsops.cards")
AT_ONCE = 200


async def run(services: Services, now: datetime) -> datetime | None:
    """Shows every card that is due; what Slack refuses for now stays due. Returns when the next
    one is due."""
    empty = set[str]()
    seen = await services.db.read(_look, now, services.settings)
    if seen.ticking:
        await services.db.write(job_cards.tick, seen.ticking, now)
        seen = await services.db.read(_look, now)
    begin = [seen]

    async def look() -> Sequence[Card]:
        nonlocal seen
        seen = begin.pop() if begin else await services.db.read(_look, services.clock())
        return [card for card in seen.due if card.request_id not in empty]

    async def do(card: Card) -> None:
        try:
            if not await _try(services, card, now):
                empty.add(card.request_id)
        except Exception as error:
            if isinstance(error, StorageError) and not isinstance(error, WrongDataKey):
                raise
            # One card that cannot be shown must not keep the others from being shown.
            log.exception("card broke", extra={"event": "card_broke"})
            broke = SlackError("", "broke", permanent=True)
            await _try_later(services, card, broke, tried_at=services.clock())

    await work(look, _lane, do, services.cards_due, services.stopping)
    return seen.next_at


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to show. One look: most find nothing, and there is one a second."""

    ticking: Sequence[RequestId]
    due: Sequence[Card]
    next_at: datetime | None


def _look(tx: Tx, now: datetime, settings: Settings | None = None) -> _Seen:
    """With those that are only to be counted down where `settings` say of what."""
    return _Seen(
        ticking=job_cards.find_ticking(tx, settings, now) if settings is not None else (),
        due=cards.find_due(tx, now, AT_ONCE),
        next_at=cards.next_due(tx),
    )


def _lane(card: Card) -> str:
    return card.channel if card.ts is None else f"edit {card.channel}"


async def _try(services: Services, card: Card, now: datetime) -> bool:
    """False where there is nothing to show yet, or it was not its turn."""
    due = await services.db.read(showing.load, card, services.settings, now)
    if due is None:
        return False
    try:
        return await show(services, due)
    except SlackError as fault:
        await _take_fault(services, due, fault)
        return True


async def show(services: Services, due: Showing, *, plainly: bool = False) -> bool:
    """Posts or edits one card and notes where it stands; False where the program is to end.

    `plainly`: in words alone, for where Slack refuses their form.
    """
    message = render(due.shown, services.settings.language)
    message = overlong.plain(message) if plainly else message
    fitting, _ = overlong.fit(message, services.settings.language)
    posted = await _bring(services, due, fitting)
    if posted is None:
        return False
    now = services.clock()
    await services.db.write(
        cards.note_posted,
        due.card,
        channel=posted.channel,
        ts=posted.ts,
        next_at=showing.next_edit(due.card, now),
    )
    # What is to be said under it can be said now.
    services.posts_due.set()
    return True


async def _bring(services: Services, due: Showing, message: SlackMessage) -> Posted | None:
    card = due.card
    if card.ts is not None:
        return await _edit(services, Posted(card.channel, card.ts), message)
    closed = services.lanes.closed(card.channel)
    if closed is not None:
        raise SlackError(POST, closed, permanent=True)
    if card.tried_at is not None:
        found = await _find_again(services, due)
        if found is not None:
            return await _edit(services, found, message)
    channel = await services.slack.locate(card.channel)
    async with services.lanes.turn(POST, channel):
        if services.stopping.is_set():
            return None
        await services.db.write(cards.note_try, card.request_id, services.clock())
        return await services.slack.post(channel, message, card.request_id)


async def _edit(services: Services, posted: Posted, message: SlackMessage) -> Posted:
    async with services.lanes.turn(EDIT, posted.channel):
        await services.slack.edit(posted.channel, posted.ts, message)
    return posted


async def _find_again(services: Services, due: Showing) -> Posted | None:
    """The post whose answer was lost. Where the history is closed to us the card is posted again:
    twice is a nuisance, never is a lie."""
    card = due.card
    try:
        channel = await services.slack.locate(card.channel)
        return await services.slack.find_post(channel, card.request_id)
    except SlackError as fault:
        if not fault.permanent:
            raise
        return None


async def _take_fault(services: Services, due: Showing, fault: SlackError) -> None:
    """Decides where the card goes next: later, elsewhere, or nowhere."""
    now = services.clock()
    log.warning(
        "card not shown",
        extra={"event": "card_failed", "request": due.card.request_id, "reason": fault.code},
    )
    if closes_channel(fault.code):
        services.lanes.close(due.card.channel, fault.code)
        services.slack.forget(due.card.channel)
        await _move(services, due, fault)
    elif fault.code in MESSAGE_GONE:
        await _move(services, due, fault)
    elif fault.code in CONTENT_REFUSED:
        await _show_plainly(services, due, fault)
    else:
        await _try_later(services, due.card, fault, _tried_at(due, fault, now))


async def _show_plainly(services: Services, due: Showing, fault: SlackError) -> None:
    """Slack will not have the card as it is made: its words alone are better than none."""
    try:
        await show(services, due, plainly=True)
    except SlackError as again:
        if again.code in CONTENT_REFUSED:
            await services.db.write(cards.give_up, due.card, fault=fault.code)
        else:
            tried_at = _tried_at(due, again, services.clock())
            await _try_later(services, due.card, again, tried_at)


def _tried_at(due: Showing, fault: SlackError, now: datetime) -> datetime | None:
    """Since when a first post may exist that we do not know of."""
    if fault.method != POST:
        # A look or an edit failed: what may have got out before still may have.
        return due.card.tried_at
    return now if fault.may_have_happened else None


async def _try_later(
    services: Services, card: Card, fault: SlackError, tried_at: datetime | None
) -> None:
    """New cards behind it wait too, unless the fault is its own."""
    is_own = fault.code not in WIRE_FAULTS and not fault.code.startswith("http_")
    await services.db.write(
        cards.note_failure,
        card,
        fault=fault.code,
        next_at=showing.next_try(card.failures, services.clock(), fault.retry_after_s),
        tried_at=tried_at,
        is_aside=is_own,
    )
    if card.ts is None and is_suspect(fault, card.failures, services.lanes):
        await _ask_next(services, card)


async def _ask_next(services: Services, card: Card) -> None:
    """Where the card behind it can be shown, it is not Slack that is in trouble but this one."""
    behind = await services.db.read(cards.find_next, card)
    now = services.clock()
    if behind is None:
        return
    due = await services.db.read(showing.load, behind, services.settings, now)
    if due is None:
        return
    try:
        is_shown = await show(services, due)
    except SlackError as fault:
        tried_at = _tried_at(due, fault, now)
        await services.db.write(
            cards.note_failure, due.card, fault=fault.code, next_at=now, tried_at=tried_at
        )
    else:
        if is_shown:
            await services.db.write(cards.stand_aside, card, now)


async def _move(services: Services, due: Showing, fault: SlackError) -> None:
    """To where it was asked for; from there to the requester alone; from there to the fallback
    channel; from there nowhere."""
    card, now = due.card, services.clock()
    alone = await _conversation(services, due.requester)
    fallback = services.settings.channels.fallback or ""
    places = [due.asked_in, alone, fallback]
    behind = places[places.index(card.channel) + 1 :] if card.channel in places else places
    channel = next((place for place in behind if place), "")
    if channel:
        await services.db.write(cards.move, card, channel=channel, fault=fault.code, now=now)
        services.cards_due.set()
    else:
        await services.db.write(cards.give_up, card, fault=fault.code)
        services.posts_due.set()


async def _conversation(services: Services, user_id: str) -> str:
    """The direct conversation with somebody, "" where there is none to be had."""
    try:
        return await services.slack.open_conversation(user_id)
    except SlackError as closed:
        log.warning("no conversation", extra={"event": "dm_failed", "reason": closed.code})
        return ""
