"""Whether the bot is well: what is measured, and what of that is not right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.vitals import (
    UNREADY,
    WAL_BYTES,
    Ailment,
    Bounds,
    BrokenJob,
    Slot,
    Space,
    Vitals,
    ailments,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
BOUNDS = Bounds(disk_free_mb=500, clock_off_s=30, posts_late_s=300)
WELL = Vitals(
    at=NOW,
    steady_since=NOW - timedelta(days=1),
    tick_age_s=0.4,
    is_writable=True,
    is_stopping=False,
    oldest_envelope_at=None,
    oldest_call_at=None,
    oldest_post_at=None,
    posts_waiting=0,
    is_slack_away=False,
    slack_back_at=None,
    broken_jobs=(),
    slots=(Slot("poll_reviews", NOW + timedelta(seconds=9), 10.0),),
    space=Space(free_bytes=500_000_000, file_bytes=10, wal_bytes=WAL_BYTES),
    clocks_off_s={"tencent": -29.9},
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def broken(times: int) -> tuple[BrokenJob, ...]:
    return (BrokenJob("poll_reviews", times, "ValueError", ago(60)),)


def due(seconds_ago: float, every_s: float = 10.0) -> tuple[Slot, ...]:
    return (Slot("poll_reviews", ago(seconds_ago), every_s),)


#: What is still right, and what is not any more: one step apart.
EDGES: dict[Ailment, tuple[dict[str, object], dict[str, object]]] = {
    Ailment.STOPPING: ({"is_stopping": False}, {"is_stopping": True}),
    Ailment.STORE: ({"is_writable": True}, {"is_writable": False}),
    Ailment.CLOCK_STOPPED: ({"tick_age_s": 5.0}, {"tick_age_s": 5.1}),
    Ailment.ENVELOPES: ({"oldest_envelope_at": ago(60)}, {"oldest_envelope_at": ago(60.1)}),
    Ailment.CALLS: ({"oldest_call_at": ago(180)}, {"oldest_call_at": ago(180.1)}),
    Ailment.POSTS: ({"oldest_post_at": ago(300)}, {"oldest_post_at": ago(300.1)}),
    Ailment.JOBS: ({"broken_jobs": broken(2)}, {"broken_jobs": broken(3)}),
    Ailment.DISK: (
        {"space": Space(500_000_000, 0, WAL_BYTES)},
        {"space": Space(499_999_999, 0, 0)},
    ),
    Ailment.CLOCK_WRONG: ({"clocks_off_s": {"slack": 29.9}}, {"clocks_off_s": {"slack": -30.0}}),
}


def vary(changes: dict[str, object]) -> Vitals:
    change: Callable[..., Vitals] = replace
    return change(WELL, **changes)


def test_a_bot_that_is_well_has_no_ailment() -> None:
    assert ailments(WELL, BOUNDS) == ()


@pytest.mark.parametrize("ailment", Ailment)
def test_each_ailment_begins_where_its_bound_is(ailment: Ailment) -> None:
    right, wrong = EDGES[ailment]
    assert ailments(vary(right), BOUNDS) == ()
    assert ailments(vary(wrong), BOUNDS) == (ailment,)


def test_a_log_that_grows_and_a_clock_that_never_ticked_are_ailments_too() -> None:
    grown = replace(WELL.space, wal_bytes=WAL_BYTES + 1)
    assert ailments(replace(WELL, space=grown), BOUNDS) == (Ailment.DISK,)
    assert ailments(replace(WELL, tick_age_s=None), BOUNDS) == (Ailment.CLOCK_STOPPED,)


@pytest.mark.parametrize(
    ("slots", "is_late"),
    [
        (due(600), False),
        (due(600.1), True),
        # A job of every hour may be late by three of them.
        (due(3 * 3600, 3600), False),
        (due(3 * 3600 + 1, 3600), True),
    ],
)
def test_a_job_is_late_after_ten_minutes_or_three_of_its_turns(
    slots: tuple[Slot, ...], is_late: bool
) -> None:
    assert ailments(replace(WELL, slots=slots), BOUNDS) == ((Ailment.JOBS,) if is_late else ())


def test_what_is_slow_or_misnamed_leaves_it_ready() -> None:
    assert {Ailment.STOPPING, Ailment.STORE, Ailment.CLOCK_STOPPED} == UNREADY


def test_what_waited_while_the_bot_could_do_nothing_is_not_late() -> None:
    late = replace(WELL, oldest_post_at=ago(9_000), slots=due(9_000), oldest_call_at=ago(9_000))
    assert ailments(late, BOUNDS) == (Ailment.CALLS, Ailment.POSTS, Ailment.JOBS)
    assert ailments(replace(late, steady_since=ago(100)), BOUNDS) == ()
    woken = replace(late, steady_since=ago(301))
    assert ailments(woken, BOUNDS) == (Ailment.CALLS, Ailment.POSTS)


def test_a_clock_put_back_makes_nothing_old() -> None:
    later = NOW + timedelta(hours=1)
    ahead = replace(WELL, oldest_post_at=later, oldest_call_at=later, oldest_envelope_at=later)
    assert ailments(ahead, BOUNDS) == ()
