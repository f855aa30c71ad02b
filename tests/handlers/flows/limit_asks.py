"""Changes of limits as people ask for them, simulated at once, and agreed to."""

from datetime import datetime
from typing import Any

from bot.rules.policies import Policy
from bot.rules.simulation import Simulation
from bot.settings import App, Settings
from handlers.flows import limit_drafts, limits
from handlers.flows.limit_drafts import LimitAsk
from storage import limits as stored
from storage import requests
from storage.db import Tx
from storage.requests import Request
from tests.handlers.flows.asks import say
from tests.storage.rows import LIN, NOW

SIMULATION = Simulation(NOW, NOW, sends=10, numbers=3)


def demo(settings: Settings) -> App:
    found = settings.app("demo")
    assert found is not None
    return found


def wanted(settings: Settings, typed: str = "day=9", **more: Any) -> LimitAsk:
    """`day=9 hour=3`, as typed."""
    pairs = tuple((key, value) for key, _, value in (each.partition("=") for each in typed.split()))
    known: dict[str, Any] = {"at": None, "for_s": None, "until": None, "reason": "campaign"}
    known |= {"channel": "C0SMS"}
    return LimitAsk(pairs=pairs, app=demo(settings), requester=LIN, **(known | more))


def draft(
    tx: Tx, settings: Settings, typed: str = "day=9", now: datetime = NOW, **more: Any
) -> Request:
    """Drafted, and looked at."""
    drafted = limit_drafts.draft(tx, wanted(settings, typed, **more), now)
    assert isinstance(drafted, Request), drafted
    return simulated(tx, settings, drafted, now=now)


def simulated(
    tx: Tx,
    settings: Settings,
    request: Request,
    found: Simulation = SIMULATION,
    now: datetime = NOW,
) -> Request:
    """What the worker does, as it stands then."""
    limit_drafts.note_simulated(tx, request.id, found.payload(), settings, now)
    return again(tx, request)


def hand_in(tx: Tx, settings: Settings, request: Request, now: datetime = NOW) -> Request:
    """Its requester's word."""
    asked = limit_drafts.ask(tx, request.id, request.sha256, request.requester, settings, now)
    assert isinstance(asked, Request), asked
    return again(tx, asked)


def agreed(
    tx: Tx, settings: Settings, typed: str = "day=9", now: datetime = NOW, **more: Any
) -> Request:
    """Drafted, looked at, handed in, and agreed to by who still may when it begins."""
    request = agreed_once(tx, settings, typed, now, **more)
    stored.note_asked(tx, request.id)
    return request


def agreed_once(
    tx: Tx, settings: Settings, typed: str = "day=9", now: datetime = NOW, **more: Any
) -> Request:
    """The same before anybody asked again."""
    request = hand_in(tx, settings, draft(tx, settings, typed, now, **more), now)
    say(tx, request, now=now)
    return again(tx, request)


def again(tx: Tx, request: Request) -> Request:
    found = requests.get(tx, request.id)
    assert found is not None
    return found


def caps(tx: Tx, settings: Settings, now: datetime = NOW) -> dict[str, int]:
    """What holds."""
    found: Policy = limits.policy_of(tx, demo(settings), now)
    return dict(found.as_mapping())
