from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.delivery import SETTLE_TIME
from bot.rules.doubts import (
    CLOCK_MARGIN,
    EVIDENCE_LIFE,
    SIGNATURE_LIFE,
    Entry,
    Proved,
    Unproved,
    covers,
    judge,
    next_look,
)

SIGNED = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECONDS = st.integers(min_value=-2000, max_value=2000).map(lambda s: SIGNED + timedelta(seconds=s))


def sent(s: float = 1, *, serial: str = "5000:1", context: str = "") -> Entry:
    return Entry(serial, SIGNED + timedelta(seconds=s), None, context)


def received(s: float = 1, *, serial: str = "5000:1", context: str = "") -> Entry:
    return Entry(serial, None, SIGNED + timedelta(seconds=s), context)


def judged(*entries: Entry, others: tuple[datetime, ...] = ()) -> Proved | Unproved:
    return judge("mine", SIGNED, entries, others=others, may_eliminate=True)


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        (sent(-60), True),
        (sent(-61), False),
        (sent(360), True),
        (sent(361), False),
        (received(-60), True),
        (received(-61), False),
        (received(3600 * 72), True),
        (received(3600 * 73), False),
        (Entry("5000:1", None, None), False),
    ],
)
def test_an_entry_fits_an_attempt_by_its_time(entry: Entry, fits: bool) -> None:
    assert covers(SIGNED, entry) is fits
    assert judged(entry) == (Proved("5000:1") if fits else Unproved(0))


def test_what_is_known_of_the_sending_goes_before_the_receiving() -> None:
    before = Entry("5000:1", SIGNED - timedelta(hours=1), SIGNED + timedelta(seconds=5))
    assert judged(before) == Unproved(0)


def test_two_that_fit_prove_nothing() -> None:
    assert judged(sent(), sent(serial="5000:2")) == Unproved(2)


def test_where_somebody_else_sends_only_the_context_proves() -> None:
    entries = [sent(), received(serial="5000:2", context="mine")]
    assert judge("mine", SIGNED, entries, others=(), may_eliminate=False) == Proved("5000:2")
    assert judge("mine", SIGNED, entries[:1], others=(), may_eliminate=False) == Unproved(1)


def test_one_attempt_taken_twice_is_for_a_person() -> None:
    twice = [received(context="mine"), received(serial="5000:2", context="mine")]
    assert judged(*twice) == Unproved(2)


def test_the_context_of_another_attempt_says_whose_it_is_not() -> None:
    assert judged(received(context="another"), sent(serial="5000:2")) == Proved("5000:2")


def test_a_report_that_may_be_an_earlier_attempts_proves_nothing() -> None:
    earlier = SIGNED - SETTLE_TIME
    assert judged(received(), others=(earlier,)) == Unproved(1)
    assert judged(sent(), others=(earlier,)) == Proved("5000:1")


@given(at=SECONDS)
def test_no_record_fits_two_attempts_that_the_settle_time_lies_between(at: datetime) -> None:
    entry = Entry("5000:1", at, None)
    assert not (covers(SIGNED, entry) and covers(SIGNED + SETTLE_TIME, entry))
    assert SETTLE_TIME > SIGNATURE_LIFE + 2 * CLOCK_MARGIN


def test_questions_come_less_and_less_often_and_end() -> None:
    at, pauses = SIGNED, []
    while (following := next_look(SIGNED, at)) is not None:
        pauses.append(following - at)
        at = following
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=15)
    assert at >= SIGNED + EVIDENCE_LIFE
    assert len(pauses) < 100
