"""What the messages of an account usually cost by the hour of the week, and how far that varies.

Hours are named by the UTC second they begin with. An hour of the week comes again every 168 hours:
the mainland's clocks are never put forward or back.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from math import sqrt
from statistics import fmean, variance

from bot.rules.content import Package
from bot.rules.figures import DAY_S, HOUR_S, WEEK_S

WEEK_HOURS, DAY_HOURS = 168, 24
#: The mainland's days begin so long before UTC's.
MAINLAND_AHEAD_S = 8 * HOUR_S
#: What is looked back on.
HISTORY_S = 4 * WEEK_S
#: With fewer hours known nothing is said: a day has hours that no other hour stands for.
HOURS_MIN = DAY_HOURS
#: Fewer days do not tell how days vary: then half of a day's usage is taken for it.
DAYS_MIN, YOUNG_SHARE = 3, 0.5
#: Nine of ten futures lie between the ends of a range (normal distribution, 5 % beyond each end).
WIDTH = 1.645


@dataclass(frozen=True)
class Usage:
    """Segments an hour for each of the 168 hours of the week, in the order in which they began at
    the UTC second 0; `day_deviation` is how far a day is from the usual one (standard deviation,
    segments), and so many `days` are known."""

    by_hour: tuple[float, ...]
    day_deviation: float
    days: float

    @property
    def a_day(self) -> float:
        """Segments of a day, on the average of a week."""
        return self._sums[-1] / 7

    @cached_property
    def _sums(self) -> tuple[float, ...]:
        """What a week has used up to each hour, and up to its end."""
        return (0.0, *accumulate(self.by_hour))

    def between(self, from_s: float, to_s: float) -> float:
        """Segments from one UTC second up to another."""
        start = from_s - from_s % WEEK_S
        return self._since(to_s - start) - self._since(from_s - start)

    def when(self, from_s: float, segments: float) -> float | None:
        """The first UTC second at which so many segments are used since `from_s`; None: never."""
        if segments <= 0:
            return from_s
        a_week, start = self._sums[-1], from_s - from_s % WEEK_S
        if a_week <= 0:
            return None
        weeks, rest = divmod(self._since(from_s - start) + segments, a_week)
        if rest <= 0:
            # All of a week, which it may have come to before its last hour.
            weeks, rest = weeks - 1, a_week
        hour = bisect_left(self._sums, rest) - 1
        part = (rest - self._sums[hour]) / self.by_hour[hour]
        return max(from_s, start + weeks * WEEK_S + (hour + part) * HOUR_S)

    def _since(self, span_s: float) -> float:
        """Segments of so much time from the beginning of a week on."""
        weeks, rest = divmod(span_s, WEEK_S)
        hour = int(rest // HOUR_S)
        part = rest / HOUR_S - hour
        return weeks * self._sums[-1] + self._sums[hour] + part * self.by_hour[hour]

    def times(self, factor: float) -> "Usage":
        """As much as this, so many times."""
        by_hour = tuple(each * factor for each in self.by_hour)
        return Usage(by_hour, self.day_deviation * factor, self.days)

    def width(self, span_s: float) -> float:
        """How far a span may be from what is usual of it, as a share of that: nine of ten are no
        farther. Days vary by themselves, and the average is one of few days."""
        days = max(span_s / DAY_S, 1 / DAY_HOURS)
        if self.a_day <= 0:
            return 0.0
        deviation = self.day_deviation * sqrt(days + days * days / self.days)
        return WIDTH * deviation / (self.a_day * days)


def usage_of(known: Mapping[int, float], until_s: int) -> Usage | None:
    """What is usual by the segments of each known hour before the hour `until_s`; None where too
    few are known.

    An hour of the week is the average of those known of it; one of which none is known is as the
    same hour of other days, or as all of them.
    """
    looked_at = {
        hour_s: used for hour_s, used in known.items() if until_s - HISTORY_S <= hour_s < until_s
    }
    if len(looked_at) < HOURS_MIN:
        return None
    by_slot: dict[int, list[float]] = {}
    by_clock: dict[int, list[float]] = {}
    for hour_s, used in looked_at.items():
        slot = hour_s // HOUR_S % WEEK_HOURS
        by_slot.setdefault(slot, []).append(used)
        by_clock.setdefault(slot % DAY_HOURS, []).append(used)
    overall = list(looked_at.values())
    by_hour = tuple(
        fmean(by_slot.get(slot) or by_clock.get(slot % DAY_HOURS) or overall)
        for slot in range(WEEK_HOURS)
    )
    return Usage(by_hour, _day_deviation(looked_at), len(looked_at) / DAY_HOURS)


def _day_deviation(known: Mapping[int, float]) -> float:
    """How far days are from the usual one of the same weekday; where no weekday is known twice,
    from each other. Never less than what comes by chance alone."""
    by_day: dict[int, list[float]] = {}
    for hour_s, used in known.items():
        by_day.setdefault((hour_s + MAINLAND_AHEAD_S) // DAY_S, []).append(used)
    whole = {day: sum(used) for day, used in by_day.items() if len(used) == DAY_HOURS}
    a_day = fmean(known.values()) * DAY_HOURS
    if len(whole) < DAYS_MIN:
        return max(YOUNG_SHARE * a_day, sqrt(a_day))
    weekdays: dict[int, list[float]] = {}
    for day, used_of_day in whole.items():
        weekdays.setdefault(day % 7, []).append(used_of_day)
    free = len(whole) - len(weekdays)
    if free >= DAYS_MIN:
        off = sum((each - fmean(days)) ** 2 for days in weekdays.values() for each in days)
        found = off / free
    else:
        found = variance(whole.values())
    return sqrt(max(found, a_day))


def used_between(before: Iterable[Package], after: Iterable[Package], since: datetime) -> int:
    """Segments that messages used from one of Tencent's lists, of `since`, to the next.

    A package that is new in the list counts where it was made since: a list may also have left out
    what was there. What a package gains, and what is listed no more, tells nothing.
    """
    known = {each.package_id: each.used_segments for each in before}
    used = 0
    for each in after:
        if each.package_id in known:
            used += max(0, each.used_segments - known[each.package_id])
        elif each.created_at is not None and each.created_at >= since:
            used += each.used_segments
    return used


def split(used_segments: int, from_s: float, to_s: float) -> dict[int, tuple[int, int]]:
    """What was used in a span, as each hour's share of segments and seconds: where a span has
    several hours, nobody knows which had more. Of a longer one than is looked back on, the last."""
    span_s = to_s - from_s
    if span_s <= 0:
        return {}
    first_s = max(from_s, to_s - HISTORY_S)
    found, told = {}, used_segments * (first_s - from_s) / span_s
    # Rounded as they add up, so that nothing is lost between them.
    done = round(told)
    start = int(first_s // HOUR_S) * HOUR_S
    for hour_s in range(start, int(to_s) + 1, HOUR_S):
        until_s = min(to_s, hour_s + HOUR_S)
        seconds = until_s - max(first_s, hour_s)
        if seconds > 0:
            told += used_segments * seconds / span_s
            found[hour_s] = (round(told) - done, round(seconds))
            done = round(told)
    return found
