"""What is sent next: single messages as soon as they are due, jobs in turn, and who is left out.

Claim and start are one transaction: a message that is claimed is in flight when it commits, so a
crash finds it either waiting or in doubt. Rows that share a call share its attempt.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import WrongDataKey
from bot.rules import marketing_hours
from bot.rules.classes import TemplateClass
from bot.rules.limits import Use, Verdict, Wanted, day_of
from bot.settings import Settings
from handlers.flows import counting, limit_alerts, limits, singles
from handlers.flows import jobs as job_flow
from handlers.flows.delivery import BY_RULE
from handlers.flows.jobs import StopReason
from handlers.flows.singles import MAINLAND, OPTED_OUT, UNREADABLE
from storage import (
    app_stops,
    cards,
    jobs,
    limit_counts,
    message_attempts,
    message_queue,
    messages,
    optouts,
)
from storage.db import Tx
from storage.ids import AttemptId, MessageId, RequestId, from_ms, new_attempt_id
from storage.jobs import Claimable
from storage.limit_counts import LimitRefusal
from storage.message_attempts import Attempt
from storage.message_queue import URGENT, Waiting
from storage.vault import SealedNumber

#: Messages looked at in one transaction, where many are left out: other writers wait for it.
LOOKED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Room:
    """What may be under way besides what is.

    Jobs leave some of it to single messages, and have `tokens`: numbers by app. `after` is the job
    that was served last.
    """

    calls: int
    numbers: int
    job_calls: int
    job_numbers: int
    #: What jobs have where nothing at all is under way.
    most_numbers: int
    tokens: Mapping[str, int]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Tencent, committed and not yet made."""

    app: str
    template_id: str
    signature: str
    values: tuple[str, ...]
    attempt: AttemptId
    attempts: tuple[Attempt, ...]
    signed_at: datetime
    """Committed, and what the request is signed with."""
    job: RequestId | None

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(attempt.number for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is to be called now."""

    calls: tuple[Call, ...]
    #: The job that was served last.
    after: str
    #: By app, how many tokens its next call needs, where it had fewer.
    needs: Mapping[str, int]
    #: Many were left out: there may be more to claim right away.
    is_more: bool


def claim(tx: Tx, room: Room, settings: Settings, now: datetime) -> Claimed:
    """Commits in flight what may go at `now`, and returns it as calls."""
    stopped = {stop.app for stop in app_stops.list_all(tx)}
    apps = [app.name for app in settings.apps if app.name not in stopped]
    turn = _Turn(tx, room, settings, now)
    turn.take_singles(apps)
    turn.take_jobs(apps)
    turn.save()
    return Claimed(tuple(turn.calls), turn.after, turn.needs, turn.is_more)


class _Turn:
    """One look at everything that waits."""

    def __init__(self, tx: Tx, room: Room, settings: Settings, now: datetime) -> None:
        self.tx, self.settings, self.now = tx, settings, now
        self.room, self.tokens = room, dict(room.tokens)
        self.calls: list[Call] = []
        self.numbers: set[SealedNumber] = set()
        self.after, self.is_more = room.after, False
        self.needs: dict[str, int] = {}
        self.looked_at = 0
        self.opened: dict[str, tuple[str, ...]] = {}
        #: Jobs somebody else has said yes to.
        self.agreed: set[RequestId] = set()
        self.days: dict[str, limits.Day] = {}
        self.held: set[RequestId] = set()

    def take_singles(self, apps: Sequence[str]) -> None:
        """Codes and alerts before everything else; none of them waits for a job."""
        for is_urgent in (True, False):
            limit = min(self.room.calls, self.room.numbers) - len(self.calls)
            found = message_queue.due_singles(
                self.tx, apps, now=self.now, limit=limit, is_urgent=is_urgent
            )
            free = self._readable(self._unfenced(found))
            good = singles.judge(self.tx, free, self.settings.sending.marketing_hours, self.now)
            self.numbers -= {each.sealed for each in free} - {each.sealed for each in good}
            # Where many are left out, the others would wait for the next ring.
            self.is_more = self.is_more or (len(found) == limit > len(good))
            self._start(
                [self._call([each], from_ms(each.give_up_at_ms), job=None) for each in good]
            )
            for each in good:
                self._count(each)
                cards.touch(self.tx, each.request_id, self.now)

    def _readable(self, found: Sequence[Waiting]) -> list[Waiting]:
        """A row that is damaged is left out, so that it keeps nobody else from being sent."""
        good: list[Waiting] = []
        for each in found:
            if each.number and self._is_readable(each.sealed_values):
                good.append(each)
            else:
                self.numbers.discard(each.sealed)
                singles.leave_out(self.tx, [(each.id, each.request_id)], UNREADABLE, self.now)
        return good

    def _is_readable(self, sealed: str) -> bool:
        try:
            self._values(sealed)
        except WrongDataKey:
            return False
        return True

    def take_jobs(self, apps: Sequence[str]) -> None:
        """Every job in turn, as far as room and tokens go."""
        claimable = [job for job in jobs.find_claimable(self.tx) if job.app in apps]
        self.agreed = {job.request_id for job in claimable if job.is_agreed}
        open_now = [job for job in claimable if self._is_open(job)]
        turns = deque(_from(open_now, self.room.after))
        share = max(1, self._left()[0] // max(1, len(turns)))
        while turns:
            job = turns.popleft()
            calls, numbers = self._left()
            size = self._size(job)
            # Who is next waits for room and tokens, so that smaller calls do not starve it.
            if calls < 1 or numbers < size or self.looked_at >= LOOKED_AT_ONCE:
                self.is_more = self.is_more or self.looked_at >= LOOKED_AT_ONCE
                return
            tokens = self.tokens[job.app]
            if tokens < size:
                self.needs[job.app] = size
                continue
            whole_calls = min(share, calls, numbers // size, tokens // size)
            if self._take_some(job, whole_calls * size, size):
                turns.append(job)

    def _take_some(self, job: Claimable, limit: int, size: int) -> bool:
        """Commits up to `limit` messages of a job; returns whether it may have more."""
        limit = min(limit, LOOKED_AT_ONCE - self.looked_at)
        found = message_queue.waiting_of_job(self.tx, job.request_id, now=self.now, limit=limit)
        self.looked_at += len(found)
        good = self._judge(job, self._readable(self._unfenced(found))) if found else []
        calls = [self._call(part, job.ends_at, job=job.request_id) for part in _parts(good, size)]
        self._start(calls)
        self.tokens[job.app] -= len(good)
        if good:
            self.after = job.request_id
        return len(found) == limit and job.request_id not in self.held

    def save(self) -> None:
        """What was begun counts on this day."""
        for day in self.days.values():
            day.save(self.settings)

    def _left(self) -> tuple[int, int]:
        """Calls and numbers that jobs may still put under way."""
        singles = sum(call.job is None for call in self.calls)
        of_jobs = len(self.calls) - singles
        numbers_of_jobs = len(self.numbers) - singles
        calls = min(self.room.job_calls - of_jobs, self.room.calls - len(self.calls))
        numbers = min(
            self.room.job_numbers - numbers_of_jobs, self.room.numbers - len(self.numbers)
        )
        return calls, numbers

    def _is_open(self, job: Claimable) -> bool:
        if self.now >= job.ends_at:
            return False
        hours = self.settings.sending.marketing_hours
        return job.class_ is not TemplateClass.MARKETING or marketing_hours.is_open(hours, self.now)

    def _size(self, job: Claimable) -> int:
        """How many of a job's messages share a call."""
        if not job.is_equal or job.class_ in URGENT:
            return 1
        sending = self.settings.sending
        # Never more than there can ever be tokens or room for.
        return min(sending.batch, sending.per_s, self.room.most_numbers)

    def _unfenced(self, found: Sequence[Waiting]) -> list[Waiting]:
        """Each number once: a second message to it waits until the first is settled."""
        free: list[Waiting] = []
        for each in found:
            if each.sealed not in self.numbers:
                self.numbers.add(each.sealed)
                free.append(each)
        return free

    def _judge(self, job: Claimable, found: Sequence[Waiting]) -> list[Waiting]:
        """Those that may go; the others are left out, or wait for a time of their own."""
        out = self._opted_out(job, found)
        said_no = [(each.id, OPTED_OUT) for each in found if each.sealed in out]
        message_queue.skip(self.tx, said_no, by=BY_RULE, now=self.now)
        good = self._within_limits(job, [each for each in found if each.sealed not in out])
        self.numbers -= {each.sealed for each in found} - {each.sealed for each in good}
        if len(good) < len(found):
            jobs.mark(self.tx, job.request_id)
        return good

    def _within_limits(self, job: Claimable, found: Sequence[Waiting]) -> list[Waiting]:
        """A total that is used up holds the whole job: what is left of it waits for a person."""
        good: list[Waiting] = []
        skipped: list[tuple[Waiting, Use]] = []
        later: list[tuple[MessageId, str, datetime]] = []
        for each, verdict in self._verdicts(job, found):
            hit = verdict.hit if verdict else None
            if verdict is None or hit is None:
                good.append(each)
                self._count(each)
            elif verdict.is_total_used_up:
                job_flow.hold(self.tx, job.request_id, StopReason.TOTAL_STOP, self.now)
                self.held.add(job.request_id)
                break
            elif verdict.next_permitted_at is None or verdict.next_permitted_at >= job.ends_at:
                skipped.append((each, hit))
            else:
                later.append((each.id, hit.rule.value, verdict.next_permitted_at))
        self._skip(job.app, skipped)
        message_queue.put_off(self.tx, later, self.now)
        return good

    def _verdicts(
        self, job: Claimable, found: Sequence[Waiting]
    ) -> Iterator[tuple[Waiting, Verdict | None]]:
        """What the limits say of each as its turn comes; None where nothing can be said against
        it."""
        today = self._today(job.app)
        is_free = today.is_surely_free(job.class_)
        known = today.histories([each.sealed for each in found])
        for each in found:
            history = known.get(each.sealed, ())
            if is_free and not history:
                yield each, None
                continue
            country = limits.country_of(each.country, each.number)
            wanted = Wanted(each.class_, each.content, country)
            yield each, today.judge(each.sealed, wanted, history, is_begun=self._counts(each))

    def _counts(self, waiting: Waiting) -> bool:
        """Whether it counts on this day already."""
        at_ms = waiting.counted_at_ms
        return at_ms is not None and day_of(from_ms(at_ms)) == day_of(self.now)

    def _count(self, waiting: Waiting) -> None:
        """A message counts on every day it is tried on, once."""
        if not self._counts(waiting):
            country = limits.country_of(waiting.country, waiting.number)
            self._today(waiting.app).begin(country)

    def _today(self, name: str) -> limits.Day:
        day = self.days.get(name)
        if day is None:
            app = next(each for each in self.settings.apps if each.name == name)
            day = self.days[name] = limits.Day(self.tx, app, self.now)
        return day

    def _skip(self, app: str, skipped: Sequence[tuple[Waiting, Use]]) -> None:
        ids = [(each.id, hit.rule.value) for each, hit in skipped]
        message_queue.skip(self.tx, ids, by=BY_RULE, now=self.now)
        refusals = [
            LimitRefusal(
                app=each.app,
                at=self.now,
                request_id=each.request_id,
                number=each.sealed,
                content=each.content,
                class_=each.class_,
                country=limits.country_of(each.country, each.number),
                rule=hit.rule.value,
            )
            for each, hit in skipped
        ]
        limit_counts.add_refusals(self.tx, refusals)
        refused = [(each.request_id, hit) for each, hit in skipped]
        limit_alerts.hold(self.tx, app, refused, self.settings, self.now)

    def _opted_out(self, job: Claimable, found: Sequence[Waiting]) -> set[SealedNumber]:
        """Messages abroad carry no signature, and are asked about without one."""
        out: set[SealedNumber] = set()
        for signature in {each.signature for each in found}:
            sealed = [each.sealed for each in found if each.signature == signature]
            out |= optouts.among(self.tx, sealed, signature, job.class_)
        return out

    def _call(
        self, found: Sequence[Waiting], give_up_at: datetime, *, job: RequestId | None
    ) -> Call:
        attempt, first = new_attempt_id(), found[0]
        return Call(
            app=first.app,
            template_id=first.template_id,
            signature=first.signature,
            values=self._values(first.sealed_values),
            attempt=attempt,
            attempts=tuple(
                Attempt(
                    each.id,
                    each.request_id,
                    each.number,
                    each.class_,
                    attempt,
                    each.attempts + 1,
                    give_up_at,
                    job is not None,
                    job in self.agreed,
                    each.app,
                    each.country,
                    self.now,
                    each.template_id,
                    each.signature,
                )
                for each in found
            ),
            signed_at=self.now,
            job=job,
        )

    def _values(self, sealed: str) -> tuple[str, ...]:
        """Opened once for all that share them."""
        values = self.opened.get(sealed)
        if values is None:
            values = self.opened[sealed] = messages.values_of(self.tx, sealed)
        return values

    def _start(self, calls: Sequence[Call]) -> None:
        pairs = [(each.id, call.attempt) for call in calls for each in call.attempts]
        message_attempts.start(self.tx, pairs, self.now)
        counting.count_begun(self.tx, (each for call in calls for each in call.attempts))
        self.calls += calls


def _from(claimable: Sequence[Claimable], after: str) -> list[Claimable]:
    """Those behind the one that was served last come first."""
    places = [place for place, job in enumerate(claimable, 1) if job.request_id == after]
    first = places[0] if places else 0
    return [*claimable[first:], *claimable[:first]]


def _parts(found: Sequence[Waiting], size: int) -> Iterator[Sequence[Waiting]]:
    """What shares a call: all mainland or all not, under one signature."""
    if size == 1:
        yield from ([each] for each in found)
        return
    sides: dict[tuple[bool, str], list[Waiting]] = {}
    for each in found:
        side = each.number.startswith(MAINLAND), each.signature
        sides.setdefault(side, []).append(each)
    for alike in sides.values():
        for first in range(0, len(alike), size):
            yield alike[first : first + size]
