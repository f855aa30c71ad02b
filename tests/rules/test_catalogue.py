import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.catalogue import PAGE_ROWS, WORDS_LIMIT, Query, find, pack, read_query, unpack
from bot.rules.content import ReviewState, Signature, Template


def template(id_: int, name: str = "", content: str = "", review: int = 0) -> Template:
    return Template(str(id_), name, content, True, False, ReviewState(review), "")


TEMPLATES = [
    template(1110, "登录验证码", "您的验证码是{1}"),
    template(99, "Ship", "Order {1} is on its way", 1),
    template(1115, "限时活动", "点击领取", -1),
    template(1116, "退款通知", "退款{1}元", 2),
]


def ids(query: Query) -> list[str]:
    return [each.template_id for each in find(TEMPLATES, query).items]


def test_what_needs_doing_comes_first() -> None:
    assert ids(Query()) == ["1115", "99", "1116", "1110"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("ORDER", ["99"]), ("order ship", ["99"]), ("111", ["1115", "1116", "1110"]), ("x", [])],
)
def test_every_word_is_looked_for_in_id_name_and_text(words: str, found: list[str]) -> None:
    assert ids(Query(words)) == found


def test_a_state_narrows() -> None:
    assert ids(Query(state=ReviewState.USABLE)) == ["1110"]
    assert ids(Query("1110", ReviewState.REJECTED)) == []


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        (["order", "Rejected"], Query("order", ReviewState.REJECTED)),
        (["已驳回", "订单"], Query("订单", ReviewState.REJECTED)),
        (["pending", "rejected"], Query("rejected", ReviewState.UNDER_REVIEW)),
        ([], Query()),
        (["x" * 99], Query("x" * WORDS_LIMIT)),
    ],
)
def test_typed_words_are_read(typed: list[str], query: Query) -> None:
    assert read_query(typed) == query


def test_pages_are_counted_and_one_beyond_the_last_is_the_last() -> None:
    many = [template(1000 + i) for i in range(2 * PAGE_ROWS + 1)]
    last = find(many, Query(page=9))
    assert (last.page, last.pages, last.found, last.known) == (2, 3, 21, 21)
    assert [each.template_id for each in last.items] == ["1020"]
    assert last.query.page == 2
    empty = find([], Query(page=3))
    assert (empty.page, empty.pages, empty.items) == (0, 1, ())


def test_signatures_are_found_by_their_name() -> None:
    signature = Signature("112", "测试", False, ReviewState.REJECTED, "")
    assert find([signature], Query("测")).items == (signature,)


@given(
    st.text(max_size=WORDS_LIMIT).map(lambda words: words.replace("\ud800", "")),
    st.none() | st.sampled_from(ReviewState),
    st.integers(0, 99),
)
def test_what_a_button_carries_comes_back_and_fits_an_option(
    words: str, state: ReviewState | None, page: int
) -> None:
    query = Query(words, state, page)
    assert unpack(pack(query)) == query


def test_the_longest_query_fits_the_value_of_an_option() -> None:
    assert len(pack(Query('"' * WORDS_LIMIT, ReviewState.APPROVED_NOT_USABLE, 999))) <= 150


@pytest.mark.parametrize("value", ["", "[]", "[1, null, 0]", '["", 7, 0]', "{}"])
def test_what_is_no_query_of_ours_is_an_error(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's, the enum's and ours alike
        unpack(value)
