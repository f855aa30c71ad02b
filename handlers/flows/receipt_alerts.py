"""Looks at receipts: whether those of an app come, and by themselves, and whether any of them
contradicts us."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.alerts import Signal, receipts
from bot.rules.alerts.receipts import Contrary, Pushes, Receipts
from bot.rules.figures import DAY_S, HOUR_S, MISSING_AFTER, NOTHING, Counts, Dimension
from bot.rules.numbers import mask
from bot.settings import App
from storage import contrary_receipts, figures
from storage import receipts as receipt_store
from storage.db import Tx
from storage.traffic import hour_of

#: Among so many of the latest messages and receipts, an app's own are looked for.
LATEST = 500
LOOKS_BACK = timedelta(days=1)
#: Of receipts that contradict us, so many are shown.
EXAMPLES = 3


def of_app(
    tx: Tx, app: App, hours: Mapping[int, Counts], firing: Collection[str], now: datetime
) -> list[Signal | None]:
    """Receipts that are missing, and pushes that have stopped. `hours` is the last day by the hour,
    `firing` the fingerprints of what fires already."""
    if not (firing or receipts.may_be_missing(_of_counts(_total(hours)))):
        return []
    today_s = hour_of(now) // DAY_S * DAY_S
    since_s = today_s - receipts.DAYS * DAY_S
    days = figures.of_dimension(tx, app.name, Dimension.ALL, DAY_S, since_s, today_s)
    usual = _of_counts(sum((each.counts for each in days), NOTHING))
    return [
        _missing(tx, app, hours, usual, firing, now),
        receipts.stopped(_pushes(tx, app, now), usual, firing),
    ]


def contradicting(tx: Tx, apps: Sequence[App], now: datetime) -> list[Signal]:
    """Receipts that name another number than their message went to."""
    since = now - receipts.CONTRARY_LIFE
    many = contrary_receipts.many(tx, since)
    return [
        receipts.contradict(app.name, many[app.name], _examples(tx, app, since))
        for app in apps
        if app.name in many
    ]


def _examples(tx: Tx, app: App, since: datetime) -> list[Contrary]:
    found = contrary_receipts.latest(tx, app.name, since, EXAMPLES)
    return [Contrary(each.serial, mask(each.sent_to), mask(each.named)) for each in found]


def _missing(
    tx: Tx,
    app: App,
    hours: Mapping[int, Counts],
    usual: Receipts,
    firing: Collection[str],
    now: datetime,
) -> Signal | None:
    """Receipts that are due and did not come. What was accepted a moment ago is counted only where
    it matters: it may be many."""
    until_s = hour_of(now) + HOUR_S
    spans = [_due(hours, until_s - span * HOUR_S) for span in receipts.SPANS_H]
    if receipts.missing(app.name, spans, usual, firing) is None:
        return None
    fresh = figures.waiting(tx, until_s - DAY_S, until_s, now - MISSING_AFTER).get(app.name, 0)
    due = [replace(each, due=each.due - fresh) for each in spans]
    return receipts.missing(app.name, due, usual, firing)


def _due(hours: Mapping[int, Counts], since_s: int) -> Receipts:
    return _of_counts(_total({at: each for at, each in hours.items() if at >= since_s}))


def _pushes(tx: Tx, app: App, now: datetime) -> Pushes:
    run = receipt_store.absent_in_a_row(
        tx,
        app.name,
        since=now - LOOKS_BACK,
        before=now - MISSING_AFTER,
        limit=receipts.RUN_MAX,
        within=LATEST,
    )
    if not run:
        return Pushes(app.name, 0, None)
    since = now - LOOKS_BACK
    last_at = receipt_store.latest_at(tx, app.name, since=since, within=LATEST)
    return Pushes(app.name, run, last_at)


def _total(hours: Mapping[int, Counts]) -> Counts:
    return sum(hours.values(), NOTHING)


def _of_counts(counts: Counts) -> Receipts:
    came = counts.reported - counts.backfilled
    return Receipts(counts.accepted, came, counts.reported)
