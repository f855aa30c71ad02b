"""Approvals against everybody at once: whatever is said in whatever order, nothing is submitted,
sent, removed or resumed without enough people who may, and nothing twice."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.rules.approvals import Approved, Ballot, Counted, Verdict, Via
from bot.rules.content import ReviewState, Signature
from bot.rules.requests import TRANSITIONS, RequestEvent, RequestKind, RequestState
from bot.settings import Settings, load
from handlers.flows import approvals, jobs, voting
from handlers.flows.approvals import Superseded
from handlers.flows.revising import revise
from handlers.flows.voting import TakenBack
from storage import approvals as stored
from storage import changes, content, requests
from storage import jobs as stored_jobs
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
from tests.handlers.flows.machine import StoreMachine
from tests.handlers.flows.other_asks import (
    SIGNATURE,
    ask_removal,
    ask_resume,
    ask_send,
    decline,
    stop,
)
from tests.policies import everything
from tests.storage.rows import LIN, MAYA, NOW

PEOPLE = (LIN, MAYA, "U0BO", "U0CAI", "U0EVE")
OPEN = {RequestState.AWAITING_APPROVAL, RequestState.APPROVED}
AFTER = {
    before: {after for (state, _), after in TRANSITIONS.items() if state is before}
    for before in RequestState
}
AT_ONCE = {RequestKind.OPTOUT_REMOVE, RequestKind.APP_RESUME}
OTHERS = (RequestKind.SEND, RequestKind.OPTOUT_REMOVE, RequestKind.APP_RESUME)
TEXTS = ("您的订单{1}已发货。", "别的内容")


def two_of_three() -> Settings:
    loaded = load(ROOT / "app.yaml", ENVIRON, everything(2))
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
    #: Who approved what it says now.
    said: dict[str, set[str]] = field(default_factory=dict)
    seen: dict[str, RequestState] = field(default_factory=dict)
    event_us: int = 0


class Approvals(StoreMachine):
    """A bot, five people, and a worker that submits."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        list_templates(self.tx, listed(self.world.text))
        signature = Signature("77", SIGNATURE, False, ReviewState.USABLE, "")
        content.replace_signatures(self.tx, [signature], self.world.now)

    def all(self) -> list[requests.Request]:
        rows = self.tx.all("SELECT id FROM requests ORDER BY rowid")
        found = [requests.get(self.tx, row["id"]) for row in rows]
        return [each for each in found if each is not None]

    def one(self, at: int) -> requests.Request:
        known = self.all()
        return known[at % len(known)]

    @rule(change=st.sampled_from([CREATE, MODIFY, DELETE]), who=st.sampled_from(PEOPLE))
    def somebody_asks(self, change: object, who: str) -> None:
        if len(self.all()) < 4:
            ask(self.tx, SETTINGS, change, who, self.world.now)  # type: ignore[arg-type]  # one of three

    @rule(kind=st.sampled_from(OTHERS), who=st.sampled_from(PEOPLE))
    def somebody_asks_for_something_else(self, kind: RequestKind, who: str) -> None:
        if len(self.all()) >= 4:
            return
        now = self.world.now
        if kind is RequestKind.SEND:
            ask_send(self.tx, SETTINGS, requester=who, now=now)
        elif kind is RequestKind.OPTOUT_REMOVE:
            decline(self.tx, now)
            ask_removal(self.tx, SETTINGS, who, now)
        else:
            stop(self.tx, now)
            ask_resume(self.tx, SETTINGS, who, now)

    @precondition(lambda self: self.all())
    @rule(at=st.integers(0, 9), at_ms=st.integers(1, 3))
    def somebody_moves_a_send(self, at: int, at_ms: int) -> None:
        request = self.one(at)
        if request.kind is RequestKind.SEND and request.state in OPEN:
            jobs.unschedule(self.tx, request.id)
            self.world.said[request.id] = set()
            revise(self.tx, request, {**request.payload, "at_ms": at_ms}, self.world.now)

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
        self.say(self.one(at), who, verdict, via)

    def say(self, request: requests.Request, who: str, verdict: Verdict, via: Via) -> None:
        seen = request.sha256 if via is Via.BUTTON else None
        ballot = Ballot(who, verdict, via, self.world.group, seen)
        self.world.event_us += 1
        event_us = self.world.event_us if via is Via.REACTION else 0
        outcome = voting.vote(
            self.tx, request.id, ballot, SETTINGS, self.world.now, event_us=event_us
        )
        if isinstance(outcome, Approved | Counted):
            self.world.said.setdefault(request.id, set()).add(who)
        if outcome == Approved():
            said = {w.vote.user_id for w in stored.votes_of(self.tx, request.id)}
            assert who in said
            assert who != request.requester
            if request.kind in AT_ONCE:
                self.note_begun(request)
        if isinstance(outcome, Superseded) and outcome.next_id:
            assert requests.get(self.tx, outcome.next_id) is not None

    @precondition(lambda self: self.all())
    @rule(at=st.integers(0, 9), via=st.sampled_from(Via))
    def everybody_who_may_approves(self, at: int, via: Via) -> None:
        """By chance alone two seldom say yes to the same before somebody says no."""
        self.world.group = frozenset(PEOPLE[1:4])
        for who in sorted(self.world.group):
            self.say(self.one(at), who, Verdict.APPROVE, via)

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

    @rule()
    def the_clock_starts_jobs(self) -> None:
        self.world.now += timedelta(minutes=1)
        before = {each.id: each for each in self.all()}
        jobs.start_due(self.tx, SETTINGS, self.world.now)
        for request in self.all():
            started = request.state is RequestState.EXECUTING
            if started and before[request.id].state is RequestState.APPROVED:
                self.note_begun(request)

    def note_begun(self, request: requests.Request) -> None:
        """It is acted on from here on: once, on these people's word."""
        assert request.id not in self.world.begun, "begun twice"
        words = [word.vote for word in stored.votes_of(self.tx, request.id)]
        yes = {v.user_id for v in words if v.verdict is Verdict.APPROVE and not v.is_taken_back}
        assert yes <= self.world.said[request.id], "said of something else"
        self.world.begun[request.id] = frozenset(yes - {request.requester})

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
            self.note_begun(request)

    @invariant()
    def nothing_is_begun_without_two_others(self) -> None:
        assert all(len(people) >= 2 for people in self.world.begun.values())

    @invariant()
    def states_follow_the_table(self) -> None:
        for request in self.all():
            before = self.world.seen.get(request.id, request.state)
            # An approval and what follows it are one step to whoever looks from outside.
            near = {before} | AFTER[before]
            near |= {last for state in near for last in AFTER[state]}
            if request.kind in AT_ONCE and RequestState.EXECUTING in near:
                near.add(RequestState.DONE)
            assert request.state in near
            self.world.seen[request.id] = request.state

    @invariant()
    def what_waits_is_open_and_what_is_approved_is_due(self) -> None:
        for request in self.all():
            policy = stored.get(self.tx, request.id)
            assert policy is not None
            waits = request.state is RequestState.AWAITING_APPROVAL
            assert (policy.decided_at is None) is waits
            is_going = request.state in {RequestState.APPROVED, RequestState.EXECUTING}
            if request.kind is RequestKind.SEND:
                job = stored_jobs.get(self.tx, request.id)
                assert job is not None
                assert job.starts_at is not None or not is_going
                waits = request.state is RequestState.AWAITING_APPROVAL
                assert job.starts_at is None or not waits
            elif request.kind in AT_ONCE:
                assert not is_going
            else:
                assert changes.get(self.tx, request.id) is not None or not is_going

    @invariant()
    def what_is_done_at_once_was_begun(self) -> None:
        done = {each.id for each in self.all() if each.state is RequestState.DONE}
        assert done <= self.world.begun.keys()

    @invariant()
    def who_asked_never_has_a_word_that_stands(self) -> None:
        for request in self.all():
            for word in stored.votes_of(self.tx, request.id):
                assert word.vote.is_taken_back or word.vote.user_id != request.requester


TestApprovals = Approvals.TestCase
TestApprovals.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
