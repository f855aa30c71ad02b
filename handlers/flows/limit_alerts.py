"""Our own limits as alerts: what they did not let go, and the totals of a day that are reached."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules import limits as rules
from bot.rules.alerts import APP, AlertKind, Signal, traffic
from bot.rules.alerts.traffic import Held
from bot.rules.limits import Use
from bot.settings import App, Settings
from handlers.flows import alerts
from handlers.flows.limits import policy_of
from storage import alerts as stored
from storage import limit_counts
from storage.db import Tx
from storage.ids import RequestId

#: What stands until a look says otherwise.
OF_LIMITS = traffic.TOTALS | {AlertKind.DRIFT}


def hold(
    tx: Tx,
    app: str,
    refused: Sequence[tuple[RequestId, Use]],
    settings: Settings,
    now: datetime,
) -> None:
    """Messages that caps of ours do not let go: an event for each cap, whatever it counted."""
    by_cap: dict[str, list[tuple[RequestId, Use]]] = {}
    for each in refused:
        by_cap.setdefault(each[1].key, []).append(each)
    for found in by_cap.values():
        request_id, cap = found[-1]
        held = Held(app, cap.key, cap.allowed, len(found), request_id)
        with tx.apart("alert"):
            alerts.raise_event(tx, traffic.limit_hit(held), settings, now)


def turned(tx: Tx, settings: Settings, now: datetime) -> tuple[str, ...]:
    """The apps whose alerts about limits say something else than holds: a day is over, limits were
    changed, or app.yaml knows the app no more."""
    apps = [app for app in settings.apps if _have_turned(tx, app, now)]
    known = {app.name for app in settings.apps}
    gone = {each.labels[APP] for each in stored.find_open_of(tx, OF_LIMITS, None)} - known
    return (*(app.name for app in apps), *sorted(gone))


def tell(tx: Tx, names: Sequence[str], settings: Settings, now: datetime) -> None:
    """Has the alerts of these apps say what holds."""
    for name in names:
        app = settings.app(name)
        if app is None:
            alerts.observe(tx, OF_LIMITS, (), settings, now, app=name)
        else:
            reached = _reached(tx, app, now)
            alerts.observe(tx, traffic.TOTALS, reached, settings, now, app=name)


def _have_turned(tx: Tx, app: App, now: datetime) -> bool:
    return alerts.differs(tx, traffic.TOTALS, _reached(tx, app, now), app=app.name)


def _reached(tx: Tx, app: App, now: datetime) -> tuple[Signal, ...]:
    policy = policy_of(tx, app, now)
    begun = limit_counts.totals(tx, app.name, rules.day_of(now)) if rules.has_totals(policy) else {}
    return traffic.totals(app.name, policy, begun, now)
