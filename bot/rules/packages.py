"""How long the packages of an account last, and what of them expires unused.

Tencent tells what each package has used (SmsPackagesStatistics), and neither a balance nor a
forecast. A gift pays before a package that was bought (国内短信计费概述, 2021-07-20), of the others
the one that expires first: the page says the oldest, which is the same where they are valid equally
long. Only messages to the mainland are paid from packages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil

from bot.rules.content import Package
from bot.rules.package_usage import Usage

#: Tencent's word for messages that no package is left for, and for an account that owes money: the
#: app is refused whatever it sends (1033 of v5; another product's debt is enough).
NO_PACKAGE = "FailedOperation.InsufficientBalanceInSmsPackage"
IN_ARREARS = "UnauthorizedOperation.ServiceSuspendDueToArrears"
#: Packages are valid for two years. What lasts longer ends on no day that means anything.
HORIZON = timedelta(days=800)
#: So little is no segment: sums of hours are not exact.
NOTHING = 1e-3
#: The ends of a range are looked for so often: each look moves them by less.
LOOKS = 3
HOUR = timedelta(hours=1)


class End(StrEnum):
    """Why there is nothing left to send from."""

    USED = "used"
    EXPIRED = "expired"
    """The last package expires with something left in it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A send to many that is agreed and has still to use so many segments, at `at` or from now."""

    request_id: str
    at: datetime
    segments: int


@dataclass(frozen=True, slots=True)
class Unused:
    """What is left in a package when it expires."""

    package_id: str
    at: datetime
    segments: int


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of packages if usage is exactly so."""

    empty_at: datetime | None
    """The first moment at which nothing is left; None: not within `HORIZON`."""
    end: End | None
    again_at: datetime | None
    """When a package takes effect after that, where there is one."""
    short: tuple[tuple[str, int], ...]
    """Of planned sends, how many segments each lacks."""
    unused: tuple[Unused, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A runway in short, as it is told: times to the hour, `width` in whole hours."""

    empty_at: datetime | None
    end: End | None
    width: timedelta | None
    earliest: datetime | None


@dataclass(frozen=True, slots=True)
class Runway:
    """How long packages last: most probably until `empty_at`, in nine of ten futures not before
    `earliest` and not after `latest`. None: not within `HORIZON`."""

    at: datetime
    left_segments: int
    a_day: float
    """Segments used a day."""
    course: Course
    earliest: datetime | None
    latest: datetime | None

    @property
    def empty_at(self) -> datetime | None:
        return self.course.empty_at

    @property
    def width(self) -> timedelta | None:
        """How much earlier or later than `empty_at` it may be, in whole hours; None where that is
        longer than the whole time until then: it tells nothing but how soon."""
        if self.empty_at is None or self.latest is None or self.earliest is None:
            return None
        widest = max(self.latest - self.empty_at, self.empty_at - self.earliest)
        return None if widest > self.empty_at - self.at else ceil(widest / HOUR) * HOUR

    @property
    def outlook(self) -> Outlook:
        return Outlook(
            _to_the_hour(self.empty_at), self.course.end, self.width, _to_the_hour(self.earliest)
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """The packages of an account at one moment, after what was sent since Tencent spoke of them."""

    at: datetime
    seen_at: datetime
    """When Tencent last listed them."""
    packages: tuple[Package, ...]
    """In the order in which they pay."""
    planned: tuple[Planned, ...]
    runway: Runway | None
    """With what is planned; None where too little is known of what is usual."""
    without: Runway | None
    """The same without what is planned."""

    @property
    def left_segments(self) -> int:
        return sum(each.left_segments(self.at) for each in self.packages)

    @property
    def expires_at(self) -> datetime | None:
        """When the next package that has something left ends."""
        ends = (each.expires_at for each in self.packages if each.left_segments(self.at))
        return min(ends, default=None)

    @property
    def percent_left(self) -> int:
        """Of the packages in effect that are not used up."""
        in_use = [each for each in self.packages if each.left_segments(self.at)]
        total = sum(each.amount_segments for each in in_use)
        return 100 * self.left_segments // total if total else 0


def stock_of(
    packages: Sequence[Package],
    usage: Usage | None,
    planned: Sequence[Planned],
    *,
    seen_at: datetime,
    now: datetime,
) -> Stock:
    """All of it; `packages` as `left_now` gives them."""
    return Stock(
        at=now,
        seen_at=seen_at,
        packages=tuple(packages),
        planned=tuple(planned),
        runway=None if usage is None else runway(packages, usage, planned, now),
        without=None if usage is None else runway(packages, usage, (), now),
    )


def _to_the_hour(at: datetime | None) -> datetime | None:
    return None if at is None else (at + HOUR / 2).replace(minute=0, second=0, microsecond=0)


def turn(package: Package) -> tuple[bool, datetime, datetime, str]:
    """Which package pays first: the least."""
    since = package.created_at or package.effective_at
    return not package.is_gift, package.expires_at, since, package.package_id


def left_now(packages: Iterable[Package], spent_segments: int, now: datetime) -> list[Package]:
    """The packages in their turn, after they paid what was spent since Tencent spoke of them."""
    after = []
    for package in sorted(packages, key=turn):
        paid = min(spent_segments, package.left_segments(now))
        spent_segments -= paid
        after.append(package.with_used(package.used_segments + paid))
    return after


def runway(
    packages: Sequence[Package], usage: Usage, planned: Sequence[Planned], now: datetime
) -> Runway:
    """How long `packages` last from `now` on, with what is usual and what is planned."""
    course = follow(packages, usage, planned, now)
    return Runway(
        at=now,
        left_segments=sum(each.left_segments(now) for each in packages),
        a_day=usage.a_day,
        course=course,
        earliest=_edge(packages, usage, planned, now, course, 1),
        latest=_edge(packages, usage, planned, now, course, -1),
    )


def follow(
    packages: Sequence[Package], usage: Usage, planned: Sequence[Planned], now: datetime
) -> Course:
    """What becomes of `packages` if exactly what is usual and what is planned is used."""
    return _Run(packages, usage, planned, now).course()


def balances(
    packages: Sequence[Package],
    usage: Usage,
    planned: Sequence[Planned],
    now: datetime,
    moments: Sequence[datetime],
) -> list[int]:
    """Segments that are left at each of `moments`, which lie in order after `now`."""
    run = _Run(packages, usage, planned, now, looks=moments)
    run.course()
    return [int(run.seen[at]) for at in moments]


def _edge(
    packages: Sequence[Package],
    usage: Usage,
    planned: Sequence[Planned],
    now: datetime,
    course: Course,
    sign: int,
) -> datetime | None:
    """When nothing is left if so much more is used, or less, as the time until then may bring."""
    empty_at = course.empty_at
    for _ in range(LOOKS):
        span = (empty_at or now + HORIZON) - now
        factor = max(0.0, 1 + sign * usage.width(span.total_seconds()))
        empty_at = follow(packages, usage.times(factor), planned, now).empty_at
    return empty_at


class _Run:
    """From one moment at which something begins or ends to the next."""

    def __init__(
        self,
        packages: Sequence[Package],
        usage: Usage,
        planned: Sequence[Planned],
        now: datetime,
        looks: Sequence[datetime] = (),
    ) -> None:
        #: What is left at each of `looks`.
        self.seen = dict.fromkeys(looks, 0.0)
        self._usage, self._now, self._last = usage, now, now + HORIZON
        # Most that Tencent lists are used up: they neither pay nor expire with anything.
        self._packages = sorted(
            (each for each in packages if each.expires_at > now and each.has_some), key=turn
        )
        self._left = [float(each.amount_segments - each.used_segments) for each in self._packages]
        self._planned = [(max(now, each.at), each) for each in planned]
        self._empty_at: datetime | None = None
        self._end: End | None = None
        self._short: list[tuple[str, int]] = []
        self._unused: list[Unused] = []

    def course(self) -> Course:
        moments = {self._now, self._last, *self.seen}
        moments |= {each.effective_at for each in self._packages}
        moments |= {each.expires_at for each in self._packages} | {at for at, _ in self._planned}
        at = self._now
        for moment in sorted(each for each in moments if self._now <= each <= self._last):
            self._use(at, moment)
            self._arrive(moment)
            if moment in self.seen:
                self.seen[moment] = self._in_effect(moment)
            at = moment
        return Course(
            self._empty_at, self._end, self._again_at(), tuple(self._short), tuple(self._unused)
        )

    def _use(self, at: datetime, until: datetime) -> None:
        """What is usual between two moments: the packages in effect are the same all the time."""
        at_s, until_s = at.timestamp(), until.timestamp()
        needed = self._usage.between(at_s, until_s)
        left = self._in_effect(at)
        if left <= needed and left > NOTHING:
            empty_s = self._usage.when(at_s, left)
            if empty_s is not None and empty_s < until_s:
                self._note_empty(datetime.fromtimestamp(empty_s, UTC), End.USED)
        self._pay(min(needed, left), at)

    def _arrive(self, moment: datetime) -> None:
        """What ends at a moment, and what is planned for it."""
        end = End.USED
        for place, package in enumerate(self._packages):
            if package.expires_at == moment:
                unused = int(self._left[place] + NOTHING)
                if unused > 0:
                    end = End.EXPIRED
                    self._unused.append(Unused(package.package_id, moment, unused))
        for _, planned in (each for each in self._planned if each[0] == moment):
            left, end = self._in_effect(moment), End.USED
            if planned.segments > left + NOTHING:
                self._short.append((planned.request_id, ceil(planned.segments - left - NOTHING)))
            self._pay(min(planned.segments, left), moment)
        if self._in_effect(moment) <= NOTHING:
            self._note_empty(moment, end)

    def _in_effect(self, at: datetime) -> float:
        return sum(
            left
            for package, left in zip(self._packages, self._left, strict=True)
            if left > 0 and package.effective_at <= at < package.expires_at
        )

    def _pay(self, segments: float, at: datetime) -> None:
        for place, package in enumerate(self._packages):
            if package.effective_at <= at < package.expires_at:
                paid = max(0.0, min(segments, self._left[place]))
                self._left[place] -= paid
                segments -= paid

    def _note_empty(self, at: datetime, end: End) -> None:
        if self._empty_at is None:
            self._empty_at, self._end = at, end

    def _again_at(self) -> datetime | None:
        """The next package that has something in it when it takes effect."""
        empty_at = self._empty_at
        if empty_at is None:
            return None
        later = (each.effective_at for each in self._packages if each.effective_at > empty_at)
        return min(later, default=None)
