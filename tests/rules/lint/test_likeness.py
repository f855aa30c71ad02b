from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.content import ReviewState
from bot.rules.lint.likeness import KnownText, likeness, most_alike, print_of, remember

LETTERS = st.text("您的订单已发货，请注意查收{1}2AＡ ", max_size=30)


def known(*texts: str) -> list[KnownText]:
    return [KnownText(f"{i}", text, False, ReviewState.USABLE) for i, text in enumerate(texts)]


def test_width_case_punctuation_and_the_numbers_of_variables_make_no_difference() -> None:
    assert print_of("您的订单 {1} 已发货！") == print_of("您的订单{2}，已发货")
    assert print_of("ＡＢＣ") == print_of("abc")
    assert print_of("您的订单{1}已发货") != print_of("您的订单已发货")


def test_the_most_alike_comes_first() -> None:
    texts = remember(known("系统维护通知", "您的订单已发货，请查收", "您的订单已发货，请注意查收"))
    found = most_alike("您的订单已发货，请注意查收。", texts, 0.5)
    assert [text.id for _, text in found] == ["2", "1"]
    assert found[0][0] == 1.0


@settings(deadline=None)
@given(LETTERS, LETTERS)
def test_likeness_goes_both_ways_and_is_whole_with_itself(one: str, other: str) -> None:
    mine, theirs = print_of(one), print_of(other)
    assert 0 <= likeness(mine, theirs) == likeness(theirs, mine) <= 1
    assert likeness(mine, mine) == 1


@settings(deadline=None)
@given(LETTERS, st.lists(LETTERS, max_size=8), st.sampled_from([0.3, 0.5, 0.85, 1.0]))
def test_the_digest_rules_out_nothing_that_is_alike(
    text: str, others: list[str], at_least: float
) -> None:
    found = {each.id for _, each in most_alike(text, remember(known(*others)), at_least)}
    wanted = {
        f"{i}"
        for i, other in enumerate(others)
        if likeness(print_of(text), print_of(other)) >= at_least
    }
    assert found == wanted
