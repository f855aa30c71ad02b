from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import alert_life as life
from bot.rules.alert_life import GroupState, Move, Seen, Standing, Times
from bot.rules.alerts import Severity

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
LOUD = Seen(fires=True, heard=WARNING)
COVERED = Seen(fires=True, heard=None)
GONE = Seen(fires=False, heard=None)
TIMES = Times()


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


def firing(**since: float) -> Standing:
    """Told of as a warning so long ago."""
    return Standing(GroupState.FIRING, ago(days=1), ago(**since), int(WARNING))


def acked(told: datetime, at: datetime, reminded: datetime | None = None) -> Standing:
    return Standing(GroupState.ACKNOWLEDGED, ago(days=1), told, int(WARNING), at, reminded)


@pytest.mark.parametrize(("since_s", "move"), [(29, None), (30, Move.TELL)])
def test_it_is_told_once_group_wait_is_over(since_s: int, move: Move | None) -> None:
    standing = Standing(GroupState.PENDING, ago(seconds=since_s))
    assert life.decide(standing, LOUD, TIMES, NOW) is move


def test_what_is_gone_before_it_was_told_is_cleared_at_once() -> None:
    assert life.decide(Standing(GroupState.PENDING, NOW), GONE, TIMES, NOW) is Move.CLEAR


@pytest.mark.parametrize(("since_s", "move"), [(299, None), (300, Move.CLEAR)])
def test_it_clears_no_sooner_than_group_interval_after_the_last_word(
    since_s: int, move: Move | None
) -> None:
    assert life.decide(firing(seconds=since_s), GONE, TIMES, NOW) is move


@pytest.mark.parametrize("state", [GroupState.FIRING, GroupState.ACKNOWLEDGED])
@pytest.mark.parametrize(("ended_s", "move"), [(299, None), (300, Move.CLEAR)])
def test_it_clears_no_sooner_than_group_interval_after_the_last_of_it_ended(
    state: GroupState, ended_s: int, move: Move | None
) -> None:
    standing = Standing(state, ago(days=1), ago(hours=1), int(WARNING), ago(minutes=50))
    gone = Seen(fires=False, heard=None, ended_at=ago(seconds=ended_s))
    assert life.decide(standing, gone, TIMES, NOW) is move


def test_what_is_less_bad_is_what_people_know_group_interval_after_the_last_word() -> None:
    critical = Standing(GroupState.FIRING, ago(days=1), ago(minutes=1), int(CRITICAL))
    assert life.eases_at(critical, LOUD, TIMES) == NOW + timedelta(minutes=4)
    assert life.eases_at(firing(minutes=1), LOUD, TIMES) is None
    assert life.eases_at(critical, COVERED, TIMES) is None
    assert life.eases_at(acked(ago(hours=1), NOW), LOUD, TIMES) is None


def test_the_end_of_what_nobody_wanted_to_hear_of_is_not_for_the_channel() -> None:
    assert life.is_broadcast(GroupState.FIRING, Move.CLEAR)
    assert life.is_broadcast(GroupState.SILENCED, Move.RESOLVE)
    assert not life.is_broadcast(GroupState.SILENCED, Move.CLEAR)


def test_worse_than_what_was_told_is_told_at_once_and_takes_an_acknowledgement_back() -> None:
    worse = Seen(fires=True, heard=CRITICAL)
    assert life.decide(firing(seconds=1), worse, TIMES, NOW) is Move.RISE
    in_hand = acked(ago(seconds=1), NOW)
    assert life.decide(in_hand, worse, TIMES, NOW) is Move.RISE
    assert life.after(GroupState.ACKNOWLEDGED, Move.RISE) is GroupState.FIRING


@pytest.mark.parametrize(("since_s", "move"), [(299, None), (300, Move.NEWS)])
def test_more_alerts_are_told_group_interval_after_the_last_word(
    since_s: int, move: Move | None
) -> None:
    seen = Seen(fires=True, heard=WARNING, has_news=True)
    assert life.decide(firing(seconds=since_s), seen, TIMES, NOW) is move


@pytest.mark.parametrize(("since_h", "move"), [(3.9, None), (4, Move.REPEAT)])
def test_it_is_repeated_while_nobody_acknowledges(since_h: float, move: Move | None) -> None:
    assert life.decide(firing(hours=since_h), LOUD, TIMES, NOW) is move
    in_hand = acked(ago(hours=since_h), ago(minutes=1))
    assert life.decide(in_hand, LOUD, TIMES, NOW) is None


def test_of_what_is_muted_by_the_clock_it_is_looked_when_its_route_tells_again() -> None:
    off = Seen(fires=True, heard=CRITICAL, is_off_hours=True, heard_at=NOW + timedelta(minutes=50))
    pending = Standing(GroupState.PENDING, ago(hours=1))
    assert life.next_look(pending, off, TIMES, NOW) == off.heard_at


@pytest.mark.parametrize("state", [GroupState.PENDING, GroupState.FIRING])
def test_what_is_covered_is_muted_and_heard_again_once_it_is_not(state: GroupState) -> None:
    assert life.decide(Standing(state, ago(hours=5), NOW), COVERED, TIMES, NOW) is Move.MUTE
    silenced = Standing(GroupState.SILENCED, ago(hours=5), None)
    assert life.decide(silenced, COVERED, TIMES, NOW) is None
    assert life.decide(silenced, LOUD, TIMES, NOW) is Move.UNMUTE


def test_what_somebody_has_in_hand_stays_there_and_a_silence_of_it_is_told_once() -> None:
    in_hand = acked(ago(hours=5), ago(minutes=1))
    assert life.decide(in_hand, COVERED, TIMES, NOW) is None
    newly = replace(COVERED, is_newly_silenced=True)
    assert life.decide(in_hand, newly, TIMES, NOW) is Move.MUTE
    assert life.after(GroupState.ACKNOWLEDGED, Move.MUTE) is GroupState.ACKNOWLEDGED
    # What another alert explains, or a silence that is known, is no news of one silenced before.
    silenced = Standing(GroupState.SILENCED, ago(hours=5), None)
    assert life.decide(silenced, newly, TIMES, NOW) is None


def test_who_has_it_in_hand_is_reminded_and_then_it_fires_again() -> None:
    assert life.decide(acked(ago(hours=3), ago(minutes=59)), LOUD, TIMES, NOW) is None
    assert life.decide(acked(ago(hours=3), ago(minutes=60)), LOUD, TIMES, NOW) is Move.REMIND
    reminded = acked(ago(hours=3), ago(hours=2), ago(minutes=59))
    assert life.decide(reminded, LOUD, TIMES, NOW) is None
    third = acked(ago(hours=3.5), ago(hours=3), ago(minutes=60))
    assert life.decide(third, LOUD, TIMES, NOW) is Move.REMIND
    forgotten = acked(ago(hours=3.5), ago(hours=4), ago(minutes=60))
    assert (
        life.decide(forgotten, LOUD, Times(repeat_interval=timedelta(days=1)), NOW) is Move.FORGET
    )


def test_reminders_go_on_where_nothing_is_forgotten() -> None:
    times = Times(forget_reminders=None)
    reminded = acked(ago(hours=9), ago(hours=9), ago(minutes=60))
    assert life.decide(reminded, LOUD, times, NOW) is Move.REMIND


def test_off_hours_nobody_is_told_anything_but_what_is_over_clears() -> None:
    off = Seen(fires=True, heard=CRITICAL, has_news=True, is_off_hours=True)
    for standing in (Standing(GroupState.PENDING, ago(hours=9)), firing(hours=9)):
        assert life.decide(standing, off, TIMES, NOW) is None
    gone = Seen(fires=False, heard=None, is_off_hours=True)
    assert life.decide(firing(hours=9), gone, TIMES, NOW) is Move.CLEAR


def test_a_person_may_do_what_the_table_says_and_nothing_else() -> None:
    allowed = {(state, move) for state, move in life.TABLE if move in life.BY_PEOPLE}
    assert allowed == {
        (GroupState.PENDING, Move.ACKNOWLEDGE),
        (GroupState.FIRING, Move.ACKNOWLEDGE),
        (GroupState.ACKNOWLEDGED, Move.ACKNOWLEDGE),
        (GroupState.SILENCED, Move.ACKNOWLEDGE),
        (GroupState.ACKNOWLEDGED, Move.UNACKNOWLEDGE),
        (GroupState.PENDING, Move.RESOLVE),
        (GroupState.FIRING, Move.RESOLVE),
        (GroupState.ACKNOWLEDGED, Move.RESOLVE),
        (GroupState.SILENCED, Move.RESOLVE),
        (GroupState.RESOLVED, Move.REOPEN),
    }


moments = st.integers(0, 20_000).map(lambda since_s: ago(seconds=since_s))
standings = st.builds(
    Standing,
    state=st.sampled_from(GroupState),
    opened_at=moments,
    told_at=st.none() | moments,
    told_severity=st.integers(0, 3),
    acked_at=moments,
    reminded_at=st.none() | moments,
)
sights = st.builds(
    Seen,
    fires=st.just(True),
    heard=st.none() | st.sampled_from(Severity),
    has_news=st.booleans(),
    is_off_hours=st.booleans(),
) | st.builds(Seen, st.just(False), st.none(), ended_at=st.none() | moments)


@given(standings, sights)
def test_whatever_becomes_of_it_by_itself_is_in_the_table(standing: Standing, seen: Seen) -> None:
    move = life.decide(standing, seen, TIMES, NOW)
    assert move is None or life.after(standing.state, move) is not None


@given(standings, sights)
def test_nothing_is_due_before_the_moment_it_is_looked_at_next(
    standing: Standing, seen: Seen
) -> None:
    if life.decide(standing, seen, TIMES, NOW) is not None:
        return
    at = life.next_look(standing, seen, TIMES, NOW)
    before = (at or NOW + timedelta(days=30)) - timedelta(seconds=1)
    if not seen.is_off_hours and before > NOW:
        assert life.decide(standing, seen, TIMES, before) is None


@given(standings, sights)
def test_at_that_moment_it_is_due(standing: Standing, seen: Seen) -> None:
    if seen.is_off_hours or life.decide(standing, seen, TIMES, NOW) is not None:
        return
    at = life.next_look(standing, seen, TIMES, NOW)
    if at is not None:
        assert life.decide(standing, seen, TIMES, at) is not None
