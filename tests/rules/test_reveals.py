"""What somebody types to see a number, and the reason behind it."""

import pytest

from bot.rules import words
from bot.rules.reveals import REASON_MAX, RevealAsked, read
from bot.rules.words import Words


@pytest.mark.parametrize(
    ("typed", "what", "reason"),
    [
        ("R-7K3Q because they asked for a call", ("R-7K3Q",), "they asked for a call"),
        ("R-7K3Q Because  of   it", ("R-7K3Q",), "of it"),
        ("5000:1045 reason=complaint about us", ("5000:1045",), "complaint about us"),
        ("R-7K3Q 因为 客户要求回电", ("R-7K3Q",), "客户要求回电"),
        ("R-7K3Q 因为客户要求回电", ("R-7K3Q",), "客户要求回电"),
        ("R-7K3Q they asked", ("R-7K3Q", "they", "asked"), ""),
        ("because of it", (), "of it"),
        ("R-7K3Q because because a=b", ("R-7K3Q",), "because a=b"),
        ("", (), ""),
    ],
)
def test_the_reason_stands_behind_its_word(typed: str, what: tuple[str, ...], reason: str) -> None:
    typed_words = words.read(typed)
    assert isinstance(typed_words, Words)
    assert read(typed_words.tokens) == RevealAsked(what, reason)


def test_a_reason_is_no_essay() -> None:
    typed = words.read("R-7K3Q because " + "x" * 1_000)
    assert isinstance(typed, Words)
    assert read(typed.tokens).reason == "x" * REASON_MAX
