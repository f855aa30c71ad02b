import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.coverage import Cause, Measure, Theirs, differences, is_rounding
from bot.rules.figures import Counts, Coverage

MANY = st.integers(min_value=0, max_value=10**7)
OURS = Counts(begun=10_100, accepted=10_000, segments=12_000, delivered=9_500, undelivered=300)
SAME = Theirs(accepted=10_000, segments=12_000, reported=9_800, delivered=9_500)


def found(theirs: Theirs, ours: Counts = OURS, *, is_exclusive: bool = True) -> dict[str, str]:
    told = differences(theirs, ours, is_exclusive=is_exclusive)
    return {each.measure.value: each.cause.value for each in told}


def test_what_is_the_same_is_not_told() -> None:
    assert found(SAME) == {}
    assert found(Theirs(10_010, 12_012, 9_791, 9_491)) == {}


@pytest.mark.parametrize(
    ("theirs", "measure", "cause"),
    [
        (Theirs(10_050, 12_000, 9_800, 9_500), Measure.ACCEPTED, Cause.SOMEBODY_ELSE),
        (Theirs(9_950, 12_000, 9_800, 9_500), Measure.ACCEPTED, Cause.NOT_TAKEN),
        (Theirs(10_000, 12_500, 9_800, 9_500), Measure.SEGMENTS, Cause.CHARGES),
        (Theirs(10_000, 12_000, 9_900, 9_500), Measure.REPORTED, Cause.NOT_REACHED),
        (Theirs(10_000, 12_000, 9_700, 9_500), Measure.REPORTED, Cause.NOT_COUNTED),
        (Theirs(10_000, 12_000, 9_800, 9_600), Measure.DELIVERED, Cause.VERDICTS),
    ],
)
def test_each_difference_has_its_likely_cause(
    theirs: Theirs, measure: Measure, cause: Cause
) -> None:
    assert found(theirs) == {measure.value: cause.value}


def test_what_tencent_took_may_be_what_is_in_doubt_here() -> None:
    doubtful = OURS + Counts(begun=50, in_doubt=20, dropped=30)
    theirs = Theirs(10_050, 12_000, 9_800, 9_500)
    assert found(theirs, doubtful) == {"accepted": "doubts"}


def test_where_others_send_too_only_less_is_told() -> None:
    assert found(Theirs(99_000, 99_000, 99_000, 99_000), is_exclusive=False) == {}
    less = found(Theirs(9_000, 99_000, 99_000, 99_000), is_exclusive=False)
    assert less == {"accepted": "not_taken"}


@given(theirs=MANY, ours=MANY)
def test_rounding_is_the_same_from_both_sides_and_never_much(theirs: int, ours: int) -> None:
    assert is_rounding(theirs, ours) == is_rounding(ours, theirs)
    assert is_rounding(ours, ours)
    if is_rounding(theirs, ours):
        assert abs(theirs - ours) <= max(2, max(theirs, ours) / 1_000)


@given(
    reported=MANY,
    waiting=MANY,
    missing=MANY,
    unreported=MANY,
    share=st.floats(min_value=0, max_value=1),
)
def test_every_receipt_that_is_due_came_was_fetched_or_is_unknown(
    reported: int, waiting: int, missing: int, unreported: int, share: float
) -> None:
    accepted = reported + waiting + missing + unreported
    backfilled = int(reported * share)
    coverage = Coverage(accepted, reported, waiting, missing, unreported, backfilled)
    assert coverage.due == coverage.came + coverage.absent
    assert coverage.absent == coverage.backfilled + coverage.unknown
    assert coverage.percent is None or 0 <= coverage.percent <= 100


def test_the_figure_is_what_came_by_itself() -> None:
    coverage = Coverage(3_880, 3_873, 5, 1, 1, 29)
    assert coverage.percent == pytest.approx(99.2, abs=0.01)
    assert (coverage.absent, coverage.backfilled, coverage.unknown) == (31, 29, 2)
