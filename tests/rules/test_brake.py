from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules import brake
from bot.rules.brake import (
    DAY_S,
    HOUR_S,
    WEEK_S,
    Hour,
    Kind,
    Measure,
    Place,
    Thresholds,
    Unusual,
)
from bot.rules.policies import policy_of

#: A Monday, 11:00 in Shanghai.
NOW_S = 1_795_402_800
LIMITS = Thresholds(
    volume_factor=5.0,
    volume_from=100,
    new_share=0.3,
    new_from=50,
    success_drop=0.3,
    success_from=50,
)
CN = Place("CN", "+86138")
SEEDS = st.integers(0, 2**32)


def weeks(profile: list[int], count: int = 4, *, noise: Random | None = None) -> dict[int, Hour]:
    """So many weeks before `NOW_S`, alike but for the noise, hour by hour."""
    hours = {}
    for at in range(NOW_S - count * WEEK_S, NOW_S, HOUR_S):
        usual = profile[at // HOUR_S % len(profile)]
        hours[at] = Hour(round(usual * noise.uniform(0.7, 1.3)) if noise else usual)
    return hours


def with_now(hours: Mapping[int, Hour], begun: int) -> dict[int, Hour]:
    return {**hours, NOW_S: Hour(begun)}


def volume(hours: Mapping[int, Hour], begun: int) -> Unusual | None:
    return brake.judge_volume(with_now(hours, begun), NOW_S, LIMITS)


@pytest.mark.parametrize(
    ("usual", "begun", "is_unusual"),
    [
        (0, 99, False),
        (0, 100, True),
        (10, 99, False),
        (10, 100, True),
        (100, 499, False),
        (100, 500, True),
    ],
)
def test_an_hour_is_unusual_from_the_floor_and_the_factor_on(
    usual: int, begun: int, is_unusual: bool
) -> None:
    found = volume(weeks([usual]), begun)
    assert (found is not None) == is_unusual
    if found is not None:
        assert found == Unusual(Kind.VOLUME, NOW_S, begun, begun, usual)


def test_what_comes_every_monday_at_eleven_is_usual_then_and_at_no_other_time() -> None:
    burst = [0] * 168
    burst[NOW_S // HOUR_S % 168] = 5_000
    hours = weeks(burst)
    assert volume(hours, 6_000) is None
    tuesday = NOW_S + DAY_S
    other = {**hours, **dict.fromkeys(range(NOW_S, tuesday, HOUR_S), Hour())}
    assert brake.judge_volume({**other, tuesday: Hour(6_000)}, tuesday, LIMITS) is not None


@pytest.mark.parametrize("shift_s", [-HOUR_S, HOUR_S])
def test_a_burst_that_comes_an_hour_early_or_late_is_usual(shift_s: int) -> None:
    burst = [0] * 168
    burst[(NOW_S + shift_s) // HOUR_S % 168] = 5_000
    assert volume(weeks(burst), 5_000) is None


def test_one_rush_and_one_week_of_holidays_change_nothing() -> None:
    hours = weeks([100])
    hours[NOW_S - WEEK_S] = Hour(100_000)
    found = volume(hours, 500)
    assert found is not None
    assert found.usual == 100
    quiet = {at: Hour(0 if at >= NOW_S - WEEK_S else hour.begun) for at, hour in hours.items()}
    assert volume({**quiet, NOW_S - WEEK_S: Hour(0)}, 499) is None


def test_nights_without_a_message_are_known_from_nights_without_the_bot() -> None:
    night_s = NOW_S // HOUR_S % 24
    profile = [200] * 24
    profile[night_s - 1] = profile[night_s] = profile[(night_s + 1) % 24] = 0
    silent = weeks(profile)
    assert volume(silent, 150) is not None
    # The bot was off in that hour: the busiest hour there was stands for it.
    off = {at: hour for at, hour in silent.items() if at // HOUR_S % 24 != night_s}
    assert volume(off, 150) is None
    assert volume(off, 1_000) is not None


@settings(max_examples=30, deadline=None)
@given(
    profile=st.lists(st.integers(0, 20_000), min_size=168, max_size=168),
    seed=SEEDS,
    outages=st.lists(st.tuples(st.integers(0, 27), st.integers(1, 14)), max_size=3),
)
def test_a_week_like_the_others_raises_nothing_whatever_was_missing(
    profile: list[int], seed: int, outages: list[tuple[int, int]]
) -> None:
    noise = Random(seed)
    hours = weeks(profile, 5, noise=noise)
    last_week = [at for at in hours if at >= NOW_S - WEEK_S]
    off = set[int]()
    # Two weeks at the most are missing of any hour of the week: a day here, a fortnight there.
    for first_day, days in outages:
        start = NOW_S - 5 * WEEK_S + first_day * DAY_S
        more = {at for at in hours if start <= at < start + days * DAY_S and at < last_week[0]}
        missing = off | more
        by_hour = [sum((at // HOUR_S) % 168 == each for at in missing) for each in range(168)]
        if max(by_hour) <= brake.WEEKS - brake.WEEKS_MIN:
            off = missing
    known = {at: hour for at, hour in hours.items() if at not in off}
    for at in noise.sample(last_week, 6):
        assert brake.judge_volume(known, at, LIMITS) is None, (known[at], at)


@given(
    begun=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=24),
    places=st.dictionaries(
        st.builds(Place, st.sampled_from(["CN", "SG", "UZ"]), st.text(max_size=6)),
        st.integers(0, 1_000_000),
        max_size=5,
    ),
    good=st.integers(0, 1_000_000),
)
def test_a_new_app_is_unusual_in_no_way_on_its_first_day(
    begun: list[int], places: dict[Place, int], good: int
) -> None:
    first_s = NOW_S - (len(begun) - 1) * HOUR_S
    known = {
        first_s + nth * HOUR_S: Hour(many, good, many, good, many) for nth, many in enumerate(begun)
    }
    assert brake.judge_volume(known, NOW_S, LIMITS) is None
    assert brake.judge_success(known, NOW_S, LIMITS) is None
    assert brake.judge_new({}, places, NOW_S, LIMITS, hours_known=len(begun)) is None


def test_a_young_app_may_have_a_busy_day_and_no_flood() -> None:
    hours = {NOW_S - nth * HOUR_S: Hour(20) for nth in range(1, 49)}
    assert volume(hours, 999) is None
    assert volume(hours, 1_000) is not None


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_tens_a_day_that_become_thousands_are_seen_at_the_hundredth_message(seed: int) -> None:
    noise = Random(seed)
    hours = {
        at: Hour(noise.choice([0, 0, 0, 1, 2, 5]))
        for at in range(NOW_S - 4 * WEEK_S, NOW_S, HOUR_S)
    }
    assert volume(hours, 99) is None
    assert volume(hours, 100) is not None


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_thirty_noisy_days_raise_nothing(seed: int) -> None:
    noise = Random(seed)
    days = [noise.uniform(20, 2_000) for _ in range(7)]
    hours = {}
    for at in range(NOW_S - 58 * DAY_S, NOW_S, HOUR_S):
        hour_of_day = at // HOUR_S % 24
        level = days[at // DAY_S % 7] * (1.0 if 1 <= hour_of_day <= 14 else 0.05)
        hours[at] = Hour(max(0, round(noise.gauss(level, level / 4))))
    alarms = [
        at
        for at in range(NOW_S - 30 * DAY_S, NOW_S, HOUR_S)
        if hours[at].begun >= LIMITS.volume_from
        and brake.judge_volume(_before(hours, at), at, LIMITS) is not None
    ]
    assert alarms == []


def _before(hours: Mapping[int, Hour], at: int) -> dict[int, Hour]:
    """What anybody looks back on: four weeks and an hour."""
    return {each: hour for each, hour in hours.items() if at - 29 * DAY_S < each <= at}


def test_new_places_are_unusual_by_their_share_and_never_below_the_floor() -> None:
    before = {CN: 10_000}
    new = {Place("UZ", "+99890"): 49, CN: 51}

    def judge(now: dict[Place, int]) -> Unusual | None:
        return brake.judge_new(before, now, NOW_S, LIMITS, hours_known=600)

    assert judge(new) is None
    found = judge({**new, Place("UZ", "+99890"): 50, CN: 50})
    assert found == Unusual(
        Kind.NEW_NUMBERS, NOW_S, 50, 100, 0.0, new_countries=("UZ",), new_prefixes=1
    )
    assert judge({Place("UZ", "+99890"): 50, CN: 500}) is None


def test_new_countries_are_named_by_their_weight_and_known_ones_are_not() -> None:
    before = {CN: 500, Place("SG", "+65812"): 500}
    now = {
        Place("UZ", "+99890"): 30,
        Place("UZ", "+99891"): 40,
        Place("KZ", "+77001"): 80,
        Place("SG", "+65900"): 60,
    }
    found = brake.judge_new(before, now, NOW_S, LIMITS, hours_known=600)
    assert found is not None
    assert (found.new_countries, found.new_prefixes, found.many) == (("KZ", "UZ"), 4, 210)


def test_an_app_that_always_meets_new_places_meets_them_as_usual() -> None:
    before = {Place("CN", f"+861{nth:02d}"): 1 for nth in range(80)}
    now = {Place("CN", f"+861{nth:02d}"): 10 for nth in range(80, 100)}
    assert brake.judge_new(before, now, NOW_S, LIMITS, hours_known=600) is None


@given(
    once=st.integers(0, 500),
    often=st.dictionaries(
        st.builds(
            Place, st.sampled_from(["US", "CN", "SG", ""]), st.text("0123456789", max_size=4)
        ),
        st.integers(0, 10_000),
        max_size=8,
    ),
    prefixes=st.integers(1, 60),
    many=st.integers(1, 100),
)
def test_an_hour_to_a_country_never_written_to_is_unusual_in_every_app(
    once: int, often: dict[Place, int], prefixes: int, many: int
) -> None:
    """However many of its places are new to it as a rule."""
    before = {**{Place("US", f"+1{nth:03}"): 1 for nth in range(once)}, **often, CN: 1}
    now = {Place("UZ", f"+9989{nth}"): many for nth in range(prefixes)}
    found = brake.judge_new(before, now, NOW_S, LIMITS, hours_known=600)
    assert (found is not None) == (many * prefixes >= LIMITS.new_from)
    if found is not None:
        assert (found.new_countries, found.many) == (("UZ",), many * prefixes)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, countries=st.integers(1, 30), sent=st.integers(50, 2_000))
def test_an_hour_like_all_others_has_nothing_new_however_many_places_there_are(
    seed: int, countries: int, sent: int
) -> None:
    noise = Random(seed)

    def write(many: int) -> dict[Place, int]:
        places: dict[Place, int] = {}
        for _ in range(many):
            # A country's share falls with its rank; its numbers are anywhere in it.
            nth = noise.choices(range(countries), [1 / (rank + 1) for rank in range(countries)])[0]
            place = Place(chr(65 + nth), str(noise.randrange(8_000)))
            places[place] = places.get(place, 0) + 1
        return places

    assert brake.judge_new(write(sent), write(100), NOW_S, LIMITS, hours_known=600) is None


def test_countries_an_earlier_program_did_not_note_make_no_other_one_new() -> None:
    before = {Place("", f"+{nth}"): 1 for nth in range(80)}
    now = {Place("UZ", "+99890"): 70, Place("", "+86"): 30}
    assert brake.judge_new(before, now, NOW_S, LIMITS, hours_known=600) is None


def test_nothing_is_new_before_a_week_is_known() -> None:
    args = ({CN: 10_000}, {Place("UZ", "+99890"): 5_000}, NOW_S, LIMITS)
    assert brake.judge_new(*args, hours_known=167) is None
    assert brake.judge_new(*args, hours_known=168) is not None


def days_of(hour: Hour, days: int = 10) -> dict[int, Hour]:
    """Such an hour on each of the last days."""
    return {NOW_S - nth * DAY_S: hour for nth in range(1, days + 1)}


@pytest.mark.parametrize(
    ("now", "measure"),
    [
        (Hour(accepted=66, refused=34, delivered=95, undelivered=5), None),
        (Hour(accepted=64, refused=36, delivered=95, undelivered=5), Measure.ACCEPTED),
        (Hour(accepted=99, refused=1, delivered=64, undelivered=36), Measure.DELIVERED),
        (Hour(accepted=10, refused=39, delivered=10, undelivered=39), None),
        (Hour(accepted=1_000), None),
    ],
    ids=["as usual", "refused", "not delivered", "too few to tell", "no reports yet"],
)
def test_a_smaller_share_than_usual_is_unusual(now: Hour, measure: Measure | None) -> None:
    usual = Hour(accepted=95, refused=5, delivered=95, undelivered=5)
    found = brake.judge_success({**days_of(usual), NOW_S: now}, NOW_S, LIMITS)
    assert (found.measure if found else None) == measure


@pytest.mark.parametrize(
    ("agreed", "delivered", "undelivered", "is_own"),
    [
        (0, 600, 400, True),
        (1_000, 600, 400, False),
        # All that others agreed to may be lost, and the rest is still too much.
        (200, 300, 700, True),
        (400, 440, 560, False),
        # Of what is left there is too little to tell.
        (960, 0, 1_000, False),
    ],
)
def test_what_others_agreed_to_is_told_and_not_taken_for_the_rest(
    agreed: int, delivered: int, undelivered: int, is_own: bool
) -> None:
    usual = days_of(Hour(accepted=100, delivered=95, undelivered=5))
    now = Hour(100, agreed, 1_000, delivered=delivered, undelivered=undelivered)
    found = brake.judge_success({**usual, NOW_S: now}, NOW_S, LIMITS)
    assert found is not None
    assert found.is_own is is_own


@pytest.mark.parametrize(
    ("kind", "hour_s", "many", "total", "expected"),
    [
        (Kind.VOLUME, NOW_S, 300, 300, False),
        (Kind.VOLUME, NOW_S, 399, 399, False),
        (Kind.VOLUME, NOW_S, 400, 400, True),
        (Kind.VOLUME, NOW_S + HOUR_S, 100, 100, True),
        (Kind.VOLUME, NOW_S - HOUR_S, 9_999, 9_999, False),
        (Kind.NEW_NUMBERS, NOW_S, 349, 349, False),
        (Kind.NEW_NUMBERS, NOW_S, 350, 350, True),
        (Kind.NEW_NUMBERS, NOW_S, 350, 900, False),
        (Kind.SUCCESS, NOW_S, 0, 9_999, False),
        (Kind.SUCCESS, NOW_S + HOUR_S, 0, 100, True),
    ],
)
def test_it_goes_on_where_what_came_since_is_unusual_too(
    kind: Kind, hour_s: int, many: int, total: int, expected: bool
) -> None:
    found = Unusual(kind, hour_s, many, total, 0)
    assert brake.goes_on(found, LIMITS, hour_s=NOW_S, many=300, total=300) is expected


def test_an_app_without_reports_misses_none() -> None:
    usual = Hour(accepted=95, refused=5)
    now = Hour(accepted=95, refused=5, delivered=0, undelivered=80)
    assert brake.judge_success({**days_of(usual), NOW_S: now}, NOW_S, LIMITS) is None


def test_a_bad_day_is_not_taken_for_usual() -> None:
    usual = days_of(Hour(accepted=95, refused=5))
    usual[NOW_S - DAY_S] = Hour(accepted=0, refused=10_000)
    found = brake.judge_success({**usual, NOW_S: Hour(accepted=50, refused=50)}, NOW_S, LIMITS)
    assert found is not None
    assert found.usual == 0.95


@given(more=st.integers(0, 10**6), begun=st.integers(0, 10**4), usual=st.integers(0, 10**4))
def test_more_messages_are_never_less_unusual(more: int, begun: int, usual: int) -> None:
    hours = weeks([usual], 2)
    if volume(hours, begun) is not None:
        assert volume(hours, begun + more) is not None


def test_what_is_yet_to_come_is_left_out_of_account() -> None:
    later = {NOW_S + nth * HOUR_S: Hour(10**6) for nth in range(1, 200)}
    assert volume({**later, **weeks([100])}, 499) is None
    assert volume({**later, **weeks([100])}, 500) is not None


def test_a_usual_day_is_the_median_of_those_that_are_known() -> None:
    hours = weeks([10])
    for nth in range(24):
        hours[NOW_S - DAY_S + nth * HOUR_S] = Hour(9_999)
    assert brake.usual_day(hours, NOW_S) == 240
    assert brake.usual_day({}, NOW_S) == 0


@pytest.mark.parametrize(
    ("new", "country", "caps", "expected"),
    [
        (["UZ", "KZ"], "CN", {}, {"UZ.stop": 0, "KZ.stop": 0}),
        ([], "CN", {}, {"mainland.stop": 360}),
        ([], "SG", {}, {"international.stop": 360}),
        ([], "CN", {"mainland.stop": 50}, {"mainland.stop": 50}),
        ([""], "", {}, {"mainland.stop": 360}),
    ],
)
def test_what_would_let_no_more_than_usual_through(
    new: list[str], country: str, caps: dict[str, int], expected: dict[str, int]
) -> None:
    day = brake.Day(begun=0, rest=100, usual=240)
    assert brake.tightened(new, country, day, policy_of(caps)) == expected


@given(
    begun=st.integers(0, 10**6),
    rest=st.integers(0, 10**4),
    usual=st.integers(0, 10**4),
    country=st.sampled_from(["CN", "SG"]),
)
def test_after_a_flood_the_usual_rest_of_the_day_and_a_usual_next_day_still_go(
    begun: int, rest: int, usual: int, country: str
) -> None:
    day = brake.Day(begun, rest, usual)
    (stop,) = brake.tightened([], country, day, policy_of({})).values()
    assert max(begun + rest, usual) <= stop <= max(1, begun + rest * 2, usual * 2)


def test_the_rest_of_a_day_is_the_median_of_what_other_days_had_from_that_hour_on() -> None:
    # From 11:00 to midnight in Shanghai; a busy and an unknown day change nothing.
    midnight_s = NOW_S + 13 * HOUR_S
    hours = weeks([10])
    for nth in range(11):
        hours[NOW_S - DAY_S + nth * HOUR_S] = Hour(9_999)
    hours = {at: hour for at, hour in hours.items() if at >= NOW_S - WEEK_S}
    assert brake.usual_rest(hours, NOW_S, midnight_s) == 130
    assert brake.usual_rest({}, NOW_S, midnight_s) == 0
    assert brake.usual_rest(hours, midnight_s, midnight_s) == 0


def test_thresholds_of_the_operator_are_kept_to() -> None:
    loose = replace(LIMITS, volume_from=10_000)
    assert brake.judge_volume(with_now(weeks([10]), 9_999), NOW_S, loose) is None
    assert brake.judge_volume(with_now(weeks([10]), 10_000), NOW_S, loose) is not None
