"""Whether a change of limits may let more through now that its time has come: those who agreed to
it a while ago are asked about again. Where Slack does not say for a day, it lapses.

What lets nothing more through is not asked about: it holds by time alone (`flows.limits`).
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.rules.audit import What
from handlers.flows import audit, backing, limits
from handlers.flows.backing import Answers, Asked, Backing, Standing
from handlers.flows.limit_changes import (
    LAPSED,
    UNASKED,
    fold_behind,
    has_ended,
    held_until,
    lets_more_through,
    touch_others,
    waits_until,
)
from handlers.flows.threads import facts_of
from storage import approvals, cards, posts, requests
from storage import limits as stored
from storage.damage import Damage
from storage.db import Tx
from storage.limits import LimitChange
from storage.requests import Request

#: Slack is asked so long before the start: half of what an approver is believed to be one for.
AHEAD = timedelta(seconds=30)


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether any begins, of which nobody asked yet."""
    return bool(_due(tx, now))


def find_to_ask(tx: Tx, now: datetime) -> list[Backing]:
    """About whose words Slack is to be asked."""
    looser = [each for each in _due(tx, now) if lets_more_through(tx, each, now)]
    found = (backing.of(tx, each.request_id, now) for each in looser)
    return [each for each in found if each is not None]


def settle(tx: Tx, answers: Answers, now: datetime, damage: Damage | None = None) -> None:
    """Lets those hold whole that may, by what Slack was asked, and takes back what may not. What
    cannot be read is noted in `damage` and left as it is."""
    noted = Damage() if damage is None else damage
    for change in _due(tx, now):
        settle_one = partial(_settle_one, tx, change, answers, now)
        noted.within(tx, f"requests {change.request_id}", settle_one, otherwise=None)


def _settle_one(tx: Tx, change: LimitChange, answers: Answers, now: datetime) -> None:
    request = requests.lock(tx, change.request_id)
    if request is not None:
        _settle(tx, change, request, answers, now)


def _due(tx: Tx, now: datetime) -> list[LimitChange]:
    found = stored.find_unasked(tx, now + AHEAD)
    return [each for each in found if not has_ended(each, now)]


def _settle(tx: Tx, change: LimitChange, request: Request, answers: Answers, now: datetime) -> None:
    standing = Standing.HOLDS
    if lets_more_through(tx, change, now):
        standing = backing.judge(tx, change.request_id, answers, now)
    asked = answers.get(change.request_id)
    if standing is Standing.HOLDS:
        stored.note_asked(tx, change.request_id)
    elif asked is not None and (standing is Standing.LAPSED or _is_too_late(change, asked, now)):
        _lapse(tx, change, request, asked, now)
    elif change.starts_at <= now:
        if not backing.was_unasked(tx, request.id):
            cards.touch(tx, request.id, now)
        backing.tell_unasked(tx, request, now)


def _is_too_late(change: LimitChange, asked: Asked, now: datetime) -> bool:
    """Whether Slack, which does not say, was to say until now."""
    latest = waits_until(change)
    return asked.still is None and latest is not None and latest <= now


def _lapse(tx: Tx, change: LimitChange, request: Request, asked: Asked, now: datetime) -> None:
    """It holds no more, nor will; whoever asked for it hears why, and what held of it so far."""
    held = held_until(tx, change, now)
    if stored.undo_change(tx, change.request_id, "", now) is None:
        return
    fold_behind(tx, change.app, now)
    approval = approvals.get(tx, request.id)
    gone = [] if asked.still is None else sorted(asked.backing.voters - asked.still)
    have = len(asked.backing.voters) - len(gone)
    needed = 0 if approval is None else approval.needed
    told = {
        "gone": gone,
        "have": have,
        "needed": needed,
        "held": {} if held is None else dict(held.caps),
        "now": {} if held is None else dict(held.before),
    }
    facts = facts_of(tx, request, told)
    kind = LAPSED if asked.still is not None else UNASKED
    key = f"{request.id}:{kind}"
    posts.add(tx, key, kind, facts, request_id=request.id, now=now)
    posts.add(tx, f"{key}:requester", kind, facts, user_id=request.requester, now=now)
    why: dict[str, Any] = {"have": have, "needed": needed, "who": ", ".join(gone)}
    if kind == UNASKED:
        why = {"reason": "unasked"}
    audit.enter_request(
        tx,
        What.LIMITS_UNDONE,
        request,
        "",
        now,
        caps=dict(change.caps),
        **why,
    )
    cards.touch(tx, request.id, now)
    touch_others(tx, change.app, request.id, now)
    limits.want_wake(tx, change.app)
