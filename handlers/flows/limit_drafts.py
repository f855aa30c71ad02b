"""Asking for a change of limits: the draft, what is found out about it, and its requester's word.

A change is drafted at once, with its card; what it would have done in the last 30 days is found out
afterwards (`handlers.jobs.simulate_limits`), and becomes part of what an approval is bound to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.rules import limit_accounts, limit_words
from bot.rules.approvals import Rule
from bot.rules.limit_words import CapFault
from bot.rules.requests import RequestEvent, RequestKind, RequestState
from bot.rules.simulation import simulation_of
from bot.rules.subjects import LimitsChange, limits_change_of
from bot.settings import App, Settings
from handlers.flows import approvals, limit_changes
from handlers.flows.limit_changes import Moved, loosens, loosens_within
from storage import approvals as stored_approvals
from storage import cards, limit_drafts, requests
from storage import limits as stored
from storage.db import Tx
from storage.ids import RequestId, to_ms
from storage.requests import Request

#: A draft that is not handed in by then is nobody's.
DRAFT_FOR = timedelta(days=1)
#: A click names at least this much of the hash of what was shown.
SHA_CHARS = 32
DRAFTS_AT_ONCE = 20
#: More drafts than people make before they lapse: one behind them would wait until then.
DRAFTS_OPEN = 1_000
OPEN_LIMIT = 200


@dataclass(frozen=True, slots=True)
class LimitAsk:
    """What a person typed or filled in; `pairs` are keys and caps as typed."""

    pairs: tuple[tuple[str, str], ...]
    app: App
    at: datetime | None
    for_s: int | None
    until: datetime | None
    reason: str
    requester: str
    channel: str


class LimitRefusal(StrEnum):
    """Why a click on the card of a change of limits does nothing."""

    NOT_FOUND = "not_found"
    NOT_YOURS = "not_yours"
    #: What was shown is not what would be asked for any more.
    CHANGED = "changed"
    #: The limits are others by now: the draft was made anew.
    REDRAFTED = "redrafted"
    #: The limits are as it would make them.
    POINTLESS = "pointless"
    SIMULATING = "simulating"
    EXPIRED = "expired"
    ALREADY_ASKED = "already_asked"
    DISCARDED = "discarded"
    #: Of a roll-back: nothing of it holds any more.
    UNDONE = "undone"
    ENDED = "ended"
    #: More would go through, and this person may not ask for that.
    NOT_ASKER = "not_asker"
    #: The account is an individual's by now.
    INDIVIDUAL = "individual"


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """Somebody asked already to take the same change back."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class RolledBack:
    """It is taken back, and nobody had to be asked."""

    request_id: RequestId
    had_begun: bool = True


def draft(tx: Tx, ask: LimitAsk, now: datetime) -> Request | tuple[CapFault, ...]:
    """Keeps what was asked for, with its card, or returns everything that stands in the way."""
    change = judged(tx, ask, now)
    if not isinstance(change, LimitsChange):
        return change
    return _keep(tx, ask.app.name, change, ask.requester, ask.channel, now)


def judged(tx: Tx, ask: LimitAsk, now: datetime) -> LimitsChange | tuple[CapFault, ...]:
    """What was asked for and whether more would go through, or everything that stands in the way.
    Nothing of it is kept."""
    stored.seed(tx, ask.app.name, ask.app.limits.policy, now)
    wanted = LimitsChange(
        caps={},
        before={},
        at_ms=None if ask.at is None else to_ms(ask.at),
        for_s=ask.for_s,
        until_ms=None if ask.until is None else to_ms(ask.until),
        reason=ask.reason,
    )
    policy = limit_changes.policy_under(tx, ask.app.name, wanted, now)
    caps = limit_words.caps_of(ask.pairs, policy)
    if not isinstance(caps, Mapping):
        return caps
    known = policy.as_mapping()
    change = replace(wanted, caps=dict(caps), before={key: known.get(key) for key in caps})
    return replace(change, loosens=_loosens(tx, ask.app.name, change, now))


def find_unsimulated(tx: Tx) -> list[Request]:
    """Drafts of which nobody knows yet what they would have done, the oldest first."""
    found = limit_drafts.find_open(tx, DRAFTS_OPEN)
    return [each for each in found if each.payload.get("simulation") is None]


def note_simulated(
    tx: Tx, request_id: RequestId, simulation: Mapping[str, Any], settings: Settings, now: datetime
) -> None:
    """The draft is from here on what `simulation` says of it, and can be handed in. What takes a
    change back was handed in with its click."""
    request = requests.lock(tx, request_id)
    if request is None or request.state is not RequestState.DRAFT:
        return
    payload = {**request.payload, "simulation": dict(simulation)}
    ready = requests.redraft(tx, request.id, payload, now=now, expires_at=request.expires_at)
    cards.touch(tx, request.id, now)
    if ready is not None and ready.payload["undoes"]:
        _ask_to_undo(tx, ready, limits_change_of(ready.payload), settings, now)


def ask(
    tx: Tx, request_id: str, sha256: str, user_id: str, settings: Settings, now: datetime
) -> Request | LimitRefusal:
    """Hands a draft in, exactly once, if all of what was shown still holds."""
    request = requests.lock(tx, request_id)
    refusal = _refusal(request, sha256, user_id, now)
    if request is None or refusal is not None:
        return refusal or LimitRefusal.NOT_FOUND
    if _is_individual(settings):
        return LimitRefusal.INDIVIDUAL
    change = limits_change_of(request.payload)
    if change.simulation is None:
        return LimitRefusal.SIMULATING
    why = limit_changes.moved(tx, request.app, change, now)
    if why is None:
        return _hand_in(tx, request, change, settings, now)
    if why is not Moved.LIMITS:
        return _end(tx, request, RequestEvent.EXPIRE, now, LimitRefusal.EXPIRED)
    return _draft_anew(tx, request, change, now)


def discard(tx: Tx, request_id: str, user_id: str, now: datetime) -> RequestState | LimitRefusal:
    """Withdraws a draft, even while it is still being simulated."""
    request = requests.lock(tx, request_id)
    refusal = _refusal(request, request.sha256 if request else "", user_id, now)
    if request is None or refusal not in {None, LimitRefusal.EXPIRED}:
        return refusal or LimitRefusal.NOT_FOUND
    state = requests.advance(tx, request, RequestEvent.WITHDRAW, now, reason=user_id)
    cards.touch(tx, request.id, now)
    return state or LimitRefusal.ALREADY_ASKED


def expire_due(tx: Tx, now: datetime) -> int:
    """Ends drafts nobody handed in; says how many."""
    found = limit_drafts.find_lapsed(tx, now, DRAFTS_AT_ONCE)
    for request in found:
        requests.advance(tx, request, RequestEvent.EXPIRE, now)
        cards.touch(tx, request.id, now)
    return len(found)


def roll_back(
    tx: Tx,
    request_id: str,
    user_id: str,
    settings: Settings,
    now: datetime,
    *,
    may_ask: bool = True,
) -> RolledBack | Request | AskedBefore | LimitRefusal:
    """Takes a change back, begun or not: at once where nothing more goes through then, now and
    whenever something that is agreed to begins or ends; else asks for it, for who `may_ask`."""
    change = stored.get_change(tx, request_id)
    request = requests.lock(tx, request_id)
    if change is None or request is None:
        return LimitRefusal.NOT_FOUND
    if not limit_changes.is_alive(change, now):
        return LimitRefusal.ENDED if change.undone_at is None else LimitRefusal.UNDONE
    found = limit_changes.undoing(tx, change, now)
    if not loosens(found.before, found.caps):
        limit_changes.take_back(tx, change.request_id, user_id, "", now)
        return RolledBack(change.request_id, limit_changes.had_begun(tx, change, now))
    other = _open_roll_back(tx, change.request_id)
    if other is not None:
        return AskedBefore(other)
    if not may_ask or _is_individual(settings):
        return LimitRefusal.INDIVIDUAL if _is_individual(settings) else LimitRefusal.NOT_ASKER
    wanted = LimitsChange(
        caps=found.caps,
        before=found.before,
        at_ms=to_ms(found.at) if found.at > now else None,
        for_s=None,
        until_ms=None,
        reason="",
        undoes=change.request_id,
    )
    return _keep(tx, change.app, wanted, user_id, request.channel, now)


def rule_of(app: str, change: LimitsChange, settings: Settings) -> Rule:
    """The policy a change of limits is under. Where codes are kept back, emoji do not count."""
    rule = settings.limits_rule(app, loosens=change.loosens)
    found = None if change.simulation is None else simulation_of(change.simulation)
    if limit_words.shuts_codes_out(change.caps) or (found is not None and found.codes_blocked):
        return replace(rule, buttons_only=True)
    return rule


def _keep(
    tx: Tx, app: str, change: LimitsChange, requester: str, channel: str, now: datetime
) -> Request:
    payload = replace(change, loosens=_loosens(tx, app, change, now)).payload()
    # Read once before it is kept: nothing that cannot be shown and carried out is ever drafted.
    limits_change_of(payload)
    request = requests.add(
        tx,
        kind=RequestKind.LIMITS_CHANGE,
        app=app,
        payload=payload,
        requester=requester,
        channel=channel,
        now=now,
        expires_at=_within(now + DRAFT_FOR, change, now),
    )
    cards.add(tx, request.id, channel, now)
    return request


def _within(at: datetime, change: LimitsChange, now: datetime) -> datetime:
    """`at`, or the end of what is asked for where that is earlier."""
    ends_at = limit_changes.window_of(change, now).ends_at if change.until_ms is not None else None
    return at if ends_at is None else min(at, ends_at)


def _hand_in(
    tx: Tx, request: Request, change: LimitsChange, settings: Settings, now: datetime
) -> Request:
    rule = rule_of(request.app, change, settings)
    return approvals.ask_for_draft(tx, request, rule, settings, now)


def _loosens(tx: Tx, app: str, change: LimitsChange, now: datetime) -> bool:
    """What takes another back is asked for only where more goes through."""
    return bool(change.undoes) or loosens_within(tx, app, change, now)


def _is_individual(settings: Settings) -> bool:
    return limit_accounts.may_not(is_individual=settings.content.is_individual) is not None


def _ask_to_undo(
    tx: Tx, request: Request, change: LimitsChange, settings: Settings, now: datetime
) -> None:
    """Hands in what takes a change back, if it is still what was found out about."""
    undone = stored.get_change(tx, change.undoes)
    why = limit_changes.moved(tx, request.app, change, now)
    if undone is None or why is Moved.UNDONE or _is_individual(settings):
        _end(tx, request, RequestEvent.EXPIRE, now, LimitRefusal.EXPIRED)
        return
    if why is None:
        _hand_in(tx, request, change, settings, now)
        return
    found = limit_changes.undoing(tx, undone, now)
    if not loosens(found.before, found.caps):
        # Nobody has to be asked any more.
        limit_changes.take_back(tx, change.undoes, request.requester, "", now)
        _end(tx, request, RequestEvent.WITHDRAW, now, LimitRefusal.POINTLESS)
        return
    at_ms = to_ms(found.at) if found.at > now else None
    fresh = replace(
        change, caps=found.caps, before=found.before, at_ms=at_ms, simulation=None
    ).payload()
    requests.redraft(tx, request.id, fresh, now=now, expires_at=request.expires_at)


def _draft_anew(tx: Tx, request: Request, change: LimitsChange, now: datetime) -> LimitRefusal:
    """The same on the limits as they are now, to be simulated and looked at again."""
    policy = limit_changes.policy_under(tx, request.app, change, now).as_mapping()
    caps = {key: cap for key, cap in change.caps.items() if policy.get(key) != cap}
    if not caps:
        return _end(tx, request, RequestEvent.WITHDRAW, now, LimitRefusal.POINTLESS)
    before = {key: policy.get(key) for key in caps}
    fresh = replace(change, caps=caps, before=before, simulation=None)
    fresh = replace(fresh, loosens=_loosens(tx, request.app, fresh, now))
    requests.redraft(
        tx, request.id, fresh.payload(), now=now, expires_at=_within(now + DRAFT_FOR, fresh, now)
    )
    cards.touch(tx, request.id, now)
    return LimitRefusal.REDRAFTED


def _end(
    tx: Tx, request: Request, event: RequestEvent, now: datetime, refusal: LimitRefusal
) -> LimitRefusal:
    requests.advance(tx, request, event, now)
    cards.touch(tx, request.id, now)
    return refusal


def _refusal(
    request: Request | None, sha256: str, user_id: str, now: datetime
) -> LimitRefusal | None:
    """Why a click on a draft changes nothing, or None."""
    if request is None or request.kind is not RequestKind.LIMITS_CHANGE:
        return LimitRefusal.NOT_FOUND
    if request.requester != user_id:
        return LimitRefusal.NOT_YOURS
    if len(sha256) < SHA_CHARS or not request.sha256.startswith(sha256):
        return LimitRefusal.CHANGED
    if request.state is not RequestState.DRAFT:
        return ENDED.get(request.state, LimitRefusal.ALREADY_ASKED)
    return LimitRefusal.EXPIRED if now >= request.expires_at else None


ENDED = {
    RequestState.WITHDRAWN: LimitRefusal.DISCARDED,
    RequestState.EXPIRED: LimitRefusal.EXPIRED,
}


def _open_roll_back(tx: Tx, undoes: RequestId) -> RequestId | None:
    """The request that asks already to take a change back, drafted or waiting."""
    waiting = (requests.get(tx, each) for each in stored_approvals.list_open(tx, OPEN_LIMIT))
    drafted = limit_drafts.find_open(tx, OPEN_LIMIT)
    for each in (*drafted, *waiting):
        is_one = each is not None and each.kind is RequestKind.LIMITS_CHANGE
        if is_one and each is not None and each.payload.get("undoes") == undoes:
            return each.id
    return None
