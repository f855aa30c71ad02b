from dataclasses import replace

import pytest

from bot.rules.content import Content, ReviewState, Signature, Template
from bot.rules.reviews import (
    Appeared,
    ContentChanged,
    Difference,
    ReviewChanged,
    Vanished,
    diff,
    result_key,
)

ONE = Template("1", "到货", "您的订单已到货。", True, False, ReviewState.UNDER_REVIEW, "")
SIGN = Signature("1", "示例品牌", False, ReviewState.USABLE, "")
REJECTED = replace(ONE, review=ReviewState.REJECTED, review_reply="太短")
EDITED = replace(ONE, content="您的订单已到。")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [ONE], [Appeared(ONE)]),
        ([ONE], [], [Vanished(ONE)]),
        ([ONE], [ONE], []),
        ([ONE], [REJECTED], [ReviewChanged(ONE, REJECTED)]),
        ([REJECTED], [replace(REJECTED, review_reply="")], None),
        ([ONE], [EDITED], [ContentChanged(ONE, EDITED)]),
        ([REJECTED], [EDITED], [ContentChanged(REJECTED, EDITED)]),
        ([ONE], [replace(ONE, international=True)], None),
        ([SIGN], [replace(SIGN, name="别的")], None),
    ],
)
def test_what_a_person_would_call_different(
    before: list[Content], now: list[Content], expected: list[Difference] | None
) -> None:
    found = diff({each.content_id: each for each in before}, now)
    assert found == expected if expected is not None else len(found) == 1


def test_what_nobody_would_notice_is_no_difference() -> None:
    trimmed = replace(ONE, name=" 到货 ", content="您的订单已到货。\n")
    assert diff({"1": ONE}, [trimmed]) == []


def test_another_normal_form_is_no_difference() -> None:
    composed = replace(ONE, name="Caf\u00e9", content="Votre commande est pr\u00eate.")
    apart = replace(ONE, name="Cafe\u0301", content="Votre commande est pre\u0302te.")
    assert diff({"1": composed}, [apart]) == []
    assert diff({"1": apart}, [composed]) == []


def test_what_is_gone_comes_last() -> None:
    two = replace(ONE, template_id="2")
    assert diff({"1": ONE}, [two]) == [Appeared(two), Vanished(ONE)]


def test_each_result_of_each_submission_has_a_name_of_its_own() -> None:
    names = {
        result_key(kind, content_id, submission, state, reply)
        for kind in ("template", "signature")
        for content_id in ("1", "2")
        for submission in (1, 2)
        for state in ReviewState
        for reply in ("", "太短")
    }
    assert len(names) == 2 * 2 * 2 * len(ReviewState) * 2
