"""Whatever is typed gets an answer, in place and mended for good."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, find, text
from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState
from bot.rules.lint import (
    Finding,
    KnownText,
    LintFacts,
    SignatureDraft,
    TemplateDraft,
    Variables,
    fix_signature,
    fix_template,
    lint_signature,
    lint_template,
    lint_values,
    own_table,
    remember,
)
from bot.rules.lint.likeness import print_of
from tests.rules.lint.samples import TODAY, template_samples

TABLE = own_table()
KNOWN = remember(
    KnownText(f"{i}", sample.draft.content, False, review)
    for i, sample in enumerate(template_samples()[:20])
    for review in (ReviewState.USABLE, ReviewState.REJECTED)
)
PIECES = (
    *("{1}", "{2}", "{3}", "{code}", "${name}", "{{1}}", "｛1｝", "{0}", "#code#", "%s", "{", "}"),
    *(
        "【",
        "】",
        "【示例】",
        "¥",
        "¥99",
        "★",
        "😀",
        "①",
        "→",
        "^_^",
        "\u200b",
        "\u202e",
        "\r\n",
        "\t",
    ),
    *(
        " ",
        "　",
        "Ａ１",
        "验证码",
        "动态码",
        "code",
        "password",
        "拒收请回复R",
        "回T退订",
        "退订回TD。",
    ),
    *(
        "https://a.cn/{1}",
        "t.cn/x",
        "www.a.cn",
        "http://1.2.3.4/",
        "13800138000",
        "加微信",
        "贷 款",
    ),
    *(
        "优惠",
        "测试短信",
        "XX",
        "，",
        "。",
        "(",
        "[",
        "“",
        "’",
        "您的订单",
        "已发货",
        "Dear ",
        "order",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=10).map("".join)
DRAFTS = st.builds(TemplateDraft, TEXTS, st.sampled_from(TemplateClass), st.booleans())
FACTS = st.builds(
    LintFacts,
    today=st.just(TODAY),
    signature=st.sampled_from(["", "示例科技"]),
    variables=st.sampled_from(Variables),
    is_individual=st.booleans(),
)
NAMES = st.builds(
    SignatureDraft,
    st.lists(st.sampled_from(PIECES) | st.characters(), max_size=4).map("".join),
    st.booleans(),
)


def check(found: tuple[Finding, ...], linted: str) -> None:
    """In place, once a rule where there is a fix, and with a sentence for everything."""
    fixed = [each.rule for each in found if each.fixed is not None]
    assert len(fixed) == len(set(fixed))
    assert [each.severity for each in found] == sorted(
        (each.severity for each in found), key=["refused", "likely", "advice"].index
    )
    for each in found:
        assert 0 <= each.span.start <= each.span.end <= len(linted)
        for locale in Locale:
            words = {name: text(locale, key) for name, key in each.terms.items()}
            for key in (each.says_key, each.cure_key, *([each.fix_key] if each.fixed else [])):
                assert text(locale, key, **(each.values | words))


@settings(deadline=None)
@given(DRAFTS, FACTS)
def test_any_template_is_answered_and_each_fix_mends_its_finding(
    draft: TemplateDraft, facts: LintFacts
) -> None:
    facts = replace(facts, templates=KNOWN)
    found = lint_template(draft, facts, TABLE)
    check(found, draft.content)
    for each in found:
        if each.fixed is not None:
            again = lint_template(replace(draft, content=each.fixed), facts, TABLE)
            assert each.rule not in {other.rule for other in again}


@settings(deadline=None)
@given(DRAFTS, FACTS)
def test_a_template_with_every_fix_applied_has_none_left(
    draft: TemplateDraft, facts: LintFacts
) -> None:
    fixed = fix_template(draft, facts, TABLE)
    assert [each.rule for each in lint_template(fixed, facts, TABLE) if each.fixed] == []
    assert fix_template(fixed, facts, TABLE) == fixed


@settings(deadline=None)
@given(NAMES)
def test_any_signature_is_answered_and_mended(draft: SignatureDraft) -> None:
    facts = LintFacts(today=TODAY, signatures=KNOWN)
    found = lint_signature(draft, facts, TABLE)
    check(found, draft.name)
    for each in found:
        if each.fixed is not None:
            again = lint_signature(replace(draft, name=each.fixed), facts, TABLE)
            assert each.rule not in {other.rule for other in again}
    fixed = fix_signature(draft, facts, TABLE)
    assert [each.rule for each in lint_signature(fixed, facts, TABLE) if each.fixed] == []


@settings(deadline=None)
@given(DRAFTS, st.lists(TEXTS, max_size=4))
def test_any_values_are_answered(draft: TemplateDraft, values: list[str]) -> None:
    for each in lint_values(draft, values, LintFacts(today=TODAY), TABLE):
        assert each.fixed is None
        assert find(Locale.EN, each.says_key) is not None


@pytest.mark.parametrize(
    "piece", ["a.", "{", "{1}-", "，", "回 ", "【", "1.", "加 ", " ", "验证码{1}", "\u200b", "😀"]
)
def test_a_text_eight_times_as_long_takes_no_more_than_its_share(piece: str) -> None:
    """Eight times as long would be sixty-four times, were any search of the square's kind."""
    assert any(quickest_s(piece, 4_000) < 24 * quickest_s(piece, 500) for _ in range(5))


def quickest_s(piece: str, characters: int) -> float:
    """Of the processor's time: what else the machine does must not count."""
    draft = TemplateDraft(piece * (characters // len(piece)), TemplateClass.MARKETING, False)
    facts, took = LintFacts(TODAY, templates=KNOWN), []
    for _ in range(3):
        print_of.cache_clear()
        begun = time.thread_time()
        lint_template(draft, facts, TABLE)
        took.append(time.thread_time() - begun)
    return min(took)
