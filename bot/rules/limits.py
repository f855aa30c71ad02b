"""Frequency limits: how often one number may be written to, and when the next message may go.

Tencent has no API for these (its console alone sets them), so our own limiter holds a policy
(`bot.rules.policies`) in front of SendSms. "Day" is the calendar day of mainland China, which has
had one zone and no daylight saving since 1991: a fixed offset needs no zone files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from bot.rules.classes import TemplateClass
from bot.rules.policies import CARRIER_CAPS, INTERNATIONAL, MAINLAND, NUMBER, SAME, Policy

MAINLAND_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
MAINLAND_COUNTRY = "CN"
THIRTY_SECONDS = timedelta(seconds=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Longer than a natural day anywhere in it, so every rule sees all it counts.
HISTORY = timedelta(hours=48)


class Rule(StrEnum):
    """What is counted: messages to one number, or of an app on a natural day."""

    PER_30S = "per_30s"
    PER_HOUR = "per_hour"
    PER_DAY = "per_day"
    SAME_CONTENT_30S = "same_content_30s"
    CLASS_30S = "class_30s"
    CLASS_HOUR = "class_hour"
    CLASS_DAY = "class_day"
    TOTAL_STOP = "total_stop"
    CARRIER_DAY = "carrier_day"


@dataclass(frozen=True, slots=True)
class Sent:
    """One earlier message to the number: anything that may have left, doubts included."""

    at: datetime
    content_hash: str
    class_: TemplateClass


@dataclass(frozen=True, slots=True)
class Wanted:
    """The message that is judged. `country` is the ISO code of its number."""

    class_: TemplateClass
    content_hash: str
    country: str

    @property
    def is_mainland(self) -> bool:
        """Whether it goes to mainland China."""
        return self.country == MAINLAND_COUNTRY


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one rule is used before this message, and when it allows one again.

    `scope` is that of the policy's cap: `number`, `same`, a class, a side or a country.
    `next_permitted_at` (UTC) is None while the rule allows a message now, and where it never will
    (nothing is allowed).
    """

    rule: Rule
    scope: str
    used: int
    allowed: int
    next_permitted_at: datetime | None

    @property
    def is_hit(self) -> bool:
        """Whether one more message is over the limit."""
        return self.used >= self.allowed

    @property
    def key(self) -> str:
        """The policy's cap, as people type it: `number.day`, `SG.stop`."""
        return f"{self.scope}.{self.rule.value.rpartition('_')[2]}"

    @property
    def is_carriers(self) -> bool:
        """Whether it is the carriers' cap, which is told and holds nothing back."""
        return self.rule is Rule.CARRIER_DAY


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more message may go, and why not.

    `uses` are all rules that count it, in the order in which they are told, the carriers' cap last.
    `hit` is the rule of ours that holds it back longest; `next_permitted_at` (UTC) the first moment
    at which all of ours allow it if nothing else is sent: None while it may go, and where it never
    may.
    """

    uses: tuple[Use, ...]
    hit: Use | None
    next_permitted_at: datetime | None
    is_exempt: bool

    @property
    def is_total_used_up(self) -> bool:
        """Whether nobody else can be written to either, on this side or in this country."""
        return any(use.rule is Rule.TOTAL_STOP and use.is_hit for use in self.uses)


#: By a policy's scope and window, what counts one number.
_OF_NUMBER = (
    (NUMBER, "30s", Rule.PER_30S),
    (NUMBER, "hour", Rule.PER_HOUR),
    (NUMBER, "day", Rule.PER_DAY),
    (SAME, "30s", Rule.SAME_CONTENT_30S),
)
_OF_CLASS = (("30s", Rule.CLASS_30S), ("hour", Rule.CLASS_HOUR), ("day", Rule.CLASS_DAY))
_WINDOWS = {"30s": THIRTY_SECONDS, "hour": HOUR}


@dataclass(frozen=True, slots=True)
class _Cap:
    """A cap that counts one number. `window` is None for the natural day."""

    rule: Rule
    scope: str
    window: timedelta | None
    allowed: int


def judge(
    policy: Policy,
    wanted: Wanted,
    history: Sequence[Sent],
    totals: Mapping[str, int] | None,
    now: datetime,
    *,
    is_exempt: bool = False,
) -> Verdict:
    """One more message at `now`, judged by every cap of `policy` and by the carriers'.

    `history` holds what was sent to its number, at least of `HISTORY`; `totals` how many messages
    the app began on the natural day of `now`, by country: None where its totals are judged
    elsewhere. The caps of one number do not hold for an exempt one.
    """
    caps = () if is_exempt else _caps_of(policy, wanted.class_)
    own = [_use(cap, wanted, history, now) for cap in caps]
    own += [] if totals is None else _total_uses(policy, wanted.country, totals, now)
    hits = [use for use in own if use.is_hit]
    carrier = [judge_carrier(wanted.class_, history, now)] if wanted.is_mainland else []
    if not hits:
        return Verdict((*own, *carrier), None, None, is_exempt)
    hit = _longest(hits)
    allowed_at = _allowed_at(caps, wanted, history, hits)
    return Verdict((*own, *carrier), hit, allowed_at, is_exempt)


def has_totals(policy: Policy) -> bool:
    """Whether it counts an app's day at all."""
    return any(key.endswith((".stop", ".warn")) for key, _ in policy.caps)


def is_free(policy: Policy, class_: TemplateClass) -> bool:
    """Whether whoever was sent nothing yet meets no cap of one number: none of them is 0."""
    return all(cap.allowed for cap in _caps_of(policy, class_))


def judge_carrier(class_: TemplateClass, history: Sequence[Sent], now: datetime) -> Use:
    """The carriers' daily cap for a class: marketing, or all but marketing.

    It is the mainland carriers', told and never enforced: what is over it is accepted and then not
    delivered.
    """
    is_marketing = class_ is TemplateClass.MARKETING
    times = [
        sent.at for sent in history if (sent.class_ is TemplateClass.MARKETING) is is_marketing
    ]
    used, free_at = _on_day(times, CARRIER_CAPS[class_], now)
    return Use(Rule.CARRIER_DAY, class_.value, used, CARRIER_CAPS[class_], free_at)


def fewest(policy: Policy, class_: TemplateClass) -> int:
    """With fewer earlier messages than these, none of them within 30 seconds, no limit is met."""
    longer = [cap.allowed for cap in _caps_of(policy, class_) if cap.window != THIRTY_SECONDS]
    shorter = [0 for cap in _caps_of(policy, class_) if cap.allowed == 0]
    return min([CARRIER_CAPS[class_], *longer, *shorter])


def total_scopes(country: str) -> tuple[str, ...]:
    """The scopes of a policy's totals that count a message to `country` (ISO)."""
    return (MAINLAND,) if country == MAINLAND_COUNTRY else (INTERNATIONAL, country)


def total_of(scope: str, totals: Mapping[str, int]) -> int:
    """How many of a day's messages, by country, a total counts."""
    if scope == MAINLAND:
        return totals.get(MAINLAND_COUNTRY, 0)
    if scope == INTERNATIONAL:
        return sum(begun for country, begun in totals.items() if country != MAINLAND_COUNTRY)
    return totals.get(scope, 0)


def day_of(moment: datetime) -> date:
    """The natural day of mainland China."""
    return moment.astimezone(MAINLAND_ZONE).date()


def end_of_day(moment: datetime) -> datetime:
    """The first moment (UTC) of the next natural day of mainland China."""
    return _midnight(moment) + DAY


@lru_cache(maxsize=1_024)
def _caps_of(policy: Policy, class_: TemplateClass) -> tuple[_Cap, ...]:
    scoped = (*_OF_NUMBER, *((class_.value, window, rule) for window, rule in _OF_CLASS))
    caps = ((scope, window, rule, policy.get(scope, window)) for scope, window, rule in scoped)
    return tuple(
        _Cap(rule, scope, _WINDOWS.get(window), allowed)
        for scope, window, rule, allowed in caps
        if allowed is not None
    )


def _use(cap: _Cap, wanted: Wanted, history: Sequence[Sent], now: datetime) -> Use:
    times = _times(cap, wanted, history)
    if cap.window is None:
        used, free_at = _on_day(times, cap.allowed, now)
    else:
        used, free_at = _in_window(times, cap.allowed, cap.window, now)
    return Use(cap.rule, cap.scope, used, cap.allowed, free_at)


def _times(cap: _Cap, wanted: Wanted, history: Sequence[Sent]) -> list[datetime]:
    """When what a cap counts was sent."""
    if cap.scope == NUMBER:
        return [sent.at for sent in history]
    if cap.scope == SAME:
        return [sent.at for sent in history if sent.content_hash == wanted.content_hash]
    return [sent.at for sent in history if sent.class_ is wanted.class_]


def _in_window(
    times: Sequence[datetime], allowed: int, window: timedelta, now: datetime
) -> tuple[int, datetime | None]:
    recent = sorted(at for at in times if now - at < window)
    if len(recent) < allowed or allowed == 0:
        return len(recent), None
    # One place is free again when all but `allowed - 1` of the recent ones have left the window.
    return len(recent), (recent[-allowed] + window).astimezone(UTC)


def _on_day(times: Sequence[datetime], allowed: int, now: datetime) -> tuple[int, datetime | None]:
    if not times:
        return 0, None
    midnight = _midnight(now)
    used = sum(midnight <= at < midnight + DAY for at in times)
    return used, midnight + DAY if used >= allowed > 0 else None


def _midnight(moment: datetime) -> datetime:
    """The first moment (UTC) of its natural day."""
    here = moment.astimezone(MAINLAND_ZONE)
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _total_uses(
    policy: Policy, country: str, totals: Mapping[str, int], now: datetime
) -> list[Use]:
    uses: list[Use] = []
    for scope in total_scopes(country):
        allowed = policy.get(scope, "stop")
        if allowed is not None:
            used = total_of(scope, totals)
            free_at = end_of_day(now) if used >= allowed > 0 else None
            uses.append(Use(Rule.TOTAL_STOP, scope, used, allowed, free_at))
    return uses


def _longest(hits: Sequence[Use]) -> Use:
    """What holds a message back longest; of several, the first."""
    for use in hits:
        if use.next_permitted_at is None:
            return use
    return max(hits, key=lambda use: use.next_permitted_at or datetime.max.replace(tzinfo=UTC))


def _allowed_at(
    caps: Sequence[_Cap], wanted: Wanted, history: Sequence[Sent], hits: Sequence[Use]
) -> datetime | None:
    """When all allow it. A clock that was put back leaves messages in the future: a day that is
    free of what was sent on this one may be used up by those."""
    found: datetime | None = None
    while hits:
        if any(use.next_permitted_at is None for use in hits):
            return None
        found = at = max(use.next_permitted_at for use in hits if use.next_permitted_at)
        hits = [use for use in (_use(cap, wanted, history, at) for cap in caps) if use.is_hit]
    return found
