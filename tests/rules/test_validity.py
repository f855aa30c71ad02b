import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import validity
from bot.rules.validity import LONGEST_S, SHORTEST_S, ValidityFault


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("2h", 7_200),
        ("90 min", 5_400),
        ("90 Minutes", 5_400),
        ("1h30m", 5_400),
        ("1 h 30 m", 5_400),
        ("1.5h", 5_400),
        ("1d", 86_400),
        ("２小时", 7_200),
        ("两小时", 7_200),
        ("2个小时", 7_200),
        ("半小时", 1_800),
        ("30分钟", 1_800),
        ("一天", 86_400),
        ("２ｈ", 7_200),
        ("an hour", 3_600),
        ("half an hour", 1_800),
        ("half a day", 43_200),
        ("一天半", 129_600),
        ("一个半小时", 5_400),
        ("两小时半", 9_000),
        ("一天半小时", 88_200),
    ],
)
def test_it_is_read_as_people_type_it(typed: str, seconds: int) -> None:
    assert validity.read(typed) == seconds


@pytest.mark.parametrize(
    "typed", ["", " ", "2", "soon", "2x", "h2", "2h!", "-2h", "2h" * 40, "am", "a", "half", "半"]
)
def test_what_names_no_unit_is_not_guessed_at(typed: str) -> None:
    assert validity.read(typed) is ValidityFault.UNREADABLE


def test_it_is_neither_over_at_once_nor_forgotten() -> None:
    assert validity.read("0m") is ValidityFault.TOO_SHORT
    assert validity.read("8d") is ValidityFault.TOO_LONG
    assert validity.read("7d") == LONGEST_S


@given(st.integers(SHORTEST_S // 60, LONGEST_S // 60))
def test_what_is_written_reads_as_the_same(minutes: int) -> None:
    assert validity.read(validity.write(minutes * 60)) == minutes * 60


@given(st.text(max_size=60))
def test_any_text_is_a_time_within_bounds_or_none(typed: str) -> None:
    found = validity.read(typed)
    assert isinstance(found, ValidityFault) or SHORTEST_S <= found <= LONGEST_S
