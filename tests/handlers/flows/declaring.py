"""What is declared of Tencent's console, and messages that Tencent answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.settings import Settings
from bot.tencent.wire import SendOutcome
from handlers.flows import declarations, delivery, drifts
from handlers.flows.declarations import DeclareAsk
from storage.db import Tx
from storage.declarations import Declaration
from storage.messages import Message
from tests.handlers.flows import sends
from tests.storage.rows import MAYA, NOW, NUMBER, must_get

SERIALS = count(1)


def declare(
    tx: Tx,
    settings: Settings,
    caps: Mapping[str, int | None],
    *,
    now: datetime = NOW,
    **more: Any,
) -> Declaration:
    ask = DeclareAsk(
        app=settings.apps[0],
        caps=caps,
        evidence=more.pop("evidence", "seen"),
        by=more.pop("by", MAYA),
        channel=more.pop("channel", "C0SMS"),
        **more,
    )
    return declarations.declare(tx, ask, settings, now)


def exchange(
    tx: Tx,
    settings: Settings,
    now: datetime,
    *,
    code: str = "Ok",
    number: str = NUMBER,
    outcome: SendOutcome | None = None,
    late: timedelta = timedelta(),
) -> tuple[Message, int]:
    """One message that Tencent answers with `code`, or as `outcome`, and `late` so; how many
    contradictions are new."""
    begun = sends.begin(tx, number, now=now)
    answer = outcome or sends.answered(number, code, f"5000:{next(SERIALS)}")
    new = settle(tx, settings, begun, answer, now + late)
    return must_get(tx, begun.id), new


def settle(tx: Tx, settings: Settings, begun: Message, outcome: SendOutcome, now: datetime) -> int:
    """An answer to a message in flight; how many contradictions are new."""
    ends = delivery.read_outcome([sends.attempt_of(begun)], outcome, now)
    delivery.settle(tx, ends, now)
    return drifts.look(tx, ends, settings, now)
