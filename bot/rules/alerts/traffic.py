"""Limits that are met, a console that is not what it is declared to be, and unusual traffic."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules import brake
from bot.rules.alerts.signal import APP, AlertKind, Severity, Signal
from bot.rules.codes import Frequency, code_of
from bot.rules.drift import Direction
from bot.rules.limits import end_of_day, total_of
from bot.rules.policies import INTERNATIONAL, MAINLAND, Policy

#: What holds for a day, and what the watch on an app's traffic finds.
TOTALS = frozenset({AlertKind.LIMIT_WARN, AlertKind.LIMIT_STOP})
KINDS_OF_BRAKE: Mapping[brake.Kind, AlertKind] = {
    brake.Kind.VOLUME: AlertKind.VOLUME,
    brake.Kind.NEW_NUMBERS: AlertKind.NEW_NUMBERS,
    brake.Kind.SUCCESS: AlertKind.SUCCESS_LOW,
}
UNUSUAL = frozenset(KINDS_OF_BRAKE.values())
#: Whoever stopped an app is a person's id, or this.
BY_RULE = "rule"
#: So little of what usually comes through is no decline any more, it is an outage.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Held:
    """Messages of an app that one cap of ours, by its key, did not let go; `request_id` asked for
    one of them."""

    app: str
    key: str
    allowed: int
    messages: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often Tencent refused an app's messages with one code. `request_id` asked for one of
    them, `number` is its number, masked."""

    app: str
    code: str
    times: int
    request_id: str
    number: str


def limit_hit(held: Held) -> Signal:
    """Our own limits refuse messages: an event for each cap."""
    facts = {"allowed": held.allowed, "request_id": held.request_id}
    labels = {APP: held.app, "cap": held.key}
    return Signal(AlertKind.LIMIT_HIT, Severity.WARNING, labels, facts, held.messages)


def limit_tencent(refused: Refusals) -> Signal | None:
    """Tencent's frequency rules refuse what ours let through: an event for each code. None for any
    other code. Where its rule is about a day of the app, nothing more of it goes out."""
    known = code_of(refused.code)
    if known.frequency not in {Frequency.NUMBER, Frequency.VOLUME}:
        return None
    is_all = known.frequency is Frequency.VOLUME
    return Signal(
        AlertKind.LIMIT_TENCENT,
        Severity.CRITICAL if is_all else Severity.WARNING,
        {APP: refused.app, "code": known.name},
        {"request_id": refused.request_id, "number": refused.number},
        refused.times,
    )


def totals(app: str, policy: Policy, begun: Mapping[str, int], now: datetime) -> tuple[Signal, ...]:
    """The totals of the day of `now` that came to their warning, or to their stop; `begun` counts
    the app's messages of that day by country.

    Where nothing may go at all, somebody has decided so, and it is not told. The figures are those
    of the limits: one message more is no news.
    """
    scopes = {key.scope for key in policy.keys() if key.is_total}  # noqa: SIM118 - no mapping
    return tuple(
        _total(app, scope, measure, policy, now)
        for scope in sorted(scopes)
        for measure in reached(policy, scope, total_of(scope, begun))
    )


def reached(policy: Policy, scope: str, used: int) -> tuple[str, ...]:
    """Which of a total's measures, `warn` and `stop`, so many messages of a day have come to."""
    warn, stop = policy.get(scope, "warn"), policy.get(scope, "stop")
    is_near = warn is not None and used >= max(warn, 1)
    is_full = stop is not None and used >= stop > 0
    return (("warn",) if is_near else ()) + (("stop",) if is_full else ())


def _total(app: str, scope: str, measure: str, policy: Policy, now: datetime) -> Signal:
    caps, labels = policy.total(scope), {APP: app, "scope": scope}
    facts = {
        "warn": caps.warn,
        "stop": caps.stop,
        "ends_ms": round(end_of_day(now).timestamp() * 1000),
    }
    if measure == "warn":
        return Signal(AlertKind.LIMIT_WARN, Severity.WARNING, labels, facts)
    # A country may well be closed for the rest of a day; a side of the border is nearly everybody.
    is_side = scope in {MAINLAND, INTERNATIONAL}
    severity = Severity.CRITICAL if is_side else Severity.WARNING
    return Signal(AlertKind.LIMIT_STOP, severity, labels, facts)


def drift(app: str, key: str, direction: Direction, facts: Mapping[str, Any]) -> Signal:
    """Tencent's answers contradict what is declared of its console, until that is declared anew."""
    labels = {APP: app, "cap": key, "direction": direction.value}
    return Signal(AlertKind.DRIFT, Severity.WARNING, labels, facts)


def unusual(app: str, kind: brake.Kind, facts: Mapping[str, Any]) -> Signal:
    """What an app's traffic of one hour has that it usually has not; `facts` as the alert shows
    them.

    New numbers are what SMS pumping looks like, and that costs money by the minute. An app that a
    rule has stopped sends nothing, and where hardly anything comes through nearly nobody gets any.
    """
    is_grave = kind is brake.Kind.NEW_NUMBERS or _is_stopped(facts) or _is_lost(kind, facts)
    severity = Severity.CRITICAL if is_grave else Severity.WARNING
    return Signal(KINDS_OF_BRAKE[kind], severity, {APP: app}, facts)


def is_unexpected(facts: Mapping[str, Any]) -> bool:
    """Whether it goes on, and nobody said that they expected it."""
    return not (facts["ignored_by"] or facts["ended_at_ms"])


def _is_stopped(facts: Mapping[str, Any]) -> bool:
    stop = facts["stop"]
    return stop is not None and stop["by"] == BY_RULE


def _is_lost(kind: brake.Kind, facts: Mapping[str, Any]) -> bool:
    usually = facts["usual"] * facts["total"]
    return kind is brake.Kind.SUCCESS and facts["many"] < HALF * usually
