"""Sends what waits: commit the attempts of a group of calls, make them, save what they came to.

One turn after another, for as long as anything is under way: a turn hands over what calls have come
to and claims the next ones, both in the next commit. Claims run a little ahead, so that the next
call begins as soon as one ends; how many messages that can put in doubt is bounded all the same.
A call that could not begin soon is taken back instead: not a byte of it has left, and whoever
pauses, cancels or stops meanwhile is obeyed.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.errors import StorageError, WrongDataKey
from bot.rules import pace
from bot.rules.codes import Retry, code_of
from bot.rules.numbers import mask
from bot.rules.pace import Bucket
from bot.rules.retries import Why, backoff_s
from bot.tencent.wire import SendOrder
from handlers.flows import claims, delivery, drifts, refusals
from handlers.flows.claims import Call, Claimed, Room
from handlers.flows.delivery import End
from handlers.services import Services
from storage import message_queue

log = logging.getLogger("smsops.send")
#: Between two tries to save an answer that Tencent gave and the disk did not take.
SAVE_AGAIN_S = 1.0
#: Calls, and a share of the numbers, that jobs leave to single messages.
KEPT_CALLS = 2
KEPT_NUMBERS = 0.1
#: Fewer calls than this have no room to spare.
FEW_CALLS = 8
OF_JOB = True
#: Claims run ahead by the calls that begin within this time, and by half of all at the most.
AHEAD_S = 0.05
#: No call begins later than this after its commit.
READY_FOR_S = 0.5
#: How long a call is taken to last once some could not begin: nothing is claimed ahead until calls
#: are quick again.
STALLED_S = 10.0
#: While there are calls to begin, answers are gathered for so long before they are saved.
GATHER_S = 0.005
#: How much the last call counts in how long a call takes.
WEIGHT = 0.1
NOTHING = Claimed((), "", {}, is_more=False)


async def run(services: Services, now: datetime) -> datetime | None:
    """Sends until nothing may go; returns when something may."""
    return await _Sender(services).run()


class _Sender:
    """What is under way, and what it came to where that is not saved yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._bell = services.messages_due
        self._sdk_app_ids = {app.name: app.sdk_app_id for app in services.settings.apps}
        self._under_way: set[asyncio.Task[None]] = set()
        #: Committed in flight and not begun, and when: by the clock of the loop.
        self._ready: deque[tuple[Call, float]] = deque()
        #: Out of `_ready` and never begun: not taken back yet.
        self._unbegun: list[Call] = []
        self._busy = 0
        #: By app, until when jobs leave it alone.
        self._rests: dict[str, datetime] = {}
        self._call_s = 1.0
        self._calls, self._numbers = Counter[bool](), Counter[bool]()
        self._ends: list[End] = []
        self._after = ""
        self._ringing: asyncio.TimerHandle | None = None
        self._broken: Exception | None = None

    async def run(self) -> datetime | None:
        """Ends when nothing is under way, unsaved or about to get its tokens."""
        try:
            while await self._turn():
                await self._bell.wait()
                if self._ready:
                    await asyncio.sleep(GATHER_S)
        finally:
            # Cancelled, late at the end of the process: what is open is left in flight.
            for task in self._under_way:
                task.cancel()
            self._ring_in(None)
        if self._broken is not None:
            raise self._broken
        return await self._services.db.read(message_queue.next_due)

    async def _turn(self) -> bool:
        """Saves and claims; returns whether there is a next turn to wait for."""
        self._bell.clear()
        self._ring_in(None)
        await self._take_back()
        ends, self._ends = self._ends, []
        # Queued for the writer ahead of the claim, so that they share its commit.
        saving = self._submit(ends)
        claimed = await self._claim()
        since = asyncio.get_running_loop().time()
        await self._save(ends, saving)
        for call in claimed.calls:
            self._count(call, 1)
            # Nobody's code waits behind a job.
            (self._ready.append if call.job else self._ready.appendleft)((call, since))
        self._begin()
        is_waiting = self._wait_for_tokens(claimed)
        if self._ready or self._unbegun:
            self._ring_in(READY_FOR_S)
        if claimed.is_more or self._ends:
            self._bell.set()
        is_open = self._under_way or self._ready or self._unbegun
        return bool(is_open or self._bell.is_set() or is_waiting)

    async def _take_back(self) -> None:
        """What was committed and could not begin waits again, for its next turn."""
        self._sort_out()
        calls, self._unbegun = self._unbegun, []
        attempts = [attempt for call in calls for attempt in call.attempts]
        if not attempts:
            return
        services, self._call_s = self._services, max(self._call_s, STALLED_S)
        try:
            await services.db.write(delivery.take_back, attempts, services.clock())
        except StorageError as error:
            log.error("nothing taken back", extra={"event": "save_failed", "reason": str(error)})
            self._unbegun += calls
            return
        except Exception as error:
            # In flight still, and looked after as doubts.
            self._broken = error
        for call in calls:
            self._count(call, -1)
            self._refill(call.app, len(call.attempts))

    def _sort_out(self) -> None:
        """Takes out of `_ready` what is too old, or what the end of the process came before."""
        oldest = asyncio.get_running_loop().time() - READY_FOR_S
        is_over = self._services.stopping.is_set()
        fresh = [each for each in self._ready if each[1] >= oldest and not is_over]
        self._unbegun += [each[0] for each in self._ready if each[1] < oldest or is_over]
        self._ready = deque(fresh)

    def _submit(
        self, ends: Sequence[End], *, are_told: bool = False
    ) -> "asyncio.Future[None] | None":
        """Queues what they came to. `are_told`: what was refused of them is counted already."""
        if not ends:
            return None
        services, now = self._services, self._services.clock()
        saving = services.db.submit(delivery.settle, ends, now)
        # Behind it in the same commit, and by itself: what breaks there leaves the answers saved.
        looking = services.db.submit(drifts.look, ends, services.settings, now)
        looking.add_done_callback(partial(self._looked, "drift"))
        if not are_told and refusals.are_news(ends):
            telling = services.db.submit(refusals.look, ends, services.settings, now)
            telling.add_done_callback(partial(self._looked, "refusals"))
        return saving

    def _looked(self, what: str, looking: "asyncio.Future[int]") -> None:
        if looking.cancelled():
            return
        error = looking.exception()
        if error is not None:
            log.error(f"no look for {what}", extra={"event": f"{what}_failed"}, exc_info=error)
        elif looking.result():
            self._services.alerts_due.set()

    async def _save(self, ends: Sequence[End], saving: "asyncio.Future[None] | None") -> None:
        """Saves answers until the disk takes them: they are known nowhere else."""
        while saving is not None:
            try:
                await saving
                saving = None
            except Exception as error:
                # A damaged row is no fault of the disk: another try would find the same.
                if isinstance(error, StorageError) and not isinstance(error, WrongDataKey):
                    reason = {"event": "save_failed", "reason": str(error)}
                    log.error("answer not saved", extra=reason)
                    await asyncio.sleep(SAVE_AGAIN_S)
                    saving = self._submit(ends)
                    continue
                saving = None
                await self._save_each(ends, error)
        if any(not end.attempt.is_of_job for end in ends):
            self._services.cards_due.set()

    async def _save_each(self, ends: Sequence[End], error: Exception) -> None:
        """One of them cannot be saved: the others can."""
        if len(ends) == 1:
            # Its attempt is in flight still, and is looked after as a doubt.
            self._log_broken("send broke off", error)
            return
        for end in ends:
            await self._save([end], self._submit([end], are_told=True))

    async def _claim(self) -> Claimed:
        """What may go now, committed in flight; its tokens are taken before."""
        services, now = self._services, self._services.clock()
        if services.stopping.is_set() or self._broken is not None:
            return NOTHING
        room = self._room(self._take_tokens(now))
        claimed = NOTHING
        try:
            claimed = await services.db.write(claims.claim, room, services.settings, now)
        except StorageError as error:
            log.error("nothing claimed", extra={"event": "claim_failed", "reason": str(error)})
            self._ring_in(SAVE_AGAIN_S)
        except Exception as error:
            # What is under way comes to its end all the same.
            self._broken = error
        self._give_back(room.tokens, claimed)
        self._after = claimed.after or self._after
        return claimed

    def _room(self, tokens: Mapping[str, int]) -> Room:
        sending = self._services.settings.sending
        most_numbers = max(1, round(sending.numbers_at_once * (1 - KEPT_NUMBERS)))
        ahead = min(sending.calls_at_once // 2, int(sending.calls_at_once * AHEAD_S / self._call_s))
        most_calls = sending.calls_at_once + ahead
        return Room(
            calls=most_calls - self._calls.total(),
            numbers=sending.numbers_at_once - self._numbers.total(),
            job_calls=most_calls - self._kept_calls - self._calls[OF_JOB],
            job_numbers=most_numbers - self._numbers[OF_JOB],
            most_numbers=most_numbers,
            tokens=tokens,
            after=self._after,
        )

    @property
    def _kept_calls(self) -> int:
        is_few = self._services.settings.sending.calls_at_once < FEW_CALLS
        return 0 if is_few else KEPT_CALLS

    def _take_tokens(self, now: datetime) -> dict[str, int]:
        """All there are: what is not claimed is given back."""
        taken = {}
        for app in self._sdk_app_ids:
            bucket = self._bucket(app, now)
            taken[app] = pace.available(bucket, now)
            self._services.pace[app] = pace.take(bucket, taken[app], now)
        return taken

    def _give_back(self, taken: Mapping[str, int], claimed: Claimed) -> None:
        """Single messages never wait for tokens: they may take more than there were."""
        spent = Counter[str]()
        for call in claimed.calls:
            spent[call.app] += len(call.attempts)
        for app, tokens in taken.items():
            self._refill(app, tokens - spent[app])

    def _refill(self, app: str, tokens: int) -> None:
        """Tokens that were not needed; an app that jobs leave alone is left alone all the same."""
        now = self._services.clock()
        bucket = pace.give_back(self._bucket(app, now), tokens)
        until = self._rests.get(app)
        if until is not None and until > now:
            bucket = pace.rest(bucket, until, now)
        self._services.pace[app] = bucket

    def _bucket(self, app: str, now: datetime) -> Bucket:
        known = self._services.pace.get(app)
        return known or pace.full(self._services.settings.sending.per_s, now)

    def _wait_for_tokens(self, claimed: Claimed) -> bool:
        """Rings when the first job that had too few tokens may have enough."""
        now = self._services.clock()
        times = [
            pace.ready_at(self._bucket(app, now), tokens, now)
            for app, tokens in claimed.needs.items()
        ]
        if times:
            self._ring_in(max((min(times) - now).total_seconds(), 0.001))
        return bool(times)

    def _ring_in(self, seconds: float | None) -> None:
        """Rings then, or before where that was asked for; None: not at all."""
        loop = asyncio.get_running_loop()
        if self._ringing is not None:
            if seconds is not None and self._ringing.when() <= loop.time() + seconds:
                return
            self._ringing.cancel()
        self._ringing = None if seconds is None else loop.call_later(seconds, self._bell.set)

    def _count(self, call: Call, sign: int) -> None:
        is_of_job = call.job is not None
        self._calls[is_of_job] += sign
        self._numbers[is_of_job] += sign * len(call.attempts)

    def _begin(self) -> None:
        """Puts calls under way as far as there is room for them."""
        while (call := self._next()) is not None:
            task = asyncio.create_task(self._work(call))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _next(self) -> Call | None:
        """The call to begin now, if any may; jobs leave some room, so that a code has it at once
        where no answer comes."""
        oldest = asyncio.get_running_loop().time() - READY_FOR_S
        most = self._services.settings.sending.calls_at_once
        while self._ready:
            call, since = self._ready[0]
            if since < oldest or self._services.stopping.is_set():
                self._sort_out()
                self._bell.set()
                continue
            if self._busy >= most - (self._kept_calls if call.job else 0):
                return None
            self._ready.popleft()
            self._busy += 1
            return call
        return None

    async def _work(self, begun: Call) -> None:
        """A call, and as long as others are ready the next. Committed, each ends settled or, if the
        process dies, in doubt."""
        call: Call | None = begun
        while call is not None:
            if call.job is None:
                self._services.cards_due.set()
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            ends = await self._exchange(call)
            self._call_s += WEIGHT * (max(loop.time() - began_s, 0.001) - self._call_s)
            self._busy -= 1
            self._count(call, -1)
            self._ends += ends
            for end in ends:
                self._services.meters.sends.add(call.app, end.answer.fate.verdict.value)
            if call.job is None:
                self._log_end(ends[0])
            else:
                self._slow_down(call.app, ends[0])
            self._bell.set()
            call = self._next()

    async def _exchange(self, call: Call) -> Sequence[End]:
        """What Tencent said; where anything breaks on the way, nobody can tell: that is said."""
        services = self._services
        try:
            order = SendOrder(
                numbers=call.numbers,
                sdk_app_id=self._sdk_app_ids[call.app],
                template_id=call.template_id,
                sign=call.signature or None,
                values=call.values,
                session_context=call.attempt,
            )
            # The signature carries the committed time: five minutes on, no late copy is accepted.
            outcome = await services.tencent.send_sms(order, signed_at=call.signed_at)
            return delivery.read_outcome(call.attempts, outcome, services.clock())
        except Exception as error:
            self._log_broken("send broke", error)
            return delivery.unknown_ends(call.attempts, services.clock())

    def _slow_down(self, app: str, end: End) -> None:
        """Jobs leave an app alone for a while that cannot be reached, or wants fewer requests."""
        fate, now = end.answer.fate, self._services.clock()
        is_too_much = code_of(fate.code).retry is Retry.BACKOFF
        if fate.why is not Why.NEVER_LEFT and not is_too_much:
            return
        until = now + timedelta(seconds=backoff_s(end.attempt.attempts))
        self._rests[app] = until
        self._services.pace[app] = pace.rest(self._bucket(app, now), until, now)

    def _log_end(self, end: End) -> None:
        """Not for jobs: their card counts, and a million lines say no more."""
        log.info(
            "send settled",
            extra={
                "event": "send_settled",
                "request": end.attempt.request_id,
                "message_id": end.attempt.id,
                "attempt": end.attempt.attempt,
                "serial": end.answer.serial,
                "number": mask(end.attempt.number),
                "verdict": end.answer.fate.verdict.value,
                "code": end.answer.fate.code,
                "tencent_request": end.answer.tencent_request_id,
            },
        )

    def _log_broken(self, words: str, error: Exception) -> None:
        event = words.replace(" ", "_")
        log.error(words, exc_info=error, extra={"event": event})
