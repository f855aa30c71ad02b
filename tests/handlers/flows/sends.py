"""Messages on their way, and what Tencent may answer or know of them."""

from datetime import datetime

from bot.rules.classes import TemplateClass
from bot.rules.requests import RequestEvent
from bot.tencent.wire import (
    Answered,
    NumberAnswer,
    RecordState,
    Refused,
    SendOutcome,
    SendRecord,
    Unknown,
    UnknownReason,
    Unsent,
    UnsentReason,
)
from handlers.flows import delivery
from storage import cards, message_attempts, requests
from storage.db import Tx
from storage.ids import AttemptId, new_attempt_id
from storage.message_attempts import Attempt
from storage.messages import Message
from storage.receipts import Receipt
from tests.storage.rows import NOW, NUMBER, add_message, add_request, must_get

SERIAL = "5000:1"
LIMITED = "LimitExceeded.PhoneNumberThirtySecondLimit"
BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"
LOST = Unknown(UnknownReason.DEADLINE, "no whole answer within 15 s")
NOT_CONNECTED = Unsent(UnsentReason.CONNECT, "ClientConnectorError")
THROTTLED = Refused("RequestLimitExceeded", "", "r")


def answered(number: str = NUMBER, code: str = "Ok", serial: str = SERIAL) -> Answered:
    serial = serial if code == "Ok" else ""
    fee = int(code == "Ok")
    return Answered((NumberAnswer(number, serial, fee, code, "", "CN", ""),), "r")


def report(serial: str = SERIAL, *, success: bool = True, number: str = NUMBER) -> Receipt:
    return Receipt(serial, number, success, "DELIVRD" if success else "MK:0001", "", None)


def record(
    serial: str = SERIAL,
    *,
    number: str = NUMBER,
    code: str = "Ok",
    sent_at: datetime | None = NOW,
) -> SendRecord:
    return SendRecord(number, serial, RecordState.DELIVERED, code, "", "CN", "", sent_at, None)


def queue(
    tx: Tx,
    number: str = NUMBER,
    class_: TemplateClass = TemplateClass.NOTICE,
    now: datetime = NOW,
) -> Message:
    """A confirmed message, its request executing and its card waiting."""
    request = requests.get(tx, add_request(tx, now=now))
    assert request is not None
    requests.advance(tx, request, RequestEvent.CONFIRM, now)
    cards.add(tx, request.id, "C0SMS", now)
    return must_get(tx, add_message(tx, number, request_id=request.id, class_=class_, now=now))


def begin(
    tx: Tx,
    number: str = NUMBER,
    class_: TemplateClass = TemplateClass.NOTICE,
    now: datetime = NOW,
) -> Message:
    """A message in flight."""
    queued = queue(tx, number, class_, now)
    assert message_attempts.start(tx, [(queued.id, new_attempt_id())], now) == 1
    return must_get(tx, queued.id)


def attempt_of(message: Message) -> Attempt:
    """The attempt a message is in flight with."""
    return Attempt(
        message.id,
        message.request_id,
        message.number,
        message.class_,
        message.attempt or AttemptId(""),
        message.attempts,
        message.give_up_at,
        is_of_job=False,
        is_agreed=False,
        app=message.app,
        country=message.country,
        signed_at=message.signed_at or NOW,
        template_id=message.template_id,
        signature=message.signature,
    )


def end(tx: Tx, message: Message, outcome: SendOutcome, now: datetime = NOW) -> Message:
    """The message as `outcome` leaves it."""
    delivery.settle(tx, delivery.read_outcome([attempt_of(message)], outcome, now), now)
    return must_get(tx, message.id)


def doubt(
    tx: Tx,
    number: str = NUMBER,
    class_: TemplateClass = TemplateClass.NOTICE,
    now: datetime = NOW,
) -> Message:
    """A message in doubt."""
    return end(tx, begin(tx, number, class_, now), LOST, now)


def forget_change(tx: Tx, message: Message) -> None:
    """Slack shows the card as it is: what is due from here on changed it."""
    tx.run("UPDATE cards SET posted = wanted WHERE request_id = :id", id=message.request_id)


def is_card_due(tx: Tx, message: Message) -> bool:
    rows = tx.all(
        "SELECT 1 FROM cards WHERE request_id = :id AND wanted > posted", id=message.request_id
    )
    return bool(rows)


def states(tx: Tx) -> dict[str, Message]:
    return {
        row["id"]: must_get(tx, row["id"]) for row in tx.all("SELECT id FROM messages ORDER BY id")
    }
