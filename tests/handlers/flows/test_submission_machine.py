"""Submitting against a hostile world: whatever happens in whatever order, nothing is made twice."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.changes import TemplateChange
from bot.rules.requests import RequestState
from bot.tencent.wire import ChangeOutcome
from handlers.flows import change_doubts, submissions
from handlers.flows.change_doubts import Word
from handlers.flows.changes import Submission, load
from storage import changes, migrations
from storage.db import Tx, connect, dialect
from storage.ids import AttemptId
from tests.handlers.flows.attempts import (
    DIRTY,
    LOST,
    NOT_CONNECTED,
    TEXT,
    THEIR_TIMEOUT,
    THROTTLED,
    approve,
    listed,
    made,
    state_of,
)
from tests.storage.rows import MAYA, NOW, VAULT

TEXTS = (TEXT, replace(TEXT, content="您的包裹已到，请取件。"))
#: A request signed longer ago than this is refused, by Tencent's clock.
VALID = timedelta(minutes=5)
#: What becomes of a request that Tencent has taken, of one it has not, and of one still on its way.
TAKEN = ("made", "made, lost", "made, their timeout", "made, dead")
HOW = (*TAKEN, "lost", "dirty", "never left", "throttled", "dead", "late", "late", "late, dead")
ANSWERS: dict[str, ChangeOutcome] = {
    "made, their timeout": THEIR_TIMEOUT,
    "dirty": DIRTY,
    "never left": NOT_CONNECTED,
    "throttled": THROTTLED,
}


@dataclass
class Made:
    """A template in Tencent's own books; `request_id` is "" for one made in the console."""

    template_id: str
    request_id: str
    text: int
    at: datetime


@dataclass
class Late:
    """A request that is still somewhere on its way."""

    request_id: str
    text: int
    signed_at: datetime


@dataclass
class World:
    """The truth, which the bot must never contradict. `skew` is Tencent's clock less ours."""

    skew: timedelta = timedelta(0)
    now: datetime = NOW
    books: list[Made] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)

    @property
    def their_now(self) -> datetime:
        return self.now + self.skew

    def take(self, request_id: str, text: int) -> str:
        template_id = str(2001 + len(self.books))
        self.books.append(Made(template_id, request_id, text, self.their_now))
        return template_id


class Bot:
    """A bot that submits, two texts, several requests for each, and the world around it."""

    def __init__(self, tx: Tx, skew_s: int) -> None:
        self.tx = tx
        self.world = World(timedelta(seconds=skew_s))
        self.asked: dict[str, int] = {}

    def somebody_approves(self, text: int) -> None:
        # Ids are made at random: two of one instant would come in an order nobody can repeat.
        self.world.now += timedelta(milliseconds=1)
        if len(self.asked) < 6:
            change = TemplateChange(text=TEXTS[text])
            self.asked[approve(self.tx, change, self.world.now)] = text

    def worker_submits(self, told: str) -> None:
        """One request; a worker that dies is started again."""
        self.world.now += timedelta(seconds=1)
        order = list(self.asked)
        due = submissions.find_due(self.tx, self.world.now)
        for each in sorted(due, key=lambda each: order.index(each.request.id))[:1]:
            attempt = submissions.start(self.tx, each, None, self.world.now)
            if attempt is not None:
                self.exchange(attempt, told)
        submissions.recover(self.tx, self.world.now)

    def exchange(self, attempt: Submission, told: str) -> None:
        request_id, text = attempt.request.id, self.asked[attempt.request.id]
        outcome = ANSWERS.get(told, LOST)
        if told in {"late", "late, dead"}:
            self.world.late.append(Late(request_id, text, self.world.now))
        elif told in TAKEN:
            template_id = self.world.take(request_id, text)
            outcome = made(template_id) if told == "made" else outcome
        if not told.endswith("dead"):
            answer = submissions.read_outcome(attempt.change, outcome, self.world.now)
            submissions.settle(self.tx, attempt, answer, self.world.now)

    def late_copies_arrive(self) -> None:
        for late in self.world.late:
            if abs(self.world.their_now - late.signed_at) <= VALID:
                self.world.take(late.request_id, late.text)
        self.world.late.clear()

    def somebody_makes_the_same_in_the_console(self, text: int) -> None:
        self.world.take("", text)

    def a_stalled_worker_wakes(self, outcome: ChangeOutcome) -> None:
        """With attempts that have long been settled, or were never these requests'."""
        for request_id in self.asked:
            change = changes.get(self.tx, request_id)
            submission = None if change is None else load(self.tx, change)
            if change is not None and submission is not None:
                stale = replace(submission, change=replace(change, attempt=AttemptId("old")))
                answer = submissions.read_outcome(stale.change, outcome, self.world.now)
                submissions.settle(self.tx, stale, answer, self.world.now)

    def somebody_looks(self, every_s: int, list_: str) -> None:
        """The job, three times, and where it has asked, a person: each says what it sees."""
        for _ in range(3):
            self.world.now += timedelta(seconds=every_s)
            self.job_looks(list_)
        for request_id in self.asked:
            change = changes.get(self.tx, request_id)
            if change is not None and change.attempt and change.asked_at is not None:
                self.say(request_id, change.attempt)

    def job_looks(self, list_: str) -> None:
        now = self.world.now
        shown = [
            listed(each.template_id, TEXTS[each.text], created_at=each.at.replace(microsecond=0))
            for each in self.world.books
        ]
        for doubt in change_doubts.find_due(self.tx, now):
            if list_ == "read":
                change_doubts.settle_by_list(self.tx, doubt, shown, now, now)
            else:
                permanent = list_ == "refused"
                change_doubts.settle_without_list(self.tx, doubt, now, permanent=permanent)

    def say(self, request_id: str, attempt: str) -> None:
        word, now = Word(MAYA, is_approver=True), self.world.now
        mine = [each.template_id for each in self.world.books if each.request_id == request_id]
        if mine:
            change_doubts.say_there(self.tx, request_id, attempt, mine[0], word, now)
        else:
            change_doubts.say_again(self.tx, request_id, attempt, word, now)

    def check(self) -> None:
        """Nothing of this mends itself, so it is enough to look at the end."""
        self.nobody_gets_more_than_was_approved()
        self.what_is_done_is_in_tencents_books_and_each_its_own()
        self.what_failed_is_not_at_tencent()
        self.nothing_vanishes()

    def nobody_gets_more_than_was_approved(self) -> None:
        for request_id in self.asked:
            got = [each for each in self.world.books if each.request_id == request_id]
            assert len(got) <= 1, got

    def what_is_done_is_in_tencents_books_and_each_its_own(self) -> None:
        texts = {each.template_id: each.text for each in self.world.books}
        done = [
            (request_id, changes.get(self.tx, request_id))
            for request_id in self.asked
            if state_of(self.tx, request_id) is RequestState.DONE
        ]
        ids = [change.content_id for _, change in done if change is not None]
        assert len(set(ids)) == len(done)
        for request_id, change in done:
            assert change is not None
            assert texts[change.content_id] == self.asked[request_id]

    def what_failed_is_not_at_tencent(self) -> None:
        made_by = {each.request_id for each in self.world.books}
        for request_id in self.asked:
            if state_of(self.tx, request_id) is RequestState.FAILED:
                assert request_id not in made_by

    def nothing_vanishes(self) -> None:
        open_states = {RequestState.APPROVED, RequestState.EXECUTING, RequestState.IN_DOUBT}
        for request_id in self.asked:
            change = changes.get(self.tx, request_id)
            assert change is not None
            is_open = state_of(self.tx, request_id) in open_states
            assert (change.done_at is None) is is_open


TEXT_NUMBER = st.sampled_from([0, 1])
STEPS = st.one_of(
    st.tuples(st.just(Bot.somebody_approves), TEXT_NUMBER),
    st.tuples(st.just(Bot.worker_submits), st.sampled_from(HOW)),
    st.tuples(st.just(Bot.worker_submits), st.sampled_from(HOW)),
    st.tuples(st.just(Bot.late_copies_arrive)),
    st.tuples(st.just(Bot.somebody_makes_the_same_in_the_console), TEXT_NUMBER),
    st.tuples(
        st.just(Bot.a_stalled_worker_wakes),
        st.sampled_from([LOST, NOT_CONNECTED, made("9999"), DIRTY]),
    ),
    st.tuples(
        st.just(Bot.somebody_looks),
        st.sampled_from([20, 150, 290, 600]),
        st.sampled_from(["read", "read", "read", "unreadable", "refused"]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([-299, 0, 299]), st.lists(STEPS, min_size=6, max_size=40))
def test_nothing_is_made_twice_whatever_happens(skew_s: int, steps: list[tuple[Any, ...]]) -> None:
    with closing(connect(Path(":memory:"))) as conn:
        for sql in chain.from_iterable(migrations.STEPS.values()):
            conn.execute(dialect(sql))
        bot = Bot(Tx(conn, VAULT), skew_s)
        bot.somebody_approves(0)
        for act, *arguments in steps:
            act(bot, *arguments)
        bot.late_copies_arrive()
        bot.check()
