"""What carriers deliver of what was sent, against what they usually do.

A share is judged on the shortest of some spans that has reports enough, so that a fall is seen soon
and its end as well. Usual is the median of the last weeks' days.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from bot.rules.alerts.signal import APP, AlertKind, Severity, Signal, fingerprint_of

#: Hours, the current one among them: the first with reports enough is judged.
SPANS_H = (2, 6, 24)
LONGEST_H = SPANS_H[-1]
#: Days of which at least `DAYS_MIN` with reports enough say what is usual.
DAYS, DAYS_MIN = 28, 3
#: What chance alone explains is no alert: so many standard deviations of a share of so many.
DEVIATIONS = 3.0
#: Where all came so far, one in so many may fail by chance all the same.
NEARLY_ALL = 0.99
#: Receipts that say a carrier does not know a signature, in a day: from so many on, and from such a
#: share of its reports.
UNFILED_MIN, UNFILED_SHARE = 5, 0.05
#: Where so much of it does not come, it is nearly nothing that does.
MOST = 0.5
CARRIER, COUNTRY, SIGNATURE = "carrier", "country", "signature"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a share is low; see bot/settings/alert_thresholds.py.

    `drop`: so far below the usual share; what fires does so until half of it is made good.
    `drop_of_others`: the same where the others stand for what is usual. `missed_from`: so many
    messages that should have come. `outage`: so little of what is usual is critical.
    """

    drop: float
    drop_of_others: float
    missed_from: int
    outage: float


@dataclass(frozen=True, slots=True)
class Reported:
    """Messages carriers spoke of: so many came, so many did not."""

    delivered: int = 0
    undelivered: int = 0

    @property
    def total(self) -> int:
        return self.delivered + self.undelivered

    @property
    def share(self) -> float:
        return self.delivered / max(1, self.total)

    def __add__(self, other: "Reported") -> "Reported":
        return Reported(self.delivered + other.delivered, self.undelivered + other.undelivered)

    def __sub__(self, other: "Reported") -> "Reported":
        return Reported(self.delivered - other.delivered, self.undelivered - other.undelivered)


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One carrier of the mainland, or one other country."""

    label: str
    value: str


#: All of an app.
ALL = Part("", "")
#: What each part, and all, came to; by part.
Shares = Mapping[Part, Reported]


@dataclass(frozen=True, slots=True)
class Low:
    """A share that is low: what there is of it in the last `hours`, and the usual share."""

    reported: Reported
    usual: float
    hours: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """An app's reports: by span, the shortest first (`SPANS_H`), and by day, in any order. `least`
    reports tell a share; `causes` are carriers' codes with how many, most first."""

    app: str
    spans: Sequence[Shares]
    days: Sequence[Shares]
    least: int
    thresholds: Thresholds
    causes: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A day's receipts of a signature: those that say it is not filed, by carrier, and all."""

    app: str
    signature: str
    by_carrier: Mapping[str, int]
    reported: int

    @property
    def total(self) -> int:
        return sum(self.by_carrier.values())


def low_shares(found: Deliveries, firing: Collection[str]) -> tuple[Signal, ...]:
    """The app, or only those carriers and countries without which the rest of it is as usual.

    `firing` are the fingerprints of what fires already: that goes on until it is nearly over.
    """
    parts = _low_parts(found, firing)
    whole = _judge(found, ALL, _is_firing(AlertKind.DELIVERY_LOW, found.app, ALL, firing))
    if whole is not None and not _explains(found, parts, whole):
        return (_signal(found, ALL, whole),)
    return tuple(_signal(found, part, low) for part, low in sorted(parts.items(), key=_by_part))


def may_be_low(shares: Shares, thresholds: Thresholds) -> bool:
    """Whether so much did not come that anything may be low: for who would save the rest."""
    return shares.get(ALL, Reported()).undelivered >= thresholds.missed_from


def not_deliverable(found: Unfiled, firing: Collection[str]) -> Signal | None:
    """A signature that Tencent approved, and a carrier knows nothing of: its filing is not
    finished, as a rule. Fires until a day passes without such a receipt."""
    labels = {APP: found.app, SIGNATURE: found.signature}
    was = fingerprint_of(AlertKind.NOT_DELIVERABLE, labels) in firing
    least = 1 if was else max(UNFILED_MIN, UNFILED_SHARE * found.reported)
    if found.total < least:
        return None
    is_most = found.total >= MOST * found.reported
    carriers = sorted(found.by_carrier.items(), key=lambda each: (-each[1], each[0]))
    facts = {
        "many": found.total,
        "total": found.reported,
        "carriers": [list(each) for each in carriers],
    }
    severity = Severity.CRITICAL if is_most else Severity.WARNING
    return Signal(AlertKind.NOT_DELIVERABLE, severity, labels, facts)


def _low_parts(found: Deliveries, firing: Collection[str]) -> dict[Part, Low]:
    parts = {part for shares in found.spans for part in shares if part != ALL}
    judged = {
        part: _judge(found, part, _is_firing(AlertKind.CARRIER_LOW, found.app, part, firing))
        for part in parts
    }
    return {part: low for part, low in judged.items() if low is not None}


def _is_firing(kind: AlertKind, app: str, part: Part, firing: Collection[str]) -> bool:
    return fingerprint_of(kind, _labels(app, part)) in firing


def _explains(found: Deliveries, parts: Collection[Part], whole: Low) -> bool:
    """Whether what is left without the parts that are low is as usual, and enough to tell."""
    shares = found.spans[SPANS_H.index(whole.hours)]
    rest = whole.reported - _sum(shares.get(part, Reported()) for part in parts)
    is_usual = rest.total >= found.least and rest.share >= whole.usual - found.thresholds.drop
    return bool(parts) and is_usual


def _judge(found: Deliveries, part: Part, was: bool) -> Low | None:
    for hours, shares in zip(SPANS_H, found.spans, strict=True):
        reported = shares.get(part, Reported())
        if reported.total >= found.least:
            limits = found.thresholds
            usual, drop = _usual(found, part), limits.drop
            if usual is None and part != ALL:
                usual, drop = _of_others(shares, part, found.least), limits.drop_of_others
            is_low = usual is not None and _is_low(reported, usual, drop, limits.missed_from, was)
            return Low(reported, usual, hours) if usual is not None and is_low else None
    return None


def _is_low(reported: Reported, usual: float, drop: float, missed_from: int, was: bool) -> bool:
    missed = usual * reported.total - reported.delivered
    if was:
        return missed >= drop / 2 * reported.total
    likely = min(usual, NEARLY_ALL)
    chance = DEVIATIONS * sqrt(reported.total * likely * (1 - likely))
    return missed >= max(drop * reported.total, missed_from, chance)


def _usual(found: Deliveries, part: Part) -> float | None:
    days = (shares.get(part, Reported()) for shares in found.days)
    shares = [day.share for day in days if day.total >= found.least]
    return median(shares) if len(shares) >= DAYS_MIN else None


def _of_others(shares: Shares, part: Part, least: int) -> float | None:
    others = _sum(each for other, each in shares.items() if other not in {part, ALL})
    return others.share if others.total >= least else None


def _sum(reported: Iterable[Reported]) -> Reported:
    return sum(reported, Reported())


def _signal(found: Deliveries, part: Part, low: Low) -> Signal:
    kind = AlertKind.DELIVERY_LOW if part == ALL else AlertKind.CARRIER_LOW
    is_outage = low.reported.share < found.thresholds.outage * low.usual
    facts = {
        "many": low.reported.delivered,
        "total": low.reported.total,
        "usual": round(low.usual, 3),
        "hours": low.hours,
        "causes": [list(each) for each in found.causes] if part == ALL else [],
    }
    severity = Severity.CRITICAL if is_outage else Severity.WARNING
    return Signal(kind, severity, _labels(found.app, part), facts)


def _labels(app: str, part: Part) -> dict[str, str]:
    return {APP: app} if part == ALL else {APP: app, part.label: part.value}


def _by_part(each: tuple[Part, Low]) -> Part:
    return each[0]
