"""What the card of a change of limits shows, loaded in one look."""

from datetime import datetime

from bot.rules import limits as rules
from bot.rules.limit_words import Caution, cautions_of, used_up
from bot.rules.requests import RequestState
from bot.rules.simulation import simulation_of
from bot.rules.subjects import LimitsChange, limits_change_of
from bot.settings import Settings
from bot.slack.messages.declarations import ConsoleView
from bot.slack.messages.limit_changes import (
    BEFORE,
    LimitsCard,
    LimitsPhase,
    Overlap,
    name_of_caps,
)
from handlers.flows import ballots, declarations, limits
from handlers.flows.limit_changes import (
    as_made,
    had_begun,
    has_begun,
    has_ended,
    is_alive,
    policy_under,
    waits_until,
    was_unasked,
    window_of,
)
from storage import limit_counts
from storage import limits as stored
from storage.db import Tx
from storage.limits import LimitChange
from storage.requests import Request

PHASES = {
    RequestState.AWAITING_APPROVAL: LimitsPhase.AWAITING,
    RequestState.APPROVED: LimitsPhase.AWAITING,
    RequestState.EXECUTING: LimitsPhase.AWAITING,
    RequestState.DONE: LimitsPhase.TOOK_BACK,
    RequestState.WITHDRAWN: LimitsPhase.WITHDRAWN,
    RequestState.EXPIRED: LimitsPhase.EXPIRED,
    RequestState.REJECTED: LimitsPhase.REJECTED,
    RequestState.SUPERSEDED: LimitsPhase.SUPERSEDED,
}


def load(tx: Tx, request: Request, settings: Settings, now: datetime) -> LimitsCard:
    """What is known of a change of limits now."""
    change, made = limits_change_of(request.payload), stored.get_change(tx, request.id)
    phase = _phase(tx, request, change, made, now)
    return LimitsCard(
        request_id=request.id,
        sha256=request.sha256,
        requester=request.requester,
        app=request.app,
        phase=phase,
        state=request.state,
        change=change,
        simulation=None if change.simulation is None else simulation_of(change.simulation),
        cautions=_cautions(tx, request, change, now) if phase in BEFORE else (),
        overlaps=_overlaps(tx, request, change, made, now),
        approval=ballots.view_of(tx, request, settings),
        starts_at=made.starts_at if made else _taken_back_at(tx, change, phase),
        ends_at=made.ends_at if made else None,
        waits_until=waits_until(made) if made else None,
        undone_at=made.undone_at if made else None,
        undone_by=made.undone_by if made else "",
        step=_step(tx, made, settings, now) if phase is LimitsPhase.IN_EFFECT else None,
        why=request.reason.partition(":")[0] if phase is LimitsPhase.SUPERSEDED else "",
        expires_at=request.expires_at,
        zone=settings.timezone,
        now=now,
    )


def _phase(
    tx: Tx, request: Request, change: LimitsChange, made: LimitChange | None, now: datetime
) -> LimitsPhase:
    if request.state is RequestState.DRAFT:
        return LimitsPhase.SIMULATING if change.simulation is None else LimitsPhase.DRAFT
    if made is None:
        return PHASES[request.state]
    if made.undone_at is not None:
        return _undone(tx, made, made.undone_at)
    if has_ended(made, now):
        return LimitsPhase.ENDED
    if not has_begun(made, now):
        return LimitsPhase.SCHEDULED if now < made.starts_at else LimitsPhase.WAITING
    return LimitsPhase.IN_EFFECT if _holds(tx, made, now) else LimitsPhase.OVERTAKEN


def _undone(tx: Tx, made: LimitChange, undone_at: datetime) -> LimitsPhase:
    if made.has_lapsed:
        return LimitsPhase.UNASKED if was_unasked(tx, made) else LimitsPhase.LAPSED
    return LimitsPhase.UNDONE if had_begun(tx, made, undone_at) else LimitsPhase.CANCELLED


def _taken_back_at(tx: Tx, change: LimitsChange, phase: LimitsPhase) -> datetime | None:
    """When what took another change back did so; None of any other."""
    undone = stored.get_change(tx, change.undoes) if phase is LimitsPhase.TOOK_BACK else None
    return undone.undone_at if undone else None


def _step(
    tx: Tx, made: LimitChange | None, settings: Settings, now: datetime
) -> ConsoleView | None:
    """What is left to type in the console: the newest change that is to be typed says it, alone."""
    app = None if made is None else settings.app(made.app)
    if app is None or made is None:
        return None
    newest = declarations.to_type(tx, app, now)[-1:]
    is_newest = [each.request_id for each in newest] == [made.request_id]
    return declarations.step_of(tx, app, settings, now) if is_newest else None


def _holds(tx: Tx, made: LimitChange, now: datetime) -> bool:
    """Whether anything of it is as it made it, beneath what is changed for a while."""
    is_for_good = made.ends_at is None
    policy = limits.known_policy_of(tx, made.app, now, permanent_only=is_for_good)
    known = {} if policy is None else policy.as_mapping()
    return any(known.get(key) == cap for key, cap in made.caps.items())


def _cautions(tx: Tx, request: Request, change: LimitsChange, now: datetime) -> tuple[Caution, ...]:
    found = cautions_of(change.caps, policy_under(tx, request.app, change, now))
    today = rules.day_of(now)
    if rules.day_of(window_of(change, now).starts_at) != today:
        return found
    return (*used_up(change.caps, limit_counts.totals(tx, request.app, today)), *found)


def _overlaps(
    tx: Tx, request: Request, change: LimitsChange, made: LimitChange | None, now: datetime
) -> tuple[Overlap, ...]:
    """What holds in the place of some of it, now or later, and what it lies above. Of what takes
    another back, what holds in the place of that one."""
    others = stored.open_changes(tx, request.app)
    mine = stored.get_change(tx, change.undoes) if change.undoes else made
    if mine is None:
        mine = as_made(request.app, change, window_of(change, now), others)
    found = [
        _overlap(each, mine, now)
        for each in others
        if each.request_id != mine.request_id
        and is_alive(each, now)
        and each.caps.keys() & mine.caps.keys()
        and _meet(each, mine)
    ]
    return tuple(
        each for each in found if each is not None and (each.is_above or not change.undoes)
    )


def _overlap(other: LimitChange, mine: LimitChange, now: datetime) -> Overlap | None:
    """None where there is nothing to tell: what was before it is in its figures."""
    is_above = _order(other) > _order(mine)
    begins_later = other.starts_at > now
    if other.ends_at is None and not (
        begins_later if is_above else other.starts_at > mine.starts_at
    ):
        return None
    if not is_above and mine.ends_at is None:
        return None
    starts_at = other.starts_at if begins_later else None
    return Overlap(other.request_id, name_of_caps(other.caps), starts_at, other.ends_at, is_above)


def _order(change: LimitChange) -> tuple[bool, datetime, int]:
    """Whichever is the greater holds: what is for a while lies above what is for good."""
    return change.ends_at is not None, change.starts_at, change.nth


def _meet(one: LimitChange, other: LimitChange) -> bool:
    """Whether there is a moment for which both were made."""
    return all(
        first.ends_at is None or second.starts_at < first.ends_at
        for first, second in ((one, other), (other, one))
    )
