"""Steps in the order in which they happened."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.timeline import Step, StepKind, in_order

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def step(kind: StepKind, minutes: int | None) -> Step:
    return Step(kind, None if minutes is None else NOW + timedelta(minutes=minutes))


def test_what_has_no_time_stays_behind_all_that_came_before() -> None:
    asked, waited = step(StepKind.ASKED, 0), step(StepKind.PERSON_WAITED, None)
    doubt, hint = step(StepKind.DOUBT, 5), step(StepKind.HINT, 2)
    assert in_order([asked, doubt, waited, hint]) == (asked, hint, doubt, waited)


@given(st.lists(st.none() | st.integers(0, 5), max_size=20))
def test_all_steps_are_kept_and_those_with_a_time_are_sorted(minutes: list[int | None]) -> None:
    steps = [step(StepKind.ASKED, each) for each in minutes]
    ordered = in_order(steps)
    times = [each.at for each in ordered if each.at is not None]
    assert sorted(map(id, ordered)) == sorted(map(id, steps))
    assert times == sorted(times)
