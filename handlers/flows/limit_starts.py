"""Whether a change of limits may let more through now that its time has come: those who agreed to
it a while ago are asked about again.

What lets nothing more through is not asked about: it holds by time alone (`flows.limits`).
"""

from datetime import datetime, timedelta

from bot.rules.audit import What
from handlers.flows import audit, backing, limits
from handlers.flows.backing import Answers, Asked, Backing, Standing
from handlers.flows.limit_changes import has_ended, lets_more_through, touch_others
from handlers.flows.threads import facts_of
from storage import approvals, cards, posts, requests
from storage import limits as stored
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


def settle(tx: Tx, answers: Answers, now: datetime) -> None:
    """Lets those hold whole that may, by what Slack was asked, and takes back what may not."""
    for change in _due(tx, now):
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
    elif standing is Standing.LAPSED and asked is not None:
        _lapse(tx, change, request, asked, now)
    elif change.starts_at <= now:
        backing.tell_unasked(tx, request, now)


def _lapse(tx: Tx, change: LimitChange, request: Request, asked: Asked, now: datetime) -> None:
    """It holds no more, nor will; whoever asked for it hears why."""
    if stored.undo_change(tx, change.request_id, "", now) is None:
        return
    # What began after it waited behind it to become part of the policy.
    stored.fold(tx, change.app, now)
    approval = approvals.get(tx, request.id)
    gone = sorted(asked.backing.voters - (asked.still or frozenset()))
    have = len(asked.backing.voters) - len(gone)
    needed = 0 if approval is None else approval.needed
    facts = facts_of(tx, request, {"gone": gone, "have": have, "needed": needed})
    key = f"{request.id}:limit.lapsed"
    posts.add(tx, key, "limit.lapsed", facts, request_id=request.id, now=now)
    posts.add(tx, f"{key}:requester", "limit.lapsed", facts, user_id=request.requester, now=now)
    audit.enter_request(
        tx,
        What.LIMITS_UNDONE,
        request,
        "",
        now,
        caps=dict(change.caps),
        have=have,
        needed=needed,
        who=", ".join(gone),
    )
    cards.touch(tx, request.id, now)
    touch_others(tx, change.app, request.id, now)
    limits.want_wake(tx, change.app)
