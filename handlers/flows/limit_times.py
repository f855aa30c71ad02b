"""What is to be told because its time has come: a change of limits that began, one that ended.

What holds is decided by time (`flows.limits`), and of what lets more through by Slack's word
(`flows.limit_starts`); here it is said, and cards are shown anew.
"""

from datetime import datetime

from bot.rules.requests import RequestKind
from handlers.flows import approvals, limit_changes, limit_drafts, limits
from storage import approvals as stored_approvals
from storage import cards, limit_times, posts, requests
from storage import limit_drafts as drafts
from storage import limits as stored
from storage.db import Tx
from storage.ids import to_ms
from storage.limits import LimitChange

OPEN_LIMIT = 200


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether there is anything to tell, or a draft to end."""
    return bool(
        limit_times.find_begun(tx, now)
        or limit_times.find_ended(tx, now)
        or drafts.find_lapsed(tx, now, 1)
    )


def tell(tx: Tx, now: datetime) -> None:
    """Tells all of it, once each; what holds for good becomes part of the app's policy."""
    limit_drafts.expire_due(tx, now)
    begun, ended = limit_times.find_begun(tx, now), limit_times.find_ended(tx, now)
    over = {each.request_id for each in ended}
    for change in begun:
        stored.mark_told(tx, change.request_id, now, is_end=False)
        # Of one that was over before anybody could be told, its end says all there is.
        if change.request_id not in over:
            _say(tx, change, "limit.began", {}, now)
    for change in ended:
        stored.mark_told(tx, change.request_id, now, is_end=True)
        policy = limits.known_policy_of(tx, change.app, now)
        known = {} if policy is None else policy.as_mapping()
        kind = "limit.unbegun" if change.is_unasked else "limit.ended"
        _say(tx, change, kind, {"now": {key: known.get(key) for key in change.caps}}, now)
    for app in {each.app for each in (*begun, *ended)}:
        stored.fold(tx, app, now)
        supersede_moved(tx, app, now)
        limits.want_wake(tx, app)


def supersede_moved(tx: Tx, app: str, now: datetime) -> None:
    """Requests for changes of an app that wait on what is there no more give way."""
    for request_id in stored_approvals.list_open(tx, OPEN_LIMIT):
        request = requests.get_shown(tx, request_id)
        # Nobody can say of a damaged one what it waits on: its time ends it.
        if request is None or request.is_damaged:
            continue
        if request.kind is RequestKind.LIMITS_CHANGE and request.app == app:
            approvals.supersede(tx, request, now)


def _say(tx: Tx, change: LimitChange, kind: str, more: dict[str, object], now: datetime) -> None:
    facts = {
        "app": change.app,
        "requester": requests.requester_of(tx, change.request_id),
        "caps": dict(change.caps),
        "ends_ms": None if change.ends_at is None else to_ms(change.ends_at),
        **more,
    }
    key = f"{change.request_id}:{kind}"
    posts.add(tx, key, kind, facts, request_id=change.request_id, now=now)
    cards.touch(tx, change.request_id, now)
    limit_changes.touch_others(tx, change.app, change.request_id, now)
