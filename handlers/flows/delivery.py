"""Sending, from the person's word on: the attempt, its answer, the carrier's report, the doubt.

What holds here (docs/delivery.md draws it): the row is in flight before the first byte leaves, a
number has at most one unresolved attempt, and nothing that may have left is repeated without proof
or a person's word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.rules import retries
from bot.rules.classes import TemplateClass
from bot.rules.delivery import (
    FINAL,
    REPORT_TIME,
    Event,
    MessageState,
    SettleAction,
    Step,
    settle_rule,
    settles_at,
    step,
)
from bot.rules.requests import RequestEvent, RequestState
from bot.rules.retries import Exchange, Fate, Verdict
from bot.tencent.wire import Answered, Refused, SendOutcome, SendRecord, Unknown, Unsent, pair
from storage import cards, messages, receipts, requests
from storage.db import Tx
from storage.ids import RequestId
from storage.messages import Message, Settlement
from storage.receipts import Receipt

LEASE = timedelta(seconds=60)
#: What one look at the queue takes; the bound on the doubts one kill can make.
AT_ONCE = 8
#: A record may carry a time a little before our own commit: clocks differ.
CLOCK_MARGIN = timedelta(seconds=60)
#: A retry that would come too late is a refusal: nothing was sent.
STATE_OF = {
    Verdict.ACCEPTED: MessageState.ACCEPTED,
    Verdict.REFUSED: MessageState.REFUSED,
    Verdict.RETRY_LATER: MessageState.REFUSED,
    Verdict.IN_DOUBT: MessageState.IN_DOUBT,
}
BY_ANSWER, BY_RECORD, BY_RULE = "answer", "record", "rule"


class DoubtChoice(StrEnum):
    """What a person may say of a message in doubt."""

    TREAT_AS_SENT = "treat_as_sent"
    SEND_AGAIN = "send_again"


class DoubtRefusal(StrEnum):
    """Why a person's word about a doubt changes nothing."""

    NOT_FOUND = "not_found"
    SETTLED = "settled"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one exchange with Tencent said about one message."""

    fate: Fate
    serial: str | None = None
    fee_segments: int | None = None
    detail: str = ""
    tencent_request_id: str = ""


def claim(tx: Tx, now: datetime) -> list[Message]:
    """The messages this worker sends next."""
    messages.release_expired(tx, now, now)
    return messages.claim(tx, now=now, lease_until=now + LEASE, limit=AT_ONCE)


def start(tx: Tx, message: Message, now: datetime) -> Message | None:
    """Commits the attempt; `now` is what its request is signed with. None: somebody else has it."""
    started = messages.start(tx, message.id, now)
    if started is None:
        messages.release(tx, message.id, now)
        return None
    cards.touch(tx, message.request_id, now)
    return started


def read_outcome(message: Message, outcome: SendOutcome, now: datetime) -> Answer:
    """What `outcome` means for the one number of `message`."""
    tries = message.attempts
    match outcome:
        case Unsent():
            fate = retries.judge_request(Exchange.UNSENT, now=now, tries=tries)
            return Answer(fate, detail=outcome.reason.value)
        case Unknown():
            fate = retries.judge_request(Exchange.UNKNOWN, now=now, tries=tries)
            return Answer(fate, detail=outcome.reason.value)
        case Refused():
            fate = retries.judge_request(Exchange.REFUSED, now=now, code=outcome.code, tries=tries)
            return Answer(fate, tencent_request_id=outcome.request_id)
        case Answered():
            return _read_answered(message, outcome, now)
    assert_never(outcome)


def unknown_answer(now: datetime) -> Answer:
    """Bytes may have left, and nothing is known."""
    return Answer(retries.judge_request(Exchange.UNKNOWN, now=now), detail="unknown")


def _read_answered(message: Message, outcome: Answered, now: datetime) -> Answer:
    answer = pair([message.number], outcome.answers).found.get(message.number)
    if answer is None:
        fate = retries.judge_request(Exchange.UNKNOWN, now=now, tries=message.attempts)
        return Answer(fate, detail="not_answered", tencent_request_id=outcome.request_id)
    return Answer(
        retries.judge_number(answer.code, now=now, tries=message.attempts),
        serial=answer.serial or None,
        fee_segments=answer.fee_segments,
        tencent_request_id=outcome.request_id,
    )


def settle(tx: Tx, message: Message, answer: Answer, now: datetime) -> None:
    """Saves what an attempt came to, and applies the reports that were quicker than the answer."""
    if answer.serial is not None and messages.is_serial_taken(tx, answer.serial):
        # Another message has this serial: the answer contradicts what Tencent said before.
        answer = Answer(retries.judge_request(Exchange.UNKNOWN, now=now), detail="shape")
    if answer.fate.verdict is Verdict.RETRY_LATER and _may_wait(message, answer.fate, now):
        settled = messages.put_back(
            tx,
            message,
            now=now,
            due_at=now + timedelta(seconds=answer.fate.after_s or 0),
            settled_by=BY_ANSWER,
            code=answer.fate.code,
            detail=answer.detail,
        )
    else:
        settled = messages.settle(tx, message, _settlement(answer), now)
    if settled is None:
        return
    _apply_kept_receipts(tx, settled, now)
    _follow(tx, settled.request_id, now)


def recover(tx: Tx, now: datetime) -> int:
    """After a start: claims are free again, and what was in flight is in doubt. Returns the doubts.

    Only the process that holds the database file runs this, so nobody else is sending.
    """
    messages.release_all(tx, now)
    doubts = 0
    for message in messages.find_unresolved(tx):
        if message.state is MessageState.IN_FLIGHT:
            doubt = Settlement(MessageState.IN_DOUBT, BY_RULE, detail="restarted")
            if messages.settle(tx, message, doubt, now) is not None:
                doubts += 1
                _follow(tx, message.request_id, now)
    return doubts


def take_receipts(tx: Tx, app: str, reports: Iterable[Receipt], now: datetime) -> int:
    """Keeps what carriers said and moves the messages it is about; returns how many were new.

    A report for an unknown serial is kept; where an attempt to that number is in doubt it becomes
    a hint, never a proof: nobody signs a callback.
    """
    new = 0
    for receipt in reports:
        if not receipts.add(tx, app, receipt, now):
            continue
        new += 1
        message = messages.of_serial(tx, receipt.serial, receipt.number)
        if message is not None:
            _apply(tx, message, success=receipt.success, code=receipt.carrier_code, now=now)
            continue
        fenced = messages.fence_of(tx, receipt.number)
        if fenced is not None and messages.note_hint(tx, fenced.id, receipt.serial):
            cards.touch(tx, fenced.request_id, now)
    return new


def decide(
    tx: Tx, message_id: str, attempt: str, choice: DoubtChoice, user_id: str, now: datetime
) -> Message | DoubtRefusal:
    """A person's word about a doubt. Sending again waits until no copy can be accepted any more."""
    message = messages.get(tx, message_id)
    if message is None:
        return DoubtRefusal.NOT_FOUND
    if message.state is not MessageState.IN_DOUBT or message.attempt != attempt:
        return DoubtRefusal.SETTLED
    if message.signed_at is None or now < settles_at(message.signed_at):
        return DoubtRefusal.TOO_EARLY
    match choice:
        case DoubtChoice.TREAT_AS_SENT:
            dropped = Settlement(MessageState.DROPPED, user_id, detail=message.detail)
            settled = messages.settle(tx, message, dropped, now)
        case DoubtChoice.SEND_AGAIN:
            settled = _send_again(tx, message, user_id, now)
        case _:
            assert_never(choice)
    if settled is None:
        return DoubtRefusal.SETTLED
    _follow(tx, message.request_id, now)
    return settled


def settle_by_rule(tx: Tx, now: datetime) -> None:
    """Doubts whose time has come: codes are dropped, everything else is put before a person."""
    for message in messages.find_unresolved(tx):
        if message.state is not MessageState.IN_DOUBT or message.signed_at is None:
            continue
        match settle_rule(message.class_, message.signed_at, now):
            case SettleAction.WAIT:
                continue
            case SettleAction.DROP:
                dropped = Settlement(MessageState.DROPPED, BY_RULE, detail=message.detail)
                if messages.settle(tx, message, dropped, now) is not None:
                    _follow(tx, message.request_id, now)
            case SettleAction.ASK_PERSON | SettleAction.NEXT_PERSON_THEN_SEND_AGAIN:
                if messages.note_asked(tx, message.id, now):
                    cards.touch(tx, message.request_id, now)
    for request_id in messages.stop_waiting(tx, now=now, before=now - REPORT_TIME):
        _follow(tx, request_id, now)


def settle_by_records(
    tx: Tx, message: Message, records: Sequence[SendRecord], now: datetime
) -> bool:
    """Settles a doubt by Tencent's own books, where they name exactly one message that fits.

    Fits: to this number, no earlier than the attempt, under a serial no other message of ours has.
    The fence makes it ours, provided nobody else sends through this application.
    """
    if message.signed_at is None:
        return False
    since = message.signed_at - CLOCK_MARGIN
    fitting = [
        record
        for record in records
        if record.number == message.number
        and record.request_code == "Ok"
        and record.serial
        and record.sent_at is not None
        and record.sent_at >= since
        and not messages.is_serial_taken(tx, record.serial)
    ]
    if len(fitting) != 1:
        return False
    accepted = Settlement(MessageState.ACCEPTED, BY_RECORD, serial=fitting[0].serial)
    settled = messages.settle(tx, message, accepted, now)
    if settled is None:
        return False
    _apply_kept_receipts(tx, settled, now)
    _follow(tx, settled.request_id, now)
    return True


def find_doubts(tx: Tx) -> list[Message]:
    """Messages in doubt, oldest attempt first."""
    return [m for m in messages.find_unresolved(tx) if m.state is MessageState.IN_DOUBT]


def _may_wait(message: Message, fate: Fate, now: datetime) -> bool:
    """Whether the next try would still be in time; a code that is late is worth nothing."""
    return now + timedelta(seconds=fate.after_s or 0) <= message.give_up_at and not fate.pause


def _settlement(answer: Answer) -> Settlement:
    state = STATE_OF[answer.fate.verdict]
    is_accepted = state is MessageState.ACCEPTED
    return Settlement(
        state=state,
        settled_by=BY_ANSWER,
        serial=answer.serial if is_accepted else None,
        fee_segments=answer.fee_segments if is_accepted else None,
        code="" if is_accepted else answer.fate.code,
        detail=answer.detail,
        tencent_request_id=answer.tencent_request_id,
    )


def _apply_kept_receipts(tx: Tx, message: Message, now: datetime) -> None:
    if message.serial is None:
        return
    for success, carrier_code in receipts.of_serial(tx, message.serial, message.number):
        current = messages.get(tx, message.id)
        if current is not None:
            _apply(tx, current, success=success, code=carrier_code, now=now)


def _apply(tx: Tx, message: Message, *, success: bool, code: str, now: datetime) -> None:
    event = Event.REPORT_SUCCESS if success else Event.REPORT_FAILURE
    moved = step(message.state, event)
    if isinstance(moved, Step) and messages.report(tx, message, moved.state, code, now):
        cards.touch(tx, message.request_id, now)


def _send_again(tx: Tx, message: Message, user_id: str, now: datetime) -> Message | None:
    """Queued afresh. A code is not sent again: it is worth nothing by now, a new one is."""
    if message.class_ is TemplateClass.OTP:
        return None
    return messages.put_back(
        tx, message, now=now, due_at=now, settled_by=user_id, detail=message.detail
    )


def _follow(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Brings the request after its messages, and its card after both."""
    request = requests.get(tx, request_id)
    event = _request_event([message.state for message in messages.of_request(tx, request_id)])
    if request is not None and event is not None and request.state is not RequestState.DONE:
        requests.advance(tx, request, event, now)
    cards.touch(tx, request_id, now)


def _request_event(states: Sequence[MessageState]) -> RequestEvent | None:
    """What the messages make of their request; None while one has still to be sent."""
    if any(state is MessageState.IN_DOUBT for state in states):
        return RequestEvent.DOUBT
    open_states = {MessageState.QUEUED, MessageState.CLAIMED, MessageState.IN_FLIGHT}
    if any(state in open_states for state in states):
        return None
    unsent = {MessageState.REFUSED, MessageState.CANCELLED}
    if all(state in unsent for state in states):
        return RequestEvent.FAIL
    if all(state in FINAL | {MessageState.ACCEPTED} for state in states):
        return RequestEvent.SUCCEED
    return None
