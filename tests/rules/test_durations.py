"""Lengths of time as Prometheus and Alertmanager write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5_400),
        ("4h", 14_400),
        ("1d", 86_400),
        ("2w", 1_209_600),
    ],
)
def test_a_length_is_read_as_it_is_written(text: str, seconds: int) -> None:
    assert durations.read(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "-5m", "30m1h", "1h1h", "1.5h", "5min", "m", "٣m", "9" * 7 + "s"]
)
def test_what_is_no_length_is_none(text: str) -> None:
    assert durations.read(text) is None


@given(st.dictionaries(st.sampled_from([*durations.UNITS]), st.integers(0, 999_999), min_size=1))
def test_each_unit_counts_once_wherever_others_are_left_out(amounts: dict[str, int]) -> None:
    text = "".join(f"{amounts[unit]}{unit}" for unit in durations.UNITS if unit in amounts)
    seconds = sum(amount * durations.UNITS[unit] for unit, amount in amounts.items())
    assert durations.read(text) == seconds
