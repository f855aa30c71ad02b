"""The four windows in front of a callee, and what night means."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.tencent.voice_calls import Call, CallKind
from bot.sandbox.tencent.voice_config import (
    CODE_RULES,
    NOTICE_RULES,
    RAISED_NOTICE_RULES,
    VoiceRules,
)
from bot.sandbox.tencent.voice_frequency import is_over_limit, night_begin

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def call(at: datetime) -> Call:
    at_ms = round(at.timestamp() * 1000)
    return Call(
        "c", CallKind.CODE, "+8618501234444", "1400006666", "", "x", "", 1, 0, "manual", at_ms, 0
    )


def calls(*minutes_ago: float, now: datetime = NOON) -> list[Call]:
    return [call(now - timedelta(minutes=minutes)) for minutes in minutes_ago]


@pytest.mark.parametrize(
    ("rules", "minutes_ago", "expected"),
    [
        (CODE_RULES, [], False),
        (CODE_RULES, [0.49], True),
        (CODE_RULES, [0.5], False),
        (CODE_RULES, [1, 9], True),
        (CODE_RULES, [1, 10], False),
        (CODE_RULES, [60, 120, 180], True),
        (CODE_RULES, [60, 120, 60 * 12 + 1], False),
        (NOTICE_RULES, [60, 120, 180, 240], False),
        (NOTICE_RULES, [60, 120, 180, 240, 300], True),
        (RAISED_NOTICE_RULES, [0.1], False),
        (RAISED_NOTICE_RULES, [0.1, 0.2], True),
        (RAISED_NOTICE_RULES, [1] * 9, False),
        (RAISED_NOTICE_RULES, [1] * 10, True),
        (RAISED_NOTICE_RULES, [60] * 50, True),
    ],
)
def test_a_window_is_full_with_the_documented_number_of_calls(
    rules: VoiceRules, minutes_ago: list[float], expected: bool
) -> None:
    assert is_over_limit(calls(*minutes_ago), rules, NOON) is expected


@pytest.mark.parametrize(
    ("hour", "minute", "begin"),
    [
        (22, 0, "2026-11-23T22:00:00+08:00"),
        (23, 59, "2026-11-23T22:00:00+08:00"),
        (0, 0, "2026-11-22T22:00:00+08:00"),
        (7, 59, "2026-11-22T22:00:00+08:00"),
        (8, 0, None),
        (21, 59, None),
    ],
)
def test_night_is_from_ten_to_eight_in_shanghai(hour: int, minute: int, begin: str | None) -> None:
    shanghai = datetime.fromisoformat(f"2026-11-23T{hour:02}:{minute:02}:00+08:00")
    found = night_begin(shanghai.astimezone(UTC))
    assert (found.isoformat() if found else None) == begin


def test_one_call_a_night_is_enough_even_across_midnight() -> None:
    evening = datetime.fromisoformat("2026-11-23T22:00:00+08:00")
    before_morning = datetime.fromisoformat("2026-11-24T07:59:00+08:00")
    assert is_over_limit([call(evening)], NOTICE_RULES, before_morning)
    assert not is_over_limit([call(evening)], NOTICE_RULES, before_morning + timedelta(minutes=1))
    afternoon = datetime.fromisoformat("2026-11-23T21:59:00+08:00")
    assert not is_over_limit([call(afternoon)], NOTICE_RULES, before_morning)
