"""Two policies over the same sends, held to a count by hand."""

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules import limits
from bot.rules.classes import TemplateClass
from bot.rules.limits import Sent, Wanted
from bot.rules.policies import Policy, policy_of
from bot.rules.replay import Attempted, Replay
from bot.rules.simulation import BusyHour, Simulation, simulate, simulation_of
from tests.rules import naive_replay
from tests.rules.naive_replay import Figures

#: 23:00 in China: a midnight is near.
START = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
CLASSES = ("otp", "notice", "marketing", "alert")
KEYS = (
    *(f"{scope}.{window}" for scope in ("number", *CLASSES) for window in ("30s", "hour", "day")),
    "same.30s",
    "mainland.stop",
    "international.stop",
    "SG.stop",
    "mainland.warn",
)
COUNTRIES = {"a": "CN", "b": "CN", "c": "SG", "d": "US"}
caps = st.dictionaries(st.sampled_from(KEYS), st.sampled_from((1, 1, 2, 3, 0)), max_size=4)
#: Together, about as long as a window, and about as long as a day.
STEPS_MS = (0, 0, 1, 15_000, 29_999, 30_000, 30_000, 1_800_000, 3_600_000, 40_000_000)
sends = st.tuples(
    st.sampled_from(STEPS_MS),
    st.sampled_from("aaaabcd"),
    st.sampled_from("xxy"),
    st.sampled_from(CLASSES),
    st.integers(1, 3),
    st.sampled_from((1, 1, 1, 0)),
)


def log_of(rows: Sequence[tuple[int, str, str, str, int, int]]) -> list[Attempted]:
    times = accumulate((row[0] for row in rows), initial=START_MS)
    return [
        Attempted(at, number, content, class_, COUNTRIES[number], segments, counts)
        for at, (_, number, content, class_, segments, counts) in zip(times, rows, strict=False)
    ]


logs = st.lists(sends, max_size=40).map(log_of)
exemptions = st.frozensets(st.sampled_from("abcd"), max_size=2)


def attempted(
    *at_s: float, number: str = "a", content: str = "x", class_: str = "notice"
) -> list[Attempted]:
    return [Attempted(START_MS + int(each * 1000), number, content, class_, "CN") for each in at_s]


def simulated(
    log: Sequence[Attempted],
    before: dict[str, int],
    after: dict[str, int],
    exempt: frozenset[str] = frozenset(),
) -> Simulation:
    return simulate(log, policy_of(before), policy_of(after), exempt, from_at=START, to_at=START)


def figures(found: Simulation) -> Figures:
    hour = found.worst_hour
    return Figures(
        found.sends,
        found.numbers,
        found.blocked,
        found.blocked_by,
        found.blocked_numbers,
        found.newly_let,
        found.newly_let_numbers,
        (hour.starts_at, hour.sends) if hour else None,
        found.segments_before,
        found.segments_after,
    )


@settings(max_examples=300)
@given(logs, caps, caps, exemptions)
def test_a_simulation_is_what_counting_by_hand_comes_to(
    log: list[Attempted], before: dict[str, int], after: dict[str, int], exempt: frozenset[str]
) -> None:
    expected = naive_replay.figures(log, before, after, exempt)
    assert figures(simulated(log, before, after, exempt)) == expected


@given(logs, caps, caps, exemptions, st.integers(1, 8))
def test_each_send_is_judged_as_by_hand(
    log: list[Attempted],
    before: dict[str, int],
    after: dict[str, int],
    exempt: frozenset[str],
    at_once: int,
) -> None:
    """Number by number, and however many are taken at once."""
    replay = Replay(policy_of(before), policy_of(after), exempt)
    parts = (log[first : first + at_once] for first in range(0, len(log), at_once))
    kept = [each for part in parts for each in replay.kept_back(part)]
    old, new = (naive_replay.hits(log, each, exempt) for each in (before, after))
    expected = [each for each in zip(log, old, new, strict=True) if each[1:] != (None, None)]
    assert [tuple(each) for each in kept] == expected


@given(logs, caps, exemptions)
def test_the_replay_lets_what_the_limiter_would_have_let(
    log: list[Attempted], given_caps: dict[str, int], exempt: frozenset[str]
) -> None:
    policy = policy_of(given_caps)
    kept = {id(each.attempt) for each in Replay(policy, policy, exempt).kept_back(log)}
    let: list[Attempted] = []
    for attempt in log:
        is_let = limiter_lets(policy, attempt, let, is_exempt=attempt.number in exempt)
        assert is_let == (id(attempt) not in kept), attempt
        let += [attempt] if is_let else []


def limiter_lets(
    policy: Policy, attempt: Attempted, let: Sequence[Attempted], *, is_exempt: bool
) -> bool:
    def at(each: Attempted) -> datetime:
        return START + timedelta(milliseconds=each.at_ms - START_MS)

    today = limits.day_of(at(attempt))
    totals: dict[str, int] = {}
    for each in let:
        if limits.day_of(at(each)) == today:
            totals[each.country] = totals.get(each.country, 0) + 1
    history = [
        Sent(at(each), each.content, TemplateClass(each.class_))
        for each in let
        if each.number == attempt.number and each.counts
    ]
    wanted = Wanted(TemplateClass(attempt.class_), attempt.content, attempt.country)
    verdict = limits.judge(policy, wanted, history, totals, at(attempt), is_exempt=is_exempt)
    return verdict.hit is None


@pytest.mark.parametrize("at_once", [1, 2, 3, 8])
@pytest.mark.parametrize("stop", range(9))
def test_a_total_lets_as_many_as_it_says_however_many_are_looked_at_at_once(
    stop: int, at_once: int
) -> None:
    """On one day eight, on the next one eight again; the number's own limit keeps two back."""
    log = [
        each._replace(number="a" if nth in {3, 4} else f"n{nth}")
        for nth, each in enumerate(attempted(*range(8), *range(3_600, 3_608)))
    ]
    replay = Replay(policy_of({}), policy_of({"mainland.stop": stop, "number.day": 1}), frozenset())
    parts = (log[first : first + at_once] for first in range(0, len(log), at_once))
    kept = [each.after for part in parts for each in replay.kept_back(part)]
    assert kept.count("number.day") == (1 if stop > 3 else 0)
    assert 16 - len(kept) == min(stop, 7) + min(stop, 8)


def test_memory_follows_the_busiest_day_not_the_time_that_is_replayed() -> None:
    def peak(days: int) -> int:
        def log() -> Iterator[Attempted]:
            for nth in range(days * 500):
                at = START_MS + nth * 86_400_000 // 500
                yield Attempted(at, f"n{nth % 300}", f"text {nth}", "notice", "CN")

        tracemalloc.start()
        policies = policy_of({"same.30s": 1, "number.day": 10}), policy_of({"number.day": 1})
        found = simulate(log(), *policies, frozenset(), from_at=START, to_at=START)
        assert found.sends == days * 500
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(16) < 1.2 * peak(4)


def test_what_is_kept_back_frees_a_place_for_what_comes_later() -> None:
    """Of three in an hour the second is kept back by the half minute, so the third goes."""
    found = simulated(attempted(0, 10, 600), {"number.hour": 2}, {"number.30s": 1})
    assert (found.blocked, found.newly_let) == ({"notice": 1}, {"notice": 1})
    assert (found.segments_before, found.segments_after) == (2, 2)


@pytest.mark.parametrize(
    ("key", "at_s", "blocked"),
    [
        # 3,600 is midnight in China.
        ("number.day", (0, 3_599.999, 3_600), 1),
        ("number.day", (3_600, 3_601), 1),
        ("number.hour", (0, 3_599.999), 1),
        ("number.hour", (0, 3_600), 0),
        ("notice.hour", (3_000, 6_599.999), 1),
        ("notice.hour", (3_000, 6_600), 0),
        ("number.30s", (0, 29.999), 1),
        ("number.30s", (0, 30), 0),
        ("same.30s", (0, 29.999), 1),
        ("same.30s", (0, 30), 0),
        ("mainland.stop", (0, 3_599.999, 3_600), 1),
    ],
)
def test_each_window_ends_on_the_millisecond(
    key: str, at_s: tuple[float, ...], blocked: int
) -> None:
    assert simulated(attempted(*at_s), {}, {key: 1}).blocked_sends == blocked


def test_of_several_caps_the_one_that_holds_back_longest_is_told() -> None:
    found = simulated(attempted(0, 1), {}, {"same.30s": 1, "number.30s": 1, "number.day": 1})
    assert found.blocked_by == {"number.day": 1}


def test_the_worst_hour_is_that_of_what_is_blocked_and_of_several_the_first() -> None:
    log = attempted(0, 1, 2, 7_200, 7_201, 7_202)
    found = simulated(log, {}, {"number.30s": 1})
    assert found.worst_hour == BusyHour(START, 2)
    found = simulated(log, {"number.30s": 1}, {})
    assert found.worst_hour == BusyHour(START, 2)


def test_codes_that_would_be_blocked_are_counted_apart() -> None:
    log = attempted(0, 1, class_="otp") + attempted(2)
    found = simulated(log, {}, {"number.30s": 1})
    assert (found.codes_blocked, found.blocked_sends) == (1, 2)


def test_nothing_sent_is_nothing_blocked() -> None:
    assert simulated([], {}, {"number.day": 1}) == Simulation(START, START)


@pytest.mark.parametrize(
    ("log", "after"),
    [([], {}), (attempted(0, 1), {"number.day": 1}), (attempted(0, class_="otp"), {"otp.hour": 0})],
)
def test_a_simulation_is_read_as_it_was_written(
    log: list[Attempted], after: dict[str, int]
) -> None:
    found = simulated(log, {"number.30s": 5}, after)
    assert simulation_of(found.payload()) == found


@pytest.mark.parametrize("change", [{"sends": "1"}, {"more": 1}, {"blocked": {"otp": "1"}}])
def test_what_is_no_simulation_is_refused(change: dict[str, object]) -> None:
    payload = simulated(attempted(0), {}, {}).payload()
    with pytest.raises(ValueError, match=r"."):
        simulation_of(payload | change)
