import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.classes import TemplateClass
from bot.rules.templates import (
    BindFault,
    BindReason,
    ValueFault,
    ValueReason,
    bind_values,
    check_values,
    fill,
    guess_class,
    variables_of,
)

CODE = "您的验证码为{1}。"
TWO = "{1}，您的订单{2}已发货。"
NONE = "系统维护已完成。"


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        pytest.param(NONE, (), id="none"),
        pytest.param(TWO, (1, 2), id="two"),
        pytest.param("{2}{1}{2}", (1, 2), id="repeated_and_out_of_order"),
        pytest.param("{10}{9}", (9, 10), id="by_number_not_by_text"),
        pytest.param("{0}{01}{a}{}{ 1}{100}", (), id="not_variables"),
    ],
)
def test_variables_are_found_once_each_in_order(content: str, variables: tuple[int, ...]) -> None:
    assert variables_of(content) == variables


@pytest.mark.parametrize(
    ("content", "values", "text"),
    [
        pytest.param(TWO, ("林", "A1"), "林，您的订单A1已发货。", id="all"),
        pytest.param("{1}{1}", ("x",), "xx", id="a_variable_twice"),
        pytest.param("{1}-{2}", ("{2}", "b"), "{2}-b", id="a_value_is_not_filled_again"),
        pytest.param("{1}-{2}", ("a",), "a-{2}", id="a_missing_value_stays_visible"),
        pytest.param("{1}", ("a", "b"), "a", id="too_many"),
        pytest.param("{1}", (r"\g<0>",), r"\g<0>", id="a_value_is_no_pattern"),
    ],
)
def test_a_text_is_filled_with_its_values(content: str, values: tuple[str, ...], text: str) -> None:
    assert fill(content, values) == text


@pytest.mark.parametrize(
    ("content", "pairs", "values"),
    [
        pytest.param(NONE, [], (), id="nothing_to_bind"),
        pytest.param(CODE, [("code", "4370")], ("4370",), id="an_only_variable_takes_any_key"),
        pytest.param(CODE, [(None, "4370")], ("4370",), id="no_key"),
        pytest.param(TWO, [(None, "a"), (None, "b")], ("a", "b"), id="in_order"),
        pytest.param(TWO, [("2", "b"), ("1", "a")], ("a", "b"), id="by_number"),
        pytest.param(TWO, [("{2}", "b"), ("1", "a")], ("a", "b"), id="by_number_in_braces"),
    ],
)
def test_arguments_find_their_variables(
    content: str, pairs: list[tuple[str | None, str]], values: tuple[str, ...]
) -> None:
    assert bind_values(content, pairs) == values


@pytest.mark.parametrize(
    ("content", "pairs", "fault"),
    [
        pytest.param(CODE, [], BindFault(BindReason.MISSING, 1, 0, "1"), id="none_given"),
        pytest.param(
            TWO, [(None, "a")], BindFault(BindReason.MISSING, 2, 1, "2"), id="one_too_few"
        ),
        pytest.param(
            TWO, [("2", "b")], BindFault(BindReason.MISSING, 2, 1, "1"), id="first_missing"
        ),
        pytest.param(
            CODE,
            [(None, "1"), (None, "2")],
            BindFault(BindReason.TOO_MANY, 1, 2),
            id="one_too_many",
        ),
        pytest.param(
            NONE, [("code", "1")], BindFault(BindReason.TOO_MANY, 0, 1), id="nothing_wanted"
        ),
        pytest.param(
            TWO,
            [("1", "a"), ("name", "b")],
            BindFault(BindReason.UNKNOWN_KEY, 2, 2, "name"),
            id="unknown_key",
        ),
        pytest.param(
            CODE,
            [("1", "a"), ("2", "b")],
            BindFault(BindReason.UNKNOWN_KEY, 1, 2, "2"),
            id="key_of_no_variable",
        ),
        pytest.param(
            TWO,
            [("1", "a"), ("{1}", "b")],
            BindFault(BindReason.DUPLICATE_KEY, 2, 2, "1"),
            id="key_twice",
        ),
        pytest.param(
            TWO, [("1", "a"), (None, "b")], BindFault(BindReason.MIXED, 2, 2), id="some_with_a_key"
        ),
    ],
)
def test_arguments_that_cannot_be_placed_are_named(
    content: str, pairs: list[tuple[str | None, str]], fault: BindFault
) -> None:
    assert bind_values(content, pairs) == fault


KEYS = st.none() | st.sampled_from(["1", "2", "3", "{1}", "code"])


@given(count=st.integers(0, 3), pairs=st.lists(st.tuples(KEYS, st.text(max_size=3)), max_size=5))
def test_bound_values_are_as_many_as_variables(
    count: int, pairs: list[tuple[str | None, str]]
) -> None:
    content = "".join(f"{{{number + 1}}}" for number in range(count))
    values = bind_values(content, pairs)

    if not isinstance(values, BindFault):
        assert len(values) == count == len(pairs)
        assert sorted(values) == sorted(value for _, value in pairs)


@pytest.mark.parametrize(
    ("class_", "value"),
    [
        pytest.param(TemplateClass.OTP, "0", id="one_digit"),
        pytest.param(TemplateClass.OTP, "004370", id="six_digits"),
        pytest.param(TemplateClass.NOTICE, "林小姐", id="name"),
        pytest.param(TemplateClass.NOTICE, "Node.js v2.1", id="dots_are_no_link"),
        pytest.param(TemplateClass.NOTICE, "10:30", id="time"),
        pytest.param(TemplateClass.NOTICE, "1.2.3.4", id="version"),
        pytest.param(TemplateClass.NOTICE, "1.公司简介", id="a_list_of_chinese_words"),
        pytest.param(TemplateClass.NOTICE, "你好，世界", id="full_width_comma"),
        pytest.param(TemplateClass.NOTICE, "好的😀", id="emoji"),
        pytest.param(TemplateClass.ALERT, "a" * 12, id="twelve_characters"),
    ],
)
def test_a_value_tencent_takes_has_no_fault(class_: TemplateClass, value: str) -> None:
    assert check_values(class_, CODE, [value]) == ()


@pytest.mark.parametrize(
    ("value", "given"),
    [
        pytest.param("1234567", 7, id="seven_digits"),
        pytest.param("12a4", 4, id="letter"),
        pytest.param("１２３４", 4, id="full_width"),
        pytest.param("12 34", 5, id="space"),
        pytest.param("https://a.cn", 12, id="link"),
    ],
)
def test_the_value_of_a_code_is_up_to_six_digits(value: str, given: int) -> None:
    fault = ValueFault(ValueReason.OTP_NOT_DIGITS, 1, 6, given)

    assert check_values(TemplateClass.OTP, CODE, [value]) == (fault,)


@pytest.mark.parametrize(
    ("value", "reason", "code_point"),
    [
        pytest.param("a\u202eb", ValueReason.INVISIBLE_CHARACTER, "U+202E", id="bidi_override"),
        pytest.param("a\u2066b", ValueReason.INVISIBLE_CHARACTER, "U+2066", id="bidi_isolate"),
        pytest.param("a\u200bb", ValueReason.INVISIBLE_CHARACTER, "U+200B", id="zero_width"),
        pytest.param("a\ufeffb", ValueReason.INVISIBLE_CHARACTER, "U+FEFF", id="byte_order_mark"),
        pytest.param("a\u3164b", ValueReason.INVISIBLE_CHARACTER, "U+3164", id="blank_letter"),
        pytest.param("a\x00b", ValueReason.CONTROL_CHARACTER, "U+0000", id="nul"),
        pytest.param("a\tb", ValueReason.CONTROL_CHARACTER, "U+0009", id="tab"),
        pytest.param("a\x1b[1m", ValueReason.CONTROL_CHARACTER, "U+001B", id="ansi"),
        pytest.param("a\nb", ValueReason.LINE_BREAK, "U+000A", id="newline"),
        pytest.param("a\u2028b", ValueReason.LINE_BREAK, "U+2028", id="line_separator"),
        pytest.param("a\ud800b", ValueReason.LONE_SURROGATE, "U+D800", id="surrogate"),
        pytest.param("【a】", ValueReason.BRACKET, "U+3010", id="signature_brackets"),
        pytest.param("{2}", ValueReason.BRACKET, "U+007B", id="braces"),
    ],
)
def test_a_character_that_must_not_be_in_a_value_is_named(
    value: str, reason: ValueReason, code_point: str
) -> None:
    fault = ValueFault(reason, 1, code_point=code_point)

    assert check_values(TemplateClass.NOTICE, CODE, [value]) == (fault,)


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example",
        "HTTP://A",
        "ftp://a",
        "www.a",
        "t.me/x",
        "请看a-b.com",
        "a.b.cn/c",
        "bit.ly/x",
        "1.2.3.4:80",
        "10.0.0.1/",
        "ｗｗｗ．a",
        "网站.中国",
        "见a.cn查看",
    ],
)
def test_a_link_in_a_value_is_refused(value: str) -> None:
    fault = ValueFault(ValueReason.URL, 1)

    assert check_values(TemplateClass.NOTICE, CODE, [value], longest=None) == (fault,)


@pytest.mark.parametrize("value", ["a." * 10_000, "a" * 20_000, "1." * 10_000])
def test_a_long_value_is_searched_for_links_in_no_time(value: str) -> None:
    begun = time.perf_counter()

    assert check_values(TemplateClass.NOTICE, CODE, [value], longest=None) == ()
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("class_", TemplateClass)
@pytest.mark.parametrize("value", ["", " ", "\u3000"])
def test_an_empty_value_is_refused(class_: TemplateClass, value: str) -> None:
    assert check_values(class_, CODE, [value]) == (ValueFault(ValueReason.EMPTY, 1),)


def test_a_value_is_as_long_as_the_account_allows() -> None:
    assert check_values(TemplateClass.NOTICE, CODE, ["a" * 13]) == (
        ValueFault(ValueReason.TOO_LONG, 1, 12, 13),
    )
    assert check_values(TemplateClass.NOTICE, CODE, ["a" * 7], longest=6) == (
        ValueFault(ValueReason.TOO_LONG, 1, 6, 7),
    )
    assert check_values(TemplateClass.NOTICE, CODE, ["a" * 400], longest=None) == ()


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"], []])
def test_a_wrong_count_of_values_is_told(values: list[str]) -> None:
    fault = ValueFault(ValueReason.COUNT_MISMATCH, wanted=2, given=len(values))

    assert check_values(TemplateClass.NOTICE, TWO, values) == (fault,)


def test_all_faults_are_told_at_once() -> None:
    values = ["a\nb\n\u202e" + "c" * 20, ""]

    assert [
        (fault.variable, fault.reason) for fault in check_values(TemplateClass.NOTICE, TWO, values)
    ] == [
        (1, ValueReason.LINE_BREAK),
        (1, ValueReason.INVISIBLE_CHARACTER),
        (1, ValueReason.TOO_LONG),
        (2, ValueReason.EMPTY),
    ]


@given(value=st.text(), class_=st.sampled_from(TemplateClass))
def test_a_value_without_fault_can_be_sent(value: str, class_: TemplateClass) -> None:
    if not check_values(class_, CODE, [value]):
        assert value.isprintable() or "\u3000" in value or "\u00a0" in value or not value.isascii()
        assert value.encode("utf-8")
        assert not set(value) & set("\n\r\x00\u202e【】{}")
        assert fill(CODE, [value]) == f"您的验证码为{value}。"


@pytest.mark.parametrize(
    ("content", "class_"),
    [
        pytest.param(CODE, TemplateClass.OTP, id="code"),
        pytest.param("您的驗證碼是{1}", TemplateClass.OTP, id="code_traditional"),
        pytest.param("验证码{1}，拒收请回复R", TemplateClass.OTP, id="code_with_a_way_out"),
        pytest.param("Your verification code is {1}.", TemplateClass.OTP, id="code_english"),
        pytest.param("{1} is your one-time password", TemplateClass.OTP, id="password_english"),
        pytest.param("code: {1}", TemplateClass.OTP, id="code_alone"),
        pytest.param("请勿泄露验证码", TemplateClass.NOTICE, id="no_variable_no_code"),
        pytest.param("新品上市，拒收请回复R", TemplateClass.MARKETING, id="way_out_r"),
        pytest.param("新品上市，回T退订。", TemplateClass.MARKETING, id="way_out_t"),
        pytest.param("新品上市，退订回TD】", TemplateClass.MARKETING, id="way_out_td"),
        pytest.param("Sale! Reply STOP to opt out", TemplateClass.MARKETING, id="way_out_english"),
        pytest.param(TWO, TemplateClass.NOTICE, id="notice"),
        pytest.param("您已退订{1}套餐", TemplateClass.NOTICE, id="about_unsubscribing"),
        pytest.param("Your promo code: {1}", TemplateClass.NOTICE, id="promo_code"),
    ],
)
def test_a_class_is_guessed_from_the_text(content: str, class_: TemplateClass) -> None:
    assert guess_class(content) is class_


def test_a_link_is_named_as_a_link_however_long_it_is() -> None:
    found = check_values(TemplateClass.NOTICE, "{1}", ["https://example.com/a/long/way"])
    assert [fault.reason for fault in found] == [ValueReason.URL]
