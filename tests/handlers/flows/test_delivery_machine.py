"""Delivery against a hostile world: whatever happens in whatever order, nobody gets it twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.rules.backfill import day_of
from bot.rules.classes import TemplateClass
from bot.rules.delivery import (
    FENCED,
    MAY_HAVE_LEFT,
    REPORT_TIME,
    SETTLE_TIME,
    TRANSITIONS,
    MessageState,
)
from bot.rules.requests import RequestState
from bot.tencent.wire import Answered, NumberAnswer, SendOutcome, SendRecord
from handlers.flows import backfills, delivery, doubts, jobs
from handlers.flows.claims import Call
from handlers.flows.doubts import DoubtChoice, Evidence
from storage import requests, traffic
from storage.db import Tx
from storage.ids import AttemptId, RequestId
from storage.messages import Message
from storage.receipt_looks import Look
from tests.handlers.flows.machine import StoreMachine
from tests.handlers.flows.running import ROOM, claim, settings_with, start_job
from tests.handlers.flows.sends import (
    BLACKLISTED,
    LIMITED,
    LOST,
    NOT_CONNECTED,
    THROTTLED,
    answered,
    attempt_of,
    queue,
    record,
    report,
    states,
)
from tests.storage import naive_figures
from tests.storage.rows import LIN, MAYA, NOW

NUMBERS = tuple(f"+86138000000{nth:02d}" for nth in range(1, 6))
EMPTY = "FailedOperation.InsufficientBalanceInSmsPackage"
#: Small enough to be met: two calls, of two numbers at the most.
SETTINGS = settings_with(batch=2, calls_at_once=2, numbers_at_once=4)
SMALL = replace(ROOM, calls=2, numbers=4, job_calls=2, job_numbers=3, most_numbers=3)
AFTER = {before: {b for (a, _), b in TRANSITIONS.items() if a is before} for before in MessageState}


def reachable(state: MessageState, steps: int) -> set[MessageState]:
    """Where so many events lead: claim, start, answer and report may be one step to who looks."""
    found = {state}
    for _ in range(steps):
        found |= {after for before in found for after in AFTER[before]}
    return found


AT_ONCE = {
    MessageState.IN_FLIGHT: reachable(MessageState.IN_FLIGHT, 2),
    MessageState.IN_DOUBT: reachable(MessageState.IN_DOUBT, 2),
    # Claimed and started, put off or left out in one transaction.
    MessageState.QUEUED: reachable(MessageState.CLAIMED, 1),
    MessageState.HELD: reachable(MessageState.CLAIMED, 1),
}
OUTCOMES: dict[str, SendOutcome] = {
    "lost": LOST,
    "never left": NOT_CONNECTED,
    "throttled": THROTTLED,
}
#: What Tencent may say of a number that it did not take.
CODES = (BLACKLISTED, LIMITED, EMPTY, "InternalError.Timeout")
SIGNATURE_LIFE, STALLED = timedelta(minutes=5), timedelta(seconds=75)
Act = Callable[[Tx, str, str, datetime], object]
#: Of these an attempt may have left, and counts.
BEGUN = MAY_HAVE_LEFT | {MessageState.REFUSED}
CLAIMABLE = frozenset({RequestState.EXECUTING, RequestState.IN_DOUBT})


@dataclass
class Accepted:
    """What Tencent truly took, in its own books."""

    serial: str
    message_id: str
    number: str
    at: datetime
    success: bool


@dataclass
class World:
    """The truth, which the bot must never contradict."""

    now: datetime = NOW
    books: list[Accepted] = field(default_factory=list)
    asked_again: dict[str, int] = field(default_factory=dict)


class Delivery(StoreMachine):
    """A bot, three numbers, single messages and jobs, and everything that can become of a send."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.seen: dict[str, Message] = {}
        self.calls: list[Call] = []
        self.jobs: list[RequestId] = []

    def of_state(self, state: MessageState) -> list[Message]:
        return [message for message in self.seen.values() if message.state is state]

    @initialize(number=st.sampled_from(NUMBERS))
    def first(self, number: str) -> None:
        self.confirm(number, TemplateClass.NOTICE)

    def confirm(self, number: str, class_: TemplateClass) -> None:
        # Ids sort by time: two of one instant would be claimed in an order nobody can repeat.
        self.world.now += timedelta(milliseconds=1)
        message = queue(self.tx, number, class_, self.world.now)
        self.seen[message.id] = message

    @precondition(lambda self: len(self.seen) < 10)
    @rule(number=st.sampled_from(NUMBERS), class_=st.sampled_from(TemplateClass))
    def person_confirms(self, number: str, class_: TemplateClass) -> None:
        self.confirm(number, class_)

    @precondition(lambda self: len(self.jobs) < 4)
    @rule(
        numbers=st.permutations(NUMBERS),
        count=st.integers(2, 5),
        is_equal=st.booleans(),
        valid_for_s=st.sampled_from([600, 86_400]),
    )
    def person_starts_a_job(
        self, numbers: list[str], count: int, is_equal: bool, valid_for_s: int
    ) -> None:
        self.world.now += timedelta(milliseconds=1)
        request_id = start_job(
            self.tx,
            numbers[:count],
            is_equal=is_equal,
            valid_for_s=valid_for_s,
            now=self.world.now,
            settings=SETTINGS,
        )
        self.jobs.append(request_id)
        self.seen = states(self.tx)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), act=st.sampled_from([jobs.pause, jobs.resume, jobs.cancel]))
    def person_stops_or_resumes_a_job(self, data: st.DataObject, act: Act) -> None:
        act(self.tx, data.draw(st.sampled_from(self.jobs)), LIN, self.world.now)

    @precondition(lambda self: self.jobs)
    @rule()
    def jobs_are_followed(self) -> None:
        jobs.clear_stopped(self.tx, self.world.now)
        jobs.follow(self.tx, self.world.now)

    @rule()
    def worker_claims(self) -> None:
        numbers = sum(len(call.numbers) for call in self.calls)
        room = replace(
            SMALL,
            calls=SMALL.calls - len(self.calls),
            job_calls=SMALL.job_calls - len(self.calls),
            numbers=SMALL.numbers - numbers,
            job_numbers=SMALL.job_numbers - numbers,
        )
        stopped = {each for each in self.jobs if self.state_of(each) not in CLAIMABLE}
        calls = claim(self.tx, self.world.now, room, SETTINGS)
        assert not {call.job for call in calls} & stopped
        assert all(call.signed_at == self.world.now for call in calls)
        self.calls += calls

    @rule(
        data=st.data(),
        told=st.sampled_from(["answer", "answer", "lost", "never left", "throttled"]),
        success=st.booleans(),
        code=st.sampled_from(CODES),
    )
    def a_call_ends(self, data: st.DataObject, told: str, success: bool, code: str) -> None:
        """Tencent takes some of its numbers, or none, and says so or does not."""
        if not self.calls:
            self.worker_claims()
            self.look()
        if not self.calls:
            return
        call = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        taken = set[str]()
        # Tencent takes no signature that is older.
        if told in {"answer", "lost"} and self.world.now - call.signed_at <= SIGNATURE_LIFE:
            taken = data.draw(st.sets(st.sampled_from(call.numbers)))
        answers = [
            self.take(call, attempt.id, attempt.number, success)
            if attempt.number in taken
            else NumberAnswer(attempt.number, "", 0, code, "", "CN", "")
            for attempt in call.attempts
        ]
        outcome = OUTCOMES.get(told) or Answered(tuple(answers), "r")
        ends = delivery.read_outcome(call.attempts, outcome, self.world.now)
        delivery.settle(self.tx, ends, self.world.now)

    def take(self, call: Call, message_id: str, number: str, success: bool) -> NumberAnswer:
        serial = f"5000:{len(self.world.books)}"
        self.world.books.append(Accepted(serial, message_id, number, call.signed_at, success))
        return NumberAnswer(number, serial, 1, "Ok", "", "CN", "")

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_call_is_never_begun(self, data: st.DataObject) -> None:
        call = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        delivery.take_back(self.tx, call.attempts, self.world.now)

    @rule(data=st.data(), outcome=st.sampled_from([LOST, NOT_CONNECTED, None]))
    def stalled_worker_wakes(self, data: st.DataObject, outcome: SendOutcome | None) -> None:
        """With an attempt that has long been settled, or was never this message's."""
        flying = self.of_state(MessageState.IN_FLIGHT) or list(self.seen.values())
        message = data.draw(st.sampled_from(sorted(flying, key=lambda m: m.id)))
        stale = attempt_of(message)._replace(attempt=AttemptId("old"))
        taken = answered(message.number, serial="5000:x")
        ends = delivery.read_outcome([stale], outcome or taken, self.world.now)
        delivery.settle(self.tx, ends, self.world.now)

    @precondition(lambda self: self.world.books)
    @rule(
        data=st.data(),
        contrary=st.booleans(),
        after_s=st.none() | st.sampled_from([-3.0, 0.4, 7.0, 90_000.0]),
    )
    def carrier_reports(self, data: st.DataObject, contrary: bool, after_s: float | None) -> None:
        book = data.draw(st.sampled_from(self.world.books))
        verdict = report(book.serial, success=book.success != contrary, number=book.number)
        if after_s is not None:
            verdict = verdict._replace(carrier_at=book.at + timedelta(seconds=after_s))
        delivery.take_receipts(self.tx, "demo", [verdict], self.world.now)

    @precondition(lambda self: self.world.books)
    @rule(data=st.data(), contrary=st.booleans())
    def a_receipt_is_fetched(self, data: st.DataObject, contrary: bool) -> None:
        book = data.draw(st.sampled_from(self.world.books))
        verdict = report(book.serial, success=book.success != contrary, number=book.number)
        look = Look("demo", book.number, day_of(book.at))
        before = self.seen[book.message_id]
        many = backfills.note_found(self.tx, look, [verdict], self.world.now)
        is_awaited = before.state is MessageState.ACCEPTED and before.serial == book.serial
        assert many == int(is_awaited)

    @rule(number=st.sampled_from(NUMBERS), success=st.booleans())
    def somebody_forges_a_report(self, number: str, success: bool) -> None:
        forged = report("5000:forged", success=success, number=number)
        delivery.take_receipts(self.tx, "demo", [forged], self.world.now)

    @precondition(lambda self: self.of_state(MessageState.IN_DOUBT))
    @rule()
    def books_are_read(self) -> None:
        for message in doubts.find_doubts(self.tx):
            records = [_record(book) for book in self.world.books if book.number == message.number]
            evidence = Evidence(records, may_eliminate=True)
            doubts.settle_by_evidence(self.tx, message, evidence, self.world.now)

    @precondition(lambda self: self.of_state(MessageState.IN_DOUBT))
    @rule(data=st.data(), choice=st.sampled_from(DoubtChoice))
    def person_decides(self, data: st.DataObject, choice: DoubtChoice) -> None:
        message = data.draw(st.sampled_from(self.of_state(MessageState.IN_DOUBT)))
        decided = doubts.decide(
            self.tx, message.id, message.attempt or "", choice, MAYA, self.world.now
        )
        if isinstance(decided, Message) and decided.state is MessageState.QUEUED:
            again = self.world.asked_again
            again[message.id] = again.get(message.id, 0) + 1

    @rule()
    def restarts(self) -> None:
        under_way = sum(len(call.numbers) for call in self.calls)
        self.calls = []
        # One kill makes no more doubts than numbers were under way.
        assert delivery.recover(self.tx, self.world.now) <= under_way <= SMALL.numbers

    @rule(by=st.sampled_from([timedelta(seconds=40), SETTLE_TIME, REPORT_TIME]))
    def time_passes(self, by: timedelta) -> None:
        self.world.now += by
        doubts.gather(self.tx, self.world.now - STALLED, self.world.now)
        for message in doubts.find_due(self.tx, self.world.now, 10):
            doubts.note_look(self.tx, message, None, self.world.now)
        doubts.settle_by_rule(self.tx, self.world.now)
        doubts.stop_waiting(self.tx, self.world.now)

    def state_of(self, request_id: RequestId) -> RequestState:
        request = requests.get(self.tx, request_id)
        assert request is not None
        return request.state

    def look(self) -> dict[str, Message]:
        before, self.seen = self.seen, states(self.tx)
        return before

    @invariant()
    def states_move_only_along_the_table(self) -> None:
        before = self.look()
        for message_id, message in self.seen.items():
            was = before[message_id].state
            allowed = AT_ONCE.get(was, AFTER[was]) | {was}
            assert message.state in allowed, (was, message.state)

    @invariant()
    def what_is_under_way_is_in_flight(self) -> None:
        under_way = {attempt.id for call in self.calls for attempt in call.attempts}
        # The watchdog may have given one up that is: its answer comes late.
        assert {message.id for message in self.of_state(MessageState.IN_FLIGHT)} <= under_way

    @invariant()
    def an_ended_job_has_nothing_left(self) -> None:
        row = self.tx.one(
            "SELECT count(*) AS n FROM messages JOIN jobs USING (request_id) "
            "WHERE ended_at_ms IS NOT NULL AND state IN (1, 2, 3, 6, 12)"
        )
        assert row is not None
        assert row["n"] == 0

    @invariant()
    def a_number_has_one_unresolved_attempt(self) -> None:
        for number in NUMBERS:
            mine = [m for m in self.seen.values() if m.number == number]
            assert sum(message.state in FENCED for message in mine) <= 1

    @invariant()
    def nobody_gets_more_than_a_person_asked_for(self) -> None:
        for message_id in self.seen:
            got = sum(book.message_id == message_id for book in self.world.books)
            assert got <= 1 + self.world.asked_again.get(message_id, 0)

    @invariant()
    def what_is_claimed_to_be_accepted_is_in_tencents_books(self) -> None:
        of = {book.serial: book for book in self.world.books}
        for message in self.seen.values():
            if message.serial is not None:
                assert of[message.serial].message_id == message.id
            heard = {MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNDELIVERED}
            assert (message.serial is not None) >= (message.state in heard)

    @invariant()
    def a_refusal_means_that_nothing_was_sent(self) -> None:
        for message in self.of_state(MessageState.REFUSED):
            if message.id not in self.world.asked_again:
                assert all(book.message_id != message.id for book in self.world.books)

    @invariant()
    def figures_are_what_counting_every_message_gives(self) -> None:
        assert naive_figures.kept(self.tx) == naive_figures.counted(self.tx)
        hours = traffic.by_hour(self.tx, "demo", 0, 2**40).values()
        assert sum(hour.again for hour in hours) == sum(self.world.asked_again.values())

    @invariant()
    def what_is_counted_by_the_hour_is_what_became_of_the_messages(self) -> None:
        became = Counter(message.state for message in states(self.tx).values())
        counted = traffic.by_hour(self.tx, "demo", 0, 2**40).values()
        for hour in counted:
            assert 0 <= hour.accepted + hour.refused <= hour.begun
            assert hour.delivered + hour.undelivered <= hour.accepted
        heard = became[MessageState.DELIVERED], became[MessageState.UNDELIVERED]
        silent = became[MessageState.ACCEPTED] + became[MessageState.UNREPORTED]
        assert sum(hour.accepted for hour in counted) == sum(heard) + silent
        assert sum(hour.refused for hour in counted) == became[MessageState.REFUSED]
        assert (
            sum(hour.delivered for hour in counted),
            sum(hour.undelivered for hour in counted),
        ) == heard
        begun = sum(became[state] for state in BEGUN)
        again = sum(self.world.asked_again.values())
        assert begun <= sum(hour.begun for hour in counted) <= begun + again


def _record(book: Accepted) -> SendRecord:
    return record(book.serial, number=book.number, sent_at=book.at)


Delivery.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestDelivery = Delivery.TestCase
