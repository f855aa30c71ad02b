"""What people type for a change of limits, and why some of it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import limit_words, words
from bot.rules.limit_words import CapFault, CapReason, Caution, CautionReason, LimitWords
from bot.rules.policies import (
    CLASSES,
    CLASSIC,
    GUIDE_2025,
    LARGEST,
    WINDOWS,
    Policy,
    policy_of,
)
from bot.rules.words import Words

KEYS = [
    "same.30s",
    *(f"{scope}.{window}" for scope in ("number", *CLASSES) for window in WINDOWS),
    *(f"{scope}.{measure}" for scope in ("mainland", "SG") for measure in ("warn", "stop")),
]


def typed(line: str) -> LimitWords:
    found = words.read(line)
    assert isinstance(found, Words), found
    return limit_words.read(found.tokens)


def reasons(line: str, before: Policy = GUIDE_2025.policy) -> list[CapReason]:
    found = limit_words.caps_of(typed(line).pairs, before)
    return [each.reason for each in found] if isinstance(found, tuple) else []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            'day=5 hour=3 for 24h because "campaign"',
            LimitWords((("day", "5"), ("hour", "3")), "", "24h", "", "campaign", None, ()),
        ),
        (
            "day 5 until tomorrow 9am app=shop because app of the year",
            LimitWords((("day", "5"),), "", "", "tomorrow 9am", "app of the year", "shop", ()),
        ),
        (
            "SG.stop=50 from 18:00 for 2 days 因为大促 活动",
            LimitWords((("SG.stop", "50"),), "18:00", "2 days", "", "大促 活动", None, ()),
        ),
        (
            "每天=5 从 明天 9点 持续 一天 原因 大促",
            LimitWords((("每天", "5"),), "明天 9点", "一天", "", "大促", None, ()),
        ),
        (
            "day=5 because day=2 was too few app=shop",
            LimitWords((("day", "5"),), "", "", "", "day=2 was too few", "shop", ()),
        ),
        (
            "day=5 because the campaign for 24h",
            LimitWords((("day", "5"),), "", "24h", "", "the campaign", None, ()),
        ),
        (
            "day=5 because of the campaign from 18:00 until tomorrow 9am",
            LimitWords((("day", "5"),), "18:00", "", "tomorrow 9am", "of the campaign", None, ()),
        ),
        (
            "day=5 因为给客户的活动 持续 2小时",
            LimitWords((("day", "5"),), "", "2小时", "", "给客户的活动", None, ()),
        ),
        (
            "day=5 because for 24h",
            LimitWords((("day", "5"),), "", "24h", "", "", None, ()),
        ),
        (
            "day=5 原因 直到 明天 9点",
            LimitWords((("day", "5"),), "", "", "明天 9点", "", None, ()),
        ),
        (
            "day=5 because it is for customers",
            LimitWords((("day", "5"),), "", "", "", "it is for customers", None, ()),
        ),
        ("day=5 reason=later", LimitWords((("day", "5"),), "", "", "", "later", None, ())),
        ("five a day", LimitWords((), "", "", "", "", None, ("five", "a", "day"))),
        ("", LimitWords((), "", "", "", "", None, ())),
    ],
)
def test_every_word_has_its_place(line: str, wanted: LimitWords) -> None:
    assert typed(line) == wanted


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("day", "number.day"),
        ("Hour", "number.hour"),
        ("30s", "number.30s"),
        ("same", "same.30s"),
        ("otp.day", "otp.day"),
        ("OTP.Day", "otp.day"),
        ("sg.warn", "SG.warn"),
        ("验证码.每天", "otp.day"),
        ("国际.停止", "international.stop"),
        ("每小时", "number.hour"),
    ],
)
def test_a_key_is_known_as_people_write_it(name: str, key: str) -> None:
    assert str(limit_words.key_of(name)) == key


@pytest.mark.parametrize("name", ["", "minute", "otp", "otp.week", "XX.stop", "CN.stop", "a.b.c"])
def test_what_is_no_key_is_none(name: str) -> None:
    assert limit_words.key_of(name) is None


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 10_000) | st.none(), min_size=1))
def test_what_was_typed_is_what_is_read(caps: dict[str, int | None]) -> None:
    line = " ".join(f"{key}={'off' if cap is None else cap}" for key, cap in caps.items())
    assert limit_words.read_caps(typed(line).pairs) == caps


@given(
    st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9), max_size=6),
    st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9) | st.none(), min_size=1, max_size=4),
)
def test_a_change_that_can_be_asked_for_changes_something_that_can_be_reached(
    before: dict[str, int], wanted: dict[str, int | None]
) -> None:
    policy = policy_of(before)
    pairs = [(key, "off" if cap is None else str(cap)) for key, cap in wanted.items()]
    caps = limit_words.caps_of(pairs, policy)
    if isinstance(caps, tuple):
        assert caps
        return
    assert all(before.get(key) != cap for key, cap in caps.items())
    after = policy.with_changes(caps).as_mapping()
    assert all(after.get(key) == cap for key, cap in wanted.items())
    for scope in ("number", *CLASSES):
        row = [after.get(f"{scope}.{window}") for window in WINDOWS]
        for at, window in enumerate(WINDOWS):
            cap = row[at]
            if f"{scope}.{window}" in caps and cap is not None:
                assert all(wider is None or wider >= cap for wider in row[at:])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("day=0", [CapReason.ZERO]),
        ("SG.warn=0", [CapReason.ZERO_WARN]),
        ("SG.stop=0", []),
        ("day=-1", [CapReason.NEGATIVE]),
        ("day=many", [CapReason.NO_NUMBER]),
        ("day=1.5", [CapReason.NO_NUMBER]),
        (f"day={LARGEST['day'] + 1}", [CapReason.TOO_LARGE]),
        (f"day={'9' * 40}", [CapReason.TOO_LARGE]),
        ("day=1,000", []),
        ("day=3 day=4", [CapReason.TWICE]),
        ("day=3 number.day=3", []),
        ("days=3 hour=x", [CapReason.UNKNOWN_KEY, CapReason.NO_NUMBER]),
        ("profile=2019", [CapReason.UNKNOWN_PROFILE]),
        ("profile=2025", [CapReason.UNCHANGED]),
        ("day=2 same=1", [CapReason.UNCHANGED]),
        ("hour=off", [CapReason.UNCHANGED]),
        ("", [CapReason.NOTHING]),
        ("hour=3", [CapReason.BEYOND_WIDER]),
        ("hour=3 day=3", []),
        ("day=3 30s=2 hour=1", [CapReason.BEYOND_WIDER]),
        ("same=3", [CapReason.BEYOND_WIDER]),
        ("otp.day=3", [CapReason.BEYOND_WIDER]),
        ("otp.day=3 day=off", []),
        ("SG.warn=50 SG.stop=20", [CapReason.WARN_BEYOND_STOP]),
        ("SG.stop=50 international.stop=20", [CapReason.BEYOND_WIDER]),
    ],
)
def test_why_a_change_is_none(line: str, expected: list[CapReason]) -> None:
    assert reasons(line) == expected


def test_a_contradiction_names_what_is_in_the_way() -> None:
    found = limit_words.caps_of((("hour", "3"),), GUIDE_2025.policy)
    fault = CapFault(CapReason.BEYOND_WIDER, "number.hour", "3", "number.day", "2")
    assert found == (fault,)


def test_a_stop_may_be_lowered_below_what_stays() -> None:
    before = policy_of({"number.day": 10, "otp.day": 5, "SG.warn": 40})
    caps = limit_words.caps_of((("day", "3"), ("SG.stop", "30")), before)
    assert caps == {"number.day": 3, "SG.stop": 30}
    assert limit_words.cautions_of(caps, before) == (
        Caution(CautionReason.STOP_BEFORE_WARN, "SG.warn", 40, "SG.stop", 30),
        Caution(CautionReason.WIDER_DECIDES, "otp.day", 5, "number.day", 3),
    )


@pytest.mark.parametrize(
    ("caps", "carriers"),
    [
        ({"number.day": 11}, [10]),
        ({"number.day": 10}, []),
        ({"marketing.day": 4, "number.day": 10}, [3]),
        ({"otp.day": 11, "number.day": None}, [10, 10]),
        ({"number.hour": 11, "number.day": None}, [10]),
        # Without a cap of its own, that of every message holds for a code.
        ({"otp.day": None, "number.day": 10}, []),
        ({"marketing.day": None, "number.day": 10}, [3]),
    ],
)
def test_beyond_what_carriers_let_through_is_told(
    caps: dict[str, int | None], carriers: list[int]
) -> None:
    found = limit_words.cautions_of(caps, CLASSIC.policy)
    assert [each.allowed for each in found if each.reason is CautionReason.CARRIER] == carriers
