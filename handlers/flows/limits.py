"""The frequency policy that holds for an app, and what it says of one more message."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.rules import limits as rules
from bot.rules.alerts import traffic
from bot.rules.classes import TemplateClass
from bot.rules.limits import HISTORY, Sent, Verdict, Wanted
from bot.rules.numbers import Number, read_number
from bot.rules.policies import Policy, is_looser
from bot.settings import App, Settings
from handlers.flows import alerts
from storage import jobs, limit_counts, limit_exemptions, message_queue, messages
from storage import limits as stored
from storage.db import Tx
from storage.limits import LimitChange
from storage.message_attempts import Attempt
from storage.messages import NewMessage
from storage.vault import SealedNumber

#: A simulation looks back on 30 days; what it needs of a day is there until that day is over.
WANTED_FOR = timedelta(days=32)

#: Messages in one transaction: other writers wait for it.
WOKEN_AT_ONCE = 1_000


def seed(tx: Tx, settings: Settings, now: datetime) -> None:
    """Keeps the policy of every app that was never seen before, as app.yaml has it.

    What app.yaml says later of an app that was seen is shown as a difference, and changes nothing.
    """
    for app in settings.apps:
        stored.seed(tx, app.name, app.limits.policy, now)


def policy_of(tx: Tx, app: App, now: datetime, *, is_foreseen: bool = False) -> Policy:
    """What holds for an app at `now`: its own policy, what was changed for good, and above that
    what was changed for a time. Of an app that was never seen, what app.yaml says."""
    known, changes = stored.standing(tx, app.name)
    base = app.limits.policy if known is None else known
    return composed(base, changes, now, is_foreseen=is_foreseen)


def permanent_policy_of(tx: Tx, app: App, now: datetime) -> Policy:
    """The same without what was changed for a time."""
    known, changes = stored.standing(tx, app.name)
    base = app.limits.policy if known is None else known
    return composed(base, changes, now, permanent_only=True)


def known_policy_of(
    tx: Tx,
    app: str,
    now: datetime,
    *,
    permanent_only: bool = False,
    is_foreseen: bool = False,
) -> Policy | None:
    """The same by the app's name alone; None of one that was never seen."""
    known, changes = stored.standing(tx, app)
    if known is None:
        return None
    return composed(known, changes, now, permanent_only=permanent_only, is_foreseen=is_foreseen)


def ends_of(tx: Tx, app: str, now: datetime) -> dict[str, datetime]:
    """When those caps of an app end by themselves that are changed for a while now."""
    _, changes = stored.standing(tx, app)
    brief = [
        each for each in stored.in_order(changes) if each.holds_at(now) and not each.is_unasked
    ]
    return {key: each.ends_at for each in brief if each.ends_at for key in each.caps}


def composed(
    policy: Policy,
    changes: Sequence[LimitChange],
    now: datetime,
    *,
    permanent_only: bool = False,
    is_foreseen: bool = False,
) -> Policy:
    """`policy` under the changes that hold at `now`; those for a time come last, and win.

    Of what nobody asked about yet that which lets no more through; `is_foreseen`: all of it, as it
    will hold at a later `now` if those who agreed to it still may then.
    """
    begun = [each for each in stored.in_order(changes) if each.holds_at(now)]
    for_good = [each for each in begun if each.ends_at is None]
    brief = [] if permanent_only else [each for each in begun if each.ends_at is not None]
    for change in (*for_good, *brief):
        is_whole = is_foreseen or not change.is_unasked
        policy = policy.with_changes(change.caps if is_whole else _tighter(change, policy))
    return policy


def _tighter(change: LimitChange, policy: Policy) -> dict[str, int | None]:
    known = policy.as_mapping()
    return {key: cap for key, cap in change.caps.items() if not is_looser(known.get(key), cap)}


def country_of(stored_country: str, e164: str) -> str:
    """The country a stored message goes to; one of an earlier program has none with it."""
    if stored_country:
        return stored_country
    number = read_number(e164)
    return number.country if isinstance(number, Number) else ""


def want_wake(tx: Tx, app: str) -> None:
    """The limits are others now: what waits for one is to be judged anew, by `wake`."""
    stored.note_waking(tx, app, ("", ""))


def is_waking(tx: Tx) -> bool:
    """Whether that is wanted of any app."""
    return bool(stored.find_waking(tx))


def wake(tx: Tx, now: datetime) -> bool:
    """Has some of what waits judged anew, where that is wanted; returns whether there may be more.

    A million rows are no single transaction's. It goes through each job once: what is put off again
    meanwhile was judged by the limits of now, and is not come back to.
    """
    room = WOKEN_AT_ONCE
    for app, (reached, behind) in stored.find_waking(tx).items():
        for request_id in jobs.of_app(tx, app):
            if request_id < reached:
                continue
            last = behind if request_id == reached else ""
            woken = message_queue.wake(tx, request_id, last, now=now, limit=room)
            room -= len(woken)
            if room <= 0:
                stored.note_waking(tx, app, (request_id, woken[-1]))
                return True
        stored.note_waking(tx, app, None)
    return False


def forget_refusals(tx: Tx, app: App, now: datetime, limit: int) -> int:
    """Deletes some of what no simulation looks back on any more; returns how many."""
    return limit_counts.forget_refusals(tx, app.name, now - WANTED_FOR, limit)


def uncount(tx: Tx, first_tries: Sequence[Attempt]) -> None:
    """Takes back what was counted of first attempts that never began: they will be first again."""
    begun: dict[tuple[str, date], Counter[str]] = {}
    for each in first_tries:
        key = each.app, rules.day_of(each.signed_at)
        begun.setdefault(key, Counter())[country_of(each.country, each.number)] -= 1
    for (app, day), fewer in begun.items():
        limit_counts.count(tx, app, day, fewer)


class Day:
    """The limits of one app in one transaction: what holds, and what was begun on this day."""

    def __init__(self, tx: Tx, app: App, now: datetime) -> None:
        self._tx, self._app, self._now = tx, app, now
        known, self._changes = stored.standing(tx, app.name)
        self._base = app.limits.policy if known is None else known
        self._policy = composed(self._base, self._changes, now)
        self._has_totals = rules.has_totals(self._policy)
        day = rules.day_of(now)
        self._totals = limit_counts.totals(tx, app.name, day) if self._has_totals else {}
        self._begun: Counter[str] = Counter()

    def verdict(self, message: NewMessage) -> Verdict:
        """Whether a message that is to be stored may be, by what is known of its number."""
        known = self.histories([message.number])
        wanted = Wanted(message.class_, message.content, message.country)
        return self.judge(message.number, wanted, known.get(message.number, ()))

    def histories(self, numbers: Sequence[SealedNumber]) -> dict[SealedNumber, list[Sent]]:
        """What the caps of one number count, of each that was sent anything."""
        since = self._now - HISTORY
        return messages.histories(self._tx, numbers, app=self._app.name, since=since, now=self._now)

    def judge(
        self,
        sealed: SealedNumber,
        wanted: Wanted,
        history: Sequence[Sent],
        *,
        is_begun: bool = False,
    ) -> Verdict:
        """One more message to a number, or one that was begun before and is counted in the totals.

        Whether the number is exempt is asked only where it matters.
        """
        totals = self._totals if self._has_totals and not is_begun else None
        found = rules.judge(self._policy, wanted, history, totals, self._now)
        if found.hit is None:
            return found
        is_exempt = self._is_exempt(sealed)
        if is_exempt:
            found = rules.judge(self._policy, wanted, history, totals, self._now, is_exempt=True)
        if found.hit is None or not self._turns():
            return found
        at = self._first_allowed(wanted, history, totals, is_exempt=is_exempt)
        return replace(found, next_permitted_at=at)

    def _turns(self) -> list[datetime]:
        """When other limits will hold: the changes agreed to begin and end by time alone."""
        times = {at for each in self._changes for at in (each.starts_at, each.ends_at)}
        return sorted(at for at in times if at is not None and at > self._now)

    def _first_allowed(
        self,
        wanted: Wanted,
        history: Sequence[Sent],
        totals: Mapping[str, int] | None,
        *,
        is_exempt: bool,
    ) -> datetime | None:
        """The first moment that the limits which hold then allow it, if nothing else is sent."""
        turns = self._turns()
        for begins, ends in zip((self._now, *turns), (*turns, None), strict=True):
            is_today = rules.day_of(begins) == rules.day_of(self._now)
            counted = totals if is_today or totals is None else {}
            is_later = begins > self._now
            policy = composed(self._base, self._changes, begins, is_foreseen=is_later)
            found = rules.judge(policy, wanted, history, counted, begins, is_exempt=is_exempt)
            if found.hit is None:
                return begins
            at = found.next_permitted_at
            if at is not None and (ends is None or at < ends):
                return at
        return None

    def is_surely_free(self, class_: TemplateClass) -> bool:
        """Whether every number that was sent nothing may get a message of `class_`."""
        return not self._has_totals and rules.is_free(self._policy, class_)

    def begin(self, country: str) -> None:
        """One more message to `country` is under way."""
        self._begun[country] += 1
        self._totals[country] = self._totals.get(country, 0) + 1

    def save(self, settings: Settings) -> None:
        """Keeps what was begun; where that took a total to its warning or its stop, it is an
        alert."""
        if not self._begun:
            return
        app, now = self._app.name, self._now
        limit_counts.count(self._tx, app, rules.day_of(now), self._begun)
        if self._has_totals and self._has_crossed():
            reached = traffic.totals(app, self._policy, self._totals, now)
            with self._tx.apart("alert"):
                alerts.observe(self._tx, traffic.TOTALS, reached, settings, now, app=app)
        self._begun.clear()

    def _has_crossed(self) -> bool:
        """Whether it was one of these. What was there before, and what limits that were put lower
        make of it, the watch tells."""
        for scope in {scope for country in self._begun for scope in rules.total_scopes(country)}:
            used = rules.total_of(scope, self._totals)
            before = used - rules.total_of(scope, self._begun)
            if traffic.reached(self._policy, scope, before) != traffic.reached(
                self._policy, scope, used
            ):
                return True
        return False

    def _is_exempt(self, sealed: SealedNumber) -> bool:
        return bool(limit_exemptions.among(self._tx, self._app.name, [sealed], self._now))
