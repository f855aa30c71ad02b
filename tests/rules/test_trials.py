"""When a number may be called to try it: never so that an alert finds no call left."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.escalation import CallLimits, may_call
from bot.rules.trials import MOST_OF_NUMBER, MOST_OF_PERSON, Trial, TrialRefusal, free_at, why_not

#: 11:00 and 23:00 in Shanghai.
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC)
NUMBER = "+8613900000001"


def calls(now: datetime, *minutes: float) -> Sequence[datetime]:
    return [now - timedelta(minutes=each) for each in minutes]


def test_a_number_nobody_called_today_may_be_tried_by_day() -> None:
    assert why_not(Trial(NUMBER), CallLimits(), NOON) is None


def test_the_only_call_of_a_night_is_left_for_an_alert() -> None:
    assert why_not(Trial(NUMBER), CallLimits(), NIGHT) is TrialRefusal.LIMITED
    assert why_not(Trial(NUMBER), CallLimits(per_night=2), NIGHT) is None


@pytest.mark.parametrize("earlier", [(0.2,), (5,), (60, 120, 150, 170)])
def test_what_is_left_for_an_alert_is_not_taken(earlier: tuple[float, ...]) -> None:
    made = calls(NOON, *earlier)
    assert why_not(Trial(NUMBER, made), CallLimits(), NOON) is TrialRefusal.LIMITED
    # After ten minutes, and after one of a few calls, an alert finds one still.
    assert may_call(made, CallLimits(), NOON + timedelta(seconds=31))


def test_a_number_is_tried_a_few_times_a_day_and_asked_for_a_few_times_by_one_person() -> None:
    limits = CallLimits(per_day=50)
    often = Trial(NUMBER, of_number=MOST_OF_NUMBER)
    asked = Trial(NUMBER, of_person=MOST_OF_PERSON)
    assert {why_not(each, limits, NOON) for each in (often, asked)} == {TrialRefusal.TOO_OFTEN}


def test_numbers_abroad_are_not_called() -> None:
    assert why_not(Trial("+6581234567"), CallLimits(), NOON) is TrialRefusal.ABROAD


def test_an_alert_waits_for_a_trial_alone_and_never_longer_than_it_counts() -> None:
    tried, called = calls(NOON, 0.4), calls(NOON, 0.1)
    freed = free_at(tried, tried, CallLimits(), NOON)
    assert freed is not None
    assert not may_call(tried, CallLimits(), NOON)
    assert may_call(tried, CallLimits(), freed)
    assert freed - NOON < timedelta(seconds=7)
    # Another call holds for longer, or the trial does, or there is none.
    assert free_at([*tried, *called], tried, CallLimits(), NOON) is None
    assert free_at(tried, tried, CallLimits(per_10m=1), NOON) is None
    assert free_at(called, [], CallLimits(), NOON) is None
