import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policies import (
    CLASSIC,
    GUIDE_2025,
    LARGEST,
    PROFILES,
    Key,
    Policy,
    Total,
    is_looser,
    policy_of,
    read_key,
)

KEYS = [
    *("number.30s", "number.hour", "number.day", "same.30s", "otp.30s", "notice.hour", "alert.day"),
    *("mainland.warn", "mainland.stop", "international.stop", "SG.warn", "US.stop"),
]
CAPS = st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 20))


@pytest.mark.parametrize("text", KEYS)
def test_a_key_is_read_as_it_is_written(text: str) -> None:
    key = read_key(text)
    assert key is not None
    assert str(key) == text
    assert key.is_total is text.endswith(("warn", "stop"))


@pytest.mark.parametrize(
    "text",
    ["", "day", "number", "number.week", "same.day", "otp.stop", "CN.stop", "XX.stop", "SG.day"],
)
def test_what_is_no_cap_has_no_key(text: str) -> None:
    assert read_key(text) is None
    with pytest.raises(ValueError, match="no cap"):
        policy_of({text: 1})


@pytest.mark.parametrize("cap", [-1, LARGEST["day"] + 1, True])
def test_a_cap_that_is_none_is_refused(cap: int) -> None:
    with pytest.raises(ValueError, match="no cap"):
        policy_of({"number.day": cap})


def test_the_profiles_are_dated_and_found_by_the_names_in_app_yaml() -> None:
    assert {name: profile.dated.year for name, profile in PROFILES.items()} == {
        "classic": 2021,
        "2025": 2025,
    }
    caps = [profile.policy.as_mapping() for profile in (CLASSIC, GUIDE_2025)]
    assert caps == [{"number.day": 10, "same.30s": 1}, {"number.day": 2, "same.30s": 1}]


def test_a_policy_tells_its_caps() -> None:
    policy = policy_of({"SG.warn": 3, "SG.stop": 5, "number.day": None, "otp.day": 2})
    assert policy.get("otp", "day") == 2
    assert policy.get("number", "day") is None
    assert (policy.total("SG"), policy.total("mainland")) == (Total(3, 5), Total())
    assert list(policy.keys()) == [Key("SG", "stop"), Key("SG", "warn"), Key("otp", "day")]


@given(CAPS, CAPS)
def test_what_changes_one_policy_to_another_makes_it_that_one(
    mine: dict[str, int | None], theirs: dict[str, int | None]
) -> None:
    before, after = policy_of(mine), policy_of(theirs)
    changes = before.changes_to(after)
    assert before.with_changes(changes) == after
    assert after.changes_to(after) == {}
    assert Policy().with_changes(before.as_mapping()) == before


@pytest.mark.parametrize(
    ("before", "after", "looser"),
    [(5, 6, True), (5, None, True), (5, 5, False), (5, 4, False), (None, 5, False)],
)
def test_more_goes_through_under_a_larger_cap_or_none(
    before: int | None, after: int | None, looser: bool
) -> None:
    assert is_looser(before, after) is looser
