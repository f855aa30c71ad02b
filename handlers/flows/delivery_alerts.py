"""Looks at what is delivered, reported and answered, for whatever of it is an alert now.

A look where nothing is wrong reads a day's hours of each app and little else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reach import Outage
from bot.rules.alerts import APP, AlertKind, Signal, answers, delivery, receipts
from bot.rules.alerts.delivery import (
    ALL,
    CARRIER,
    COUNTRY,
    Deliveries,
    Part,
    Reported,
    Thresholds,
    Unfiled,
)
from bot.rules.figures import (
    DAY_S,
    HOUR_S,
    NOTHING,
    Counts,
    Dimension,
    most_first,
)
from bot.rules.limits import MAINLAND_COUNTRY
from bot.settings import App, Settings
from handlers.flows import alerts, receipt_alerts
from handlers.flows.backfills import is_queue_at_rest
from storage import alerts as alert_store
from storage import doubts, figures
from storage.alerts import Alert
from storage.db import Tx
from storage.traffic import hour_of

#: Looked at by the hour, whatever raised them.
LOOKED_AT = frozenset(
    {
        AlertKind.DELIVERY_LOW,
        AlertKind.CARRIER_LOW,
        AlertKind.NOT_DELIVERABLE,
        AlertKind.IN_DOUBT,
        AlertKind.RECEIPTS_MISSING,
        AlertKind.CALLBACKS_STOPPED,
        AlertKind.COUNTS_DIFFER,
        AlertKind.RECEIPTS_CONTRADICT,
        AlertKind.PULL_REFUSED,
    }
)
#: More doubts than any start or cut can leave; beyond them a card says no more.
DOUBTS_MAX = 5_000
CAUSES_SHOWN = 3
#: What was found of the other end of each wire, None where it answers; a wire over which nothing
#: went since the start is left out, for nothing is known of it.
Outages = Mapping[AlertKind, Outage | None]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: of these kinds exactly these fire."""

    kinds: frozenset[AlertKind]
    signals: tuple[Signal, ...]


def look(tx: Tx, settings: Settings, outages: Outages, now: datetime) -> Look:
    """What fires now."""
    known = alert_store.find_open_of(tx, LOOKED_AT, None)
    firing = frozenset(each.signal.fingerprint for each in known)
    contrary = receipt_alerts.contradicting(tx, settings.apps, now)
    found = [*_doubts(tx, now), *_told(tx, known, settings, now), *contrary]
    for app in settings.apps:
        found += _of_app(tx, app, settings.alerts.delivery.thresholds, firing, now)
    found += [answers.unreachable(kind, outage, now) for kind, outage in outages.items()]
    return Look(LOOKED_AT | outages.keys(), tuple(each for each in found if each is not None))


def has_news(tx: Tx, settings: Settings, outages: Outages, now: datetime) -> bool:
    """Whether `note` has anything to write."""
    found = look(tx, settings, outages, now)
    return alerts.differs(tx, found.kinds, found.signals)


def note(tx: Tx, settings: Settings, outages: Outages, now: datetime) -> None:
    """Raises, corrects and ends alerts. Looks once more: others write meanwhile."""
    found = look(tx, settings, outages, now)
    alerts.observe(tx, found.kinds, found.signals, settings, now)


def _doubts(tx: Tx, now: datetime) -> list[Signal | None]:
    found = doubts.of_apps(tx, signed=now - answers.DUE_AFTER, now=now, limit=DOUBTS_MAX)
    return [
        answers.in_doubt(
            answers.Doubts(
                each.app, each.is_alert, each.total, each.due, each.since, each.request_id
            )
        )
        for each in found
    ]


def _told(tx: Tx, known: Sequence[Alert], settings: Settings, now: datetime) -> list[Signal | None]:
    """What Tencent's answers raised goes on until it answers otherwise, or nobody asks any more."""
    return [each.signal for each in known if _goes_on(tx, each, settings, now)]


def _goes_on(tx: Tx, alert: Alert, settings: Settings, now: datetime) -> bool:
    app = settings.app(alert.labels.get(APP, ""))
    if app is None:
        return False
    match alert.kind:
        case AlertKind.COUNTS_DIFFER:
            return not receipts.is_old(alert.facts, now)
        case AlertKind.PULL_REFUSED:
            return settings.callbacks.pull and is_queue_at_rest(tx, app.name)
    return False


def _of_app(
    tx: Tx, app: App, thresholds: Thresholds, firing: Collection[str], now: datetime
) -> list[Signal | None]:
    until_s = hour_of(now) + HOUR_S
    since_s = until_s - delivery.LONGEST_H * HOUR_S
    hours = {
        each.from_s: each.counts
        for each in figures.of_dimension(tx, app.name, Dimension.ALL, HOUR_S, since_s, until_s)
    }
    if not hours:
        return []
    return [
        *_shares(tx, app, thresholds, hours, firing, now),
        *_unfiled(tx, app, firing, since_s, until_s),
        *receipt_alerts.of_app(tx, app, hours, firing, now),
    ]


def _shares(
    tx: Tx,
    app: App,
    thresholds: Thresholds,
    hours: Mapping[int, Counts],
    firing: Collection[str],
    now: datetime,
) -> tuple[Signal, ...]:
    until_s = hour_of(now) + HOUR_S
    lately = {ALL: _reported(_total(hours))}
    if not (firing or delivery.may_be_low(lately, thresholds)):
        return ()
    spans = [
        _of_parts(tx, app, HOUR_S, until_s - span * HOUR_S, until_s) for span in delivery.SPANS_H
    ]
    first_s = until_s - delivery.LONGEST_H * HOUR_S
    today_s = hour_of(now) // DAY_S * DAY_S
    found = Deliveries(
        app.name,
        [_summed(shares) for shares in spans],
        list(_of_parts(tx, app, DAY_S, today_s - delivery.DAYS * DAY_S, today_s).values()),
        app.brake.thresholds.success_from,
        thresholds,
        _causes(tx, app, first_s, until_s),
    )
    return delivery.low_shares(found, firing)


def _of_parts(
    tx: Tx, app: App, span_s: int, since_s: int, until_s: int
) -> dict[int, dict[Part, Reported]]:
    """What all of an app, each carrier and each other country came to: by hour or by day."""
    found: dict[int, dict[Part, Reported]] = {}
    for dimension in (Dimension.ALL, Dimension.CARRIER, Dimension.COUNTRY):
        for each in figures.of_dimension(tx, app.name, dimension, span_s, since_s, until_s):
            part = _part(dimension, each.value)
            if part is not None:
                found.setdefault(each.from_s, {})[part] = _reported(each.counts)
    return found


def _part(dimension: Dimension, value: str) -> Part | None:
    """A carrier stands for the mainland, and a country for the carriers it has."""
    if dimension is Dimension.ALL:
        return ALL
    if dimension is Dimension.CARRIER:
        return Part(CARRIER, value) if value else None
    return Part(COUNTRY, value) if value not in {"", MAINLAND_COUNTRY} else None


def _summed(shares: Mapping[int, Mapping[Part, Reported]]) -> dict[Part, Reported]:
    summed: dict[Part, Reported] = {}
    for parts in shares.values():
        for part, reported in parts.items():
            summed[part] = summed.get(part, Reported()) + reported
    return summed


def _causes(tx: Tx, app: App, since_s: int, until_s: int) -> list[tuple[str, int]]:
    """The carriers' codes of what did not come, most first."""
    found = figures.of_dimension(tx, app.name, Dimension.CODE, HOUR_S, since_s, until_s)
    many: dict[str, int] = {}
    for each in found:
        many[each.value] = many.get(each.value, 0) + each.counts.undelivered
    return list(most_first(many.items()).items())[:CAUSES_SHOWN]


def _unfiled(
    tx: Tx, app: App, firing: Collection[str], since_s: int, until_s: int
) -> list[Signal | None]:
    """Signatures a carrier does not know, in a day: as a rule there is no row of it."""
    found: dict[str, dict[str, int]] = {}
    for each in figures.of_dimension(tx, app.name, Dimension.UNFILED, HOUR_S, since_s, until_s):
        signature, _, carrier = each.value.partition(":")
        known = found.setdefault(signature, {})
        known[carrier] = known.get(carrier, 0) + each.counts.undelivered
    if not found:
        return []
    all_of: dict[str, int] = {}
    for each in figures.of_dimension(tx, app.name, Dimension.SIGNATURE, HOUR_S, since_s, until_s):
        all_of[each.value] = all_of.get(each.value, 0) + each.counts.reported
    return [
        delivery.not_deliverable(
            Unfiled(app.name, signature, by_carrier, all_of.get(signature, 0)), firing
        )
        for signature, by_carrier in sorted(found.items())
    ]


def _total(hours: Mapping[int, Counts]) -> Counts:
    return sum(hours.values(), NOTHING)


def _reported(counts: Counts) -> Reported:
    return Reported(counts.delivered, counts.undelivered)
