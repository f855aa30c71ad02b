"""Brings Slack after the truth: posts and edits the cards that changed, and loses none.

A first post whose answer was lost is looked for by its metadata before it is posted again.
"""

import logging
from datetime import datetime

from bot.errors import SlackError, StorageError
from bot.registry import SlackMessage
from bot.slack.client import CHANNEL_CLOSED, Posted
from bot.slack.messages.shown import render
from handlers.flows import cards as showing
from handlers.flows import job_cards
from handlers.flows.cards import Showing
from handlers.services import Services
from storage import cards
from storage.cards import Card

log = logging.getLogger("smsops.cards")
#: The one call that makes a card; every other one looks at it or changes it.
POST = "chat.postMessage"


async def run(services: Services, now: datetime) -> datetime | None:
    """Shows every card that is due; what Slack refuses for now stays due. Returns when the next
    one is due."""
    ticking = await services.db.read(job_cards.find_ticking, services.settings, now)
    if ticking:
        await services.db.write(job_cards.tick, ticking, now)
    for card in await services.db.read(cards.find_due, now, showing.AT_ONCE):
        try:
            await _try(services, card, now)
        except StorageError:
            raise
        except Exception:
            # One card that cannot be shown must not keep the others from being shown.
            log.exception("card broke", extra={"event": "card_broke"})
            await _try_later(services, card, "broke", tried_at=services.clock())
    return await services.db.read(cards.next_due)


async def _try(services: Services, card: Card, now: datetime) -> None:
    due = await services.db.read(showing.load, card, services.settings, now)
    if due is None:
        return
    try:
        await show(services, due)
    except SlackError as fault:
        await _take_fault(services, due, fault)


async def show(services: Services, due: Showing) -> None:
    """Posts or edits one card and notes where it stands."""
    message = render(due.shown, services.settings.language)
    posted = await _bring(services, due, message)
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


async def _bring(services: Services, due: Showing, message: SlackMessage) -> Posted:
    card = due.card
    if card.ts is not None:
        await services.slack.edit(card.channel, card.ts, message)
        return Posted(card.channel, card.ts)
    if card.tried_at is not None:
        found = await _find_again(services, due)
        if found is not None:
            await services.slack.edit(found.channel, found.ts, message)
            return found
    channel = await services.slack.locate(card.channel)
    await services.db.write(cards.note_try, card.request_id, services.clock())
    return await services.slack.post(channel, message, card.request_id)


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
    if fault.code in CHANNEL_CLOSED or fault.code == "message_not_found":
        await _move(services, due, fault)
    elif fault.permanent and fault.code == "invalid_blocks":
        await services.db.write(cards.give_up, due.card, fault=fault.code)
    else:
        tried_at = _tried_at(due, fault, now)
        await _try_later(services, due.card, fault.code, tried_at, fault.retry_after_s)


def _tried_at(due: Showing, fault: SlackError, now: datetime) -> datetime | None:
    """Since when a first post may exist that we do not know of."""
    if fault.method != POST:
        # A look or an edit failed: what may have got out before still may have.
        return due.card.tried_at
    return now if fault.may_have_happened else None


async def _try_later(
    services: Services,
    card: Card,
    fault: str,
    tried_at: datetime | None,
    asked_s: float | None = None,
) -> None:
    next_at = showing.next_try(card.failures, services.clock(), asked_s)
    await services.db.write(
        cards.note_failure, card, fault=fault, next_at=next_at, tried_at=tried_at
    )


async def _move(services: Services, due: Showing, fault: SlackError) -> None:
    """To where it was asked for; from there to the requester alone; from there nowhere."""
    card, now = due.card, services.clock()
    alone = await _conversation(services, due.requester)
    channel = alone if card.channel == due.asked_in else due.asked_in
    if channel and card.channel not in {channel, alone}:
        await services.db.write(cards.move, card, channel=channel, fault=fault.code, now=now)
        services.cards_due.set()
    else:
        await services.db.write(cards.give_up, card, fault=fault.code)


async def _conversation(services: Services, user_id: str) -> str:
    """The direct conversation with somebody, "" where there is none to be had."""
    try:
        return await services.slack.open_conversation(user_id)
    except SlackError as closed:
        log.warning("no conversation", extra={"event": "dm_failed", "reason": closed.code})
        return ""
