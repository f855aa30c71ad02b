"""Delivery against a hostile world: whatever happens in whatever order, nobody gets it twice."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, REPORT_TIME, SETTLE_TIME, TRANSITIONS, MessageState
from bot.tencent.wire import SendOutcome, SendRecord
from handlers.flows import delivery
from handlers.flows.delivery import DoubtChoice
from storage.db import Tx, connect, dialect
from storage.ids import AttemptId
from storage.messages import Message
from storage.migrations import M001_FIRST
from tests.handlers.flows.sends import (
    BLACKLISTED,
    LIMITED,
    LOST,
    NOT_CONNECTED,
    THROTTLED,
    answered,
    queue,
    record,
    report,
    states,
)
from tests.storage.rows import MAYA, NOW, VAULT

NUMBERS = ("+8613800000001", "+8613800000002")
AFTER = {before: {b for (a, _), b in TRANSITIONS.items() if a is before} for before in MessageState}
#: An answer and the report that was quicker than it are one step to whoever looks from outside.
AT_ONCE = {
    state: AFTER[state] | {last for first in AFTER[state] for last in AFTER[first]}
    for state in (MessageState.IN_FLIGHT, MessageState.IN_DOUBT, MessageState.QUEUED)
}
NOT_ACCEPTED: dict[str, SendOutcome] = {
    "lost": LOST,
    "never left": NOT_CONNECTED,
    "throttled": THROTTLED,
}


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


class Delivery(RuleBasedStateMachine):
    """A bot, two numbers, and everything that can become of a send."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.stack = ExitStack()
        conn = connect(Path(":memory:"))
        self.stack.callback(conn.close)
        for sql in M001_FIRST:
            conn.execute(dialect(sql))
        self.tx = Tx(conn, VAULT)
        self.seen: dict[str, Message] = {}

    def teardown(self) -> None:
        self.stack.close()

    def of_state(self, state: MessageState) -> list[Message]:
        return [message for message in self.seen.values() if message.state is state]

    def is_something_queued(self) -> bool:
        return bool(self.of_state(MessageState.QUEUED) or self.of_state(MessageState.CLAIMED))

    @initialize(number=st.sampled_from(NUMBERS))
    def first(self, number: str) -> None:
        self.confirm(number, TemplateClass.NOTICE)

    def confirm(self, number: str, class_: TemplateClass) -> None:
        # Ids sort by time: two of one instant would be claimed in an order nobody can repeat.
        self.world.now += timedelta(milliseconds=1)
        message = queue(self.tx, number, class_, self.world.now)
        self.seen[message.id] = message

    @precondition(lambda self: len(self.seen) < 4)
    @rule(number=st.sampled_from(NUMBERS), class_=st.sampled_from(TemplateClass))
    def person_confirms(self, number: str, class_: TemplateClass) -> None:
        self.confirm(number, class_)

    @rule()
    def worker_claims(self) -> None:
        delivery.claim(self.tx, self.world.now)

    @precondition(lambda self: self.is_something_queued())
    @rule(
        data=st.data(),
        accepted=st.booleans(),
        told=st.sampled_from(["answer", "lost", "crash"]),
        success=st.booleans(),
        code=st.sampled_from([BLACKLISTED, LIMITED, "InternalError.Timeout", *NOT_ACCEPTED]),
    )
    def worker_sends(
        self, data: st.DataObject, accepted: bool, told: str, success: bool, code: str
    ) -> None:
        delivery.claim(self.tx, self.world.now)
        self.look()
        claimed = self.of_state(MessageState.CLAIMED)
        if not claimed:
            return
        message = delivery.start(self.tx, data.draw(st.sampled_from(claimed)), self.world.now)
        if message is None:
            return
        serial = f"5000:{len(self.world.books)}"
        if accepted:
            at = self.world.now
            self.world.books.append(Accepted(serial, message.id, message.number, at, success))
        if told == "crash":
            return
        outcome: SendOutcome = LOST
        if told == "answer":
            outcome = NOT_ACCEPTED.get(code) or answered(message.number, code)
            if accepted:
                outcome = answered(message.number, serial=serial)
        self.look()
        answer = delivery.read_outcome(message, outcome, self.world.now)
        delivery.settle(self.tx, message, answer, self.world.now)

    @rule(data=st.data(), outcome=st.sampled_from([LOST, NOT_CONNECTED, answered(serial="5000:x")]))
    def stalled_worker_wakes(self, data: st.DataObject, outcome: SendOutcome) -> None:
        """With an attempt that has long been settled, or was never this message's."""
        message = data.draw(st.sampled_from(sorted(self.seen.values(), key=lambda m: m.id)))
        answer = delivery.read_outcome(message, outcome, self.world.now)
        stale = replace(message, state=MessageState.IN_FLIGHT, attempt=AttemptId("old"))
        delivery.settle(self.tx, stale, answer, self.world.now)

    @precondition(lambda self: self.world.books)
    @rule(data=st.data(), contrary=st.booleans())
    def carrier_reports(self, data: st.DataObject, contrary: bool) -> None:
        book = data.draw(st.sampled_from(self.world.books))
        verdict = report(book.serial, success=book.success != contrary, number=book.number)
        delivery.take_receipts(self.tx, "demo", [verdict], self.world.now)

    @rule(number=st.sampled_from(NUMBERS), success=st.booleans())
    def somebody_forges_a_report(self, number: str, success: bool) -> None:
        forged = report("5000:forged", success=success, number=number)
        delivery.take_receipts(self.tx, "demo", [forged], self.world.now)

    @precondition(lambda self: self.of_state(MessageState.IN_DOUBT))
    @rule()
    def books_are_read(self) -> None:
        for message in delivery.find_doubts(self.tx):
            records = [_record(book) for book in self.world.books if book.number == message.number]
            delivery.settle_by_records(self.tx, message, records, self.world.now)

    @precondition(lambda self: self.of_state(MessageState.IN_DOUBT))
    @rule(data=st.data(), choice=st.sampled_from(DoubtChoice))
    def person_decides(self, data: st.DataObject, choice: DoubtChoice) -> None:
        message = data.draw(st.sampled_from(self.of_state(MessageState.IN_DOUBT)))
        decided = delivery.decide(
            self.tx, message.id, message.attempt or "", choice, MAYA, self.world.now
        )
        if isinstance(decided, Message) and decided.state is MessageState.QUEUED:
            again = self.world.asked_again
            again[message.id] = again.get(message.id, 0) + 1

    @rule()
    def restarts(self) -> None:
        delivery.recover(self.tx, self.world.now)

    @rule(by=st.sampled_from([timedelta(seconds=40), SETTLE_TIME, REPORT_TIME]))
    def time_passes(self, by: timedelta) -> None:
        self.world.now += by
        delivery.settle_by_rule(self.tx, self.world.now)

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
    def nothing_vanishes(self) -> None:
        count = self.tx.one("SELECT count(*) AS n FROM requests WHERE state <> 0")
        assert count is not None
        assert len(self.seen) == count["n"]

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


def _record(book: Accepted) -> SendRecord:
    return record(book.serial, number=book.number, sent_at=book.at)


Delivery.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestDelivery = Delivery.TestCase
