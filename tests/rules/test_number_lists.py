import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import number_lists
from bot.rules.number_lists import SEPARATORS
from bot.rules.numbers import Number, read_number

ONE, OTHER = "13800000001", "13900000002"
SPELLINGS = (
    ONE,
    "+86 138 0000 0001",
    "0086-138-0000-0001",
    "+1 415 555 2671",
    "１３８００００００００１",
)


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE},{OTHER}",
        f"{ONE}，{OTHER}",
        f"{ONE}、{OTHER}",
        f"{ONE};{OTHER}",
        f"{ONE}；{OTHER}",
        f"{ONE}\n{OTHER}\n",
        f"{ONE}\r\n\r\n{OTHER}",
        f"{ONE}\t{OTHER}",
        f"{ONE} {OTHER}",
        f" {ONE} ,, {OTHER},",
        f"{ONE}\u3000{OTHER}",
    ],
)
def test_numbers_are_parted_the_way_people_part_them(text: str) -> None:
    assert number_lists.split(text) == (ONE, OTHER)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_space_inside_a_number_parts_nothing(spelling: str) -> None:
    assert number_lists.split(spelling) == (spelling,)


@pytest.mark.parametrize(
    "numbers",
    [
        ("138 0000 0001", "139 0000 0002"),
        (ONE, "139 0000 0002", "+86 137 0000 0003"),
        ("+65 9123 4567", "+65 9123 4568"),
    ],
)
def test_numbers_with_spaces_in_them_are_parted_at_spaces(numbers: tuple[str, ...]) -> None:
    assert number_lists.split(" ".join(numbers)) == numbers


@pytest.mark.parametrize("text", ["138 0000 0001 139 0000", "138 0000 0001 Lin", "1 415 555 01"])
def test_what_goes_up_in_no_numbers_is_not_parted(text: str) -> None:
    assert number_lists.split(text) == (text,)


def test_what_is_no_number_stays_whole_to_be_named() -> None:
    assert number_lists.split(f"{ONE}, ask Lin, 138 0000") == (ONE, "ask Lin", "138 0000")


@given(st.lists(st.sampled_from(SPELLINGS), max_size=20), st.sampled_from(SEPARATORS))
def test_every_number_of_a_column_is_found_once(numbers: list[str], separator: str) -> None:
    assert number_lists.split(f"{separator} ".join(numbers)) == tuple(numbers)


@given(st.text(max_size=200))
def test_no_character_of_a_number_is_lost_or_invented(text: str) -> None:
    pieces = number_lists.split(text)
    digits = [character for character in text if character.isdecimal()]
    assert [character for piece in pieces for character in piece if character.isdecimal()] == digits
    whole = read_number(text)
    if isinstance(whole, Number) and not set(text) & set(SEPARATORS):
        assert [read_number(piece) for piece in pieces] == [whole]
