"""Approvals against everybody at once: whatever is said in whatever order, nothing is submitted
without enough people who may, and nothing is submitted twice."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.rules.approvals import Approved, Ballot, Verdict, Via
from bot.rules.requests import TRANSITIONS, RequestEvent, RequestState
from bot.settings import Settings, load
from handlers.flows import approvals, voting
from handlers.flows.approvals import Superseded
from handlers.flows.voting import TakenBack
from storage import approvals as stored
from storage import changes, requests
from storage.db import Tx, connect, dialect
from storage.migrations import STEPS
from tests.handlers.flows.asks import (
    CREATE,
    DELETE,
    MODIFY,
    ask,
    expire_due,
    list_templates,
    listed,
)
from tests.handlers.flows.conftest import ENVIRON, ROOT
from tests.storage.rows import LIN, MAYA, NOW, VAULT

PEOPLE = (LIN, MAYA, "U0BO", "U0CAI", "U0EVE")
OPEN = {RequestState.AWAITING_APPROVAL, RequestState.APPROVED}
AFTER = {
    before: {after for (state, _), after in TRANSITIONS.items() if state is before}
    for before in RequestState
}
TEXTS = ("您的订单{1}已发货。", "别的内容")


def two_of_three() -> Settings:
    loaded = load(ROOT / "app.yaml", ENVIRON, {"approvals.default.needed": 2})
    assert isinstance(loaded, Settings)
    return loaded


SETTINGS = two_of_three()


@dataclass
class World:
    """What is true outside: the group, Tencent's text, what people mean at the moment."""

    now: datetime = NOW
    group: frozenset[str] = frozenset(PEOPLE[1:4])
    text: str = TEXTS[0]
    begun: dict[str, frozenset[str]] = field(default_factory=dict)
    seen: dict[str, RequestState] = field(default_factory=dict)
    event_us: int = 0


class Approvals(RuleBasedStateMachine):
    """A bot, five people, and a worker that submits."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.stack = ExitStack()
        conn = connect(Path(":memory:"))
        self.stack.callback(conn.close)
        for sql in (sql for step in STEPS.values() for sql in step):
            conn.execute(dialect(sql))
        self.tx = Tx(conn, VAULT)
        list_templates(self.tx, listed(self.world.text))

    def teardown(self) -> None:
        self.stack.close()

    def all(self) -> list[requests.Request]:
        rows = self.tx.all("SELECT id FROM requests ORDER BY created_at_ms, id")
        found = [requests.get(self.tx, row["id"]) for row in rows]
        return [each for each in found if each is not None]

    def one(self, at: int) -> requests.Request:
        known = self.all()
        return known[at % len(known)]

    @rule(change=st.sampled_from([CREATE, MODIFY, DELETE]), who=st.sampled_from(PEOPLE))
    def somebody_asks(self, change: object, who: str) -> None:
        if len(self.all()) < 4:
            ask(self.tx, SETTINGS, change, who, self.world.now)  # type: ignore[arg-type]  # one of three

    @precondition(lambda self: self.all())
    @rule(
        at=st.integers(0, 9),
        who=st.sampled_from(PEOPLE),
        verdict=st.sampled_from(
            [Verdict.APPROVE, Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT]
        ),
        via=st.sampled_from(Via),
    )
    def somebody_says(self, at: int, who: str, verdict: Verdict, via: Via) -> None:
        request = self.one(at)
        seen = request.sha256 if via is Via.BUTTON else None
        ballot = Ballot(who, verdict, via, self.world.group, seen)
        self.world.event_us += 1
        event_us = self.world.event_us if via is Via.REACTION else 0
        outcome = voting.vote(self.tx, request.id, ballot, self.world.now, event_us=event_us)
        if outcome == Approved():
            said = {w.vote.user_id for w in stored.votes_of(self.tx, request.id)}
            assert who in said
            assert who != request.requester
        if isinstance(outcome, Superseded) and outcome.next_id:
            assert requests.get(self.tx, outcome.next_id) is not None

    @precondition(lambda self: self.all())
    @rule(at=st.integers(0, 9), who=st.sampled_from(PEOPLE), via=st.sampled_from(Via))
    def somebody_takes_back(self, at: int, who: str, via: Via) -> None:
        request = self.one(at)
        self.world.event_us += 1
        event_us = self.world.event_us if via is Via.REACTION else 0
        gone = Ballot(who, Verdict.APPROVE, via, frozenset())
        end = voting.take_back(self.tx, request.id, gone, self.world.now, event_us=event_us)
        assert end is not TakenBack.DONE or request.state in OPEN

    @precondition(lambda self: self.all())
    @rule(at=st.integers(0, 9), who=st.sampled_from(PEOPLE))
    def somebody_withdraws(self, at: int, who: str) -> None:
        approvals.withdraw(self.tx, self.one(at).id, who, self.world.now)

    @rule(group=st.frozensets(st.sampled_from(PEOPLE), min_size=1))
    def the_group_changes(self, group: frozenset[str]) -> None:
        self.world.group = group

    @rule(text=st.sampled_from(TEXTS), is_listed=st.booleans())
    def somebody_uses_the_console(self, text: str, is_listed: bool) -> None:
        list_templates(self.tx, *([listed(text)] if is_listed else []))

    @rule(hours=st.integers(1, 13))
    def time_passes(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)
        expire_due(self.tx, self.world.now)

    @precondition(lambda self: self.all())
    @rule()
    def the_worker_begins(self) -> None:
        for change in changes.find_due(self.tx, self.world.now, 9):
            request = requests.get(self.tx, change.request_id)
            assert request is not None
            if request.state is not RequestState.APPROVED:
                changes.drop(self.tx, change)
                continue
            assert changes.start(self.tx, request.id, request.id, self.world.now) is not None
            requests.advance(self.tx, request, RequestEvent.START, self.world.now)
            assert request.id not in self.world.begun, "submitted twice"
            words = [word.vote for word in stored.votes_of(self.tx, request.id)]
            yes = {v.user_id for v in words if v.verdict is Verdict.APPROVE and not v.is_taken_back}
            self.world.begun[request.id] = frozenset(yes - {request.requester})

    @invariant()
    def nothing_is_begun_without_two_others(self) -> None:
        assert all(len(people) >= 2 for people in self.world.begun.values())

    @invariant()
    def states_follow_the_table(self) -> None:
        for request in self.all():
            before = self.world.seen.get(request.id, request.state)
            # An approval and what follows it are one step to whoever looks from outside.
            near = {before} | AFTER[before]
            assert request.state in near | {last for state in near for last in AFTER[state]}
            self.world.seen[request.id] = request.state

    @invariant()
    def what_waits_is_open_and_what_is_approved_is_due(self) -> None:
        for request in self.all():
            policy = stored.get(self.tx, request.id)
            assert policy is not None
            waits = request.state is RequestState.AWAITING_APPROVAL
            assert (policy.decided_at is None) is waits
            is_due = changes.get(self.tx, request.id) is not None
            assert is_due or request.state not in {RequestState.APPROVED, RequestState.EXECUTING}

    @invariant()
    def who_asked_never_has_a_word_that_stands(self) -> None:
        for request in self.all():
            for word in stored.votes_of(self.tx, request.id):
                assert word.vote.is_taken_back or word.vote.user_id != request.requester


TestApprovals = Approvals.TestCase
TestApprovals.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
