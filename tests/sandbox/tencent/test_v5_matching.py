"""A whole text is taken apart along a template, in time that grows with its length only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.tencent.content import fill_in
from bot.sandbox.tencent.v5_matching import values_in


@pytest.mark.parametrize(
    ("content", "text", "expected"),
    [
        ("abc", "abc", ()),
        ("abc", "abd", None),
        ("a{1}c", "abc", ("b",)),
        ("a{1}c", "ac", ("",)),
        ("a{1}a", "a", None),
        ("{1}", "x", ("x",)),
        ("{1}-{2}", "a-b-c", ("a", "b-c")),
        ("{2}-{1}", "a-b", ("b", "a")),
        ("{1}={1}", "a=a", ("a",)),
        ("{1}={1}", "a=b", None),
        ("a{1}b{2}c", "axc", None),
    ],
)
def test_the_values_are_those_that_make_the_text(
    content: str, text: str, expected: tuple[str, ...] | None
) -> None:
    assert values_in(content, text) == expected


PIECES = st.lists(st.text(st.characters(exclude_characters="{}")), min_size=1, max_size=5)


@given(PIECES, st.lists(st.text(), min_size=5, max_size=5))
def test_what_was_filled_in_is_found_again(literals: list[str], values: list[str]) -> None:
    content = literals[0]
    for number, literal in enumerate(literals[1:], 1):
        content += f"{{{number}}}{literal}"
    text = fill_in(content, tuple(values))
    found = values_in(content, text)
    assert found is not None
    assert fill_in(content, found) == text


def test_a_text_made_to_be_searched_long_is_not() -> None:
    content = "".join(f"{{{number}}}a" for number in range(1, 10)) + "{10}b"
    began = time.perf_counter()
    assert values_in(content, "a" * 1_000_000) is None
    # Tried one way after the other it would be years.
    assert time.perf_counter() - began < 60
