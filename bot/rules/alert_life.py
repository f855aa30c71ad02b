"""The life of a group of alerts: what may become of it, by whom, and when by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType

from bot.rules.alerts.signal import Severity

#: Fires again so soon after it had cleared: the same card goes on.
AGAIN_WITHIN = timedelta(minutes=15)
#: After a start every condition has been looked at within this time.
SETTLE = timedelta(minutes=1)
#: While its route is muted by the clock a group is looked at so often.
MUTED_LOOK = timedelta(minutes=1)


class GroupState(IntEnum):
    """Where a group is in its life; the number is stored."""

    PENDING = 0
    """Nobody was told yet: more of the kind may come within ``group_wait``."""
    FIRING = 1
    """It goes on, and whoever is on call has to know."""
    ACKNOWLEDGED = 2
    """Somebody has it in hand."""
    SILENCED = 3
    """It goes on, and nobody wants to hear of it for now."""
    RESOLVED = 4
    """Over: its facts are gone, or somebody says it is done."""


class Move(StrEnum):
    """What may become of a group; the value is stored."""

    # By a person, by button, emoji, key press or command: one path.
    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    # By itself, with time and facts.
    TELL = "tell"
    """``group_wait`` is over."""
    RISE = "rise"
    """Worse than what was told."""
    NEWS = "news"
    """More alerts than were told of, ``group_interval`` after the last word."""
    REPEAT = "repeat"
    """``repeat_interval`` after the last word, and nobody has acknowledged it."""
    MUTE = "mute"
    """Silences, or alerts that explain it, cover all of it."""
    UNMUTE = "unmute"
    """They do not any more."""
    CLEAR = "clear"
    """None of its facts is left."""
    AGAIN = "again"
    """It fires again, soon after it had cleared; it need not wait where nobody was told before."""
    REMIND = "remind"
    """It was acknowledged a while ago and still goes on."""
    FORGET = "forget"
    """Whoever acknowledged it did not answer the reminders."""


#: What people do; everything else comes by itself.
BY_PEOPLE = frozenset({Move.ACKNOWLEDGE, Move.UNACKNOWLEDGE, Move.RESOLVE, Move.REOPEN})
_P, _F, _A, _S, _R = GroupState

#: From where, by what, to where. What is not here is refused.
TABLE: Mapping[tuple[GroupState, Move], GroupState] = MappingProxyType(
    {
        (_P, Move.TELL): _F,
        (_P, Move.ACKNOWLEDGE): _A,
        (_P, Move.MUTE): _S,
        (_P, Move.RESOLVE): _R,
        (_P, Move.CLEAR): _R,
        (_F, Move.ACKNOWLEDGE): _A,
        (_F, Move.NEWS): _F,
        (_F, Move.REPEAT): _F,
        (_F, Move.RISE): _F,
        (_F, Move.MUTE): _S,
        (_F, Move.RESOLVE): _R,
        (_F, Move.CLEAR): _R,
        # By whoever did before: the answer to a reminder.
        (_A, Move.ACKNOWLEDGE): _A,
        (_A, Move.UNACKNOWLEDGE): _F,
        (_A, Move.REMIND): _A,
        (_A, Move.FORGET): _F,
        # It was taken in hand as something less bad.
        (_A, Move.RISE): _F,
        (_A, Move.NEWS): _A,
        # It stays in hand; the silence is told all the same.
        (_A, Move.MUTE): _A,
        (_A, Move.RESOLVE): _R,
        (_A, Move.CLEAR): _R,
        (_S, Move.ACKNOWLEDGE): _A,
        (_S, Move.UNMUTE): _F,
        (_S, Move.RESOLVE): _R,
        (_S, Move.CLEAR): _R,
        (_R, Move.REOPEN): _F,
        (_R, Move.AGAIN): _F,
    }
)
#: After these somebody is called, from the first step of the chain on.
CALLS = frozenset(
    {
        Move.TELL,
        Move.RISE,
        Move.UNMUTE,
        Move.UNACKNOWLEDGE,
        Move.FORGET,
        Move.AGAIN,
        Move.REOPEN,
    }
)
#: After these people know of all there is by now.
TELLS = CALLS | {Move.NEWS, Move.REPEAT}
#: These are shown in the channel too, not in the thread alone.
BROADCAST = frozenset({Move.RISE, Move.RESOLVE, Move.CLEAR, Move.AGAIN, Move.REOPEN})


def is_broadcast(state: GroupState, move: Move) -> bool:
    """Whether `move` from `state` is shown in the channel too. The end of what nobody wanted to
    hear of is not."""
    return move in BROADCAST and (state, move) != (GroupState.SILENCED, Move.CLEAR)


def after(state: GroupState, move: Move) -> GroupState | None:
    """Where `move` leads from `state`; None where it leads nowhere."""
    return TABLE.get((state, move))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group is, and since when."""

    state: GroupState
    opened_at: datetime
    told_at: datetime | None = None
    told_severity: int = 0
    acked_at: datetime | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at its alerts finds."""

    fires: bool
    """Whether any of them goes on."""
    heard: Severity | None
    """The worst that no silence and no other alert covers; None where all are covered."""
    has_news: bool = False
    """Whether there are uncovered ones that nobody was told of."""
    is_off_hours: bool = False
    """Whether its route is muted by the clock: nobody is told anything now."""
    heard_at: datetime | None = None
    """When it is to be looked whether it still is; None for ``MUTED_LOOK``."""
    ended_at: datetime | None = None
    """When the last of them ended, where none goes on."""
    is_newly_silenced: bool = False
    """Whether somebody silences it, and its history does not say so yet."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long a route waits, in Alertmanager's words, and how long an acknowledgement holds."""

    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    remind_after: timedelta | None = timedelta(hours=1)
    forget_reminders: int | None = 3
    """After so many reminders without an answer an acknowledgement is taken back; None: never."""


def decide(standing: Standing, seen: Seen, times: Times, now: datetime) -> Move | None:
    """What becomes of a group by itself now; None where nothing does."""
    if standing.state is GroupState.RESOLVED:
        return None
    if not seen.fires:
        return Move.CLEAR if now >= _clears_at(standing, seen, times) else None
    if seen.heard is None:
        is_loud = standing.state in {GroupState.PENDING, GroupState.FIRING}
        is_in_hand = standing.state is GroupState.ACKNOWLEDGED
        return Move.MUTE if is_loud or (is_in_hand and seen.is_newly_silenced) else None
    return None if seen.is_off_hours else _of_heard(standing, seen, seen.heard, times, now)


def _of_heard(
    standing: Standing, seen: Seen, worst: Severity, times: Times, now: datetime
) -> Move | None:
    """Of one that people may hear of now."""
    match standing.state:
        case GroupState.PENDING:
            return Move.TELL if now >= standing.opened_at + times.group_wait else None
        case GroupState.SILENCED:
            return Move.UNMUTE
    if standing.told_at is not None and worst > standing.told_severity:
        return Move.RISE
    return _with_time(standing, seen, times, now)


def _with_time(standing: Standing, seen: Seen, times: Times, now: datetime) -> Move | None:
    """Of one that people know of, or have in hand."""
    told_at = standing.told_at or standing.opened_at
    if seen.has_news and now >= told_at + times.group_interval:
        return Move.NEWS
    if standing.state is GroupState.FIRING:
        return Move.REPEAT if now >= told_at + times.repeat_interval else None
    forgets_at, reminds_at = _forgets_at(standing, times), _reminds_at(standing, times)
    if forgets_at is not None and now >= forgets_at:
        return Move.FORGET
    return Move.REMIND if reminds_at is not None and now >= reminds_at else None


def next_look(standing: Standing, seen: Seen, times: Times, now: datetime) -> datetime | None:
    """When there may be something to do by time alone; None where only news changes anything."""
    if standing.state is GroupState.RESOLVED:
        return None
    if not seen.fires:
        return max(_clears_at(standing, seen, times), now)
    if seen.heard is None:
        return None
    if seen.is_off_hours:
        return max(seen.heard_at or now + MUTED_LOOK, now)
    if standing.state is GroupState.PENDING:
        return max(standing.opened_at + times.group_wait, now)
    told_at = standing.told_at or standing.opened_at
    turns = [told_at + times.group_interval] if seen.has_news else []
    if standing.state is GroupState.FIRING:
        turns.append(told_at + times.repeat_interval)
    elif standing.state is GroupState.ACKNOWLEDGED:
        known = (_forgets_at(standing, times), _reminds_at(standing, times))
        turns += [each for each in known if each is not None]
    return max(min(turns), now) if turns else None


def eases_at(standing: Standing, seen: Seen, times: Times) -> datetime | None:
    """When what is less bad than what was told is what people know of it, so that a rise is told
    anew; None where it is not, or somebody has it in hand. Not sooner than ``group_interval`` after
    the last word: what rises and falls says so no more often."""
    if standing.state is not GroupState.FIRING or standing.told_at is None or seen.heard is None:
        return None
    if seen.heard >= standing.told_severity:
        return None
    return standing.told_at + times.group_interval


def _clears_at(standing: Standing, seen: Seen, times: Times) -> datetime:
    """Not sooner than ``group_interval`` after the last word, and after the last of it ended: what
    comes and goes says less so, and a moment's gap takes it out of nobody's hand."""
    if standing.told_at is None:
        return standing.opened_at
    return max(standing.told_at, seen.ended_at or standing.told_at) + times.group_interval


def _forgets_at(standing: Standing, times: Times) -> datetime | None:
    """Where as many reminders as there are stay without an answer."""
    if times.remind_after is None or times.forget_reminders is None or standing.acked_at is None:
        return None
    return standing.acked_at + times.remind_after * (times.forget_reminders + 1)


def _reminds_at(standing: Standing, times: Times) -> datetime | None:
    last = standing.reminded_at or standing.acked_at
    return None if times.remind_after is None or last is None else last + times.remind_after
