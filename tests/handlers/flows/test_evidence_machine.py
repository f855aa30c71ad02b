"""Doubts against Tencent's books, whatever they hold and whenever they are read: never wrong."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.rules.classes import TemplateClass
from bot.rules.delivery import FENCED, SETTLE_TIME, MessageState
from bot.tencent.callbacks import StatusReport
from handlers.flows import counting, delivery, doubts
from handlers.flows.doubts import DoubtChoice, DoubtRefusal, Evidence
from storage import messages
from storage.ids import to_ms
from storage.messages import Message, Settlement
from tests.handlers.flows.machine import StoreMachine
from tests.handlers.flows.sends import attempt_of, queue, record, report, states
from tests.storage import naive_figures
from tests.storage.rows import MAYA, NOW, NUMBER

#: What the worker does, in one step: the fence is held by the index, not by this.
START = """
UPDATE messages SET state = 3, attempt = :attempt, signed_at_ms = :now, attempts = attempts + 1
WHERE id = :id AND state = 1
"""
TAKEN_AFTER = st.integers(min_value=-30, max_value=300).map(lambda s: timedelta(seconds=s))
ON_THE_WAY = st.sampled_from([timedelta(seconds=2), timedelta(minutes=20), timedelta(hours=70)])


@dataclass
class Taken:
    """What Tencent truly took, or will take when a copy of the request comes in late."""

    serial: str
    message_id: str
    attempt: str
    at: datetime
    received_at: datetime
    success: bool


@dataclass
class World:
    now: datetime = NOW
    taken: list[Taken] = field(default_factory=list)
    gives_context_back: bool = False


class Evidences(StoreMachine):
    """One number, a few messages to it, and books that are late, partial or not to be had."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.attempts = 0

    @initialize(gives_context_back=st.booleans())
    def begin(self, gives_context_back: bool) -> None:
        self.world.gives_context_back = gives_context_back

    def in_state(self, *wanted: MessageState) -> list[Message]:
        return [each for each in states(self.tx).values() if each.state in wanted]

    def is_fenced(self) -> bool:
        return bool(self.in_state(*FENCED))

    @precondition(lambda self: not self.is_fenced() and len(states(self.tx)) < 4)
    @rule(class_=st.sampled_from([TemplateClass.OTP, TemplateClass.NOTICE]))
    def person_confirms(self, class_: TemplateClass) -> None:
        self.world.now += timedelta(milliseconds=1)
        queue(self.tx, NUMBER, class_, self.world.now)

    @precondition(lambda self: not self.is_fenced() and self.in_state(MessageState.QUEUED))
    @rule(
        data=st.data(),
        is_taken=st.booleans(),
        after=TAKEN_AFTER,
        way=ON_THE_WAY,
        success=st.booleans(),
        is_answered=st.booleans(),
    )
    def message_is_sent(
        self,
        data: st.DataObject,
        is_taken: bool,
        after: timedelta,
        way: timedelta,
        success: bool,
        is_answered: bool,
    ) -> None:
        message = data.draw(st.sampled_from(self.in_state(MessageState.QUEUED)))
        self.attempts += 1
        attempt, now = f"a{self.attempts}", self.world.now
        self.tx.run(START, id=message.id, attempt=attempt, now=to_ms(now))
        started = messages.get(self.tx, message.id)
        assert started is not None
        counting.count_begun(self.tx, [attempt_of(started)])
        serial = f"5000:{self.attempts}"
        if is_taken:
            at = now + after
            taken = Taken(serial, message.id, attempt, at, max(at, now) + way, success)
            self.world.taken.append(taken)
        if is_taken and is_answered and after <= timedelta(0):
            accepted = Settlement(MessageState.ACCEPTED, "answer", serial=serial)
            delivery.settle_one(self.tx, started, accepted, now)

    @rule(by=st.sampled_from([timedelta(minutes=2), timedelta(minutes=6), SETTLE_TIME]))
    def time_passes(self, by: timedelta) -> None:
        self.world.now += by
        self.gather()
        doubts.settle_by_rule(self.tx, self.world.now)

    def gather(self) -> None:
        doubts.gather(self.tx, self.world.now - timedelta(minutes=1), self.world.now)

    @precondition(lambda self: self.in_state(MessageState.IN_DOUBT, MessageState.DROPPED))
    @rule(data=st.data(), with_records=st.booleans(), with_reports=st.booleans())
    def books_are_read(self, data: st.DataObject, with_records: bool, with_reports: bool) -> None:
        self.gather()
        open_ = self.in_state(MessageState.IN_DOUBT, MessageState.DROPPED)
        message = data.draw(st.sampled_from(open_))
        doubts.note_look(self.tx, message, self.books(with_records, with_reports), self.world.now)

    @precondition(lambda self: self.in_state(MessageState.IN_DOUBT))
    @rule(data=st.data(), choice=st.sampled_from(DoubtChoice))
    def books_are_read_while_somebody_decides(
        self, data: st.DataObject, choice: DoubtChoice
    ) -> None:
        message = data.draw(st.sampled_from(self.in_state(MessageState.IN_DOUBT)))
        read = self.books(True, True)
        self.decides(message, choice)
        doubts.note_look(self.tx, message, read, self.world.now)

    @precondition(lambda self: self.in_state(MessageState.IN_DOUBT))
    @rule(data=st.data(), choice=st.sampled_from(DoubtChoice))
    def person_decides(self, data: st.DataObject, choice: DoubtChoice) -> None:
        self.world.now += SETTLE_TIME
        self.decides(data.draw(st.sampled_from(self.in_state(MessageState.IN_DOUBT))), choice)

    @precondition(lambda self: self.world.taken)
    @rule(data=st.data(), is_forged=st.booleans())
    def somebody_posts_a_report(self, data: st.DataObject, is_forged: bool) -> None:
        taken = data.draw(st.sampled_from(self.world.taken))
        serial = "5000:forged" if is_forged else taken.serial
        posted = report(serial, success=taken.success)
        delivery.take_receipts(self.tx, "demo", [posted], self.world.now)

    def decides(self, message: Message, choice: DoubtChoice) -> None:
        decided = doubts.decide(
            self.tx, message.id, message.attempt or "", choice, MAYA, self.world.now
        )
        if decided is DoubtRefusal.TOO_EARLY:
            assert message.signed_at is not None
            assert self.world.now < message.signed_at + SETTLE_TIME

    def books(self, with_records: bool, with_reports: bool) -> Evidence:
        """As Tencent would give them out now; the queue of a send that is under way included."""
        known = [each for each in self.world.taken if each.at <= self.world.now]
        arrived = [each for each in known if each.received_at <= self.world.now]
        return Evidence(
            [record(each.serial, sent_at=each.at) for each in known] if with_records else (),
            [self.pulled(each) for each in arrived] if with_reports else (),
            may_eliminate=True,
        )

    def pulled(self, taken: Taken) -> StatusReport:
        context = taken.attempt if self.world.gives_context_back else ""
        return StatusReport(
            taken.serial, NUMBER, taken.success, "DELIVRD", "", taken.received_at, context
        )

    @invariant()
    def figures_are_what_counting_every_message_gives(self) -> None:
        assert naive_figures.kept(self.tx) == naive_figures.counted(self.tx)

    @invariant()
    def no_message_has_the_serial_of_another_attempt(self) -> None:
        of = {each.serial: each for each in self.world.taken}
        for message in states(self.tx).values():
            if message.serial is not None:
                taken = of[message.serial]
                assert (taken.message_id, taken.attempt) == (message.id, message.attempt)

    @invariant()
    def nobody_claims_more_than_the_phone_knows(self) -> None:
        of = {each.serial: each for each in self.world.taken}
        for message in self.in_state(MessageState.DELIVERED, MessageState.UNDELIVERED):
            delivered = message.state is MessageState.DELIVERED
            assert message.serial is not None
            assert of[message.serial].success is delivered

    @invariant()
    def a_code_keeps_no_value_once_its_send_was_tried(self) -> None:
        for message in states(self.tx).values():
            is_open = message.state in {MessageState.QUEUED, MessageState.IN_FLIGHT}
            assert bool(message.values) is (is_open or message.class_ is not TemplateClass.OTP)


Evidences.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestEvidence = Evidences.TestCase
