"""Sends what is queued: commit the attempt, then the call, then what it came to."""

import asyncio
import logging
from datetime import datetime

from bot.errors import StorageError
from bot.rules.numbers import mask
from bot.tencent.wire import SendOrder
from handlers.flows import delivery
from handlers.flows.delivery import Answer
from handlers.services import Services
from storage import messages
from storage.messages import Message

log = logging.getLogger("smsops.send")
#: Between two tries to save an answer that Tencent gave and the disk did not take.
SAVE_AGAIN_S = 1.0


async def run(services: Services, now: datetime) -> datetime | None:
    """Sends until nothing is due; returns when something is."""
    while claimed := await services.db.write(delivery.claim, services.clock()):
        ends = await asyncio.gather(
            *(send_one(services, message) for message in claimed), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                # The claim runs out by itself, or the attempt is found in flight at the next start.
                log.error("send broke off", extra={"event": "send_broke_off", "reason": repr(end)})
    return await services.db.read(messages.next_due)


async def send_one(services: Services, message: Message) -> None:
    """One attempt. Once it is committed it ends settled or, if the process dies, in doubt."""
    app = services.settings.app(message.app)
    if app is None:
        # Taken out of app.yaml meanwhile: the claim runs out, the message waits for its return.
        return
    signed_at = services.clock()
    attempt = await services.db.write(delivery.start, message, signed_at)
    if attempt is None:
        return
    services.cards_due.set()
    order = SendOrder(
        numbers=(attempt.number,),
        sdk_app_id=app.sdk_app_id,
        template_id=attempt.template_id,
        sign=attempt.signature or None,
        values=attempt.values,
        session_context=attempt.attempt or "",
    )
    answer = await _exchange(services, attempt, order, signed_at)
    log.info(
        "send settled",
        extra={
            "event": "send_settled",
            "request": attempt.request_id,
            "number": mask(attempt.number),
            "verdict": answer.fate.verdict.value,
            "code": answer.fate.code,
            "tencent_request": answer.tencent_request_id,
        },
    )
    await _save(services, attempt, answer)
    services.cards_due.set()


async def _exchange(
    services: Services, attempt: Message, order: SendOrder, signed_at: datetime
) -> Answer:
    """What Tencent said; where anything breaks on the way, nobody can tell, and that is said."""
    try:
        # The signature carries the committed time: five minutes on, no late copy is accepted.
        outcome = await services.tencent.send_sms(order, signed_at=signed_at)
        return delivery.read_outcome(attempt, outcome, services.clock())
    except Exception:
        log.exception("send broke", extra={"event": "send_broke", "request": attempt.request_id})
        return delivery.unknown_answer(services.clock())


async def _save(services: Services, attempt: Message, answer: Answer) -> None:
    """Saves an answer until the disk takes it: it is known nowhere else."""
    while True:
        try:
            await services.db.write(delivery.settle, attempt, answer, services.clock())
        except StorageError as error:
            log.error("answer not saved", extra={"event": "save_failed", "reason": str(error)})
            await asyncio.sleep(SAVE_AGAIN_S)
        else:
            return
