"""One SMS to a number somebody named, and whether its report finds the way back by itself.

It is a send like any other: stored before it leaves, under the limits, in the trail; and it is told
from all others by nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.delivery import MessageState
from bot.rules.doctor import Finding, Found
from bot.rules.sending import Draft, SendFault
from bot.settings import Settings
from handlers.flows import drafts
from handlers.flows.drafts import Queued, Refusal, SendAsk
from handlers.services import Services
from storage import messages, receipts
from storage.db import Tx
from storage.ids import RequestId
from storage.messages import Message
from storage.receipts import Came

#: A report comes within seconds; a phone that is switched off has none for a day.
WAITED_S, LOOK_EVERY_S = 90.0, 0.2
#: Nothing more is to come of these by itself.
OVER = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.REFUSED,
        MessageState.SKIPPED,
        MessageState.CANCELLED,
        MessageState.IN_DOUBT,
    }
)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far it came: the message, and how its report did; None where there is none."""

    message: Message
    came: Came | None


def queue(
    tx: Tx, ask: SendAsk, settings: Settings, now: datetime, *, has_card: bool
) -> Queued | tuple[SendFault, ...]:
    """Stores it, to be sent now; or what stands in the way."""
    made = drafts.draft(tx, ask, settings, now)
    if not isinstance(made, Draft):
        return made
    end = drafts.confirm(
        tx, made.request_id, made.sha256, ask.requester, settings, now, has_card=has_card
    )
    if isinstance(end, Refusal):
        raise ValueError(f"{made.request_id}: {end.reason}")
    return end


async def follow(
    services: Services, request_id: RequestId, waited_s: float = WAITED_S
) -> tuple[Finding, ...]:
    """Waits for its end, at most so long; what it shows of the set-up. Raises StorageError."""
    services.wake()
    reached = await services.db.read(_reached, request_id)
    try:
        async with asyncio.timeout(waited_s):
            while reached is None or reached.message.state not in OVER:
                await asyncio.sleep(LOOK_EVERY_S)
                reached = await services.db.read(_reached, request_id)
    except TimeoutError:
        pass
    return () if reached is None else (judge(reached),)


def judge(reached: Reached) -> Finding:
    """What it shows; numbers are in no finding."""
    message = reached.message
    facts: dict[str, str | int | datetime] = {"request": message.request_id}
    match message.state:
        case MessageState.REFUSED | MessageState.SKIPPED | MessageState.CANCELLED:
            found, facts["code"] = Found.TRIAL_REFUSED, message.code or message.detail
        case MessageState.DELIVERED | MessageState.UNDELIVERED if reached.came is Came.PUSHED:
            is_there = message.state is MessageState.DELIVERED
            found = Found.TRIAL_CAME_BACK if is_there else Found.TRIAL_NOT_DELIVERED
            facts["code"] = message.carrier_code
        case MessageState.DELIVERED | MessageState.UNDELIVERED:
            found = Found.TRIAL_FETCHED
        case MessageState.ACCEPTED | MessageState.UNREPORTED:
            found = Found.TRIAL_SILENT
        case MessageState.IN_DOUBT:
            found = Found.TRIAL_IN_DOUBT
        case _:
            found = Found.TRIAL_WAITS
    return Finding(found, facts, message.app)


def _reached(tx: Tx, request_id: RequestId) -> Reached | None:
    found: Sequence[Message] = messages.of_request(tx, request_id)
    if not found:
        return None
    message = found[0]
    said = receipts.of_serial(tx, message.serial, message.number) if message.serial else []
    return Reached(message, said[0].came if said else None)
