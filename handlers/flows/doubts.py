"""What cannot be known from Tencent's answer: evidence, the class's rule, or a person settle it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar, assert_never

from bot.rules.audit import What
from bot.rules.classes import TemplateClass
from bot.rules.delivery import (
    REPORT_TIME,
    SETTLE_TIME,
    MessageState,
    SettleAction,
    settle_rule,
    settles_at,
)
from bot.rules.doubts import (
    EVIDENCE_LIFE,
    KEEP_WAITING,
    Entry,
    JobDoubts,
    Proved,
    judge,
    next_look,
)
from bot.rules.escalation import ONCALL
from bot.rules.numbers import mask
from bot.rules.requests import RequestEvent, RequestState
from bot.tencent.callbacks import StatusReport
from bot.tencent.wire import SendRecord
from handlers.flows import audit, counting
from handlers.flows import jobs as job_flow
from handlers.flows.books import receipt_of_report
from handlers.flows.delivery import BY_RULE, apply_kept_receipts, follow, settle_one
from storage import cards, doubts, jobs, messages, receipts, requests
from storage.damage import Damage
from storage.db import Tx
from storage.ids import RequestId
from storage.jobs import Job
from storage.messages import Message, Settlement
from storage.receipts import Came
from storage.requests import Request

Found = TypeVar("Found")
BY_RECORD, BY_REPORT = "record", "report"
#: Beyond the deadline of an exchange: whoever waits longer for an answer has lost the call.
STALLED_AFTER = timedelta(seconds=60)
#: Doubts settled in one transaction, by the rule or by a person.
CHUNK = 500
STOPPED_AT_ONCE = 2_000
#: How long a single message that is sent again may wait for its turn.
SENT_AGAIN_FOR = timedelta(minutes=10)
NUMBERS_SHOWN = 10
#: Evidence may still move a message here; a person's word or the rule was only the best guess.
OPEN_TO_EVIDENCE = frozenset({MessageState.IN_DOUBT, MessageState.DROPPED})
OVER = frozenset({RequestState.CANCELLED, RequestState.EXPIRED})


class DoubtChoice(StrEnum):
    """What a person may say of a message in doubt."""

    TREAT_AS_SENT = "treat_as_sent"
    SEND_AGAIN = "send_again"
    KEEP_WAITING = "keep_waiting"


class DoubtRefusal(StrEnum):
    """Why a person's word about a doubt changes nothing."""

    NOT_FOUND = "not_found"
    SETTLED = "settled"
    TOO_EARLY = "too_early"
    #: Sending a whole job's doubts again takes somebody else than who asked for the job.
    REQUESTER = "requester"
    #: Its job was cancelled or its time is over.
    JOB_OVER = "job_over"
    #: What was approved is not what Tencent has now.
    CHANGED = "changed"
    VALUES_DELETED = "values_deleted"


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's word about many: how many it settled, and whether some are left to do."""

    count: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What Tencent's books hold on a number, as far as they could be read."""

    records: Sequence[SendRecord] = ()
    reports: Sequence[StatusReport] = ()
    may_eliminate: bool = False
    """Nothing else sends through the application."""


def gather(tx: Tx, stalled_before: datetime, now: datetime, damage: Damage | None = None) -> None:
    """Notes what is in doubt, the sends that were lost on the way included. What cannot be read is
    noted in `damage` and left for later; without one it raises.

    In flight since before `stalled_before` is nothing a call still waits for. A late answer finds
    its own attempt and settles that one; a late copy of the request is refused by its age.
    """

    def put_in_doubt(message: Message) -> None:
        doubt = Settlement(MessageState.IN_DOUBT, BY_RULE, detail="stalled")
        if settle_one(tx, message, doubt, now) is not None:
            follow(tx, message.request_id, now)

    for message_id in doubts.find_stalled(tx, stalled_before):
        _with(tx, message_id, put_in_doubt, damage)
    doubts.open_new(tx, now)
    doubts.hasten(tx, now)


def find_due(tx: Tx, now: datetime, limit: int, damage: Damage | None = None) -> list[Message]:
    """What Tencent is to be asked about now."""
    due = doubts.find_due(tx, now, limit)
    found = [_readable(tx, each.message_id, damage) for each in due]
    return [message for message in found if message is not None]


def put_off(tx: Tx, now: datetime, limit: int, damage: Damage) -> None:
    """What `find_due` could not read is looked at later, when it would be after a look that came to
    nothing: others are due as well."""
    for due in doubts.find_due(tx, now, limit):
        if _row(due.message_id) in damage.rows:
            next_at = next_look(due.signed_at, now)
            doubts.note_look(tx, due.message_id, due.attempt, next_at, None)


def note_look(
    tx: Tx,
    message: Message,
    evidence: Evidence | None,
    now: datetime,
    damage: Damage | None = None,
) -> bool:
    """Keeps what a look at Tencent's books came to; True where it settled the message.

    `evidence` is None where they could not be read. Where something of ours cannot be, that is
    noted in `damage`, and it was a look that came to nothing; without one it raises.
    """
    if damage is None:
        return _note_look(tx, message, evidence, now)
    noted = damage.within(
        tx, _row(message.id), lambda: _note_look(tx, message, evidence, now), otherwise=None
    )
    if noted is None and message.attempt is not None:
        doubts.note_look(tx, message.id, message.attempt, _next_look(message, now), None)
    return bool(noted)


def _note_look(tx: Tx, message: Message, evidence: Evidence | None, now: datetime) -> bool:
    current = messages.get(tx, message.id)
    if current is None or message.attempt is None or not _is_open(current, message):
        doubts.stop_looking(tx, message.id, message.attempt or "")
        return False
    if evidence is not None and settle_by_evidence(tx, current, evidence, now):
        return True
    before = doubts.facts(tx, current)
    fitting = None if evidence is None else _fitting(tx, current, evidence)
    doubts.note_look(tx, current.id, message.attempt, _next_look(current, now), fitting)
    if before is not None and fitting is not None and fitting != before.fitting:
        cards.touch(tx, current.request_id, now)
    return False


def settle_by_evidence(tx: Tx, message: Message, evidence: Evidence, now: datetime) -> bool:
    """Settles a doubt where Tencent's books name exactly one message that can be it.

    Never where two fit, or where one may belong to another attempt nobody can account for.
    """
    if message.attempt is None or message.signed_at is None:
        return False
    if message.state not in OPEN_TO_EVIDENCE:
        return False
    verdict = judge(
        message.attempt,
        message.signed_at,
        _entries(tx, message, evidence),
        others=doubts.others(tx, message),
        may_eliminate=evidence.may_eliminate,
    )
    if not isinstance(verdict, Proved):
        return False
    by_record = any(record.serial == verdict.serial for record in evidence.records)
    accepted = Settlement(
        MessageState.ACCEPTED, BY_RECORD if by_record else BY_REPORT, serial=verdict.serial
    )
    settled = settle_one(tx, message, accepted, now)
    if settled is None:
        return False
    doubts.stop_looking(tx, message.id, message.attempt)
    for report in evidence.reports:
        if report.serial == verdict.serial:
            receipts.add(tx, message.app, receipt_of_report(report), now, Came.FETCHED)
    apply_kept_receipts(tx, settled, now)
    follow(tx, settled.request_id, now)
    return True


def settle_by_rule(tx: Tx, now: datetime, damage: Damage | None = None) -> bool:
    """Doubts whose time has come: codes are dropped, everything else is put before a person. What
    cannot be read is noted in `damage` and left as it is; without one it raises.

    Returns whether there may be more of them than one transaction takes: called with the same
    `damage`, it comes to its end.
    """
    left = frozenset(() if damage is None else damage.rows)
    # Those that stay ripe keep none of the others waiting.
    limit = CHUNK + len(left)
    ripe = doubts.find_ripe(tx, signed=now - SETTLE_TIME, now=now, limit=limit)
    fresh = [message_id for message_id in ripe if _row(message_id) not in left]
    is_moved = False
    for message_id in fresh:
        is_moved |= bool(_with(tx, message_id, lambda each: _settle(tx, each, now), damage))
    is_noted = damage is not None and len(damage.rows) > len(left)
    return len(ripe) == limit and (is_moved or is_noted)


def _settle(tx: Tx, message: Message, now: datetime) -> bool:
    """Whether the rule moved it."""
    if message.signed_at is None:
        return False
    match settle_rule(message.class_, message.signed_at, now):
        case SettleAction.WAIT:
            return False
        case SettleAction.DROP:
            return _drop(tx, message, now)
        case _ if requests.requester_of(tx, message.request_id) == ONCALL:
            # A step sent it, to reach somebody about an alert: the next one is taken, whatever
            # became of it.
            return _drop(tx, message, now)
        case SettleAction.ASK_PERSON | SettleAction.NEXT_PERSON_THEN_SEND_AGAIN:
            is_asked = messages.note_asked(tx, message.id, now)
            if is_asked:
                cards.touch(tx, message.request_id, now)
            return is_asked


def _row(message_id: str) -> str:
    """As damage is noted."""
    return f"messages {message_id}"


def _with(
    tx: Tx, message_id: str, what: Callable[[Message], Found], damage: Damage | None
) -> Found | None:
    """What comes of one message; nothing of it where something cannot be read."""

    def run() -> Found | None:
        message = messages.get(tx, message_id)
        return None if message is None else what(message)

    return run() if damage is None else damage.within(tx, _row(message_id), run, otherwise=None)


def _readable(tx: Tx, message_id: str, damage: Damage | None) -> Message | None:
    if damage is None:
        return messages.get(tx, message_id)
    return damage.read(_row(message_id), lambda: messages.get(tx, message_id), None)


def _drop(tx: Tx, message: Message, now: datetime) -> bool:
    dropped = Settlement(MessageState.DROPPED, BY_RULE, detail=message.detail)
    is_dropped = settle_one(tx, message, dropped, now) is not None
    if is_dropped:
        follow(tx, message.request_id, now)
    return is_dropped


def stop_waiting(tx: Tx, now: datetime) -> bool:
    """What no carrier reported on in time is unreported; returns whether there may be more."""
    before = now - REPORT_TIME
    stopped = messages.stop_waiting(tx, now=now, before=before, limit=STOPPED_AT_ONCE)
    counting.count_unreported(tx, stopped)
    for request_id in {each.request_id for each in stopped}:
        follow(tx, request_id, now)
    return len(stopped) == STOPPED_AT_ONCE


def forget(tx: Tx, now: datetime) -> None:
    """Drops attempts that are settled and so old that no evidence can come any more."""
    doubts.forget(tx, now - EVIDENCE_LIFE)


def find_doubts(tx: Tx) -> list[Message]:
    """Messages in doubt, oldest attempt first: for who looks on from outside, as the tests do."""
    return [m for m in messages.find_unresolved(tx) if m.state is MessageState.IN_DOUBT]


def decide(
    tx: Tx,
    message_id: str,
    attempt: str,
    choice: DoubtChoice,
    user_id: str,
    now: datetime,
    again_for: timedelta = SENT_AGAIN_FOR,
) -> Message | DoubtRefusal:
    """A person's word about a doubt. Sending again waits until no copy can be accepted any more,
    and gives the message `again_for` to go."""
    message = messages.get(tx, message_id)
    if message is None:
        return DoubtRefusal.NOT_FOUND
    if message.state is not MessageState.IN_DOUBT or message.attempt != attempt:
        return DoubtRefusal.SETTLED
    refusal = _refusal(tx, message.request_id, choice, user_id, now)
    if refusal is not None:
        return refusal
    settled = _decide(tx, message, choice, user_id, now, again_for)
    if isinstance(settled, Message):
        _note_decided(tx, message.request_id, choice, user_id, 1, now)
    return settled


def decide_all(
    tx: Tx,
    request_id: str,
    choice: DoubtChoice,
    user_id: str,
    now: datetime,
    asked_to: datetime | None = None,
) -> Decided | DoubtRefusal:
    """One word about the doubts of a job that were put before a person by `asked_to`: what the
    card showed. Takes one chunk at a time; call it again while there is more."""
    refusal = _refusal(tx, request_id, choice, user_id, now)
    if refusal is not None:
        return refusal
    found = doubts.find_asked(tx, request_id, asked_to or now, CHUNK)
    asked = [message for message in (messages.get(tx, each) for each in found) if message]
    ends = [_decide(tx, message, choice, user_id, now) for message in asked]
    count = sum(isinstance(end, Message) for end in ends)
    if count:
        _note_decided(tx, asked[0].request_id, choice, user_id, count, now)
        return Decided(count, is_more=len(found) == CHUNK)
    return next((end for end in ends if isinstance(end, DoubtRefusal)), DoubtRefusal.SETTLED)


def job_doubts(tx: Tx, request_id: str) -> JobDoubts | None:
    """What the card of a job says about its doubts; None where it has none."""
    tally = doubts.tally(tx, request_id)
    if tally is None:
        return None
    return JobDoubts(
        total=tally.total,
        asked=tally.asked,
        since=tally.since,
        decidable_at=None if tally.waiting is None else settles_at(tally.waiting),
        numbers=tuple(mask(each) for each in doubts.numbers(tx, request_id, NUMBERS_SHOWN)),
        hinted=tally.hinted,
        waited_by=tally.waited_by,
        ask_at=tally.ask_at,
        asked_to=tally.asked_to,
    )


def _is_open(current: Message, message: Message) -> bool:
    return current.attempt == message.attempt and current.state in OPEN_TO_EVIDENCE


def _next_look(message: Message, now: datetime) -> datetime | None:
    return None if message.signed_at is None else next_look(message.signed_at, now)


def _fitting(tx: Tx, message: Message, evidence: Evidence) -> int:
    """How many entries may be it; they prove nothing, or it would be settled."""
    if message.attempt is None or message.signed_at is None:
        return 0
    entries = _entries(tx, message, evidence)
    # With nothing to be eliminated every entry that fits is counted.
    verdict = judge(message.attempt, message.signed_at, entries, others=(), may_eliminate=False)
    return 1 if isinstance(verdict, Proved) else verdict.fitting


def _entries(tx: Tx, message: Message, evidence: Evidence) -> list[Entry]:
    """One entry a serial: to this number, accepted, and under no serial another row of ours has."""
    found: dict[str, Entry] = {}
    for record in evidence.records:
        if record.number == message.number and record.request_code == "Ok":
            found[record.serial] = Entry(record.serial, record.sent_at, record.received_at)
    for report in evidence.reports:
        if report.number == message.number:
            sent_at = found[report.serial].sent_at if report.serial in found else None
            context = report.session_context
            found[report.serial] = Entry(report.serial, sent_at, report.received_at, context)
    return [
        entry
        for serial, entry in found.items()
        if serial and not messages.is_serial_taken(tx, serial)
    ]


def _refusal(
    tx: Tx, request_id: RequestId | str, choice: DoubtChoice, user_id: str, now: datetime
) -> DoubtRefusal | None:
    """Why the person may not choose that for this request."""
    if choice is not DoubtChoice.SEND_AGAIN:
        return None
    request = requests.get(tx, request_id)
    if request is None:
        return DoubtRefusal.NOT_FOUND
    if request.values_deleted:
        return DoubtRefusal.VALUES_DELETED
    job = jobs.get(tx, request_id)
    return None if job is None else _refusal_of_job(tx, request, job, user_id, now)


def _refusal_of_job(
    tx: Tx, request: Request, job: Job, user_id: str, now: datetime
) -> DoubtRefusal | None:
    """Why nothing of the job is sent again on this person's word."""
    if request.state in OVER or (job.ends_at is not None and now >= job.ends_at):
        return DoubtRefusal.JOB_OVER
    if job_flow.fault_of(tx, job, request) is not None:
        return DoubtRefusal.CHANGED
    return DoubtRefusal.REQUESTER if request.requester == user_id else None


def _note_decided(
    tx: Tx, request_id: RequestId, choice: DoubtChoice, user_id: str, count: int, now: datetime
) -> None:
    """A job of which something is sent again runs again: it obeys pauses and its time."""
    request = requests.get(tx, request_id)
    if request is not None:
        audit.enter_request(
            tx, What.DOUBT_DECIDED, request, user_id, now, outcome=choice.value, count=count
        )
    is_again = choice is DoubtChoice.SEND_AGAIN and jobs.get(tx, request_id) is not None
    if is_again and request is not None:
        requests.advance(tx, request, RequestEvent.SEND_AGAIN, now)
    follow(tx, request_id, now)


def _decide(
    tx: Tx,
    message: Message,
    choice: DoubtChoice,
    user_id: str,
    now: datetime,
    again_for: timedelta = SENT_AGAIN_FOR,
) -> Message | DoubtRefusal:
    if message.signed_at is None or now < settles_at(message.signed_at):
        return DoubtRefusal.TOO_EARLY
    match choice:
        case DoubtChoice.TREAT_AS_SENT:
            dropped = Settlement(MessageState.DROPPED, user_id, detail=message.detail)
            settled = settle_one(tx, message, dropped, now)
        case DoubtChoice.SEND_AGAIN:
            settled = _send_again(tx, message, user_id, now, now + again_for)
        case DoubtChoice.KEEP_WAITING:
            settled = _keep_waiting(tx, message, user_id, now)
        case _:
            assert_never(choice)
    return settled or DoubtRefusal.SETTLED


def _send_again(
    tx: Tx, message: Message, user_id: str, now: datetime, give_up_at: datetime
) -> Message | None:
    """Queued afresh. A code is not sent again: it is worth nothing by now, a new one is."""
    if message.class_ is TemplateClass.OTP or message.attempt is None:
        return None
    # The attempt given up stays noted: what Tencent's books hold of it is not the next one's.
    doubts.open_new(tx, now)
    doubts.stop_looking(tx, message.id, message.attempt)
    queued = messages.put_back(
        tx,
        message,
        now=now,
        due_at=now,
        settled_by=user_id,
        detail=message.detail,
        give_up_at=give_up_at,
    )
    if queued is not None:
        counting.count_move(tx, message, queued)
    return queued


def _keep_waiting(tx: Tx, message: Message, user_id: str, now: datetime) -> Message | None:
    doubts.open_new(tx, now)
    if not doubts.keep_waiting(tx, message, user_id, now + KEEP_WAITING):
        return None
    return messages.get(tx, message.id)
