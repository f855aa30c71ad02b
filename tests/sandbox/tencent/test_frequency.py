"""Four windows in front of a number, each with its own code, in the order of their length."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.tencent.config import LIMIT_PROFILES, FrequencyRules
from bot.sandbox.tencent.frequency import frequency_refusal, to_ms
from bot.sandbox.tencent.ledger import Attempt

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Shanghai
OFF = FrequencyRules(day=None, same_content=None)


def sent(ago_s: float, text: str = "a", *, accepted: bool = True) -> Attempt:
    return Attempt(
        attempt_id=1,
        serial="s" if accepted else "",
        number="+8613800000001",
        iso_code="CN",
        app="1400006666",
        sign="",
        text=text,
        masked="",
        fee_segments=1,
        code="Ok",
        context="",
        fate="delivered",
        asked_at_ms=to_ms(NOW - timedelta(seconds=ago_s)),
    )


def refusal(earlier: list[Attempt], rules: FrequencyRules, now: datetime = NOW) -> str | None:
    code = frequency_refusal(earlier, "a", rules, now)
    return code.removeprefix("LimitExceeded.PhoneNumber") if code else None


@pytest.mark.parametrize(
    ("rules", "window_s", "code"),
    [
        (FrequencyRules(thirty_seconds=2, day=None, same_content=None), 30, "ThirtySecondLimit"),
        (FrequencyRules(hour=2, day=None, same_content=None), 3600, "OneHourLimit"),
        (
            FrequencyRules(day=None, same_content=2, same_content_window_s=50),
            50,
            "SameContentDailyLimit",
        ),
    ],
)
def test_a_window_lets_as_many_through_as_it_says_and_then_slides_on(
    rules: FrequencyRules, window_s: int, code: str
) -> None:
    inside = window_s - 0.001
    assert refusal([sent(inside)], rules) is None
    assert refusal([sent(inside), sent(1)], rules) == code
    assert refusal([sent(window_s), sent(1)], rules) is None


def test_the_day_ends_at_midnight_in_shanghai() -> None:
    rules = FrequencyRules(day=1, same_content=None)
    assert refusal([sent(12 * 3600)], rules) == "DailyLimit"
    assert refusal([sent(12 * 3600 + 0.001)], rules) is None


def test_only_the_same_content_counts_as_such() -> None:
    assert refusal([sent(1, "b")], LIMIT_PROFILES["classic"]) is None


def test_refused_attempts_do_not_count() -> None:
    assert refusal([sent(1, accepted=False)] * 20, LIMIT_PROFILES["2025"]) is None


def test_the_shorter_window_speaks_first() -> None:
    every = FrequencyRules(thirty_seconds=1, hour=1, day=1, same_content=1)
    assert refusal([sent(1)], every) == "ThirtySecondLimit"
    assert refusal([sent(60)], every) == "OneHourLimit"
    assert refusal([sent(7200)], every) == "DailyLimit"


def test_rules_that_are_off_refuse_nothing() -> None:
    assert refusal([sent(0)] * 1000, OFF) is None


@pytest.mark.parametrize(("profile", "a_day"), [("classic", 10), ("2025", 2)])
def test_the_profiles_differ_in_the_day(profile: str, a_day: int) -> None:
    rules = LIMIT_PROFILES[profile]
    assert refusal([sent(60, "b")] * (a_day - 1), rules) is None
    assert refusal([sent(60, "b")] * a_day, rules) == "DailyLimit"
    assert refusal([sent(29)], rules) == "SameContentDailyLimit"
