"""A number is found in a text however it is written, and nothing else is taken for it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.rules.erasures import EraseAsked, hinted, read, replace, spelt
from bot.rules.numbers import DASHES, TEXT_LIMIT, Number, mask, read_number
from bot.rules.words import Words
from bot.rules.words import read as read_words

NUMBER, MASKED = "+8613812345678", "+86 138****5678"
BETWEEN = st.sampled_from(["", " ", "-", " - ", ".", "\u00a0", "\u3000", ") "])


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        "+8613812345678",
        "008613812345678",
        "+86 138 1234 5678",
        "86-138-1234-5678",
        "138.1234.5678",
        "1 3 8 1 2 3 4 5 6 7 8",
        "１３８１２３４５６７８",
        "1３812345678",
        "013812345678",
        "+86 013812345678",
        "+86 (0) 138 1234 5678",
        "011 86 138 1234 5678",
        "138－1234－5678",
        "138–1234–5678",
        "138\u20111234\u20115678",
        "138/1234/5678",
        "138\n1234\n5678",
        "138    1234    5678",
        "138·1234·5678",
        "138\u200b1234\u2060\ufeff5678",
    ],
)
def test_it_is_found_and_masked(written: str) -> None:
    assert replace(f"请致电{written}，谢谢", NUMBER) == f"请致电{MASKED}，谢谢"
    assert replace(f"call{written}now", NUMBER) == f"call{MASKED}now"


@pytest.mark.parametrize(
    "other",
    [
        "13812345679",
        "113812345678",
        "138123456780",
        "1795013812345678",
        "1381234567",
        MASKED,
        "138 1234  and 5678",
    ],
)
def test_another_number_and_an_id_are_not(other: str) -> None:
    assert replace(other, NUMBER) == other


@given(st.lists(BETWEEN, min_size=10, max_size=10), st.sampled_from(["", "+86", "0086", "86 "]))
def test_whatever_stands_between_its_digits(between: list[str], before: str) -> None:
    digits = NUMBER.removeprefix("+86")
    parted = digits[0] + "".join(
        gap + digit for gap, digit in zip(between, digits[1:], strict=True)
    )
    covered = replace(f"x{before}{parted}x", NUMBER)
    assert not spelt(NUMBER).search(covered)
    assert covered == f"x{MASKED}x"


SPACES = "\u0020\u00a0\u1680\u2000\u2003\u200a\u202f\u205f\u3000"
SKIPPED = st.text(alphabet=sorted(DASHES) + list(".()" + SPACES), max_size=4)
STARTS = ["", "0", "86", "+86", "0086", "860", "+860", "+44", "0044", "+49", "+1", "+852", "+390"]
NATIONALS = ["13812345678", "7911123456", "15112345678", "2025550143", "51234567", "3331234567"]


@given(
    st.sampled_from(STARTS),
    st.sampled_from(NATIONALS),
    st.lists(SKIPPED, min_size=17, max_size=17),
    st.sets(st.integers(0, 17)),
)
def test_whatever_is_read_as_the_number_is_covered(
    start: str, national: str, gaps: list[str], wide: set[int]
) -> None:
    digits = "".join(
        chr(ord(each) + 0xFEE0) if nth in wide else each
        for nth, each in enumerate(start + national)
    )
    typed = "".join(part for pair in zip(digits, gaps, strict=False) for part in pair)
    found = read_number(typed[:TEXT_LIMIT])
    assume(isinstance(found, Number))
    assert isinstance(found, Number)
    covered = replace(f"ask {typed} now", found.e164)
    assert hinted(found.e164).search(typed)
    assert mask(found.e164) in covered
    left = covered.replace(mask(found.e164), "")
    # Of what is dialled in front, a part may stay.
    assert sum(each.isdigit() for each in left) <= 5


@given(st.text())
def test_what_is_covered_is_covered_once(text: str) -> None:
    once = replace(f"{text}{NUMBER}{text}", NUMBER)
    assert replace(once, NUMBER) == once


def test_numbers_abroad_are_found_too() -> None:
    assert replace("ring +1 (202) 555-0143 or 2025550143", "+12025550143").count("****") == 2
    assert replace("852 5123 4567", "+85251234567") == "+852 51****67"
    for written in ("07911 123456", "07911123456", "+44 (0)7911/123456"):
        assert replace(written, "+447911123456") == "+44 79****56"
    assert replace("0151 12345678", "+4915112345678") == "+49 15****78"
    assert replace("8 912 345-67-89", "+79123456789") == "+7 91****89"


@pytest.mark.parametrize(
    ("line", "number", "reason"),
    [
        ("13812345678", "13812345678", ""),
        ("+86 138 1234 5678 because they asked", "+86 138 1234 5678", "they asked"),
        ("13812345678 因为 本人要求", "13812345678", "本人要求"),
        ("because of nothing", "", "of nothing"),
    ],
)
def test_what_is_typed(line: str, number: str, reason: str) -> None:
    words = read_words(line)
    assert isinstance(words, Words)
    assert read(words.tokens) == EraseAsked(number, reason)
