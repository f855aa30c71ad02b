from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import send_words
from bot.rules.send_words import SendWords
from bot.rules.words import Words, read

ONE, OTHER = "13800000001", "13900000002"


def typed(text: str) -> SendWords:
    found = read(text)
    assert isinstance(found, Words), found
    return send_words.read(found.tokens)


def test_one_number_is_no_job() -> None:
    found = typed(f"{ONE} 1110 code=4370")
    assert found == SendWords((ONE,), "1110", (("code", "4370"),), "", "", None, None)
    assert not found.is_job


@pytest.mark.parametrize(
    "numbers",
    [
        f"{ONE},{OTHER}",
        f"{ONE}, {OTHER}",
        f"{ONE} ,{OTHER}",
        f"{ONE} , {OTHER}",
        f"{ONE}，{OTHER}",
        f"{ONE}、 {OTHER}",
        f"{ONE}；{OTHER}",
        f'"{ONE} {OTHER}"',
        f"“{ONE}，{OTHER}”",
        f"{ONE} {OTHER}",
        f"{ONE} ; {OTHER}",
        f"<tel:{ONE}|{ONE}>,<tel:{OTHER}|{OTHER}>",
    ],
)
def test_several_numbers_however_they_are_parted(numbers: str) -> None:
    found = typed(f"{numbers} 1111 A1 9:00")
    assert found.numbers == (ONE, OTHER)
    assert (found.template, found.pairs) == ("1111", ((None, "A1"), (None, "9:00")))
    assert found.is_job


def test_commas_and_blanks_may_part_the_same_numbers() -> None:
    third, abroad = "0139 1111 0004", "+14155550101"
    found = typed(f'{ONE}, {OTHER} "{third}" {abroad}, {ONE};{OTHER} {ONE} 1111 A1 9:00 at 18:00')
    assert found.numbers == (ONE, OTHER, third, abroad, ONE, OTHER, ONE)
    assert (found.template, found.pairs) == ("1111", ((None, "A1"), (None, "9:00")))


def test_of_a_mistyped_number_the_next_ones_are_no_template() -> None:
    found = typed(f"1380013800 {ONE} 1111 A1")
    assert (found.numbers, found.template) == (("1380013800", ONE), "1111")


def test_a_number_may_be_a_value_and_stand_behind_a_template() -> None:
    assert typed(f"{ONE} 1111 {OTHER}").pairs == ((None, OTHER),)
    assert typed(f"1111 {ONE} A1").template == ONE


@pytest.mark.parametrize(
    ("text", "at", "valid"),
    [
        ("at 18:00", "18:00", ""),
        ("at tomorrow 9am", "tomorrow 9am", ""),
        ("at 2026-12-01 09:00 +08:00 valid 2h", "2026-12-01 09:00 +08:00", "2h"),
        ("valid 2h at 明天9点", "明天9点", "2h"),
        ("定时 明天9点 有效 2 小时", "明天9点", "2 小时"),
        ("AT 18:00 Valid 30m", "18:00", "30m"),
    ],
)
def test_when_and_for_how_long(text: str, at: str, valid: str) -> None:
    found = typed(f"{ONE} 1111 A1 9:00 {text} app=demo sign=腾讯云")
    assert (found.at, found.valid) == (at, valid)
    assert found.pairs == ((None, "A1"), (None, "9:00"))
    assert (found.app, found.signature) == ("demo", "腾讯云")
    assert found.is_job


def test_values_with_a_key_may_stand_behind_the_time() -> None:
    found = typed(f"{ONE} 1111 at 18:00 1=A1 2=9:00")
    assert (found.at, found.pairs) == ("18:00", (("1", "A1"), ("2", "9:00")))


def test_the_word_at_with_nothing_behind_it_is_a_value() -> None:
    found = typed(f"{ONE} 1111 A1 at")
    assert (found.at, found.pairs) == ("", ((None, "A1"), (None, "at")))


def test_a_time_in_quotes_is_a_value() -> None:
    assert typed(f'{ONE} 2220 "at 18:00"').pairs == ((None, "at 18:00"),)


@pytest.mark.parametrize("text", ["", "app=demo", "at 18:00"])
def test_without_numbers_there_are_none(text: str) -> None:
    assert not [number for number in typed(text).numbers if number.isdecimal()]


WORDS: Any = st.lists(
    st.sampled_from([ONE, OTHER, ",", "1110", "at", "valid", "2h", "18:00", "code=1", "app=x"]),
    max_size=12,
)


@given(WORDS)
def test_every_word_finds_a_place(words: list[str]) -> None:
    text = " ".join(words)
    found = typed(text)
    placed = " ".join(
        [
            *found.numbers,
            found.template,
            *(value for _, value in found.pairs),
            found.at,
            found.valid,
            found.app or "",
        ]
    )
    for word in {ONE, OTHER, "1110", "2h", "18:00"} & set(words):
        assert placed.count(word) == text.count(word)
