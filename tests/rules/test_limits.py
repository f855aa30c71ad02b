from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.limits import (
    MAINLAND_ZONE,
    THIRTY_SECONDS,
    Rule,
    Sent,
    Use,
    Verdict,
    Wanted,
    end_of_day,
    fewest,
    is_free,
    judge,
    judge_carrier,
)
from bot.rules.policies import CLASSIC, GUIDE_2025, Policy, policy_of

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MIDNIGHT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # the end of that day in Shanghai
NOTICE, OTP, MARKETING = TemplateClass.NOTICE, TemplateClass.OTP, TemplateClass.MARKETING
#: Abroad there is no carriers' cap to tell of.
ABROAD = Wanted(NOTICE, "same", "SG")
HOME = Wanted(NOTICE, "same", "CN")


def ago(seconds: float, content_hash: str = "other", class_: TemplateClass = NOTICE) -> Sent:
    return Sent(NOON - timedelta(seconds=seconds), content_hash, class_)


def verdict(caps: dict[str, int | None], *history: Sent, wanted: Wanted = ABROAD) -> Verdict:
    return judge(policy_of(caps), wanted, history, {}, NOON)


@pytest.mark.parametrize(
    ("policy", "per_day"),
    [
        pytest.param(CLASSIC.policy, 10, id="classic"),
        pytest.param(GUIDE_2025.policy, 2, id="2025"),
    ],
)
def test_a_profile_allows_one_of_the_same_in_30_seconds_and_its_number_a_day(
    policy: Policy, per_day: int
) -> None:
    assert judge(policy, ABROAD, [], {}, NOON).uses == (
        Use(Rule.PER_DAY, "number", 0, per_day, None),
        Use(Rule.SAME_CONTENT_30S, "same", 0, 1, None),
    )


def test_a_policy_without_caps_counts_nothing() -> None:
    assert verdict({}, ago(1)) == Verdict((), None, None, is_exempt=False)


@pytest.mark.parametrize(
    ("caps", "history", "use"),
    [
        pytest.param(
            {"same.30s": 1},
            [ago(29.9, "same")],
            Use(Rule.SAME_CONTENT_30S, "same", 1, 1, NOON + timedelta(seconds=0.1)),
            id="same_content_within_30_s",
        ),
        pytest.param(
            {"same.30s": 1},
            [ago(30, "same")],
            Use(Rule.SAME_CONTENT_30S, "same", 0, 1, None),
            id="same_content_after_30_s",
        ),
        pytest.param(
            {"same.30s": 1},
            [ago(1)],
            Use(Rule.SAME_CONTENT_30S, "same", 0, 1, None),
            id="other_content",
        ),
        pytest.param(
            {"number.30s": 1},
            [ago(10)],
            Use(Rule.PER_30S, "number", 1, 1, NOON + timedelta(seconds=20)),
            id="any_content_within_30_s",
        ),
        pytest.param(
            {"number.hour": 2},
            [ago(60), ago(3000), ago(3599), ago(3600)],
            Use(Rule.PER_HOUR, "number", 3, 2, NOON + timedelta(seconds=600)),
            id="over_the_hour_waits_for_two_to_leave",
        ),
        pytest.param(
            {"number.day": 1},
            [ago(12 * 3600)],
            Use(Rule.PER_DAY, "number", 1, 1, MIDNIGHT),
            id="first_instant_of_the_day",
        ),
        pytest.param(
            {"number.day": 1},
            [ago(12 * 3600 + 0.001)],
            Use(Rule.PER_DAY, "number", 0, 1, None),
            id="last_instant_of_yesterday",
        ),
        pytest.param(
            {"number.30s": 0},
            [],
            Use(Rule.PER_30S, "number", 0, 0, None),
            id="nothing_is_ever_allowed",
        ),
        pytest.param(
            {"number.day": 0},
            [],
            Use(Rule.PER_DAY, "number", 0, 0, None),
            id="nothing_is_allowed_any_day",
        ),
        pytest.param(
            {"notice.hour": 1},
            [ago(60), ago(30, class_=OTP)],
            Use(Rule.CLASS_HOUR, "notice", 1, 1, NOON + timedelta(seconds=3540)),
            id="a_class_counts_its_own_alone",
        ),
        pytest.param(
            {"notice.30s": 1, "otp.day": 0},
            [ago(10, class_=OTP)],
            Use(Rule.CLASS_30S, "notice", 0, 1, None),
            id="the_caps_of_another_class_do_not_count",
        ),
        pytest.param(
            {"notice.day": 1},
            [ago(3600)],
            Use(Rule.CLASS_DAY, "notice", 1, 1, MIDNIGHT),
            id="a_class_has_a_day_too",
        ),
    ],
)
def test_a_cap_counts_what_is_in_its_window(
    caps: dict[str, int | None], history: list[Sent], use: Use
) -> None:
    found = verdict(caps, *history)
    assert found.uses == (use,)
    assert found.hit == (use if use.is_hit else None)
    assert found.next_permitted_at == use.next_permitted_at


def test_of_several_that_are_hit_the_one_that_holds_longest_is_told_with_its_time() -> None:
    caps: dict[str, int | None] = {"same.30s": 1, "number.30s": 5, "number.hour": 1}
    found = verdict(caps, ago(10, "same"))
    assert found.hit is not None
    assert found.hit.rule is Rule.PER_HOUR
    assert found.next_permitted_at == NOON + timedelta(seconds=3590)
    never = verdict({**caps, "notice.day": 0}, ago(10, "same"))
    assert never.hit is not None
    assert (never.hit.rule, never.next_permitted_at) == (Rule.CLASS_DAY, None)


def test_a_day_that_a_clock_put_back_left_full_is_not_promised() -> None:
    tomorrow = MIDNIGHT + timedelta(hours=1)
    found = verdict({"number.day": 1}, ago(60), Sent(tomorrow, "x", NOTICE))
    assert found.next_permitted_at == end_of_day(MIDNIGHT)


@pytest.mark.parametrize(
    ("country", "totals", "scope"),
    [
        ("CN", {"CN": 5}, "mainland"),
        ("CN", {"CN": 4, "SG": 9}, None),
        ("SG", {"SG": 2}, "SG"),
        ("SG", {"US": 6, "SG": 1}, "international"),
        ("US", {"SG": 2, "US": 3, "CN": 99}, None),
    ],
)
def test_totals_count_the_days_messages_of_a_side_and_of_a_country(
    country: str, totals: dict[str, int], scope: str | None
) -> None:
    policy = policy_of({"mainland.stop": 5, "international.stop": 7, "SG.stop": 2})
    found = judge(policy, Wanted(NOTICE, "x", country), [], totals, NOON)
    assert (found.hit.scope if found.hit else None) == scope
    assert found.is_total_used_up is (scope is not None)
    assert found.next_permitted_at == (MIDNIGHT if scope else None)


def test_a_total_of_nothing_is_never_over_and_a_warning_stops_nobody() -> None:
    policy = policy_of({"SG.stop": 0, "international.warn": 1})
    found = judge(policy, ABROAD, [], {"US": 5}, NOON)
    assert found.hit == Use(Rule.TOTAL_STOP, "SG", 0, 0, None)
    assert found.next_permitted_at is None
    elsewhere = judge(policy, Wanted(NOTICE, "x", "US"), [], {"US": 5}, NOON)
    assert elsewhere.hit is None


def test_an_exempt_number_keeps_to_the_totals_alone() -> None:
    policy = policy_of({"number.day": 1, "notice.hour": 1, "SG.stop": 3})
    history = [ago(1, "same"), ago(2, "same")]
    free = judge(policy, ABROAD, history, {"SG": 2}, NOON, is_exempt=True)
    assert (free.hit, free.is_exempt) == (None, True)
    full = judge(policy, ABROAD, history, {"SG": 3}, NOON, is_exempt=True)
    assert full.hit is not None
    assert full.hit.rule is Rule.TOTAL_STOP


def test_where_totals_are_judged_elsewhere_none_is_told() -> None:
    policy = policy_of({"SG.stop": 0})
    assert judge(policy, ABROAD, [], None, NOON).uses == ()


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
    is_marketing = class_ is MARKETING
    others = [ago(n, class_=OTP if is_marketing else MARKETING) for n in range(20)]
    below = [*others, *(ago(n, class_=class_) for n in range(cap - 1))]
    word = class_.value
    assert judge_carrier(class_, below, NOON) == Use(Rule.CARRIER_DAY, word, cap - 1, cap, None)
    assert judge_carrier(class_, [*below, ago(1, class_=class_)], NOON) == Use(
        Rule.CARRIER_DAY, word, cap, cap, MIDNIGHT
    )


def test_the_carriers_cap_is_told_for_the_mainland_and_never_refuses() -> None:
    history = [ago(60 + n, str(n), MARKETING) for n in range(3)]
    found = judge(CLASSIC.policy, Wanted(MARKETING, "new", "CN"), history, {}, NOON)
    assert [use.rule for use in found.uses if use.is_hit] == [Rule.CARRIER_DAY]
    assert found.hit is None
    abroad = judge(CLASSIC.policy, Wanted(MARKETING, "new", "SG"), history, {}, NOON)
    assert not any(use.is_carriers for use in abroad.uses)


CAPS = st.integers(0, 4)
KEYS = st.sampled_from(
    [
        *("number.30s", "number.hour", "number.day", "same.30s"),
        *("notice.30s", "notice.hour", "notice.day", "otp.day"),
        *("mainland.stop", "international.stop", "SG.stop"),
    ]
)
POLICIES = st.dictionaries(KEYS, CAPS).map(policy_of)
# Around the edges of the windows, and of the day at noon in Shanghai; below 0 a clock was put back.
AGES = st.sampled_from([-43_200, -60, 0, 1, 29, 30, 31, 3599, 3600, 3601, 43199, 43200, 43201])
HISTORIES = st.lists(
    st.builds(
        ago,
        AGES | st.integers(-90_000, 90_000),
        st.sampled_from(["same", "b"]),
        st.sampled_from([NOTICE, OTP]),
    ),
    max_size=8,
)
TOTALS = st.dictionaries(st.sampled_from(["CN", "SG", "US"]), st.integers(0, 5))
MESSAGES = st.sampled_from([HOME, ABROAD])


def allows(policy: Policy, wanted: Wanted, sent: list[Sent], at: datetime) -> bool:
    """The caps of one number as a person would say them, counting one by one."""
    counts = Counter[str]()
    for each in sent:
        for name, is_counted in (
            ("number", True),
            ("same", each.content_hash == wanted.content_hash),
            (wanted.class_.value, each.class_ is wanted.class_),
        ):
            is_that_day = (
                each.at.astimezone(MAINLAND_ZONE).date() == at.astimezone(MAINLAND_ZONE).date()
            )
            counts[f"{name}.30s"] += is_counted and at - each.at < timedelta(seconds=30)
            counts[f"{name}.hour"] += is_counted and at - each.at < timedelta(hours=1)
            counts[f"{name}.day"] += is_counted and is_that_day
    mine = ("number.", "same.", f"{wanted.class_.value}.")
    return all(counts[key] < cap for key, cap in policy.caps if key.startswith(mine))


def has_room(policy: Policy, wanted: Wanted, totals: dict[str, int]) -> bool:
    """The totals as a person would say them."""
    abroad = sum(begun for country, begun in totals.items() if country != "CN")
    begun = {"mainland.stop": totals.get("CN", 0)}
    if wanted.country != "CN":
        code = wanted.country
        begun = {"international.stop": abroad, f"{code}.stop": totals.get(code, 0)}
    return all(begun[key] < cap for key, cap in policy.caps if key in begun)


@given(POLICIES, MESSAGES, HISTORIES, TOTALS, st.booleans())
def test_the_verdict_agrees_with_counting_one_by_one(
    policy: Policy, wanted: Wanted, sent: list[Sent], totals: dict[str, int], is_exempt: bool
) -> None:
    found = judge(policy, wanted, sent, totals, NOON, is_exempt=is_exempt)
    may_number = is_exempt or allows(policy, wanted, sent, NOON)
    assert (found.hit is None) is (may_number and has_room(policy, wanted, totals))
    assert found.is_total_used_up is not has_room(policy, wanted, totals)


@given(POLICIES, MESSAGES, HISTORIES, TOTALS)
def test_the_next_permitted_time_is_the_first_at_which_all_allow(
    policy: Policy, wanted: Wanted, sent: list[Sent], totals: dict[str, int]
) -> None:
    found = judge(policy, wanted, sent, totals, NOON)
    is_full, at = found.is_total_used_up, found.next_permitted_at
    if at is None:
        assert found.hit is None or found.hit.allowed == 0
        return
    assert at.tzinfo is UTC
    assert at > NOON
    assert allows(policy, wanted, sent, at)
    edges = {MIDNIGHT, end_of_day(MIDNIGHT)}
    edges |= {each.at + window for each in sent for window in (THIRTY_SECONDS, timedelta(hours=1))}
    # Nothing changes but at these: a day's end, a message leaving a window.
    for edge in edges:
        if NOON < edge < at:
            assert (is_full and edge < MIDNIGHT) or not allows(policy, wanted, sent, edge)


COUNTS = st.integers(0, 12)
AGO_S = st.integers(31, 172_800)


@given(
    st.dictionaries(KEYS, COUNTS).map(policy_of),
    st.lists(st.tuples(AGO_S, st.sampled_from([NOTICE, OTP])), max_size=12),
)
@pytest.mark.parametrize("class_", [NOTICE, OTP, MARKETING])
def test_who_got_fewer_than_the_fewest_meets_no_limit_of_one_number(
    class_: TemplateClass, policy: Policy, earlier: list[tuple[int, TemplateClass]]
) -> None:
    assert is_free(policy, class_) is (fewest(policy, class_) > 0)
    if is_free(policy, class_):
        sent = [ago(each, "x", other) for each, other in earlier[: fewest(policy, class_) - 1]]
        found = judge(policy, Wanted(class_, "x", "CN"), sent, None, NOON)
        assert [use.rule for use in found.uses if use.is_hit] == []
