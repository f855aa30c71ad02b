"""The limiter against a naive model: whatever is sent, changed and restarted in whatever order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from bot.rules.delivery import MAY_HAVE_LEFT, MessageState
from bot.rules.limits import MAINLAND_ZONE, Rule, day_of
from bot.rules.numbers import Number, read_number
from bot.rules.policies import policy_of
from bot.rules.requests import RequestState
from bot.rules.sending import Draft
from bot.tencent.wire import SendOutcome
from handlers.flows import delivery, drafts, jobs
from handlers.flows.claims import Call
from handlers.flows.drafts import Queued, SendAsk
from storage import jobs as stored_jobs
from storage import limit_counts, limit_exemptions
from storage import limits as stored
from storage.db import Row as StoredRow
from storage.db import Tx, connect
from storage.ids import from_ms, from_ms_or_none
from storage.limit_exemptions import Exemption
from tests.handlers.flows.job_lists import list_content
from tests.handlers.flows.machine import StoreMachine
from tests.handlers.flows.running import accepted, claim, settings_with, start_job, state_of
from tests.handlers.flows.sends import LOST, NOT_CONNECTED
from tests.storage.rows import LIN, NOW, VAULT, add_request

SETTINGS = settings_with()
HOME, OTHER, ABROAD = "+8613800000001", "+8613800000002", "+6591234567"
NUMBERS = st.sampled_from([HOME, OTHER, ABROAD])
NUMBER_KEYS = ("number.30s", "number.hour", "number.day", "same.30s", "notice.hour", "otp.day")
KEYS = st.sampled_from([*NUMBER_KEYS, "mainland.stop", "international.stop", "SG.stop"])
SPANS = {"30s": timedelta(seconds=30), "hour": timedelta(hours=1)}
LIMITED = {each.value for each in Rule}
COUNTED = MAY_HAVE_LEFT | {MessageState.QUEUED}


@dataclass(frozen=True)
class Row:
    """A message as it stands in the store."""

    id: str
    job: str | None
    number: str
    class_: str
    content: str
    state: MessageState
    at: datetime
    """When it counts for its number: of one that waits for a try, now."""
    counted_at: datetime | None
    """When it was tried last, or confirmed by itself."""
    due_at: datetime
    attempts: int
    detail: str

    @property
    def counts(self) -> bool:
        waits_in_job = self.job is not None and self.state is MessageState.QUEUED
        return self.state in COUNTED and not waits_in_job


@dataclass
class Change:
    """A change of the policy, as somebody would note it on paper."""

    request_id: str
    caps: dict[str, int | None]
    starts_at: datetime
    ends_at: datetime | None
    is_undone: bool = False


@dataclass
class World:
    """What a careful person with pen and paper knows."""

    now: datetime = NOW
    base: dict[str, int | None] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    exempt: dict[str, datetime] = field(default_factory=dict)
    begun: dict[tuple[str, str], int] = field(default_factory=dict)

    def caps(self, at: datetime | None = None) -> dict[str, int]:
        """What holds at a time, as it is known now."""
        caps, at = dict(self.base), at or self.now
        began = [
            (each.starts_at, nth, each)
            for nth, each in enumerate(self.changes)
            if each.starts_at <= at and not each.is_undone
        ]
        in_order = [each for _, _, each in sorted(began, key=lambda one: one[:2])]
        for each in in_order:
            caps |= each.caps if each.ends_at is None else {}
        for each in in_order:
            caps |= each.caps if each.ends_at is not None and at < each.ends_at else {}
        return {key: cap for key, cap in caps.items() if cap is not None}

    def totals(self) -> Counter[str]:
        """What was begun today, by scope."""
        found = Counter[str]()
        for (day, country), many in self.begun.items():
            if day == str(day_of(self.now)):
                sides = ("mainland",) if country == "CN" else ("international", country)
                found.update(dict.fromkeys(sides, many))
        return found

    def count(self, number: str) -> None:
        key = (str(day_of(self.now)), country_of(number))
        self.begun[key] = self.begun.get(key, 0) + 1

    def counts_today(self, row: Row) -> bool:
        return row.counted_at is not None and day_of(row.counted_at) == day_of(self.now)

    def is_full(self, number: str, at: datetime | None = None) -> bool:
        """Whether a total that counts the number is used up, at a time if nothing more is sent."""
        at = at or self.now
        is_home = country_of(number) == "CN"
        mine = ("mainland",) if is_home else ("international", country_of(number))
        is_today = day_of(at) == day_of(self.now)
        totals, caps = self.totals() if is_today else Counter[str](), self.caps(at)
        return any(totals[scope] >= caps.get(f"{scope}.stop", 10**9) for scope in mine)

    def allows(
        self, sent: Iterable[Row], number: str, class_: str, content: str, at: datetime
    ) -> bool:
        """Whether the caps of one number let a message go at a time."""
        if number in self.exempt and self.now < self.exempt[number]:
            return True
        own = [row for row in sent if row.number == number and row.counts]
        for key, cap in self.caps(at).items():
            scope, _, window = key.partition(".")
            if scope not in {"number", "same", class_} or window == "stop":
                continue
            found = [
                row
                for row in own
                if scope == "number"
                or (scope == "same" and row.content == content)
                or row.class_ == scope
            ]
            if sum(is_within(row.at, at, window) for row in found) >= cap:
                return False
        return True

    def next_time(
        self, sent: list[Row], message: tuple[str, str, str], *, has_totals: bool = True
    ) -> datetime | None:
        """The first time at which nothing holds it back; None for never."""
        midnight = end_of(self.now)
        edges = {self.now, midnight, midnight + timedelta(days=1)}
        edges |= {row.at + span for row in sent for span in SPANS.values()}
        turns = {at for each in self.changes for at in (each.starts_at, each.ends_at)}
        edges |= {at for at in turns if at is not None}
        for at in sorted(edges):
            is_shut = has_totals and self.is_full(message[0], at)
            if at >= self.now and not is_shut and self.allows(sent, *message, at):
                return at
        return None


def country_of(number: str) -> str:
    read = read_number(number)
    assert isinstance(read, Number)
    return read.country


def is_within(then: datetime, at: datetime, window: str) -> bool:
    if window == "day":
        return then.astimezone(MAINLAND_ZONE).date() == at.astimezone(MAINLAND_ZONE).date()
    return at - then < SPANS[window]


def end_of(at: datetime) -> datetime:
    here = at.astimezone(MAINLAND_ZONE) + timedelta(days=1)
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


class Limits(StoreMachine):
    """One app, three numbers, single messages and jobs, changes, exemptions, restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.flying: list[Call] = []
        self.jobs: list[str] = []

    @initialize(caps=st.dictionaries(KEYS, st.integers(1, 3), max_size=4))
    def begin(self, caps: dict[str, int | None]) -> None:
        list_content(self.tx)
        self.world.base = caps
        stored.seed(self.tx, "demo", policy_of(caps), NOW)

    @rule(number=NUMBERS, text=st.sampled_from("12"), is_code=st.booleans())
    def send(self, number: str, text: str, is_code: bool) -> None:
        template = "1110" if is_code and number != ABROAD else "2220"
        asked = SendAsk(number, template, [(None, text)], SETTINGS.apps[0], None, LIN, "C0SMS")
        now, world = self.world.now, self.world
        draft = drafts.draft(self.tx, asked, SETTINGS, now)
        assert isinstance(draft, Draft), draft
        message = (number, draft.plan.class_.value, VAULT.fingerprint("content", draft.plan.text))
        is_allowed = world.allows(self.rows(), *message, now) and not world.is_full(number)
        wanted = world.next_time(self.rows(), message)
        assert (draft.verdict.hit is None) is is_allowed
        end = drafts.confirm(self.tx, draft.request_id, draft.sha256, LIN, SETTINGS, now)
        assert isinstance(end, Queued) is is_allowed
        if is_allowed:
            world.count(number)
            return
        assert isinstance(end, tuple)
        (fault,) = end
        assert fault.next_permitted_at == wanted

    @rule(numbers=st.lists(NUMBERS, min_size=1, unique=True))
    def start(self, numbers: list[str]) -> None:
        lasts_s = 86_400
        job = start_job(self.tx, numbers, now=self.world.now, valid_for_s=lasts_s)
        self.jobs.append(job)

    @rule()
    def work(self) -> None:
        """What goes was allowed, what does not was not, and waits for the right time."""
        before = {row.id: row for row in self.rows()}
        running = [job for job in self.jobs if self.is_running(job)]
        calls = claim(self.tx, self.world.now)
        self.flying += calls
        now, world = self.world.now, self.world
        # Singles have their turn first: some went, some waited beyond their time.
        sent = [before[row.id] if row.job else row for row in self.rows()]
        for row in self.rows():
            was = before[row.id]
            if row.job is None and row.state is MessageState.IN_FLIGHT is not was.state:
                # A single that waited into another day counts on that one too.
                if not world.counts_today(was):
                    world.count(row.number)
                continue
            if row.job is None or row == was:
                continue
            message = (row.number, row.class_, row.content)
            is_allowed = world.allows(sent, *message, now)
            if row.state is MessageState.IN_FLIGHT:
                assert is_allowed
                if not world.counts_today(was):
                    assert not world.is_full(row.number)
                    world.count(row.number)
                continue
            assert row.detail in LIMITED
            # Of one that was tried on this day before, no total is asked.
            has_totals = not world.counts_today(was)
            free_at = world.next_time(sent, message, has_totals=has_totals)
            if row.state is MessageState.SKIPPED:
                assert free_at is None or free_at >= self._ends_at(row)
            else:
                assert row.due_at == free_at
        for job in running:
            if not self.is_running(job):
                left = [
                    row for row in self.rows() if row.job == job and not world.counts_today(row)
                ]
                assert any(world.is_full(row.number) for row in left)
                jobs.resume(self.tx, job, LIN, now)

    def is_running(self, job: str) -> bool:
        return state_of(self.tx, job) is RequestState.EXECUTING

    def _ends_at(self, row: Row) -> datetime:
        job = stored_jobs.get(self.tx, row.job or "")
        assert job is not None
        assert job.ends_at is not None
        return job.ends_at

    @rule(nth=st.integers(0, 5), fate=st.sampled_from(["taken", "lost", "never left"]))
    def answer(self, nth: int, fate: str) -> None:
        if not self.flying:
            return
        call = self.flying.pop(nth % len(self.flying))
        outcomes: dict[str, SendOutcome] = {"lost": LOST, "never left": NOT_CONNECTED}
        outcome = outcomes.get(fate) or accepted(call, len(self.rows()) * 100 + nth)
        ends = delivery.read_outcome(call.attempts, outcome, self.world.now)
        delivery.settle(self.tx, ends, self.world.now)

    @rule(
        key=KEYS,
        cap=st.none() | st.integers(0, 4),
        starts_s=st.sampled_from([0, 45, 4_000]),
        lasts_s=st.none() | st.sampled_from([60, 7_200]),
    )
    def change(self, key: str, cap: int | None, starts_s: int, lasts_s: int | None) -> None:
        starts_at = self.world.now + timedelta(seconds=starts_s)
        ends_at = None if lasts_s is None else starts_at + timedelta(seconds=lasts_s)
        request_id = add_request(self.tx)
        stored.add_change(
            self.tx, request_id, "demo", {key: cap}, {}, starts_at=starts_at, ends_at=ends_at
        )
        self.world.changes.append(Change(request_id, {key: cap}, starts_at, ends_at))

    @rule(nth=st.integers(0, 9))
    def roll_back(self, nth: int) -> None:
        if self.world.changes:
            change = self.world.changes[nth % len(self.world.changes)]
            stored.undo_change(self.tx, change.request_id, LIN, self.world.now)
            change.is_undone = True

    @rule()
    def fold(self) -> None:
        stored.fold(self.tx, "demo", self.world.now)

    @rule(number=NUMBERS, lasts_s=st.sampled_from([50, 5_000]))
    def exempt(self, number: str, lasts_s: int) -> None:
        now = self.world.now
        ends_at = self.world.exempt[number] = now + timedelta(seconds=lasts_s)
        exemption = Exemption("demo", number, ends_at, "test phone", LIN, "R-1", now)
        limit_exemptions.put(self.tx, exemption, now)

    @rule(seconds=st.sampled_from([0.001, 1, 15, 29.999, 30, 600, 3_600, 43_200]))
    def wait(self, seconds: float) -> None:
        self.world.now += timedelta(seconds=seconds)

    @rule()
    def restart(self) -> None:
        """Another process on what the last one left; nothing it had in mind is left."""
        written = self.conn.serialize()
        self.conn.close()
        self.conn = connect(Path(":memory:"))
        self.conn.deserialize(written)
        self.tx = Tx(self.conn, VAULT)
        self.flying.clear()
        delivery.recover(self.tx, self.world.now)

    @invariant()
    def nobody_counts_otherwise(self) -> None:
        day = day_of(self.world.now)
        mine: Mapping[str, int] = {
            country: many for (on, country), many in self.world.begun.items() if on == str(day)
        }
        assert limit_counts.totals(self.tx, "demo", day) == mine

    def rows(self) -> list[Row]:
        return [self._row(row) for row in self.tx.all("SELECT * FROM messages ORDER BY id")]

    def _row(self, row: StoredRow) -> Row:
        is_of_job = row["file_row"] is not None
        tried_at = from_ms_or_none(row["signed_at_ms"])
        counted_at = tried_at if is_of_job else tried_at or from_ms(row["created_at_ms"])
        at, state = tried_at or from_ms(row["created_at_ms"]), MessageState(row["state"])
        waits = state is MessageState.QUEUED and not is_of_job
        return Row(
            id=row["id"],
            job=row["request_id"] if is_of_job else None,
            number=VAULT.open_number(row["number"]),
            class_=row["class"],
            content=row["content"],
            state=state,
            at=max(at, self.world.now) if waits else at,
            counted_at=counted_at,
            due_at=from_ms(row["due_at_ms"]),
            attempts=row["attempts"],
            detail=row["detail"],
        )


TestLimits = Limits.TestCase
TestLimits.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
