"""What messages of a span came to, for whoever shows it: read from sums alone, however many there
were."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.rules.figures import (
    HOUR_S,
    MISSING_AFTER,
    NOTHING,
    Counts,
    Coverage,
    Dimension,
    Figures,
    in_order,
    latency,
    most_first,
    shift_s,
)
from storage import figures, traffic
from storage.db import Tx

#: Of its hours, so much of an earlier span has to be known: less would compare with nothing.
KNOWN_SHARE = 0.9


def of_period(tx: Tx, apps: Sequence[str], from_hour: int, to_hour: int, now: datetime) -> Figures:
    """All of `apps` together, from `from_hour` on and before `to_hour` (UTC seconds since 1970,
    whole hours: `storage.traffic.hour_of`), beside the same span whole weeks before, where the bot
    ran in nearly all of it.

    What came to the account's address and not to an app's (replies, calls) is under the name ''.
    """
    found = _of_span(tx, apps, from_hour, to_hour, now)
    back_s = shift_s(to_hour - from_hour)
    before = _of_span(tx, apps, from_hour - back_s, to_hour - back_s, now, in_short=True)
    is_known = KNOWN_SHARE * (to_hour - from_hour) <= HOUR_S * len(before.by_hour)
    first = figures.known_since_s(tx, apps)
    return replace(
        found,
        compared=before if before.by_hour and is_known else None,
        known_since=datetime.fromtimestamp(first, UTC) if first and first > from_hour else None,
    )


def _of_span(
    tx: Tx,
    apps: Sequence[str],
    from_hour: int,
    to_hour: int,
    now: datetime,
    *,
    in_short: bool = False,
) -> Figures:
    by_app: dict[str, Counts] = dict.fromkeys(apps, NOTHING)
    sums: dict[Dimension, dict[str, Counts]] = {each: {} for each in Dimension}
    found = figures.sums(tx, apps, from_hour, to_hour, in_short=in_short)
    for (app, dimension, value), counts in found.items():
        if dimension is Dimension.ALL:
            by_app[app] = counts
        known = sums[dimension]
        known[value] = known.get(value, NOTHING) + counts
    total = sums[Dimension.ALL].get("", NOTHING)
    codes, steps = sums[Dimension.CODE], sums[Dimension.LATENCY]
    return Figures(
        apps=tuple(apps),
        since=datetime.fromtimestamp(from_hour, UTC),
        until=datetime.fromtimestamp(to_hour, UTC),
        total=total,
        by_app=by_app,
        by_template=in_order(sums[Dimension.TEMPLATE]),
        by_signature=in_order(sums[Dimension.SIGNATURE]),
        by_class=in_order(sums[Dimension.CLASS]),
        by_carrier=in_order(sums[Dimension.CARRIER]),
        by_country=in_order(sums[Dimension.COUNTRY]),
        refused_by=most_first((code, each.refused) for code, each in codes.items()),
        undelivered_by=most_first((code, each.undelivered) for code, each in codes.items()),
        latency=latency({int(step): each.reported for step, each in steps.items()}),
        coverage=_coverage(tx, apps, total, from_hour, to_hour, now),
        by_hour=_by_hour(tx, apps, from_hour, to_hour),
    )


def _coverage(
    tx: Tx, apps: Sequence[str], total: Counts, from_hour: int, to_hour: int, now: datetime
) -> Coverage:
    fresh = figures.waiting(tx, from_hour, to_hour, now - MISSING_AFTER)
    waiting = sum(fresh.get(app, 0) for app in apps)
    return Coverage(
        accepted=total.accepted,
        reported=total.reported,
        waiting=waiting,
        missing=total.unheard - total.unreported - waiting,
        unreported=total.unreported,
        backfilled=total.backfilled,
    )


def _by_hour(tx: Tx, apps: Sequence[str], from_hour: int, to_hour: int) -> dict[int, Counts]:
    found: dict[int, Counts] = {}
    for app in apps:
        for hour_s, counts in traffic.by_hour(tx, app, from_hour, to_hour).items():
            known = found.get(hour_s)
            found[hour_s] = counts if known is None else known + counts
    return dict(sorted(found.items()))
