"""The types of the border: what may be ordered, and how answers find their numbers."""

import pytest

from bot.tencent.wire import NumberAnswer, SendOrder, pair

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"


def order(numbers: tuple[str, ...] = (A,), context: str = "") -> SendOrder:
    return SendOrder(numbers, "1400006666", "1110", "腾讯云", ("1",), context)


def answer(number: str, code: str = "Ok") -> NumberAnswer:
    return NumberAnswer(number, "5000:1" if code == "Ok" else "", 1, code, "", "CN", "")


def test_an_order_has_one_to_two_hundred_numbers() -> None:
    assert len(order((A,) * 200).numbers) == 200
    for count in (0, 201):
        with pytest.raises(ValueError, match="numbers in one order"):
            order((A,) * count)


def test_a_session_context_is_counted_in_bytes() -> None:
    assert order(context="文" * 170).session_context
    with pytest.raises(ValueError, match="511 bytes"):
        order(context="文" * 171)


def test_answers_are_set_beside_the_numbers_asked_for() -> None:
    paired = pair((A, B), (answer(B), answer(C)))
    assert paired.found == {B: answer(B)}
    assert paired.missing == (A,)
    assert paired.strangers == 1


@pytest.mark.parametrize("codes", [("Ok", "InternalError"), ("InternalError", "Ok")])
def test_where_a_number_is_answered_twice_the_acceptance_counts(codes: tuple[str, str]) -> None:
    paired = pair((A,), tuple(answer(A, code) for code in codes))
    assert paired.found[A].accepted


def test_only_ok_with_this_spelling_is_an_acceptance() -> None:
    assert answer(A).accepted
    assert not answer(A, "OK").accepted
    assert not answer(A, "ok").accepted
