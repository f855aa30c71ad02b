from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.backfill import (
    DAY_S,
    LAST_LOOK,
    LONGEST_PAUSE,
    day_of,
    next_look,
    rest,
    span_of,
)
from bot.rules.delivery import REPORT_TIME
from bot.rules.doubts import CLOCK_MARGIN, SIGNATURE_LIFE

SIGNED = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MIDNIGHT = int(datetime(2026, 11, 21, 16, 0, tzinfo=UTC).timestamp())


def test_tencent_is_asked_ever_more_seldom_and_never_after_its_books_end() -> None:
    looks, now = [], SIGNED + timedelta(minutes=5)
    while (at := next_look(SIGNED, now)) is not None:
        looks.append(at - SIGNED)
        now = at
    assert looks[0] == timedelta(minutes=25)
    pauses = [after - before for before, after in pairwise(looks)]
    assert pauses[:-1] == sorted(pauses[:-1])
    assert looks[-1] == LAST_LOOK < REPORT_TIME
    assert len(looks) < 20


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10)))
def test_a_next_look_is_ahead_and_not_beyond_the_last(age: timedelta) -> None:
    now = SIGNED + age
    at = next_look(SIGNED, now)
    assert (at is None) == (age >= LAST_LOOK)
    assert at is None or now < at <= SIGNED + LAST_LOOK


def test_what_fails_again_and_again_rests_longer_up_to_an_hour() -> None:
    rests = [rest(failures) for failures in range(40)]
    assert rests[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("moment", "day_s"),
    [
        (datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC), MIDNIGHT - DAY_S),
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), MIDNIGHT),
        (SIGNED, MIDNIGHT),
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), MIDNIGHT),
    ],
)
def test_a_day_is_that_of_shanghai(moment: datetime, day_s: int) -> None:
    assert day_of(moment) == day_s


def test_a_span_reaches_a_little_beyond_what_it_is_about() -> None:
    since, until = span_of(SIGNED, MIDNIGHT, SIGNED + timedelta(minutes=5))
    assert (since, until) == (SIGNED - CLOCK_MARGIN, None)
    end = datetime.fromtimestamp(MIDNIGHT + DAY_S, UTC)
    _, until = span_of(SIGNED, MIDNIGHT, end + timedelta(days=1))
    assert until == end + SIGNATURE_LIFE + CLOCK_MARGIN
