"""Two policies, held to the same attempts: which of them each would have let through.

Times are milliseconds since 1970 and never go back. An attempt is let if every cap allows it given
what the same policy let before. What no window reaches any more is forgotten, so memory follows the
busiest day and not the time that is replayed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from bot.rules.limits import total_scopes
from bot.rules.policies import CLASSES, NUMBER, SAME, Policy

HALF_MINUTE_MS, HOUR_MS, DAY_MS = 30_000, 3_600_000, 86_400_000
#: Mainland China is eight hours ahead of UTC all the year.
AHEAD_MS = 8 * HOUR_MS
#: By the word of a policy's key, longest first: of several caps the one that holds back longest is
#: told. 0 is the natural day.
WINDOWS_MS = {"day": 0, "hour": HOUR_MS, "30s": HALF_MINUTE_MS}
SAME_KEY = f"{SAME}.30s"
COUNTRY_OF = itemgetter(4)


class Attempted(NamedTuple):
    """A message that somebody wanted sent: what went out, and what a limit of ours refused.

    `number` and `content` are any texts that are equal for equal ones, `class_` is the value of a
    `TemplateClass`, `country` is ISO. Tencent refused what does not `count`: it takes a place of
    the day's totals, and none of its number's.
    """

    at_ms: int
    number: str
    content: str
    class_: str
    country: str
    segments: int = 1
    counts: int = 1


class KeptBack(NamedTuple):
    """An attempt, and the key of the cap that keeps it back under each policy; None lets it."""

    attempt: Attempted
    before: str | None
    after: str | None


class _Cap(NamedTuple):
    """A cap of one number: of everything, or of the attempt's class. `window_ms` is 0 for the
    natural day."""

    key: str
    window_ms: int
    allowed: int
    is_of_class: bool


@dataclass(slots=True)
class _Total:
    """A total that stops what goes beyond it; `begun` counts the day."""

    key: str
    allowed: int
    begun: int = 0


@dataclass(slots=True)
class _History:
    """What a policy let to one number, in order of time; of a class only where one is capped."""

    sent: list[Attempted]
    of_class: dict[str, list[Attempted]] = field(default_factory=dict)

    def add(self, attempt: Attempted, capped: Set[str]) -> None:
        self.sent.append(attempt)
        if attempt[3] in capped:
            self.of_class.setdefault(attempt[3], []).append(attempt)

    def copy(self) -> "_History":
        return _History(self.sent[:], {each: sent[:] for each, sent in self.of_class.items()})


@dataclass(slots=True)
class _Number:
    """A number that was written to more than once. Both policies share its history for as long as
    they let the same."""

    last: int
    before: _History
    after: _History


class _Side:
    """One policy: its caps, and how much of the day's totals is used."""

    def __init__(self, policy: Policy) -> None:
        self._same = policy.get(SAME, "30s")
        self._caps = {class_: tuple(_caps_of(policy, class_)) for class_ in CLASSES}
        #: By scope, and by country: those of its scopes.
        self._stops = {
            str(key): _Total(str(key), cap)
            for key, cap in policy.as_mapping().items()
            if key.endswith(".stop")
        }
        self._totals: dict[str, tuple[_Total, ...]] = {}
        self.capped = frozenset(
            class_ for class_, caps in self._caps.items() if any(cap.is_of_class for cap in caps)
        )
        self.has_stops = bool(self._stops)
        #: Something is kept back whatever went before it.
        self.has_zeros = 0 in policy.as_mapping().values()

    def turn_day(self) -> None:
        """Totals begin anew."""
        for total in self._stops.values():
            total.begun = 0

    def hit_of_number(
        self, history: _History | None, attempt: Attempted, midnight: int
    ) -> str | None:
        """The key of the cap of one number that keeps it back."""
        at, class_ = attempt[0], attempt[3]
        for key, window, allowed, is_of_class in self._caps[class_]:
            if history is None:
                sent: Sequence[Attempted] = ()
            else:
                sent = history.of_class.get(class_, ()) if is_of_class else history.sent
            if len(sent) >= allowed and (
                allowed == 0 or sent[-allowed][0] > (at - window if window else midnight - 1)
            ):
                return key
        if self._same is not None:
            return self._hit_of_text(() if history is None else history.sent, attempt, self._same)
        return None

    def hit_of_total(self, country: str) -> str | None:
        """The key of the total that keeps it back; where none does, it takes a place in each."""
        totals = self._totals_of(country)
        for total in totals:
            if total.begun >= total.allowed:
                return total.key
        for total in totals:
            total.begun += 1
        return None

    def is_near(self, sends: int) -> bool:
        """Whether so many more may be too many for a total."""
        return any(total.begun + sends > total.allowed for total in self._stops.values())

    def begin(self, sends: Mapping[str, int]) -> None:
        """So many more were let, by country."""
        for country, more in sends.items():
            for total in self._totals_of(country):
                total.begun += more

    def _hit_of_text(
        self, sent: Sequence[Attempted], attempt: Attempted, allowed: int
    ) -> str | None:
        """Whether the same text went to the number as often as is allowed in half a minute."""
        since, content, found = attempt[0] - HALF_MINUTE_MS, attempt[2], 0
        for each in reversed(sent):
            if found >= allowed or each[0] <= since:
                break
            found += each[2] == content
        return SAME_KEY if found >= allowed else None

    def _totals_of(self, country: str) -> tuple[_Total, ...]:
        totals = self._totals.get(country)
        if totals is None:
            keys = (f"{scope}.stop" for scope in total_scopes(country))
            totals = tuple(self._stops[key] for key in keys if key in self._stops)
            self._totals[country] = totals
        return totals


class Replay:
    """Two policies over one log. The caps of one number do not hold for `exempt` ones."""

    def __init__(self, before: Policy, after: Policy, exempt: Set[str]) -> None:
        self._before, self._after, self._exempt = _Side(before), _Side(after), exempt
        self._has_zeros = self._before.has_zeros or self._after.has_zeros
        self._capped = self._before.capped | self._after.capped
        #: Most numbers are written to once a day: the attempt itself is all there is to know.
        self._known: dict[str, Attempted | _Number] = {}
        #: All the others there were.
        self._numbers = set[str]()
        self._midnight = self._tomorrow = 0

    def kept_back(self, attempts: Sequence[Attempted]) -> list[KeptBack]:
        """Those of the next attempts that either policy keeps back. What is let counts from then
        on; a second call goes on where the first one ended."""
        is_near = self._is_near(attempts)
        found = self._judge(attempts, has_totals=is_near)
        if not is_near:
            self._count(attempts, found)
        return found

    def numbers(self) -> int:
        """How many different numbers there were."""
        self._numbers.update(self._known)
        return len(self._numbers)

    def _judge(self, attempts: Sequence[Attempted], *, has_totals: bool) -> list[KeptBack]:
        found: list[KeptBack] = []
        # Flat, and with names of its own: it runs a million times.
        exempt, known_of, has_zeros = self._exempt, self._known, self._has_zeros
        is_open = not (has_zeros or has_totals)
        tomorrow = self._tomorrow
        for attempt in attempts:
            at, number, _, _, country, _, counts = attempt
            if at >= tomorrow:
                known_of, tomorrow = self._turn_day(at), self._tomorrow
            known = known_of.get(number)
            is_bound = number not in exempt
            if known is None and is_open and is_bound and counts:
                known_of[number] = attempt
                continue
            if isinstance(known, tuple):
                known = self._number_of(known)
                known_of[number] = known
            before = after = None
            if is_bound and (known is not None or has_zeros):
                before, after = self._hits_of_number(known, attempt)
            if has_totals:
                before = before or self._before.hit_of_total(country)
                after = after or self._after.hit_of_total(country)
            if before is not None or after is not None:
                found.append(KeptBack(attempt, before, after))
            if counts and is_bound:
                self._note(known, attempt, before, after)
            else:
                self._numbers.add(number)
        return found

    def _hits_of_number(
        self, known: _Number | None, attempt: Attempted
    ) -> tuple[str | None, str | None]:
        midnight = self._midnight
        if known is None:
            return (
                self._before.hit_of_number(None, attempt, midnight),
                self._after.hit_of_number(None, attempt, midnight),
            )
        return (
            self._before.hit_of_number(known.before, attempt, midnight),
            self._after.hit_of_number(known.after, attempt, midnight),
        )

    def _number_of(self, first: Attempted) -> _Number:
        """A number whose first message both policies let."""
        history = _History([])
        history.add(first, self._capped)
        return _Number(first[0], history, history)

    def _note(
        self, known: _Number | None, attempt: Attempted, before: str | None, after: str | None
    ) -> None:
        """Wherever it was let, its number has it on its account."""
        if before is not None and after is not None:
            self._numbers.add(attempt[1])
            return
        if known is None:
            if before is None and after is None:
                self._known[attempt[1]] = attempt
                return
            history = _History([])
            known = self._known[attempt[1]] = _Number(attempt[0], history, history)
        known.last = attempt[0]
        is_shared = known.before is known.after
        if is_shared and (before is not None or after is not None):
            known.after, is_shared = known.before.copy(), False
        if before is None:
            known.before.add(attempt, self._capped)
        if after is None and not is_shared:
            known.after.add(attempt, self._capped)

    def _is_near(self, attempts: Sequence[Attempted]) -> bool:
        """Whether a day or a total may end within these. Where none can, all of them are counted
        together."""
        sides = self._before, self._after
        if not any(side.has_stops for side in sides):
            return False
        is_another_day = bool(attempts) and attempts[-1][0] >= self._tomorrow
        return is_another_day or any(side.is_near(len(attempts)) for side in sides)

    def _count(self, attempts: Sequence[Attempted], kept: Sequence[KeptBack]) -> None:
        """What was let, in the day's totals."""
        for nth, side in enumerate((self._before, self._after), start=1):
            if side.has_stops:
                begun = Counter(map(COUNTRY_OF, attempts))
                begun.subtract(each.attempt[4] for each in kept if each[nth] is not None)
                side.begin(begun)

    def _turn_day(self, at: int) -> "dict[str, Attempted | _Number]":
        """Of the days before, only the last hour matters."""
        since = at - HOUR_MS
        self._numbers.update(self._known)
        self._known = {
            number: known
            for number, known in self._known.items()
            if (known[0] if isinstance(known, tuple) else known.last) > since
        }
        self._before.turn_day()
        self._after.turn_day()
        self._midnight = (at + AHEAD_MS) // DAY_MS * DAY_MS - AHEAD_MS
        self._tomorrow = self._midnight + DAY_MS
        return self._known


def _caps_of(policy: Policy, class_: str) -> Iterator[_Cap]:
    """The caps that count one number, in the order in which they are told."""
    for word, window in WINDOWS_MS.items():
        for scope in (NUMBER, class_):
            allowed = policy.get(scope, word)
            if allowed is not None:
                yield _Cap(f"{scope}.{word}", window, allowed, scope == class_)
