"""When somebody may be called, and what a call came to."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.escalation import (
    CallLimits,
    Heard,
    Means,
    Reachable,
    StepState,
    came_of,
    may_call,
    meant_by,
    why_not,
)

#: 12:00 and 23:30 in Shanghai.
NOON, NIGHT = datetime(2026, 11, 23, 4, tzinfo=UTC), datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
DEFAULT = CallLimits()
RAISED = CallLimits(2, 10, 50, 50)


def ago(now: datetime, **spans: float) -> datetime:
    return now - timedelta(**spans)


@pytest.mark.parametrize(
    ("now", "earlier", "may"),
    [
        (NOON, [], True),
        (NOON, [{"seconds": 29}], False),
        (NOON, [{"seconds": 31}], True),
        (NOON, [{"minutes": 2}, {"minutes": 9}], False),
        (NOON, [{"minutes": 2}, {"minutes": 11}], True),
        (NOON, [{"hours": each} for each in range(1, 6)], False),
        (NOON, [{"hours": each} for each in range(1, 5)], True),
        # Yesterday's do not count.
        (NOON, [{"hours": each} for each in (1, 2, 3, 4, 13)], True),
        (NIGHT, [{"hours": 1}], False),
        (NIGHT, [{"hours": 2}], True),
        # After midnight it is the same night.
        (NIGHT + timedelta(hours=3), [{"hours": 4}], False),
        (NIGHT + timedelta(hours=9), [{"hours": 4}], True),
    ],
)
def test_a_number_is_called_as_often_as_tencent_allows(
    now: datetime, earlier: list[dict[str, float]], may: bool
) -> None:
    assert may_call([ago(now, **each) for each in earlier], DEFAULT, now) is may


def test_what_support_has_granted_counts() -> None:
    calls = [ago(NIGHT, minutes=each) for each in (1, 2, 3)]
    assert not may_call(calls, DEFAULT, NIGHT)
    assert may_call(calls, RAISED, NIGHT)


@pytest.mark.parametrize(
    ("number", "means", "why"),
    [
        ("", Means.VOICE, StepState.NO_NUMBER),
        ("", Means.SMS, StepState.NO_NUMBER),
        ("+6581234567", Means.VOICE, StepState.ABROAD),
        ("+6581234567", Means.SMS, None),
        ("+8613800000001", Means.VOICE, None),
    ],
)
def test_who_cannot_be_reached_and_why(number: str, means: Means, why: StepState | None) -> None:
    assert why_not(Reachable("U0ADA", number), means, DEFAULT, NOON) is why


def test_a_number_that_was_called_too_often_gets_an_sms_all_the_same() -> None:
    known = Reachable("U0ADA", "+8613800000001", (ago(NOON, seconds=3),))
    assert why_not(known, Means.VOICE, DEFAULT, NOON) is StepState.LIMITED
    assert why_not(known, Means.SMS, DEFAULT, NOON) is None


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ("1", StepState.ACKNOWLEDGED),
        ("1#", StepState.ACKNOWLEDGED),
        ("2", StepState.PASSED_ON),
        ("9", None),
        ("*1", None),
    ],
)
def test_what_a_key_means(keys: str, state: StepState | None) -> None:
    assert meant_by(keys) is state


@pytest.mark.parametrize(
    ("heard", "state", "detail"),
    [
        (Heard(), StepState.RINGING, ""),
        (Heard(end="0"), StepState.ANSWERED, ""),
        (Heard(["7"], "0"), StepState.ANSWERED, "7"),
        (Heard(["2"], "0"), StepState.PASSED_ON, "2"),
        (Heard(["2", "1"], "0"), StepState.ACKNOWLEDGED, "21"),
        (Heard(end="1"), StepState.UNANSWERED, "no_answer"),
        (Heard(end="1", failure_code=10), StepState.UNANSWERED, "busy"),
        (Heard(end="2", failure_code=8), StepState.FAILED, "no_such_number"),
        (Heard(end="2"), StepState.FAILED, "carrier"),
        (Heard(failure_code=14), StepState.FAILED, "carrier"),
        (Heard(["1"], "2", 3), StepState.ACKNOWLEDGED, "1"),
        # A word of Tencent's that nobody has documented.
        (Heard(end="7"), StepState.ANSWERED, ""),
    ],
)
def test_what_a_call_came_to(heard: Heard, state: StepState, detail: str) -> None:
    assert came_of(heard) == (state, detail)


def test_the_order_in_which_keys_are_told_makes_no_difference() -> None:
    for keys in itertools.permutations(["2", "1", "5"]):
        assert came_of(Heard(keys))[0] is StepState.ACKNOWLEDGED
