"""Asking that somebody who said no may be written to again: on a person's word and another's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.optouts import Scope
from bot.rules.requests import RequestKind
from bot.rules.subjects import OptoutRemoval
from bot.settings import Settings
from handlers.flows import approvals
from storage import optouts, requests
from storage.db import Tx
from storage.ids import to_ms
from storage.requests import Request


class RemovalReason(StrEnum):
    """Why a removal is not asked for."""

    #: There is no such opt-out, or it is gone by now.
    GONE = "gone"
    ALREADY_ASKED = "already_asked"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was asked for; `other` is the request in the way."""

    reason: RemovalReason
    other: Request | None = None


@dataclass(frozen=True, slots=True)
class RemovalAsk:
    """What a person asks for, and where."""

    number: str
    signature: str
    scope: Scope
    reason: str
    app: str
    requester: str
    channel: str


def ask(tx: Tx, wanted: RemovalAsk, settings: Settings, now: datetime) -> Request | Refusal:
    """Asks for the removal of one opt-out as it is now; said anew, it is another one."""
    known = optouts.get(tx, wanted.number, wanted.signature, wanted.scope)
    if known is None:
        return Refusal(RemovalReason.GONE)
    removal = OptoutRemoval(
        number=wanted.number,
        signature=wanted.signature,
        scope=wanted.scope,
        reason=wanted.reason,
        opted_out_at_ms=to_ms(known.at),
    )
    other = _in_the_way(tx, removal)
    if other is not None:
        return Refusal(RemovalReason.ALREADY_ASKED, other)
    return approvals.ask(
        tx,
        RequestKind.OPTOUT_REMOVE,
        wanted.app,
        removal.payload(),
        requester=wanted.requester,
        channel=wanted.channel,
        settings=settings,
        now=now,
    )


def _in_the_way(tx: Tx, removal: OptoutRemoval) -> Request | None:
    """An open request for the same."""
    same = ("number", "signature", "scope")
    wanted = removal.payload()
    for each in requests.find_open_changes(tx):
        is_removal = each.kind is RequestKind.OPTOUT_REMOVE
        if is_removal and all(each.payload[key] == wanted[key] for key in same):
            return each
    return None
