"""Asking that the caps of one number shall not hold for one, and taking that back at once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.audit import What
from bot.rules.numbers import mask
from bot.rules.requests import RequestKind
from bot.rules.subjects import LimitExempt
from bot.settings import Settings
from handlers.flows import approvals, audit, limit_exemptions
from handlers.flows.limit_exemptions import Moot
from storage import cards, posts, requests
from storage import limit_exemptions as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.limit_exemptions import Exemption
from storage.requests import Request

#: Tencent's own allow list holds as many an application (docs snapshot of 2021-07-20,
#: 短信/控制台指南/管理应用/配置基础信息.md).
TENCENT_MAX = 300


class ExemptReason(StrEnum):
    """Why an exemption is not asked for."""

    #: The number is exempt for at least as long.
    ALREADY = "already"
    #: Somebody asks for the same number.
    ALREADY_ASKED = "already_asked"
    #: It was to end at a time that is over.
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was asked for; `other` is the request in the way, `known` the exemption there is."""

    reason: ExemptReason
    other: Request | None = None
    known: Exemption | None = None


@dataclass(frozen=True, slots=True)
class ExemptAsk:
    """What a person asks for, and where."""

    app: str
    exempt: LimitExempt
    requester: str
    channel: str


def ask(tx: Tx, wanted: ExemptAsk, settings: Settings, now: datetime) -> Request | Refusal:
    """Asks for it; under the policy somebody else says yes."""
    number = wanted.exempt.number
    moot = limit_exemptions.moot(tx, wanted.app, wanted.exempt, now)
    if moot is Moot.OVER:
        return Refusal(ExemptReason.OVER)
    if moot is Moot.ALREADY:
        known = stored.get(tx, wanted.app, number, now)
        return Refusal(ExemptReason.ALREADY, known=known)
    other = _in_the_way(tx, wanted.app, number)
    if other is not None:
        return Refusal(ExemptReason.ALREADY_ASKED, other=other)
    return approvals.ask(
        tx,
        RequestKind.LIMITS_EXEMPT,
        wanted.app,
        wanted.exempt.payload(),
        requester=wanted.requester,
        channel=wanted.channel,
        settings=settings,
        now=now,
    )


def remove(tx: Tx, app: str, number: str, user_id: str, now: datetime) -> Exemption | None:
    """The caps hold for a number again, at once; None where they did. The card of the request
    that lifted them says so, and its thread."""
    known = stored.remove(tx, app, number)
    if known is None:
        return None
    audit.enter(
        tx,
        What.LIMITS_EXEMPTION_ENDED,
        user_id,
        now,
        subject=known.request_id,
        app=app,
        number=mask(number),
    )
    request = requests.get(tx, known.request_id)
    if request is not None:
        cards.touch(tx, request.id, now)
    if known.ends_at is not None and known.ends_at <= now:
        return None
    if request is not None:
        facts = {"user": user_id, "number": mask(number), "app": app}
        key = f"{request.id}:exempt_removed:{to_ms(now)}"
        posts.add(tx, key, limit_exemptions.REMOVED, facts, request_id=request.id, now=now)
    return known


def _in_the_way(tx: Tx, app: str, number: str) -> Request | None:
    """An open request for the same number."""
    return next(
        (
            each
            for each in requests.find_open_changes(tx)
            if each.kind is RequestKind.LIMITS_EXEMPT
            and each.app == app
            and each.payload["number"] == number
        ),
        None,
    )
