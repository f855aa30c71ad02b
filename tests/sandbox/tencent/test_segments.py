"""Billed segments at the borders the price pages name."""

import pytest

from bot.sandbox.tencent.segments import count_segments


@pytest.mark.parametrize(
    ("text", "international", "segments"),
    [
        ("", False, 1),
        ("a" * 70, False, 1),
        ("a" * 71, False, 2),
        ("中" * 134, False, 2),
        ("中" * 135, False, 3),
        ("😀" * 35, False, 1),
        ("😀" * 36, False, 2),
        ("a" * 160, True, 1),
        ("a" * 161, True, 2),
        ("a" * 306, True, 2),
        ("a" * 307, True, 3),
        ("€" * 80, True, 1),
        ("€" * 81, True, 2),
        ("中" * 70, True, 1),
        ("中" + "a" * 70, True, 2),
    ],
)
def test_a_text_makes_so_many_segments(text: str, international: bool, segments: int) -> None:
    assert count_segments(text, international=international) == segments
