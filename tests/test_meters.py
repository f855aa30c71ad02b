"""What is counted and timed while the bot runs."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.meters import Meters, Times, Wire

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_each_time_is_in_the_first_bucket_it_fits() -> None:
    times = Times((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.2, 1.0, 7.0):
        times.note(seconds)
    assert times.within == [2, 2, 1]
    assert times.total_s == pytest.approx(8.35)


def test_a_call_is_counted_by_its_end_and_timed_whatever_that_is() -> None:
    calls = Wire().calls
    for end in ("ok", "ok", "ratelimited"):
        calls.note("chat.postMessage", end, 0.2)
    assert calls.ends.by == {("chat.postMessage", "ok"): 2, ("chat.postMessage", "ratelimited"): 1}
    assert sum(calls.times.by["chat.postMessage",].within) == 3


@pytest.mark.parametrize(
    ("apart_s", "is_steady"), [(1.0, True), (30.0, True), (31.0, False), (-1.0, False)]
)
def test_a_sleep_or_a_jump_of_the_clock_begins_anew(apart_s: float, is_steady: bool) -> None:
    meters, later = Meters(), NOW + timedelta(seconds=apart_s)
    meters.note_tick(NOW, 1.0)
    meters.note_tick(later, 2.0)
    assert meters.steady_since == (NOW if is_steady else later)
    assert meters.ticked_at_s == 2.0


def test_the_date_of_an_answer_is_looked_at_every_few_seconds_only() -> None:
    at = [NOW.timestamp()]
    dates = Wire(lambda: at[0]).dates
    for date, waited_s in (("03:00:00", 0.0), ("03:09:00", 9.0), ("03:07:00", 1.0)):
        at[0] += waited_s
        dates.note(f"Mon, 23 Nov 2026 {date} GMT")
    assert dates.off_s == 410.5
