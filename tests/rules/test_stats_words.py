import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import stats_words
from bot.rules import words as rules
from bot.rules.stats_words import StatsAsked, StatsFault
from bot.rules.words import Word, Words

H, D = 3600, 86_400


def read(typed: str) -> StatsAsked:
    found = rules.read(typed)
    assert isinstance(found, Words)
    return stats_words.read(found.tokens)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", StatsAsked()),
        ("24h", StatsAsked(span_s=24 * H)),
        ("7D", StatsAsked(span_s=7 * D)),
        ("demo 30d", StatsAsked("demo", span_s=30 * D)),
        ("30天 demo", StatsAsked("demo", span_s=30 * D)),
        ("12小时 全部", StatsAsked(is_all=True, span_s=12 * H)),
        ("all week", StatsAsked(is_all=True, span_s=7 * D)),
        ("app=demo 72h", StatsAsked("demo", span_s=72 * H)),
        # An app may be called like a span, or like all.
        ("app=all", StatsAsked("all")),
        ("app=7d", StatsAsked("7d")),
    ],
)
def test_an_app_and_a_span_are_read_in_any_order(typed: str, asked: StatsAsked) -> None:
    assert read(typed) == asked


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("demo 24h 7d", "7d"),
        ("demo other", "other"),
        ("demo all", "all"),
        ("全部 demo 7d", "demo"),
        ("7d app=demo 900d", "900d"),
    ],
)
def test_of_two_names_or_two_spans_the_second_is_one_too_many(typed: str, word: str) -> None:
    found = read(typed).stray
    assert found is not None
    assert found.text == word


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("0d", StatsFault.NOTHING),
        ("73h", StatsFault.TOO_LONG),
        ("367d", StatsFault.TOO_LONG),
        ("999999天", StatsFault.TOO_LONG),
    ],
)
def test_a_span_that_cannot_be_shown_is_refused(typed: str, fault: StatsFault) -> None:
    assert read(typed).fault is fault


@given(text=st.text(max_size=30))
def test_whatever_is_typed_is_read_as_something(text: str) -> None:
    found = stats_words.read([Word(text)])
    assert 0 < found.span_s <= 366 * D
