"""Whether an app's traffic is what this hour of the week usually has, and what is unusual about it.

Hours are named by the UTC second they begin with. An hour of the week comes again every 168 hours:
the mainland's clocks are never put forward or back. Only hours in which the bot ran are known; the
others say nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median, median_high

from bot.rules.policies import INTERNATIONAL, MAINLAND, Policy, read_key

HOUR_S = 3600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
#: What the baselines look back on.
WEEKS = 4
HISTORY_S = WEEKS * WEEK_S
#: An app is new until it was watched for so many hours: what it sends is unusual in no way.
NEW_HOURS = 24
#: Its week is not known until then: its busiest hour stands for all of them, and floors are higher.
WEEK_HOURS = 168
YOUNG_FLOOR = 10
#: So many weeks must know the same hour, and so many days have outcomes enough.
WEEKS_MIN, DAYS_MIN = 2, 3
#: An alert is put right where there are so many times as many messages as it says.
GROWN = 2
#: What a day may have beyond the usual where somebody puts a stop to it.
ROOM = 1.5
#: New countries that are stopped by name.
COUNTRIES_MAX = 5


class Kind(StrEnum):
    """What is unusual; the value is stored, and written in app.yaml."""

    VOLUME = "volume"
    NEW_NUMBERS = "new_numbers"
    SUCCESS = "success"


class Measure(StrEnum):
    """Which share fell."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is unusual; see bot/settings/brake.py."""

    volume_factor: float
    volume_from: int
    new_share: float
    new_from: int
    success_drop: float
    success_from: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What an app's messages of one hour, or of a day, came to.

    `begun` leaves out what others had `agreed` to; the outcomes do not, for nobody counts whose
    they are.
    """

    begun: int = 0
    agreed: int = 0
    accepted: int = 0
    refused: int = 0
    delivered: int = 0
    undelivered: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages go: the country (ISO) and the first digits of the number."""

    country: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an app usually sends, good until the hour `hour_s` is over; places are those before
    `places_until_s`, and `places_hours` is how many hours are known of that time."""

    hour_s: int
    hours: Mapping[int, Hour]
    places_until_s: int
    places: Mapping[Place, int]
    places_hours: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """What one hour had, and what would have been usual.

    Of volume: messages, and usual messages. Of new numbers: messages to new places of `total`, and
    the usual share of them. Of success: good ones of `total`, and the usual share. `is_own`: it is
    unusual whichever of them others had agreed to.
    """

    kind: Kind
    hour_s: int
    many: int
    total: int
    usual: float
    measure: Measure | None = None
    new_countries: tuple[str, ...] = ()
    new_prefixes: int = 0
    is_own: bool = True

    @property
    def wrong(self) -> int:
        """How many of them should not be."""
        return self.total - self.many if self.kind is Kind.SUCCESS else self.many


def has_grown(unusual: Unusual, wrong: int) -> bool:
    """Whether there is so much more of the same hour that it is news."""
    return unusual.wrong >= GROWN * wrong


def goes_on(
    unusual: Unusual, thresholds: Thresholds, *, hour_s: int, many: int, total: int
) -> bool:
    """Whether this is more than somebody knew who expected `many` of `total` of the hour at
    `hour_s`: another hour, or what the rest of that one had is unusual too.

    What came through of one hour is told late: the rest of it says nothing of what was sent since.
    """
    if unusual.hour_s != hour_s:
        return unusual.hour_s > hour_s
    more, total_more = unusual.many - many, unusual.total - total
    match unusual.kind:
        case Kind.VOLUME:
            return more >= max(thresholds.volume_from, thresholds.volume_factor * unusual.usual)
        case Kind.NEW_NUMBERS:
            least = _new_share_from(unusual.usual, thresholds)
            return more >= thresholds.new_from and more >= least * total_more
        case Kind.SUCCESS:
            return False


def can_judge(kind: Kind, hour: Hour, thresholds: Thresholds, measure: Measure | None) -> bool:
    """Whether an hour has anything to be found usual by: messages, or outcomes enough."""
    if kind is not Kind.SUCCESS:
        return hour.begun > 0
    return _outcomes(hour, measure or Measure.ACCEPTED)[1] >= thresholds.success_from


@dataclass(frozen=True, slots=True)
class Day:
    """Messages: those `begun` today, what the `rest` of it usually has, and a `usual` whole day."""

    begun: int
    rest: int
    usual: int


def judge_volume(known: Mapping[int, Hour], hour_s: int, thresholds: Thresholds) -> Unusual | None:
    """Whether the hour that began at `hour_s` has more messages than it may; `known` is every hour
    in which the bot ran, that one and later ones left out of account."""
    begun = known.get(hour_s, Hour()).begun
    usual = usual_volume(known, hour_s)
    if usual is None:
        return None
    before = sum(1 for each in known if each < hour_s)
    floor = thresholds.volume_from * (YOUNG_FLOOR if before < WEEK_HOURS else 1)
    if begun < floor or begun < thresholds.volume_factor * usual:
        return None
    return Unusual(Kind.VOLUME, hour_s, begun, begun, usual)


def usual_volume(known: Mapping[int, Hour], hour_s: int) -> int | None:
    """How many messages the hour usually has; None where the app is new.

    In each of the last weeks the busiest of the same hour and its two neighbours, for nobody sends
    by the minute; the median of those weeks, so that neither a single rush nor a week of holidays
    is taken for usual.
    """
    before = {each: hour.begun for each, hour in known.items() if each < hour_s}
    if len(before) < NEW_HOURS:
        return None
    same = (hour_s - week * WEEK_S for week in range(1, WEEKS + 1))
    weeks = [
        max(before.get(each + shift, 0) for shift in (-HOUR_S, 0, HOUR_S))
        for each in same
        if each in before
    ]
    return median_high(weeks) if len(weeks) >= WEEKS_MIN else max(before.values())


def usual_day(known: Mapping[int, Hour], hour_s: int) -> int:
    """How many messages a day usually has: the median of the last weeks' days, as 24 hours up to
    `hour_s` each. Days of which nothing is known are left out; 0 where all of them are."""
    days: dict[int, int] = {}
    for at, hour in known.items():
        if hour_s - HISTORY_S <= at < hour_s:
            day = (hour_s - at - 1) // DAY_S
            days[day] = days.get(day, 0) + hour.begun
    return median_high(days.values()) if days else 0


def usual_rest(known: Mapping[int, Hour], from_s: int, until_s: int) -> int:
    """How many messages the rest of a day usually has, from the hour at `from_s` on and before
    `until_s`: the median of the last weeks' days. Days of which nothing is known are left out."""
    days: dict[int, int] = {}
    for at, hour in known.items():
        day = (from_s - at - 1) // DAY_S + 1
        if 1 <= day <= WEEKS * 7 and from_s <= at + day * DAY_S < until_s:
            days[day] = days.get(day, 0) + hour.begun
    return median_high(days.values()) if days else 0


def scope_of(main_country: str) -> str:
    """The total that counts what goes to a country (ISO, "" where it is not known)."""
    return MAINLAND if main_country in {"CN", ""} else INTERNATIONAL


def tightened(
    new_countries: Sequence[str], main_country: str, day: Day, policy: Policy
) -> dict[str, int]:
    """Caps that would let no more of it through than is usual, for a person to look at: no message
    to the countries that are new, else a stop to the mainland, or to everywhere else, wherever most
    of it goes. Never looser than `policy`.

    A day's stop counts what was begun on that day before it was set. It leaves half as much again
    as the usual rest of the day beside that, so that the flood there was holds nothing else until
    midnight; nor is it below half as much again as a usual day, for the next one.
    """
    known = [each for each in new_countries if read_key(f"{each}.stop")]
    if known:
        return {f"{each}.stop": 0 for each in known[:COUNTRIES_MAX]}
    scope = scope_of(main_country)
    stop = max(1, day.begun + ceil(day.rest * ROOM), ceil(day.usual * ROOM))
    now = policy.get(scope, "stop")
    return {f"{scope}.stop": stop if now is None else min(stop, now)}


def judge_new(
    before: Mapping[Place, int],
    now: Mapping[Place, int],
    hour_s: int,
    thresholds: Thresholds,
    *,
    hours_known: int,
) -> Unusual | None:
    """Whether an hour wrote to more places, or to more countries, that are new to the app than it
    may.

    `before` and `now` count messages by place. That a message goes somewhere new has a usual share
    of its own, as many as there are places it wrote to once (Good and Turing's estimate). In an app
    that seldom sends nearly every place is new, and no share of them unusual; countries have a
    usual share of their own, and an hour to new countries alone is unusual in every app.
    """
    total, earlier = sum(now.values()), sum(before.values())
    if hours_known < WEEK_HOURS or not total or not earlier:
        return None
    new = {place: many for place, many in now.items() if many and not before.get(place)}
    known = _by_country(before)
    abroad = {
        place: many
        for place, many in new.items()
        if known and place.country and place.country not in known
    }
    usual, usual_abroad = _share_of_once(before), _share_of_once(known)
    for places, share, least in (
        (new, usual, usual + thresholds.new_share),
        (abroad, usual_abroad, _new_share_from(usual_abroad, thresholds)),
    ):
        many = sum(places.values())
        if many >= thresholds.new_from and many >= least * total:
            return Unusual(
                Kind.NEW_NUMBERS,
                hour_s,
                many,
                total,
                share,
                new_countries=tuple(_by_country(abroad)),
                new_prefixes=len(places),
            )
    return None


def judge_success(known: Mapping[int, Hour], hour_s: int, thresholds: Thresholds) -> Unusual | None:
    """Whether a smaller share of an hour's messages was accepted, or delivered, than usual.

    Without reports there is no share of delivered ones, and nothing is said about it.
    """
    hour = known.get(hour_s, Hour())
    for measure in Measure:
        good, total = _outcomes(hour, measure)
        if total < thresholds.success_from:
            continue
        usual = usual_success(known, hour_s, measure, thresholds.success_from)
        if usual is None:
            continue
        least = usual - thresholds.success_drop
        if good < least * total:
            # As if those that others had agreed to were the bad ones, as far as there are so many.
            own = max(good, total - hour.agreed)
            is_own = own >= thresholds.success_from and good < least * own
            return Unusual(Kind.SUCCESS, hour_s, good, total, usual, measure, is_own=is_own)
    return None


def usual_success(
    known: Mapping[int, Hour], hour_s: int, measure: Measure, outcomes_min: int
) -> float | None:
    """The share that is usually accepted or delivered: the median of the days before with outcomes
    enough to tell; None where too few of them had."""
    good: dict[int, int] = {}
    total: dict[int, int] = {}
    for at, hour in known.items():
        day = (hour_s - at - 1) // DAY_S
        if at < hour_s and day < WEEKS * 7:
            hour_good, hour_total = _outcomes(hour, measure)
            good[day] = good.get(day, 0) + hour_good
            total[day] = total.get(day, 0) + hour_total
    shares = [good[day] / total[day] for day in total if total[day] >= outcomes_min]
    return median(shares) if len(shares) >= DAYS_MIN else None


def _outcomes(hour: Hour, measure: Measure) -> tuple[int, int]:
    if measure is Measure.ACCEPTED:
        return hour.accepted, hour.accepted + hour.refused
    return hour.delivered, hour.delivered + hour.undelivered


def _new_share_from(usual: float, thresholds: Thresholds) -> float:
    """The least unusual share of something new: never more than all of it."""
    return usual + (1 - usual) * thresholds.new_share


def _share_of_once(counted: Mapping[Place, int] | Mapping[str, int]) -> float:
    """The share of messages that went where no other went."""
    return sum(1 for many in counted.values() if many == 1) / max(1, sum(counted.values()))


def _by_country(places: Mapping[Place, int]) -> dict[str, int]:
    """Messages by country, as far as it is known, most first."""
    counted: dict[str, int] = {}
    for place, many in places.items():
        if place.country and many:
            counted[place.country] = counted.get(place.country, 0) + many
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
