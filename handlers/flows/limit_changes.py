"""What an agreed change of limits does, what it stands on, and what taking one back would do.

Nothing is asked for here (`flows.limit_drafts` does that): effects and grounds stand on this file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.audit import What
from bot.rules.policies import Policy, is_looser
from bot.rules.subjects import LimitsChange
from handlers.flows import audit, backing, limits
from storage import cards, limit_times, posts
from storage import limits as stored
from storage.db import Tx
from storage.ids import RequestId, from_ms
from storage.limits import LimitChange
from storage.requests import Request

#: What is to let more through waits for Slack's word so long from its start on.
WAITS_FOR = timedelta(days=1)
#: What is told of one that lapsed: because too few still might, because Slack did not say.
LAPSED, UNASKED = "limit.lapsed", "limit.unasked"
Caps = Mapping[str, int | None]
#: A policy, and the changes above it.
Standing = tuple[Policy, Sequence[LimitChange]]


class Moved(StrEnum):
    """Why a change that was asked for is not what was shown any more."""

    #: A cap it would set is not what it was when it was asked for.
    LIMITS = "limits_moved"
    #: The time it was for is over.
    OVER = "limits_over"
    #: What it would take back is taken back, or has ended by itself.
    UNDONE = "limits_undone"


@dataclass(frozen=True, slots=True)
class Difference:
    """The caps that two policies do not share at a moment: as they are, and as they would be."""

    at: datetime
    before: Caps
    caps: Caps


@dataclass(frozen=True, slots=True)
class Window:
    """When a change would hold; `ends_at` is None for good."""

    starts_at: datetime
    ends_at: datetime | None


def window_of(change: LimitsChange, now: datetime) -> Window:
    """When it would hold if everybody said yes at `now`."""
    starts_at = now if change.at_ms is None else max(now, from_ms(change.at_ms))
    if change.until_ms is not None:
        return Window(starts_at, from_ms(change.until_ms))
    if change.for_s is not None:
        return Window(starts_at, starts_at + timedelta(seconds=change.for_s))
    return Window(starts_at, None)


def policy_under(tx: Tx, app: str, change: LimitsChange, now: datetime) -> Policy:
    """What a change is compared with: the policy at its start; of one that holds for good, without
    what is changed for a while. Raises LookupError for an app that was never seen."""
    at = window_of(change, now).starts_at
    is_for_good = not change.is_temporary and not change.undoes
    found = limits.known_policy_of(tx, app, at, permanent_only=is_for_good, is_foreseen=at > now)
    if found is None:
        raise LookupError(app)
    return found


def moved(tx: Tx, app: str, change: LimitsChange, now: datetime) -> Moved | None:
    """Why it is not what was shown; None where it is."""
    if change.undoes:
        undone = stored.get_change(tx, change.undoes)
        if undone is None or not is_alive(undone, now):
            return Moved.UNDONE
        found = undoing(tx, undone, now)
        return None if (found.before, found.caps) == (change.before, change.caps) else Moved.LIMITS
    window = window_of(change, now)
    if window.ends_at is not None and window.ends_at <= window.starts_at:
        return Moved.OVER
    policy = policy_under(tx, app, change, now).as_mapping()
    stands = all(policy.get(key) == cap for key, cap in change.before.items())
    # What was asked for as a tightening may lie above a stricter one by now.
    is_as_shown = change.loosens or not loosens_within(tx, app, change, now)
    return None if stands and is_as_shown else Moved.LIMITS


def carry_out(tx: Tx, request: Request, change: LimitsChange, now: datetime) -> None:
    """It holds from its start on. One that takes another back does so at once."""
    if change.undoes:
        take_back(tx, change.undoes, request.requester, request.id, now)
        return
    window = window_of(change, now)
    stored.add_change(
        tx,
        request.id,
        request.app,
        change.caps,
        change.before,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        is_unasked=backing.of(tx, request.id, window.starts_at) is not None,
    )
    audit.enter_request(
        tx,
        What.LIMITS_CHANGED,
        request,
        request.requester,
        now,
        caps=dict(change.caps),
        before=dict(change.before),
        until=None if window.ends_at is None else window.ends_at.isoformat(),
    )
    touch_others(tx, request.app, request.id, now)


def take_back(tx: Tx, request_id: str, by: str, by_request: str, now: datetime) -> bool:
    """Undoes a change and says so under its card; False where that was done. `by_request` is the
    request that asked for it, "" where nobody had to be asked."""
    known = stored.get_change(tx, request_id)
    held = None if known is None else held_until(tx, known, now)
    undone = stored.undo_change(tx, request_id, by, now)
    if undone is None:
        return False
    audit.enter(
        tx,
        What.LIMITS_UNDONE,
        by,
        now,
        subject=undone.request_id,
        app=undone.app,
        caps=dict(undone.caps),
        other=by_request,
    )
    facts = {
        "request_id": undone.request_id,
        "by": by,
        "by_request": by_request,
        "has_begun": has_begun(undone, now) or held is not None,
    }
    key = f"{undone.request_id}:limit.undone"
    posts.add(tx, key, "limit.undone", facts, request_id=undone.request_id, now=now)
    fold_behind(tx, undone.app, now)
    cards.touch(tx, undone.request_id, now)
    touch_others(tx, undone.app, undone.request_id, now)
    limits.want_wake(tx, undone.app)
    return True


def fold_behind(tx: Tx, app: str, now: datetime) -> None:
    """What waited behind one that is taken back becomes part of the policy; where any is still to
    be told to have begun, once that is told."""
    if all(each.app != app for each in limit_times.find_begun(tx, now)):
        stored.fold(tx, app, now)


def is_alive(change: LimitChange, now: datetime) -> bool:
    """Whether it holds, or will."""
    return change.undone_at is None and not has_ended(change, now)


def has_begun(change: LimitChange, now: datetime) -> bool:
    """Whether its start has come, and those who agreed to it still may. What was folded stays so,
    though a clock be put back."""
    return change.folded_at is not None or (change.starts_at <= now and not change.is_unasked)


def had_begun(tx: Tx, change: LimitChange, undone_at: datetime) -> bool:
    """Of one that was taken back, whether any of it held until then."""
    told = posts.last_of(tx, change.request_id, "limit.undone")
    return bool(told[0]["has_begun"]) if told else has_begun(change, undone_at)


def was_unasked(tx: Tx, change: LimitChange) -> bool:
    """Of one that lapsed, whether that was because Slack did not say."""
    return posts.is_known(tx, f"{change.request_id}:{UNASKED}")


def waits_until(change: LimitChange) -> datetime | None:
    """How long Slack is asked about one whose time has come; None where that is not to be."""
    if not change.is_unasked:
        return None
    latest = change.starts_at + WAITS_FOR
    return latest if change.ends_at is None else min(latest, change.ends_at)


def has_ended(change: LimitChange, now: datetime) -> bool:
    """Whether its end has come. What was told to be over stays so."""
    is_over = change.ends_at is not None and change.ends_at <= now
    return is_over or change.told_end_at is not None


def undoing(tx: Tx, change: LimitChange, now: datetime) -> Difference:
    """What taking a change back would do at the first moment from `now` on at which more goes
    through then; at `now` where there is none. Raises LookupError for an app that was never seen.
    """
    known = stored.policy_row(tx, change.app)
    if known is None:
        raise LookupError(change.app)
    changes = stored.open_changes(tx, change.app)
    others = [each for each in changes if each.request_id != change.request_id]
    base = stored.policy_without(tx, known, change)
    found = [
        _difference((known.policy, changes), (base, others), at, is_foreseen=foresees and at > now)
        for foresees in (True, False)
        for at in _moments(changes, now)
    ]
    return next((each for each in found if loosens(each.before, each.caps)), found[0])


def held_until(tx: Tx, change: LimitChange, now: datetime) -> Difference | None:
    """What holds of one that waits for Slack's word, as it is with it (`caps`) and without it
    (`before`); None where nothing does."""
    base, changes = stored.standing(tx, change.app)
    if base is None or not change.is_unasked:
        return None
    others = [each for each in changes if each.request_id != change.request_id]
    found = _difference((base, others), (base, changes), now, is_foreseen=False)
    return found if found.caps else None


def loosens_within(tx: Tx, app: str, change: LimitsChange, now: datetime) -> bool:
    """Whether more goes through at any moment at which a change would hold: one for a while may
    lie above a stricter one that begins later."""
    if loosens(change.before, change.caps):
        return True
    base, changes = stored.standing(tx, app)
    if base is None:
        raise LookupError(app)
    mine = as_made(app, change, window_of(change, now), changes)
    return _loosens_among(base, changes, mine, mine.starts_at)


def lets_more_through(tx: Tx, change: LimitChange, now: datetime) -> bool:
    """The same of one that was agreed to, as long as it holds from `now` on."""
    base, changes = stored.standing(tx, change.app)
    if base is None:
        raise LookupError(change.app)
    others = [each for each in changes if each.request_id != change.request_id]
    asked = replace(change, is_unasked=False)
    return _loosens_among(base, others, asked, max(change.starts_at, now))


def _loosens_among(
    base: Policy, others: Sequence[LimitChange], mine: LimitChange, since: datetime
) -> bool:
    differences = (
        _difference((base, others), (base, [*others, mine]), at, is_foreseen=is_foreseen)
        for is_foreseen in (True, False)
        for at in _moments(others, since)
        if mine.ends_at is None or at < mine.ends_at
    )
    return any(loosens(each.before, each.caps) for each in differences)


def as_made(
    app: str, change: LimitsChange, window: Window, others: Sequence[LimitChange]
) -> LimitChange:
    """A change as it would stand behind `others` once it is agreed to."""
    return LimitChange(
        request_id=RequestId(""),
        app=app,
        nth=1 + max((each.nth for each in others), default=0),
        caps=change.caps,
        before=change.before,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        folded_at=None,
        undone_at=None,
        undone_by="",
        told_start_at=None,
        told_end_at=None,
    )


def _difference(one: Standing, another: Standing, at: datetime, *, is_foreseen: bool) -> Difference:
    policy, other = (
        limits.composed(base, changes, at, is_foreseen=is_foreseen)
        for base, changes in (one, another)
    )
    caps = policy.changes_to(other)
    return Difference(at, {key: policy.as_mapping().get(key) for key in caps}, caps)


def _moments(changes: Sequence[LimitChange], since: datetime) -> list[datetime]:
    """`since`, and every later moment at which one of `changes` begins or ends."""
    edges = {edge for each in changes for edge in (each.starts_at, each.ends_at) if edge}
    return [since, *sorted(edge for edge in edges if edge > since)]


def loosens(before: Caps, after: Caps) -> bool:
    """Whether more goes through somewhere."""
    return any(is_looser(before.get(key), cap) for key, cap in after.items())


#: A change older than so many others is not shown anew because of a new one.
OTHERS_MAX = 50


def touch_others(tx: Tx, app: str, request_id: RequestId, now: datetime) -> None:
    """Has the cards of an app's other changes that hold or will shown again."""
    for other in stored.history(tx, app, OTHERS_MAX):
        if other.request_id != request_id and is_alive(other, now):
            cards.touch(tx, other.request_id, now)
