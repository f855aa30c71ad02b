"""How long packages last: by hand, against a simulation hour by hour, and against what came."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.content import Package
from bot.rules.figures import DAY_S, HOUR_S
from bot.rules.package_usage import HISTORY_S, WEEK_HOURS, Usage, usage_of
from bot.rules.packages import (
    HORIZON,
    End,
    Planned,
    Unused,
    follow,
    left_now,
    runway,
    turn,
)

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def package(
    left: int, *, expires: timedelta = 400 * DAY, effective: timedelta = -DAY, name: str = "p"
) -> Package:
    return Package(name, left, 0, NOW + effective, NOW + expires)


def steady(a_day: float) -> Usage:
    return Usage((a_day / 24,) * WEEK_HOURS, 0.0, 28)


def test_it_ends_when_what_is_usual_has_used_it_up() -> None:
    course = follow([package(240)], steady(24), [], NOW)
    assert (course.empty_at, course.end) == (NOW + 10 * DAY, End.USED)
    assert course.unused == ()


def test_hours_of_the_week_decide_at_which_hour() -> None:
    """All of a day's messages go out from four to five, UTC."""
    at_four = tuple(10.0 if hour % 24 == 4 else 0.0 for hour in range(WEEK_HOURS))
    course = follow([package(25)], Usage(at_four, 0.0, 28), [], NOW)
    assert course.empty_at == NOW + 2 * DAY + HOUR / 2
    whole_days = follow([package(20)], Usage(at_four, 0.0, 28), [], NOW)
    assert whole_days.empty_at == NOW + DAY + HOUR, "not when the next one would need more"


def test_what_expires_first_pays_first_and_loses_the_rest() -> None:
    packages = [package(1000, name="long"), package(100, expires=2 * DAY, name="short")]
    course = follow(packages, steady(24), [], NOW)
    assert course.unused[0] == Unused("short", NOW + 2 * DAY, 52)
    assert course.empty_at == NOW + 2 * DAY + 1000 * HOUR


def test_a_gift_pays_before_what_was_bought_though_it_lasts_longer() -> None:
    gift = replace(package(48, name="gift"), is_gift=True)
    bought = package(1000, expires=2 * DAY, name="bought")
    course = follow([bought, gift], steady(24), [], NOW)
    assert course.unused == (Unused("bought", NOW + 2 * DAY, 1000),)
    assert course.empty_at == NOW + 2 * DAY


def test_it_may_end_because_the_last_of_it_expires() -> None:
    course = follow([package(1000, expires=3 * DAY)], steady(24), [], NOW)
    assert (course.empty_at, course.end) == (NOW + 3 * DAY, End.EXPIRED)
    assert course.unused == (Unused("p", NOW + 3 * DAY, 928),)


def test_a_package_counts_from_when_it_takes_effect() -> None:
    packages = [package(24), package(48, effective=3 * DAY, name="next")]
    course = follow(packages, steady(24), [], NOW)
    assert (course.empty_at, course.again_at) == (NOW + DAY, NOW + 3 * DAY)
    joined = [package(72), package(48, effective=3 * DAY, name="next")]
    assert follow(joined, steady(24), [], NOW).empty_at == NOW + 5 * DAY


def test_a_planned_send_moves_it_and_may_lack_some() -> None:
    at = NOW + 2 * DAY
    course = follow([package(240)], steady(24), [Planned("R-1", at, 96)], NOW)
    assert (course.empty_at, course.short) == (NOW + 6 * DAY, ())
    course = follow([package(240)], steady(24), [Planned("R-1", at, 200)], NOW)
    assert (course.empty_at, course.short) == (at, (("R-1", 8),))
    late = follow([package(240)], steady(24), [Planned("R-1", NOW - DAY, 200)], NOW)
    assert late.empty_at == NOW + 40 * HOUR, "what should have gone goes now"


def test_without_anything_used_only_expiry_ends_it() -> None:
    course = follow([package(5)], steady(0), [], NOW)
    assert (course.empty_at, course.end) == (NOW + 400 * DAY, End.EXPIRED)
    forever = follow([package(5, expires=5000 * DAY)], steady(0), [], NOW)
    assert (forever.empty_at, forever.unused) == (None, ())


def test_with_nothing_left_it_is_empty_now() -> None:
    for none in ([], [package(0)], [package(9, expires=-DAY)]):
        found = runway(none, steady(24), [], NOW)
        assert (found.left_segments, found.empty_at, found.earliest) == (0, NOW, NOW)


def test_what_was_spent_since_tencent_spoke_is_paid_in_turn() -> None:
    gift = replace(package(10, name="gift"), is_gift=True)
    later = package(50, effective=DAY, expires=2 * DAY, name="later")
    after = left_now([package(100, name="bought"), later, gift], 30, NOW)
    assert {each.package_id: each.used_segments for each in after} == {
        "gift": 10,
        "later": 0,
        "bought": 20,
    }


def test_a_range_grows_with_what_days_differ_by() -> None:
    calm = runway([package(2400)], Usage((10.0,) * WEEK_HOURS, 5, 28), [], NOW)
    wild = runway([package(2400)], Usage((10.0,) * WEEK_HOURS, 100, 28), [], NOW)
    assert calm.empty_at == wild.empty_at == NOW + 10 * DAY
    assert calm.width is not None
    assert wild.width is not None
    assert HOUR <= calm.width < wild.width
    assert wild.earliest is not None
    assert wild.earliest < NOW + 10 * DAY < (wild.latest or NOW)


def test_where_hardly_anything_is_known_it_may_last_on_and_on() -> None:
    vague = runway([package(500)], Usage((1.0,) * WEEK_HOURS, 200, 1), [], NOW)
    assert vague.empty_at == NOW + 500 * HOUR
    assert vague.latest == NOW + 400 * DAY, "until it expires"
    assert vague.width is None
    assert vague.earliest is not None
    assert vague.earliest < NOW + 500 * HOUR


# --- against a simulation that goes from hour to hour -------------------------------------------

hours = st.integers(min_value=0, max_value=24 * 40)


@st.composite
def packages_(draw: st.DrawFn) -> list[Package]:
    found = []
    for nth in range(draw(st.integers(0, 4))):
        effective = draw(st.integers(-48, 24 * 20))
        found.append(
            replace(
                package(
                    draw(st.integers(0, 900)),
                    effective=effective * HOUR,
                    expires=(effective + draw(st.integers(1, 24 * 30))) * HOUR,
                    name=str(nth),
                ),
                is_gift=draw(st.booleans()),
            )
        )
    return found


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    of_day = draw(st.lists(st.integers(0, 9), min_size=24, max_size=24))
    return Usage(tuple(float(of_day[at % 24]) for at in range(WEEK_HOURS)), 0.0, 28)


def naive(
    packages: Sequence[Package], usage: Usage, planned: Sequence[Planned]
) -> tuple[datetime | None, dict[str, int], dict[str, int]]:
    """Hour by hour: when the balance is first nought, what expires, what planned sends lack."""
    left = {each.package_id: each.amount_segments - each.used_segments for each in packages}
    empty_at, unused, short = None, {}, {}
    for at in (NOW + nth * HOUR for nth in range(24 * 60)):
        for each in packages:
            if each.expires_at == at > NOW and left[each.package_id]:
                unused[each.package_id] = left[each.package_id]
        due = [each for each in packages if each.effective_at <= at < each.expires_at]
        due.sort(key=turn)
        for plan in (plan for plan in planned if plan.at == at):
            lacks = _take(left, due, plan.segments)
            if lacks:
                short[plan.request_id] = lacks
        had = sum(left[each.package_id] for each in due)
        if empty_at is None and not had:
            empty_at = at
        wanted = int(usage.by_hour[int(at.timestamp()) // HOUR_S % WEEK_HOURS])
        _take(left, due, wanted)
        if empty_at is None and had < wanted:
            empty_at = at + had * HOUR / wanted
    return empty_at, unused, short


def _take(left: dict[str, int], due: Sequence[Package], segments: int) -> int:
    for each in due:
        paid = min(segments, left[each.package_id])
        left[each.package_id] -= paid
        segments -= paid
    return segments


@settings(max_examples=150, deadline=None)
@given(packages_(), usages(), st.lists(st.tuples(hours, st.integers(1, 500)), max_size=3))
def test_it_is_what_a_simulation_hour_by_hour_comes_to(
    packages: list[Package], usage: Usage, plans: list[tuple[int, int]]
) -> None:
    planned = [Planned(str(n), NOW + at * HOUR, many) for n, (at, many) in enumerate(plans)]
    course = follow(packages, usage, planned, NOW)
    empty_at, unused, short = naive(packages, usage, planned)
    assert {each.package_id: each.segments for each in course.unused} == unused
    assert dict(course.short) == short
    assert empty_at is not None
    assert course.empty_at is not None
    assert abs(course.empty_at - empty_at) < timedelta(seconds=1)


@settings(max_examples=60, deadline=None)
@given(packages_(), usages(), st.integers(0, 90))
def test_the_middle_lies_between_the_ends(
    packages: list[Package], usage: Usage, deviation: int
) -> None:
    found = runway(packages, replace(usage, day_deviation=float(deviation)), [], NOW)
    far = NOW + HORIZON + DAY
    assert (found.earliest or far) <= (found.empty_at or far) <= (found.latest or far)


# --- against what came ---------------------------------------------------------------------------


def week_of(dice: random.Random) -> list[float]:
    """What is expected in each hour of a week: days and nights, and quieter weekends."""
    base = dice.uniform(20, 400)
    return [
        base * (1.6 if 1 <= hour % 24 <= 13 else 0.2) * (0.5 if hour // 24 in {2, 3} else 1)
        for hour in range(WEEK_HOURS)
    ]


def lived(dice: random.Random, hours_: int, unrest: float) -> dict[int, float]:
    """Traffic of an account, by the hour: every day is more or less than usual by about so much."""
    expected, start = week_of(dice), int(NOW.timestamp()) - HISTORY_S
    found, day = {}, 1.0
    for nth in range(hours_):
        hour_s = start + nth * HOUR_S
        if hour_s // HOUR_S % 24 == 16:
            # Midnight in China.
            day = dice.gauss(1, unrest)
        mean = max(0.0, expected[hour_s // HOUR_S % WEEK_HOURS] * day)
        found[hour_s] = float(max(0, round(dice.gauss(mean, mean**0.5))))
    return found


@pytest.mark.parametrize(("unrest", "mostly"), [(0.08, 37), (0.2, 24)])
def test_replayed_it_was_right_a_week_ahead(unrest: float, mostly: int) -> None:
    """Forty accounts whose package is gone after a week: nearly all of them a tenth of it off at
    the most where days are alike, and inside the range in nine of ten however days are."""
    close = inside = 0
    for seed in range(40):
        traffic = lived(random.Random(seed), 6 * WEEK_HOURS, unrest)
        now_s = int(NOW.timestamp())
        usage = usage_of(traffic, now_s)
        assert usage is not None
        left = int(sum(traffic[now_s + nth * HOUR_S] for nth in range(WEEK_HOURS)))
        found = runway([package(left)], usage, [], NOW)
        assert found.empty_at is not None
        came = NOW + 7 * DAY
        close += abs(found.empty_at - came) <= 0.1 * 7 * DAY
        inside += (found.earliest or NOW) <= came <= (found.latest or NOW)
    assert close >= mostly
    assert inside >= 34, inside


@pytest.mark.parametrize("known", [0, 23])
def test_of_less_than_a_day_nothing_is_said(known: int) -> None:
    now_s = int(NOW.timestamp())
    hours_ = {now_s - nth * HOUR_S: 5.0 for nth in range(1, known + 1)}
    assert usage_of(hours_, now_s) is None


def test_an_hour_nobody_knows_is_as_the_same_hour_of_other_days() -> None:
    now_s = int(NOW.timestamp())
    hours_ = {now_s - nth * HOUR_S: float((now_s // HOUR_S - nth) % 24) for nth in range(1, 49)}
    usage = usage_of(hours_, now_s)
    assert usage is not None
    assert usage.by_hour == tuple(float(hour % 24) for hour in range(WEEK_HOURS))
    assert usage.a_day == sum(range(24))


def test_what_is_older_than_four_weeks_counts_no_more_nor_does_the_hour_under_way() -> None:
    now_s = int(NOW.timestamp())
    hours_ = {now_s - nth * HOUR_S: 1.0 for nth in range(1, WEEK_HOURS + 1)}
    usage = usage_of({**hours_, now_s: 900.0, now_s - HISTORY_S - HOUR_S: 900.0}, now_s)
    assert usage is not None
    assert usage.a_day == 24


def test_days_differ_from_their_own_weekday_once_weeks_are_known() -> None:
    """Twice as much on one weekday is no surprise after two weeks of it."""
    start = int(NOW.timestamp()) // DAY_S * DAY_S - 8 * HOUR_S

    def known(days: int) -> dict[int, float]:
        return {
            start - nth * HOUR_S: 200.0 if (nth - 1) // 24 % 7 == 0 else 100.0
            for nth in range(1, days * 24 + 1)
        }

    of_week, of_month = usage_of(known(7), start), usage_of(known(28), start)
    assert of_week is not None
    assert of_month is not None
    assert of_month.day_deviation < of_week.day_deviation / 5
