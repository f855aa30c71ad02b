from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.limits import (
    CLASSIC,
    GUIDE_2025,
    MAINLAND_ZONE,
    PROFILES,
    Policy,
    Rule,
    Sent,
    Use,
    first_hit,
    judge,
    judge_carrier,
)

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # the end of that day in Shanghai


def ago(seconds: float, content_hash: str = "other") -> Sent:
    return Sent(NOON - timedelta(seconds=seconds), content_hash)


@pytest.mark.parametrize(
    ("profile", "per_day"),
    [pytest.param(CLASSIC, 10, id="classic"), pytest.param(GUIDE_2025, 2, id="2025")],
)
def test_a_profile_allows_one_of_the_same_in_30_seconds_and_its_number_a_day(
    profile: object, per_day: int
) -> None:
    assert profile in PROFILES.values()
    policy = CLASSIC.policy if profile is CLASSIC else GUIDE_2025.policy
    uses = judge(policy, [], "same", NOON)

    assert uses == (
        Use(Rule.PER_DAY, 0, per_day, None),
        Use(Rule.SAME_CONTENT_30S, 0, 1, None),
    )


def test_profiles_are_found_by_the_names_in_app_yaml() -> None:
    assert {name: profile.dated.year for name, profile in PROFILES.items()} == {
        "classic": 2021,
        "2025": 2025,
    }


def test_a_policy_without_rules_counts_nothing() -> None:
    assert judge(Policy(), [ago(1)], "same", NOON) == ()


@pytest.mark.parametrize(
    ("policy", "history", "use"),
    [
        pytest.param(
            Policy(same_content_30s=1),
            [ago(29.9, "same")],
            Use(Rule.SAME_CONTENT_30S, 1, 1, NOON + timedelta(seconds=0.1)),
            id="same_content_within_30_s",
        ),
        pytest.param(
            Policy(same_content_30s=1),
            [ago(30, "same")],
            Use(Rule.SAME_CONTENT_30S, 0, 1, None),
            id="same_content_after_30_s",
        ),
        pytest.param(
            Policy(same_content_30s=1),
            [ago(1)],
            Use(Rule.SAME_CONTENT_30S, 0, 1, None),
            id="other_content",
        ),
        pytest.param(
            Policy(per_30s=1),
            [ago(10)],
            Use(Rule.PER_30S, 1, 1, NOON + timedelta(seconds=20)),
            id="any_content_within_30_s",
        ),
        pytest.param(
            Policy(per_hour=2),
            [ago(60), ago(3000), ago(3599), ago(3600)],
            Use(Rule.PER_HOUR, 3, 2, NOON + timedelta(seconds=600)),
            id="over_the_hour_waits_for_two_to_leave",
        ),
        pytest.param(
            Policy(per_day=1),
            [ago(12 * 3600)],
            Use(Rule.PER_DAY, 1, 1, MIDNIGHT),
            id="first_instant_of_the_day",
        ),
        pytest.param(
            Policy(per_day=1),
            [ago(12 * 3600 + 0.001)],
            Use(Rule.PER_DAY, 0, 1, None),
            id="last_instant_of_yesterday",
        ),
        pytest.param(
            Policy(per_30s=0), [], Use(Rule.PER_30S, 0, 0, None), id="nothing_is_ever_allowed"
        ),
        pytest.param(
            Policy(per_day=0), [], Use(Rule.PER_DAY, 0, 0, None), id="nothing_is_allowed_any_day"
        ),
    ],
)
def test_a_rule_counts_what_is_in_its_window(policy: Policy, history: list[Sent], use: Use) -> None:
    assert judge(policy, history, "same", NOON) == (use,)


def test_the_first_rule_over_its_limit_is_found() -> None:
    policy = Policy(same_content_30s=1, per_30s=5, per_hour=1, per_day=1)
    uses = judge(policy, [ago(10, "same")], "same", NOON)

    hit = first_hit(uses)
    assert hit is not None
    assert hit.rule is Rule.PER_HOUR
    assert first_hit(judge(policy, [], "same", NOON)) is None


@pytest.mark.parametrize(
    ("class_", "cap"),
    [
        pytest.param(TemplateClass.MARKETING, 3, id="marketing"),
        pytest.param(TemplateClass.OTP, 10, id="otp"),
        pytest.param(TemplateClass.NOTICE, 10, id="notice"),
        pytest.param(TemplateClass.ALERT, 10, id="alert"),
    ],
)
def test_carriers_cap_the_day_by_class(class_: TemplateClass, cap: int) -> None:
    below = [ago(n) for n in range(cap - 1)]

    assert judge_carrier(class_, below, NOON) == Use(Rule.CARRIER_DAY, cap - 1, cap, None)
    assert judge_carrier(class_, [*below, ago(1)], NOON) == Use(
        Rule.CARRIER_DAY, cap, cap, MIDNIGHT
    )


CAPS = st.none() | st.integers(0, 4)
POLICIES = st.builds(Policy, CAPS, CAPS, CAPS, CAPS)
# Around the edges of the windows, and of the day at noon in Shanghai.
AGES = st.sampled_from([0, 1, 29, 30, 31, 3599, 3600, 3601, 43199, 43200, 43201, 90000])
HISTORIES = st.lists(
    st.builds(ago, AGES | st.integers(0, 90000), st.sampled_from("ab")), max_size=8
)


def is_allowed(rule: Rule, allowed: int, history: list[Sent], now: datetime) -> bool:
    """One rule as a person would say it, counting one by one."""
    counted = 0
    for sent in history:
        age = now - sent.at
        same_day = sent.at.astimezone(MAINLAND_ZONE).date() == now.astimezone(MAINLAND_ZONE).date()
        match rule:
            case Rule.PER_30S:
                counted += age < timedelta(seconds=30)
            case Rule.PER_HOUR:
                counted += age < timedelta(hours=1)
            case Rule.SAME_CONTENT_30S:
                counted += age < timedelta(seconds=30) and sent.content_hash == "a"
            case _:
                counted += same_day
    return counted < allowed


@given(policy=POLICIES, history=HISTORIES)
def test_the_judge_agrees_with_counting_one_by_one(policy: Policy, history: list[Sent]) -> None:
    for use in judge(policy, history, "a", NOON):
        assert use.is_hit is not is_allowed(use.rule, use.allowed, history, NOON)


@given(policy=POLICIES, history=HISTORIES)
def test_the_next_permitted_time_is_the_first_one(policy: Policy, history: list[Sent]) -> None:
    for use in judge(policy, history, "a", NOON):
        if use.next_permitted_at is None:
            assert not use.is_hit or use.allowed == 0
            continue
        just_before = use.next_permitted_at - timedelta(microseconds=1)
        assert use.next_permitted_at.tzinfo is UTC
        assert is_allowed(use.rule, use.allowed, history, use.next_permitted_at)
        assert not is_allowed(use.rule, use.allowed, history, just_before)
