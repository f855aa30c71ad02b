"""Sending, from the person's word on: the attempt, its answer, the carrier's report.

What holds here (docs/delivery.md draws it): the row is in flight before the first byte leaves, a
number has at most one unresolved attempt, and nothing that may have left is repeated without proof
or a person's word: handlers/flows/doubts.py. What is claimed is in handlers/flows/claims.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from bot.rules import optouts as optout_rules
from bot.rules import retries
from bot.rules.delivery import Event, MessageState, Step, step
from bot.rules.retries import Exchange, Fate, Verdict
from bot.tencent.wire import Answered, Refused, SendOutcome, Unknown, Unsent, pair
from handlers.flows import account_refusals, counting, limits, optouts
from handlers.flows import jobs as job_flow
from storage import (
    cards,
    contrary_receipts,
    jobs,
    message_attempts,
    message_queue,
    messages,
    receipts,
    requests,
)
from storage.damage import Damage
from storage.db import Tx
from storage.ids import MessageId, RequestId
from storage.message_attempts import Attempt
from storage.messages import Message, Settlement
from storage.receipts import Came, Receipt, Said

#: A retry that would come too late is a refusal: nothing was sent.
STATE_OF = {
    Verdict.ACCEPTED: MessageState.ACCEPTED,
    Verdict.REFUSED: MessageState.REFUSED,
    Verdict.RETRY_LATER: MessageState.REFUSED,
    Verdict.IN_DOUBT: MessageState.IN_DOUBT,
}
#: Where proof that comes late still finds its attempt unresolved, or given up.
LATE = frozenset({MessageState.IN_DOUBT, MessageState.DROPPED})
BY_ANSWER, BY_RULE = "answer", "rule"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one exchange with Tencent said about one message."""

    fate: Fate
    serial: str | None = None
    fee_segments: int | None = None
    detail: str = ""
    tencent_request_id: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """One attempt and what it came to."""

    attempt: Attempt
    answer: Answer


def read_outcome(
    attempts: Sequence[Attempt], outcome: SendOutcome, now: datetime
) -> tuple[End, ...]:
    """What `outcome` of one call means for each of its numbers."""
    match outcome:
        case Unsent() | Unknown():
            ended = Exchange.UNSENT if isinstance(outcome, Unsent) else Exchange.UNKNOWN
            detail = outcome.reason.value
            return tuple(
                End(each, Answer(_judge(ended, each, now), detail=detail)) for each in attempts
            )
        case Refused():
            return tuple(
                End(
                    each,
                    Answer(
                        _judge(Exchange.REFUSED, each, now, outcome.code),
                        tencent_request_id=outcome.request_id,
                    ),
                )
                for each in attempts
            )
        case Answered():
            return _read_answered(attempts, outcome, now)
    assert_never(outcome)


def unknown_ends(attempts: Sequence[Attempt], now: datetime) -> tuple[End, ...]:
    """Bytes may have left, and nothing is known."""
    return tuple(
        End(each, Answer(_judge(Exchange.UNKNOWN, each, now), detail="unknown"))
        for each in attempts
    )


def _judge(ended: Exchange, attempt: Attempt, now: datetime, code: str = "") -> Fate:
    return retries.judge_request(ended, now=now, code=code, tries=attempt.attempts)


def _read_answered(
    attempts: Sequence[Attempt], outcome: Answered, now: datetime
) -> tuple[End, ...]:
    found = pair((each.number for each in attempts), outcome.answers).found
    ends = []
    for attempt in attempts:
        answer = found.get(attempt.number)
        if answer is None:
            fate = _judge(Exchange.UNKNOWN, attempt, now)
            said = Answer(fate, detail="not_answered", tencent_request_id=outcome.request_id)
        else:
            said = Answer(
                retries.judge_number(answer.code, now=now, tries=attempt.attempts),
                serial=answer.serial or None,
                fee_segments=answer.fee_segments,
                tencent_request_id=outcome.request_id,
            )
        ends.append(End(attempt, said))
    return tuple(ends)


def settle(tx: Tx, ends: Sequence[End], now: datetime) -> None:
    """Saves what attempts came to, and applies the reports that were quicker than the answer.

    What is plain is saved in one statement, however many there are; the rest one by one.
    """
    plain, others = _sort(tx, ends)
    settled = [(end.attempt, _settlement(end.answer)) for end in plain]
    if message_attempts.settle_many(tx, settled, now) != len(settled):
        # Some have moved on since: each is looked at by itself. For the others it changes nothing.
        others = [*others, *plain]
        plain = [end for end in plain if _is_settled(tx, end)]
    counting.count_answered(tx, map(_answered, plain))
    for end in others:
        _settle_one(tx, end, now)
    refused = [end for end in ends if end.answer.fate.verdict is Verdict.REFUSED]
    account_refusals.note(tx, [(end.attempt, end.answer.fate.code) for end in refused], now)
    for request_id in {end.attempt.request_id for end in ends}:
        follow(tx, request_id, now)


def _sort(tx: Tx, ends: Sequence[End]) -> tuple[list[End], list[End]]:
    """Those that are settled and no more, and those that need a second look."""
    serials = [end.answer.serial for end in ends if end.answer.serial is not None]
    known = message_attempts.find_known(tx, serials)
    plain: list[End] = []
    others: list[End] = []
    for end in ends:
        serial = end.answer.serial
        is_plain = _is_plain(end) and serial not in known
        (plain if is_plain else others).append(end)
        if serial is not None:
            known.add(serial)
    return plain, others


def _is_plain(end: End) -> bool:
    fate, attempt = end.answer.fate, end.attempt
    if fate.pause or fate.verdict is Verdict.RETRY_LATER:
        return False
    is_refused = fate.verdict is Verdict.REFUSED
    return not (is_refused and optout_rules.learned(attempt.class_, fate.code))


def _is_settled(tx: Tx, end: End) -> bool:
    """Whether its answer is what settled it."""
    message = messages.get(tx, end.attempt.id)
    return (
        message is not None
        and message.attempt == end.attempt.attempt
        and message.state is STATE_OF[end.answer.fate.verdict]
        and message.settled_by == BY_ANSWER
    )


def _answered(end: End) -> tuple[Attempt, MessageState, str, int | None]:
    """What is counted of it."""
    said = _settlement(end.answer)
    is_refused = said.state is MessageState.REFUSED
    code = counting.why_refused(said.code, said.detail) if is_refused else ""
    return end.attempt, said.state, code, said.fee_segments


def _settle_one(tx: Tx, end: End, now: datetime) -> None:
    attempt, answer = end.attempt, end.answer
    message = messages.get(tx, attempt.id)
    if message is None or message.attempt != attempt.attempt:
        return
    if answer.serial is not None and messages.is_serial_taken(tx, answer.serial):
        # Another message has this serial: the answer contradicts what Tencent said before.
        answer = Answer(retries.judge_request(Exchange.UNKNOWN, now=now), detail="shape")
    settled: Message | None = None
    if message.state is MessageState.IN_FLIGHT:
        settled = _settle_flying(tx, message, attempt, answer, now)
    elif message.state in LATE and answer.fate.verdict is not Verdict.IN_DOUBT:
        # A watchdog was quicker than the answer. Never queued again from here: a person may have
        # been asked.
        settled = messages.settle(tx, message, _settlement(answer), now)
    if settled is None:
        return
    counting.count_move(tx, message, settled, is_agreed=attempt.is_agreed)
    apply_kept_receipts(tx, settled, now)
    if settled.state is MessageState.REFUSED:
        optouts.learn(tx, settled, answer.fate.code, now)


def _settle_flying(
    tx: Tx, message: Message, attempt: Attempt, answer: Answer, now: datetime
) -> Message | None:
    fate = answer.fate
    due_at = now + timedelta(seconds=fate.after_s or 0)
    # Every further message would meet the same: nobody loses theirs to it.
    is_held = attempt.is_of_job and fate.pause and _hold(tx, message, fate.code, now)
    may_wait = fate.verdict is Verdict.RETRY_LATER and due_at <= attempt.give_up_at
    if not (is_held or (may_wait and not fate.pause)):
        return messages.settle(tx, message, _settlement(answer), now)
    return messages.put_back(
        tx,
        message,
        now=now,
        due_at=due_at,
        settled_by=BY_ANSWER,
        code=fate.code,
        detail=answer.detail,
    )


def _hold(tx: Tx, message: Message, code: str, now: datetime) -> bool:
    """Whether its job stands still now: if not, what is put back would be claimed at once."""
    if retries.concerns_app(code):
        job_flow.stop_app(tx, message.app, BY_RULE, code, now)
    if job_flow.hold(tx, message.request_id, code, now):
        return True
    request = requests.get(tx, message.request_id)
    return request is not None and request.state in job_flow.STANDING


def take_back(tx: Tx, attempts: Sequence[Attempt], now: datetime) -> None:
    """What was committed and never begun waits again; for whoever committed it."""
    limits.uncount(tx, message_attempts.first_tried(tx, attempts))
    # A watchdog may have called some of them a doubt meanwhile: those are not taken back.
    taken = [each for each in attempts if message_attempts.take_back(tx, [each], now)]
    counting.count_taken_back(tx, taken)
    for request_id in {each.request_id for each in attempts}:
        follow(tx, request_id, now)


def recover(tx: Tx, now: datetime) -> int:
    """After a start: what was in flight is in doubt, every number of a call alike. Returns the
    doubts. What cannot be read keeps nobody from starting: it stays in flight and is told of.

    Only the process that holds the database file runs this, so nobody else is sending.
    """
    message_queue.release_all(tx, now)
    doubts, damage = 0, Damage()
    for message_id in messages.find_in_flight(tx):
        doubt = partial(_doubt, tx, message_id, now)
        doubts += damage.within(tx, f"messages {message_id}", doubt, otherwise=False)
    return doubts


def _doubt(tx: Tx, message_id: MessageId, now: datetime) -> bool:
    message = messages.get(tx, message_id)
    doubt = Settlement(MessageState.IN_DOUBT, BY_RULE, detail="restarted")
    if message is None or settle_one(tx, message, doubt, now) is None:
        return False
    follow(tx, message.request_id, now)
    return True


def take_receipts(
    tx: Tx,
    app: str,
    reports: Iterable[Receipt],
    now: datetime,
    came: Came = Came.PUSHED,
    *,
    moved: list[Message] | None = None,
) -> int:
    """Keeps what carriers said and moves the messages it is about; returns how many were new. The
    messages it moved are added to `moved`, as they were before.

    A report for an unknown serial is kept; where an attempt to that number is in doubt it becomes
    a hint, never a proof: nobody signs a callback. One under a serial of ours for another number
    is noted: `receipt_alerts` tells of it.
    """
    new = 0
    for receipt in reports:
        if not receipts.add(tx, app, receipt, now, came):
            continue
        message = messages.of_serial(tx, receipt.serial, receipt.number)
        if message is None and messages.is_forgotten(tx, receipt.serial):
            # Whose number was erased meanwhile: it must not come back by a late report.
            receipts.drop(tx, receipt)
            continue
        new += 1
        if message is not None:
            said = Said(receipt.success, receipt.carrier_code, receipt.carrier_at, came)
            if _apply(tx, message, said, now) and moved is not None:
                moved.append(message)
            continue
        contrary_receipts.note(tx, receipt.serial, now)
        fenced = messages.fence_of(tx, receipt.number)
        if fenced is not None and messages.note_hint(tx, fenced.id, receipt.serial):
            cards.touch(tx, fenced.request_id, now)
    return new


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


def settle_one(tx: Tx, message: Message, settlement: Settlement, now: datetime) -> Message | None:
    """Notes what became of one attempt, and counts it; None where it has moved on since."""
    settled = messages.settle(tx, message, settlement, now)
    if settled is not None:
        counting.count_move(tx, message, settled)
    return settled


def apply_kept_receipts(tx: Tx, message: Message, now: datetime) -> None:
    """Applies the reports that came before Tencent's answer or books named the message's serial."""
    if message.serial is None:
        return
    if contrary_receipts.is_one_kept(tx, message.serial, message.number):
        contrary_receipts.note(tx, message.serial, now)
    for said in receipts.of_serial(tx, message.serial, message.number):
        current = messages.get(tx, message.id)
        if current is not None:
            _apply(tx, current, said, now)


def _apply(tx: Tx, message: Message, said: Said, now: datetime) -> bool:
    """Whether it moved the message."""
    event = Event.REPORT_SUCCESS if said.success else Event.REPORT_FAILURE
    moved = step(message.state, event)
    if not isinstance(moved, Step) or not messages.report(
        tx, message, moved.state, said.carrier_code, now
    ):
        return False
    counting.count_report(tx, message, moved.state, said)
    if not said.success:
        optouts.learn(tx, message, said.carrier_code, now)
    cards.touch(tx, message.request_id, now)
    return True


def follow(tx: Tx, request_id: RequestId, now: datetime) -> None:
    """Brings the request after its messages, and its card after both.

    A job that runs is only marked: handlers/flows/jobs.py follows it once a second.
    """
    if jobs.mark(tx, request_id):
        if jobs.has_ended(tx, request_id):
            cards.touch(tx, request_id, now)
        return
    event = job_flow.event_of(jobs.states_of(tx, request_id))
    if event is not None:
        requests.advance_unopened(tx, request_id, event, now)
    cards.touch(tx, request_id, now)
