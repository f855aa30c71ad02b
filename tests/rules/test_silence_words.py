"""What people type for a silence, and for the id of an alert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.silence_words import SilenceWords, read, read_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("", SilenceWords()),
        ("A-7K3Q", SilenceWords(group_id="A-7K3Q")),
        ("a7k3q 4h", SilenceWords(group_id="A-7K3Q", lasts="4h")),
        ("Ａ－７Ｋ３Ｑ 持续4小时", SilenceWords(group_id="A-7K3Q", lasts="4小时")),
        (
            'alert="limit_hit", app=~"demo|web x" for 90m because "load test for 2 h"',
            SilenceWords(
                matchers='alert="limit_hit", app=~"demo|web x"',
                lasts="90m",
                comment="load test for 2 h",
            ),
        ),
        (
            '{app="x"} from 22:00 until tomorrow 9:00',
            SilenceWords(matchers='{app="x"}', starts="22:00", until="tomorrow 9:00"),
        ),
        ('app="for it" 2h', SilenceWords(matchers='app="for it"', lasts="2h")),
        ("app=demo 直到明天9点 因为压测 很久", SilenceWords(
            matchers="app=demo", until="明天9点", comment="压测 很久"
        )),
        ("app=demo 到明天9点", SilenceWords(matchers="app=demo", until="明天9点")),
        ("4h", SilenceWords(matchers="4h")),
        ("for 4h because", SilenceWords(lasts="4h")),
        ("demo reason: it", SilenceWords(matchers="demo", comment="it")),
    ],
)  # fmt: skip
def test_every_phrase_is_put_in_its_place(text: str, read_as: SilenceWords) -> None:
    assert read(text) == read_as


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read(text: str) -> None:
    found = read(text)
    assert not (found.group_id and found.matchers)


@given(st.text(ALPHABET, min_size=4, max_size=8), st.sampled_from("AS"))
def test_an_id_is_read_as_it_is_said_aloud(rest: str, letter: str) -> None:
    whole = f"{letter}-{rest}"
    assert read_id(whole, letter) == whole
    assert read_id(f"`{whole.lower()}`,", letter) == whole
    assert read_id(whole.replace("0", "o").replace("1", "l"), letter) == whole


@pytest.mark.parametrize(
    "word", ["fixed", "because", "resolve", "A", "A-1", "R-7K3Q", "A-7K3!", ""]
)
def test_a_word_is_no_id(word: str) -> None:
    assert read_id(word, "A") == ""
