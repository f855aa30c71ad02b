"""What a card shows, loaded in one look, and what came of showing it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.delivery import MessageState
from bot.rules.requests import RequestKind
from bot.settings import Settings
from bot.slack.messages.cards import SendCard
from bot.slack.messages.shown import Shown
from handlers.flows import job_cards, limit_cards, request_cards
from storage import content, doubts, messages, requests
from storage.cards import Card
from storage.db import Tx
from storage.requests import Request

#: Edits of one card: at most one a second, but the first comes soon, with Tencent's answer.
FIRST_EDIT = timedelta(seconds=0.3)
BETWEEN_EDITS = timedelta(seconds=1)
FIRST_RETRY = timedelta(seconds=1)
LAST_RETRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Showing:
    """A card that is due and what it should show."""

    card: Card
    shown: Shown
    #: Where it was asked for: the card goes there where its own place will not have it.
    asked_in: str
    requester: str


def load(tx: Tx, card: Card, settings: Settings, now: datetime) -> Showing | None:
    """What a card should show; None where there is nothing to show yet."""
    request = requests.get(tx, card.request_id)
    if request is None:
        return None
    shown = load_shown(tx, request, settings, now)
    return None if shown is None else Showing(card, shown, request.channel, request.requester)


def load_shown(tx: Tx, request: Request, settings: Settings, now: datetime) -> Shown | None:
    """The card of a request of any kind; None where there is nothing to show yet."""
    if request.kind is RequestKind.SEND:
        return job_cards.load(tx, request, settings, now) or _send_card(tx, request)
    if request.kind is RequestKind.LIMITS_CHANGE:
        return limit_cards.load(tx, request, settings, now)
    return request_cards.load(tx, request, settings, now)


def next_edit(card: Card, now: datetime) -> datetime:
    """When a card that was just shown may be shown again."""
    return now + (FIRST_EDIT if card.ts is None else BETWEEN_EDITS)


def next_try(failures: int, now: datetime, asked_s: float | None) -> datetime:
    """When to try again: what Slack asked for, else 1, 2, 4 … seconds up to a minute."""
    if asked_s is not None:
        return now + timedelta(seconds=asked_s)
    doublings: int = 2 ** min(failures, 10)
    return now + min(FIRST_RETRY * doublings, LAST_RETRY)


def _send_card(tx: Tx, request: Request) -> SendCard | None:
    found = messages.of_request(tx, request.id)
    if not found:
        return None
    message = found[0]
    template = content.get_template(tx, message.template_id)
    return SendCard(
        request_id=request.id,
        requester=request.requester,
        app=request.app,
        number=message.number,
        template_id=message.template_id,
        template_name=template.name if template else "",
        # The text that was confirmed, not the one Tencent may list by now.
        content=request.payload["content"],
        signature=message.signature,
        values=message.values,
        class_=message.class_,
        message_id=message.id,
        attempt=message.attempt or "",
        state=message.state,
        attempts=message.attempts,
        due_at=message.due_at,
        signed_at=message.signed_at,
        accepted_at=message.accepted_at,
        final_at=message.final_at,
        serial=message.serial or "",
        fee_segments=message.fee_segments,
        code=message.code,
        detail=message.detail,
        tencent_request_id=message.tencent_request_id,
        carrier_code=message.carrier_code,
        hint=message.hint,
        is_asked=message.asked_at is not None,
        settled_by=message.settled_by,
        doubt=doubts.facts(tx, message) if message.state is MessageState.IN_DOUBT else None,
    )
