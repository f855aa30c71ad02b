"""Looks at what Tencent answered for a contradiction of what is declared of its console.

Right behind every settlement, in a write of its own: what breaks here undoes no settlement; behind
every look at Tencent's books too, for who got no answer may find it there. An app
nothing is declared of costs one statement a batch, and so does an accepted message wherever our own
limiter is at least as strict as the copy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from bot.rules import drift as rules
from bot.rules import retries
from bot.rules.doubts import SIGNATURE_LIFE, Entry, covers
from bot.rules.drift import Contradiction, Direction, Try
from bot.rules.figures import HOUR_S, NOTHING, Counts
from bot.rules.limits import day_of
from bot.rules.retries import Verdict
from bot.settings import App, Settings
from handlers.flows import declarations as declared
from handlers.flows import limits
from handlers.flows.delivery import Answer, End
from handlers.flows.doubts import BY_RECORD, BY_REPORT, Evidence
from storage import (
    declarations,
    doubts,
    limit_counts,
    limit_exemptions,
    messages,
    traffic,
    tries,
)
from storage.db import Tx
from storage.declarations import Copy, Drift
from storage.ids import MessageId
from storage.message_attempts import Attempt
from storage.messages import Message
from storage.tries import Others

ALONE = Others("", ())
OK = "Ok"


def look(tx: Tx, ends: Sequence[End], settings: Settings, now: datetime) -> int:
    """Keeps every contradiction nobody was told of, as an alert; returns how many."""
    return _look(tx, ends, settings, now, now)


def is_news(evidence: Evidence, *, is_settled: bool) -> bool:
    """Whether Tencent's books say of an attempt what no answer did: that it was taken, or that a
    rule of the console refused one to its number."""
    return is_settled or any(rules.is_code(each.request_code) for each in evidence.records)


def look_in_books(
    tx: Tx, message: Message, evidence: Evidence, settings: Settings, now: datetime
) -> int:
    """The same of what the books said at last of `message`, as it was in doubt. It is judged by
    when Tencent had it: what it was sent meanwhile does not count."""
    said = _said_in_books(tx, message, evidence)
    if said is None or message.attempt is None or message.signed_at is None:
        return 0
    code, sent_at = said
    fate = retries.judge_number(code, now=now, tries=message.attempts)
    attempt = Attempt(
        message.id,
        message.request_id,
        message.number,
        message.class_,
        message.attempt,
        message.attempts,
        message.give_up_at,
        is_of_job=False,
        is_agreed=False,
        app=message.app,
        country=message.country,
        signed_at=message.signed_at,
        template_id=message.template_id,
        signature=message.signature,
    )
    # Without its own time, the last moment at which Tencent can have taken it.
    at = min(now, sent_at or message.signed_at + SIGNATURE_LIFE)
    return _look(tx, [End(attempt, Answer(fate))], settings, now, at)


def _said_in_books(
    tx: Tx, message: Message, evidence: Evidence
) -> tuple[str, datetime | None] | None:
    """What they say of that attempt: a code, and when Tencent had it; None where nothing certain.

    A refusal has no serial number: it is known by its number and time, and settles no doubt.
    """
    settled = messages.get(tx, message.id)
    if (
        settled is not None
        and settled.attempt == message.attempt
        and settled.settled_by in {BY_RECORD, BY_REPORT}
    ):
        taken = (each for each in evidence.records if each.serial == settled.serial)
        return OK, next((each.sent_at for each in taken), None)
    others = doubts.others(tx, message)
    for record in evidence.records if evidence.may_eliminate else ():
        entry = Entry(record.serial, record.sent_at, record.received_at)
        if (
            rules.is_code(record.request_code)
            and record.number == message.number
            and message.signed_at is not None
            and covers(message.signed_at, entry)
            and not any(covers(other, entry) for other in others)
        ):
            return record.request_code, record.sent_at
    return None


def _look(tx: Tx, ends: Sequence[End], settings: Settings, now: datetime, at: datetime) -> int:
    found = 0
    for name in sorted({end.attempt.app for end in ends}):
        copy, app = declarations.copy_of(tx, name), settings.app(name)
        if copy is not None and app is not None:
            # What was on its way when somebody looked at the console does not contradict them.
            since = copy.declared_at
            mine = [
                end for end in ends if end.attempt.app == name and end.attempt.signed_at >= since
            ]
            found += _Look(tx, app, copy, settings, now, at).through(mine)
    return found


class _Look:
    """One look at what Tencent answered to one app; by `at` it had said so, which may be a while
    ago."""

    def __init__(
        self, tx: Tx, app: App, copy: Copy, settings: Settings, now: datetime, at: datetime
    ) -> None:
        self.tx, self.app, self.copy = tx, app, copy
        self.settings, self.now, self.at = settings, now, at
        #: By total and signature, as `_begun` counts it: a whole call meets the same one.
        self.begun: dict[tuple[str, datetime], tuple[int, int]] = {}

    @cached_property
    def known(self) -> set[tuple[str, Direction]]:
        """By key and direction, what somebody was told of already."""
        drifts = declarations.drifts(self.tx, self.app.name)
        return {(each.cap_key, each.direction) for each in drifts}

    def through(self, ends: Sequence[End]) -> int:
        """Returns how many contradictions are new."""
        accepted = [end for end in ends if end.answer.fate.verdict is Verdict.ACCEPTED]
        beyond, stops = self._exceedable() if accepted else ({}, {})
        calls = Counter(end.attempt.attempt for end in ends)
        refused = [end for end in ends if _is_about_rule(end, calls[end.attempt.attempt])]
        looked_at = [end.attempt.id for end in (*(accepted if beyond else ()), *refused)]
        first = min((end.attempt.signed_at for end in ends), default=self.now)
        others = tries.others(self.tx, looked_at, rules.looks_back(first))
        found = [
            *self._of_accepted(accepted if beyond else (), beyond, others),
            *self._of_passed(accepted if stops else (), stops),
            *self._of_refused(refused, others),
        ]
        return sum(self._keep(end, said) for end, said in found)

    def _exceedable(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The declared caps of a number, and the stops of a day, that our limiter lets a message go
        beyond and that are not known to be looser."""
        policy = limits.policy_of(self.tx, self.app, self.now)
        beyond, stops = (
            {key: cap for key, cap in caps.items() if (key, Direction.LOOSER) not in self.known}
            for caps in (
                rules.may_exceed(policy, self.copy.caps),
                rules.may_pass(policy, self.copy.caps),
            )
        )
        return beyond, stops

    def _of_accepted(
        self,
        ends: Sequence[End],
        beyond: Mapping[str, int],
        others: Mapping[MessageId, Others],
    ) -> Iterator[tuple[End, Contradiction]]:
        for end in ends:
            had = others.get(end.attempt.id, ALONE)
            before = [each for each in had.tries if each.last_at <= self.at]
            found = rules.judge_accepted(beyond, before, had.content, self.at)
            # Who is exempt here is probably so in the console, which is no contradiction.
            if found and not self._is_exempt(end.attempt.number):
                yield from ((end, each) for each in found)

    def _of_passed(
        self, ends: Sequence[End], stops: Mapping[str, int]
    ) -> Iterator[tuple[End, Contradiction]]:
        """An app's whole day, by what was accepted of it in whole hours of that day."""
        is_sure = bool(ends) and not rules.may_be_tomorrow(self.at)
        begun = limit_counts.totals(self.tx, self.app.name, day_of(self.at)) if is_sure else {}
        passed = {key: cap for key, cap in stops.items() if _counted(key, begun) > cap}
        accepted = self._accepted_today() if passed else {}
        for key, cap in passed.items():
            mine = [end for end in ends if rules.is_counted(key, end.attempt.country)]
            found = rules.judge_passed(key, cap, _counted(key, accepted))
            if mine and found is not None:
                yield mine[-1], found

    def _accepted_today(self) -> Counter[str]:
        """By country; without the first hour, in which Tencent's clock may have shown yesterday."""
        start = traffic.hour_of(rules.day_start(self.at)) + HOUR_S
        return Counter({country: counts.accepted for country, counts in self._since(start).items()})

    def _since(self, start_s: int) -> dict[str, Counts]:
        """What was signed from that hour on came to, by country."""
        until_s = traffic.hour_of(self.at) + HOUR_S
        found: dict[str, Counts] = {}
        for (country, _), counts in traffic.by_place(
            self.tx, self.app.name, start_s, until_s
        ).items():
            found[country] = found.get(country, NOTHING) + counts
        return found

    def _of_refused(
        self, ends: Sequence[End], others: Mapping[MessageId, Others]
    ) -> Iterator[tuple[End, Contradiction]]:
        for end in ends:
            code = end.answer.fate.code
            if code in rules.OF_DAY:
                found = self._of_day(end)
            else:
                found = self._of_number(end, others.get(end.attempt.id, ALONE))
            if found is not None:
                yield end, found

    def _of_number(self, end: End, had: Others) -> Contradiction | None:
        """Earlier tries of the same message were refused, and may have counted all the same."""
        signed_at, before = end.attempt.signed_at, end.attempt.attempts - 1
        left = before - tries.unsent(self.tx, end.attempt.id) if before else 0
        earlier = Try(signed_at, signed_at, had.content, False, left)
        return rules.judge_refused(
            end.answer.fate.code,
            self.copy.caps,
            [*had.tries, earlier],
            had.content,
            signed_at,
            exclusive=self.app.exclusive,
        )

    def _of_day(self, end: End) -> Contradiction | None:
        key = rules.total_key(end.answer.fate.code, end.attempt.country)
        meets = key, end.attempt.signed_at
        if meets not in self.begun:
            self.begun[meets] = self._begun(*meets)
        others, of_hours = self.begun[meets]
        # What is put back is not in the figures any more.
        of_hours -= end.answer.fate.verdict is Verdict.REFUSED
        return rules.judge_total(key, self.copy.caps, others, max(others, of_hours))

    def _begun(self, key: str, signed_at: datetime) -> tuple[int, int]:
        """What else counts in a total on the day of a signature, and on the one before where
        Tencent's clock may show that; and, by the figures, all of the hours that may count."""
        today, shown = day_of(signed_at), day_of(signed_at - rules.DAY_MARGIN)
        # All that was begun on that day holds the one that was refused.
        others = max(self._of_total(key, today) - 1, 0)
        if shown != today:
            others += self._of_total(key, shown)
        by_country = self._since(traffic.hour_of(rules.day_since(signed_at)))
        return others, _counted(key, {each: counts.begun for each, counts in by_country.items()})

    def _of_total(self, key: str, day: date) -> int:
        return _counted(key, limit_counts.totals(self.tx, self.app.name, day))

    def _is_exempt(self, number: str) -> bool:
        sealed = self.tx.vault.seal_number(number)
        return bool(limit_exemptions.among(self.tx, self.app.name, [sealed], self.now))

    def _keep(self, end: End, said: Contradiction) -> bool:
        """Keeps it and has it told; False where this key and direction were known."""
        if (said.key, said.direction) in self.known:
            return False
        self.known.add((said.key, said.direction))
        drift = Drift(
            app=self.app.name,
            nth=self.copy.nth,
            cap_key=said.key,
            direction=said.direction,
            at=self.now,
            message_id=end.attempt.id,
            code=end.answer.fate.code,
            declared=said.declared,
            counted=said.counted,
            is_proof=said.is_proof,
        )
        if not declarations.add_drift(self.tx, drift):
            return False
        declared.tell_drifts(self.tx, self.app, self.settings, self.now)
        return True


def _counted(key: str, by_country: Mapping[str, int]) -> int:
    return sum(count for each, count in by_country.items() if rules.is_counted(key, each))


def _is_about_rule(end: End, in_call: int) -> bool:
    """Refused by a rule of the console, and said of this number: one error for a whole call does
    not tell whose rule it was."""
    is_of_number = in_call == 1 or end.answer.fee_segments is not None
    return is_of_number and rules.is_code(end.answer.fate.code)
