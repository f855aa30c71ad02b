"""What Tencent's answers say against what is declared of its console, and what they prove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.drift import (
    ANY,
    GENERIC,
    NUMBER_30S,
    NUMBER_DAY,
    NUMBER_HOUR,
    SAME_30S,
    Contradiction,
    Difference,
    Direction,
    Try,
    differences,
    is_code,
    is_counted,
    is_of_console,
    is_over,
    judge_accepted,
    judge_passed,
    judge_refused,
    judge_total,
    looks_back,
    may_be_tomorrow,
    may_exceed,
    may_pass,
    total_key,
)
from bot.rules.limits import MAINLAND_ZONE
from bot.rules.policies import policy_of

#: Noon in China.
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DAY, HOUR = "LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberOneHourLimit"
THIRTY = "LimitExceeded.PhoneNumberThirtySecondLimit"
SAME = "LimitExceeded.PhoneNumberSameContentDailyLimit"


def tried(s_ago: float, *, content: str = "a", is_accepted: bool = True, tries: int = 1) -> Try:
    at = NOW - timedelta(seconds=s_ago)
    return Try(at, at, content, is_accepted, tries)


def refused(
    code: str,
    declared: Mapping[str, int | None],
    *tries: Try,
    exclusive: bool = True,
    now: datetime = NOW,
) -> Contradiction | None:
    return judge_refused(code, declared, tries, "a", now, exclusive=exclusive)


def test_a_refusal_below_the_declared_cap_proves_a_stricter_limit_where_nobody_else_sends() -> None:
    said = refused(DAY, {NUMBER_DAY: 10}, tried(60), tried(3_600))
    assert said == Contradiction(NUMBER_DAY, Direction.STRICTER, 10, 2, is_proof=True)


def test_it_proves_nothing_where_others_may_send() -> None:
    said = refused(DAY, {NUMBER_DAY: 10}, tried(60), exclusive=False)
    assert said == Contradiction(NUMBER_DAY, Direction.STRICTER, 10, 1, is_proof=False)


def test_a_cap_that_was_reached_explains_the_refusal() -> None:
    assert refused(DAY, {NUMBER_DAY: 2}, tried(60), tried(3_600)) is None


def test_what_was_refused_may_have_counted_and_so_explains_it_too() -> None:
    assert refused(DAY, {NUMBER_DAY: 2}, tried(60), tried(90, is_accepted=False)) is None
    assert refused(DAY, {NUMBER_DAY: 3}, tried(60, tries=3)) is None


@pytest.mark.parametrize("declared", [{}, {NUMBER_HOUR: None}], ids=["not looked at", "off"])
def test_a_limit_nobody_declared_is_proved_by_its_code_whoever_sends(
    declared: Mapping[str, int | None],
) -> None:
    said = refused(HOUR, declared, tried(60), exclusive=False)
    assert said == Contradiction(NUMBER_HOUR, Direction.STRICTER, None, 1, is_proof=True)


def test_either_code_of_thirty_seconds_may_stand_for_the_rule_of_the_same_text() -> None:
    declared = {NUMBER_30S: 2, SAME_30S: 1}
    assert refused(THIRTY, declared, tried(10)) is None
    assert refused(SAME, declared, tried(10)) is None
    said = refused(THIRTY, declared, tried(10, content="b"))
    assert said == Contradiction(NUMBER_30S, Direction.STRICTER, 2, 1, is_proof=True)
    # Another sender's same text would explain it.
    shared = refused(THIRTY, {SAME_30S: 1}, tried(10, content="b"), exclusive=False)
    assert shared is not None
    assert not shared.is_proof


def test_the_same_text_may_count_for_longer_so_its_refusal_proves_no_figure() -> None:
    said = refused(SAME, {SAME_30S: 2}, tried(10))
    assert said == Contradiction(SAME_30S, Direction.STRICTER, 2, 1, is_proof=False)
    unknown = refused(SAME, {}, tried(10), exclusive=False)
    assert unknown == Contradiction(SAME_30S, Direction.STRICTER, None, 1, is_proof=True)


def test_a_contradiction_is_over_when_its_own_rule_is_declared_anew() -> None:
    assert is_over(NUMBER_DAY, {NUMBER_DAY}, {NUMBER_DAY, SAME_30S})
    assert not is_over(NUMBER_DAY, {NUMBER_DAY}, {SAME_30S})
    # What named no limit is over when all that was declared of one number is.
    assert is_over(ANY, {NUMBER_DAY, "SG.stop"}, {NUMBER_DAY})
    assert not is_over(ANY, {NUMBER_DAY, NUMBER_HOUR}, {NUMBER_DAY})
    assert not is_over(ANY, set(), {"SG.stop"})


def test_a_refusal_that_names_no_limit_speaks_against_all_of_them_or_none() -> None:
    assert refused(GENERIC, {NUMBER_DAY: 10, NUMBER_HOUR: 2}, tried(60), tried(90)) is None
    said = refused(GENERIC, {NUMBER_DAY: 10, NUMBER_HOUR: 5}, tried(60), tried(90))
    assert said == Contradiction(ANY, Direction.STRICTER, None, 2, is_proof=True)
    shared = refused(GENERIC, {}, tried(60), exclusive=False)
    assert shared is not None
    assert not shared.is_proof


def test_shortly_after_midnight_yesterday_may_still_count() -> None:
    just_after = NOW.replace(hour=16, minute=1)  # 00:01 in China
    yesterday = Try(just_after - timedelta(hours=5), just_after - timedelta(hours=5), "a", True)
    assert refused(DAY, {NUMBER_DAY: 1}, yesterday, now=just_after) is None
    later = just_after + timedelta(minutes=10)
    said = refused(DAY, {NUMBER_DAY: 1}, yesterday, now=later)
    assert said is not None
    assert said.counted == 0


def test_shortly_before_midnight_tencent_may_count_a_new_day_already() -> None:
    just_before = NOW.replace(hour=15, minute=58)  # 23:58 in China
    noon = Try(NOW, NOW, "a", True)
    assert judge_accepted({NUMBER_DAY: 1}, [noon], "a", just_before) == []
    assert may_be_tomorrow(just_before)
    earlier = just_before - timedelta(minutes=4)
    assert len(judge_accepted({NUMBER_DAY: 1}, [noon], "a", earlier)) == 1
    assert not may_be_tomorrow(earlier)


def test_other_codes_say_nothing_about_a_limit_of_one_number() -> None:
    assert refused("FailedOperation.PhoneNumberInBlacklist", {NUMBER_DAY: 10}) is None
    assert not is_code("Ok")
    assert is_code(DAY)
    assert is_code("LimitExceeded.AppDailyLimit")


def test_an_acceptance_beyond_the_declared_cap_proves_that_it_did_not_hold() -> None:
    caps = {NUMBER_DAY: 2, NUMBER_HOUR: 3}
    said = judge_accepted(caps, [tried(60), tried(120)], "a", NOW)
    assert said == [Contradiction(NUMBER_DAY, Direction.LOOSER, 2, 2, is_proof=True)]
    assert judge_accepted(caps, [tried(60), tried(90, is_accepted=False)], "a", NOW) == []


def test_only_what_is_well_inside_the_window_counts_against_a_cap() -> None:
    assert judge_accepted({NUMBER_30S: 1}, [tried(29)], "a", NOW) == []
    assert len(judge_accepted({NUMBER_30S: 1}, [tried(27)], "a", NOW)) == 1
    assert judge_accepted({SAME_30S: 1}, [tried(5, content="b")], "a", NOW) == []


def test_only_caps_our_own_limiter_would_exceed_need_a_look_at_what_was_accepted() -> None:
    declared = {NUMBER_DAY: 10, NUMBER_HOUR: 3, NUMBER_30S: None, "mainland.stop": 5}
    tight = policy_of({NUMBER_DAY: 10, NUMBER_HOUR: 3})
    assert may_exceed(tight, declared) == {}
    assert may_exceed(policy_of({NUMBER_DAY: 11}), declared) == {NUMBER_DAY: 10, NUMBER_HOUR: 3}


@pytest.mark.parametrize(
    ("code", "country", "key"),
    [
        ("LimitExceeded.AppDailyLimit", "CN", "mainland.stop"),
        ("LimitExceeded.AppDailyLimit", "SG", "international.stop"),
        ("LimitExceeded.AppMainlandChinaDailyLimit", "CN", "mainland.stop"),
        ("LimitExceeded.AppGlobalDailyLimit", "SG", "international.stop"),
        ("LimitExceeded.AppCountryOrRegionDailyLimit", "SG", "SG.stop"),
    ],
)
def test_a_code_of_a_day_is_about_the_total_of_its_side_or_country(
    code: str, country: str, key: str
) -> None:
    assert total_key(code, country) == key
    assert is_counted(key, country)


def test_a_total_below_its_declared_stop_is_a_contradiction_that_proves_no_figure() -> None:
    assert judge_total("mainland.stop", {"mainland.stop": 100}, 100, 100) is None
    assert judge_total("mainland.stop", {"mainland.stop": 100}, 99, 100) is None
    said = judge_total("mainland.stop", {"mainland.stop": 100}, 99, 99)
    assert said == Contradiction("mainland.stop", Direction.STRICTER, 100, 99, is_proof=False)
    unknown = judge_total("SG.stop", {}, 3, 3)
    assert unknown is not None
    assert unknown.is_proof


def test_a_declared_stop_that_was_passed_is_a_contradiction_that_proves_nothing() -> None:
    assert judge_passed("SG.stop", 3, 3) is None
    said = judge_passed("SG.stop", 3, 4)
    assert said == Contradiction("SG.stop", Direction.LOOSER, 3, 3, is_proof=False)
    declared = {"SG.stop": 3, "mainland.stop": 9, "mainland.warn": 2, "US.stop": None}
    assert may_pass(policy_of({"mainland.stop": 9}), declared) == {"SG.stop": 3}


def test_counts_of_a_total_are_those_of_its_side() -> None:
    assert is_counted("mainland.stop", "CN")
    assert not is_counted("mainland.stop", "SG")
    assert not is_counted("international.stop", "CN")
    assert not is_counted("SG.stop", "US")


def test_what_is_to_be_typed_is_where_policy_and_copy_part() -> None:
    policy = policy_of(
        {NUMBER_DAY: 5, NUMBER_HOUR: 3, SAME_30S: 1, "otp.day": 2, "mainland.stop": 100}
    )
    declared = {NUMBER_DAY: 2, NUMBER_HOUR: 4, SAME_30S: 1, "international.stop": 9}
    assert differences(policy, declared) == (
        Difference(NUMBER_HOUR, 4, True, 3, is_needed=False),
        Difference(NUMBER_DAY, 2, True, 5, is_needed=True),
        Difference("mainland.stop", None, False, 100, is_needed=True),
    )
    assert differences(policy_of({}), {NUMBER_DAY: 2}) == (
        Difference(NUMBER_DAY, 2, True, None, is_needed=True),
    )
    assert differences(policy_of({}), {}) == ()


def test_the_console_knows_no_class_and_no_reminder_for_one_country() -> None:
    assert is_of_console(NUMBER_DAY)
    assert is_of_console("mainland.warn")
    assert is_of_console("SG.stop")
    assert not is_of_console("SG.warn")
    assert not is_of_console("otp.day")
    assert not is_of_console("nothing")


CODES = {NUMBER_30S: THIRTY, NUMBER_HOUR: HOUR, NUMBER_DAY: DAY, SAME_30S: SAME}


@dataclass(frozen=True)
class Theirs:
    """A Tencent of its own: limits over what it accepted, or over all it was asked."""

    caps: Mapping[str, int]
    counts_refused: bool
    ahead: timedelta

    def answer(self, earlier: Sequence[Try], content: str, at: datetime) -> str:
        """The code of the first limit that is reached, or Ok."""
        now = at + self.ahead
        day = now.astimezone(MAINLAND_ZONE).date()
        seen = [
            (each.first_at + self.ahead, each.content)
            for each in earlier
            if each.is_accepted or self.counts_refused
        ]
        same = [then for then, said in seen if said == content]
        every = [then for then, _ in seen]
        counts = {
            NUMBER_30S: sum(now - then < timedelta(seconds=30) for then in every),
            NUMBER_HOUR: sum(now - then < timedelta(hours=1) for then in every),
            NUMBER_DAY: sum(then.astimezone(MAINLAND_ZONE).date() == day for then in every),
            SAME_30S: sum(now - then < timedelta(seconds=30) for then in same),
        }
        hit = [key for key, cap in self.caps.items() if counts[key] >= cap]
        return CODES[hit[0]] if hit else "Ok"


CAPS = st.dictionaries(st.sampled_from(list(CODES)), st.integers(1, 4), max_size=4)
THEIRS = st.builds(
    Theirs,
    CAPS,
    counts_refused=st.booleans(),
    ahead=st.integers(-290, 290).map(lambda s: timedelta(seconds=s)),
)
#: Seconds to the next message, its text, and seconds until its answer is saved.
TRAFFIC = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 15, 31, 300, 1_800, 3_700, 30_000, 43_100]),
        st.sampled_from("ab"),
        st.sampled_from([0, 0, 1, 6, 70]),
    ),
    max_size=12,
)


@given(THEIRS, TRAFFIC)
def test_a_declaration_that_is_true_is_never_contradicted(
    theirs: Theirs, traffic: Sequence[tuple[int, str, int]]
) -> None:
    declared = {key: theirs.caps.get(key) for key in CODES}
    known: list[Try] = []
    now = NOW
    for gap_s, content, slow_s in traffic:
        signed_at = now + timedelta(seconds=gap_s)
        now = signed_at + timedelta(seconds=slow_s)
        code = theirs.answer(known, content, signed_at)
        seen = [each for each in known if each.first_at >= looks_back(signed_at)]
        if code == "Ok":
            assert judge_accepted(theirs.caps, seen, content, now) == []
        else:
            assert judge_refused(code, declared, seen, content, signed_at, exclusive=True) is None
        known.append(Try(signed_at, now, content, code == "Ok"))


@given(
    cap=st.integers(1, 6),
    more=st.integers(1, 5),
    exclusive=st.booleans(),
    key=st.sampled_from([NUMBER_HOUR, NUMBER_DAY]),
)
def test_a_stricter_limit_is_found_at_its_first_hit(
    cap: int, more: int, exclusive: bool, key: str
) -> None:
    theirs = Theirs({key: cap}, counts_refused=False, ahead=timedelta())
    known = [tried(60.0 * nth) for nth in range(cap, 0, -1)]
    for nth in range(cap):
        assert theirs.answer(known[:nth], "a", known[nth].first_at) == "Ok"
    code = theirs.answer(known, "a", NOW)
    said = judge_refused(code, {key: cap + more}, known, "a", NOW, exclusive=exclusive)
    assert said == Contradiction(key, Direction.STRICTER, cap + more, cap, is_proof=exclusive)


@given(
    cap=st.integers(1, 6),
    more=st.integers(1, 5),
    key=st.sampled_from([NUMBER_HOUR, NUMBER_DAY]),
)
def test_a_looser_limit_is_found_at_the_first_message_beyond(cap: int, more: int, key: str) -> None:
    known = [tried(60.0 * nth) for nth in range(cap + more, 0, -1)]
    for nth, each in enumerate(known):
        before = [replace(other) for other in known[:nth]]
        found = judge_accepted({key: cap}, before, "a", each.first_at)
        assert [said.counted for said in found] == ([nth] if nth >= cap else [])
