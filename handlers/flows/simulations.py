"""What a change of limits would have done: which log is replayed under which two policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules import simulation as rules
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.policies import Policy
from bot.rules.simulation import Simulation
from bot.rules.subjects import limits_change_of
from bot.settings import Settings
from handlers.flows import limit_changes, limit_drafts
from storage import limit_exemptions, requests, traffic_log
from storage.db import Tx
from storage.requests import Request

#: Whole natural days, and what there is of today.
LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Order:
    """A simulation to be made. `exempt` are sealed numbers."""

    app: str
    before: Policy
    after: Policy
    exempt: frozenset[str]
    from_at: datetime
    to_at: datetime


def order(tx: Tx, app: str, before: Policy, caps: Mapping[str, int | None], now: datetime) -> Order:
    """What `caps` would have made of an app's last 30 days under the policy `before`."""
    midnight = now.astimezone(MAINLAND_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return Order(
        app=app,
        before=before,
        after=before.with_changes(caps),
        exempt=limit_exemptions.every_number(tx, app, now),
        from_at=midnight - LOOKS_BACK,
        to_at=now,
    )


def order_of(tx: Tx, draft: Request, now: datetime) -> Order:
    """What is to be replayed for a change that is drafted. Raises LookupError for an app that was
    never seen."""
    change = limits_change_of(draft.payload)
    before = limit_changes.policy_under(tx, draft.app, change, now)
    return order(tx, draft.app, before, change.caps, now)


def simulate(tx: Tx, wanted: Order) -> Simulation:
    """Replays the log. It takes seconds where there are a million sends and yields to nobody:
    whoever has an event loop asks `handlers.simulating`."""
    return rules.simulate(
        traffic_log.attempts(tx.conn, wanted.app, wanted.from_at, wanted.to_at),
        wanted.before,
        wanted.after,
        wanted.exempt,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
    )


def note(tx: Tx, draft: Request, found: Simulation, settings: Settings, now: datetime) -> None:
    """The draft says from here on what it would have done; one that is another by now does not."""
    current = requests.lock(tx, draft.id)
    if current is not None and current.sha256 == draft.sha256:
        limit_drafts.note_simulated(tx, draft.id, found.payload(), settings, now)
