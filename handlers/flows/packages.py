"""The packages of the account: what they are charged for, and how long they last."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.rules import content as known
from bot.rules import package_usage
from bot.rules import packages as rules
from bot.rules.figures import DAY_S, HOUR_S
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.package_usage import HISTORY_S, Usage
from bot.rules.packages import NO_PACKAGE, Outlook, Planned, Stock
from bot.rules.roles import ACCOUNT, Apps
from bot.settings import Settings
from bot.slack.messages.packages import PackagesView
from bot.tencent import console, wire
from storage import account_refusals, content, package_hours, planned_sends, requests
from storage.db import Tx
from storage.traffic import hour_of

#: Of a chart: days before, and days to come.
CHART_DAYS = 14
DAY = timedelta(days=1)
#: It is said of a send how long packages last with it where that is no longer.
EFFECT_SAID = timedelta(days=365)
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)


def keep(tx: Tx, packages: Iterable[wire.Package], now: datetime) -> None:
    """Keeps what Tencent lists at `now`, and what it was charged for since it last did."""
    listed = [package_of(each, now) for each in packages]
    seen_at = content.packages_seen_at(tx)
    if seen_at is not None and seen_at < now:
        _keep_usage(tx, listed, seen_at, now)
    content.replace_packages(tx, listed, now)
    account_refusals.lower(tx, NO_PACKAGE, sum(each.left_segments(now) for each in listed))


def _keep_usage(tx: Tx, listed: Sequence[known.Package], seen_at: datetime, now: datetime) -> None:
    before = content.list_packages(tx)
    used = package_usage.used_between(before, listed, seen_at)
    if used or any(each.left_segments(seen_at) for each in before):
        # Else nobody could send: that says nothing of how much they would have.
        shares = package_usage.split(used, seen_at.timestamp(), now.timestamp())
        package_hours.add(tx, shares)
    if hour_of(seen_at) != hour_of(now):
        package_hours.forget(tx, datetime.fromtimestamp(hour_of(now) - HISTORY_S, UTC))


def package_of(package: wire.Package, now: datetime) -> known.Package:
    """One whose times Tencent does not tell counts as in effect."""
    return known.Package(
        package_id=package.package_id,
        amount_segments=package.amount_segments,
        used_segments=package.used_segments,
        effective_at=package.effective_at or now,
        expires_at=package.expires_at or FAR_AHEAD,
        is_gift=package.kind is wire.PackageKind.GIFT,
        created_at=package.created_at,
    )


def hours(tx: Tx, settings: Settings, now: datetime) -> dict[int, float]:
    """Segments for the mainland of each known hour of the last four weeks, the one under way
    included: of all the account, from when Tencent's lists were first read; before that, of ours.
    """
    until_s = hour_of(now) + HOUR_S
    since_s = until_s - HOUR_S - HISTORY_S
    read = package_hours.known(tx, since_s, until_s)
    first_s = min(read, default=until_s)
    names = [app.name for app in settings.apps]
    own = package_hours.own(tx, names, since_s, first_s) if first_s > since_s else {}
    return {**own, **read}


def view(tx: Tx, apps: Apps, settings: Settings, now: datetime) -> PackagesView | None:
    """All that is shown of them to who may look at `apps`; None before Tencent has said. Packages
    are everybody's, what is planned is not."""
    known_hours = hours(tx, settings, now)
    usage = package_usage.usage_of(known_hours, hour_of(now))
    found = _stock(tx, usage, now)
    if found is None:
        return None
    left_by_day: list[int] = []
    if usage is not None:
        ends = [_midnight(now) + nth * DAY for nth in range(CHART_DAYS)]
        left_by_day = rules.balances(found.packages, usage, found.planned, now, ends)
    return PackagesView(
        stock=found,
        used_by_day=_by_day(known_hours, now),
        left_by_day=tuple(left_by_day),
        known_hours=sum(hour_s < hour_of(now) for hour_s in known_hours),
        page=console.sms_page(settings.tencent.endpoint),
        hidden=frozenset(
            each.request_id
            for each in found.planned
            if (requests.scope_of(tx, each.request_id) or ACCOUNT) not in apps
        ),
    )


def _by_day(known_hours: Mapping[int, float], now: datetime) -> tuple[int, ...]:
    """Segments of the last days in the mainland, today's last."""
    used, end_s = [0.0] * CHART_DAYS, _midnight(now).timestamp()
    for hour_s, segments in known_hours.items():
        ago = int((end_s - 1 - hour_s) // DAY_S)
        if ago < CHART_DAYS:
            used[-1 - ago] += segments
    return tuple(map(round, used))


def _midnight(now: datetime) -> datetime:
    """When the day ends in the mainland."""
    local = now.astimezone(MAINLAND_ZONE) + DAY
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def stock(tx: Tx, settings: Settings, now: datetime) -> Stock | None:
    """What is left and for how long; None before Tencent has said."""
    usage = package_usage.usage_of(hours(tx, settings, now), hour_of(now))
    return _stock(tx, usage, now)


def effect(
    tx: Tx, planned: Planned, settings: Settings, now: datetime
) -> tuple[Outlook, Outlook] | None:
    """How long packages last without a send and with it, where either is not for long; None where
    that is not known, or they are not charged for it."""
    usage = package_usage.usage_of(hours(tx, settings, now), hour_of(now))
    found = _stock(tx, usage, now)
    if usage is None or found is None or found.runway is None or planned.segments <= 0:
        return None
    both = [*found.planned, planned]
    after = rules.runway(found.packages, usage, both, now)
    if after.empty_at is None or after.empty_at - now > EFFECT_SAID:
        return None
    return found.runway.outlook, after.outlook


def _stock(tx: Tx, usage: Usage | None, now: datetime) -> Stock | None:
    seen_at = content.packages_seen_at(tx)
    if seen_at is None:
        return None
    spent = content.spent_since(tx, seen_at)
    planned = [
        Planned(each.request_id, each.starts_at, each.segments)
        for each in planned_sends.list_all(tx)
    ]
    return rules.stock_of(
        rules.left_now(content.list_packages(tx), spent, now),
        usage,
        planned,
        seen_at=seen_at,
        now=now,
    )
