"""The linter judged by the corpus: everything labelled is found, next to nothing else."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot.rules.lint import (
    Finding,
    Rule,
    Severity,
    fix_signature,
    fix_template,
    lint_signature,
    lint_template,
    own_table,
)
from tests.rules.lint.samples import Sample, signature_samples, template_samples

TABLE = own_table()
TEMPLATES = template_samples()
SIGNATURES = signature_samples()
FALSE_ALARMS_AT_MOST = 0.05


def cases(samples: list[Sample]) -> list[Any]:
    return [pytest.param(sample, id=f"{i}") for i, sample in enumerate(samples)]


def ids(findings: tuple[Finding, ...], *, advice: bool) -> set[str]:
    return {each.rule.value for each in findings if (each.severity is Severity.ADVICE) is advice}


def test_the_corpus_is_as_large_and_as_mixed_as_it_should_be() -> None:
    assert len(TEMPLATES) >= 80
    assert len(SIGNATURES) >= 30
    assert 0.4 <= sum(sample.is_clean for sample in TEMPLATES) / len(TEMPLATES) <= 0.6
    kinds = Counter((sample.draft.class_, sample.draft.international) for sample in TEMPLATES)
    assert len(kinds) == 8


def test_every_rule_that_is_looked_at_has_a_sample() -> None:
    labelled = {
        rule for sample in (*TEMPLATES, *SIGNATURES) for rule in sample.rules | sample.advice
    }
    # These need more than a text: a length, a list of the team's, an account.
    apart = {"T-LENGTH", "T-LENGTH-WITH-VALUES", "T-OWN-WORD", "S-OWN-WORD", "T-UNSUBSCRIBE-NOTICE"}
    assert {rule.value for rule in Rule} - labelled == apart


@pytest.mark.parametrize("sample", cases(TEMPLATES))
def test_every_labelled_fault_of_a_template_is_found(sample: Sample) -> None:
    found = lint_template(sample.draft, sample.facts, TABLE)
    assert sample.rules <= ids(found, advice=False)
    assert sample.advice <= ids(found, advice=True)


@pytest.mark.parametrize("sample", cases(SIGNATURES))
def test_every_labelled_fault_of_a_signature_is_found(sample: Sample) -> None:
    found = lint_signature(sample.draft, sample.facts, TABLE)
    assert sample.rules <= ids(found, advice=False)
    assert sample.advice <= ids(found, advice=True)


@pytest.mark.parametrize(
    ("samples", "lint"),
    [
        pytest.param(TEMPLATES, lint_template, id="templates"),
        pytest.param(SIGNATURES, lint_signature, id="signatures"),
    ],
)
def test_false_alarms_are_few(
    samples: list[Sample], lint: Callable[..., tuple[Finding, ...]]
) -> None:
    """A false alarm is a text with a refused or likely finding nobody labelled it with."""
    for judged in ([each for each in samples if each.is_clean], samples):
        alarms = [
            (sample.draft, surplus)
            for sample in judged
            if (
                surplus := ids(lint(sample.draft, sample.facts, TABLE), advice=False) - sample.rules
            )
        ]
        assert len(alarms) <= FALSE_ALARMS_AT_MOST * len(judged), alarms


@pytest.mark.parametrize("sample", cases([each for each in TEMPLATES if each.rules]))
def test_fixing_a_template_leaves_no_fix_and_nothing_new(sample: Sample) -> None:
    before = ids(lint_template(sample.draft, sample.facts, TABLE), advice=False)
    fixed = fix_template(sample.draft, sample.facts, TABLE)
    after = lint_template(fixed, sample.facts, TABLE)
    assert [each.rule for each in after if each.fixed is not None] == []
    assert ids(after, advice=False) <= before


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("【示例科技】您的验证码为{1}，5分钟内有效。", "您的验证码为{1}，5分钟内有效。"),
        ("您的订单【{1}】已发货，请注意查收。", "您的订单（{1}）已发货，请注意查收。"),
        ("您的验证码为${code}，{time}分钟内有效。", "您的验证码为{1}，{2}分钟内有效。"),
        ("您的验证码为#code#，请在#min#分钟内填写。", "您的验证码为{1}，请在{2}分钟内填写。"),
        (
            "您的订单{1}已由{3}签收，如有疑问请联系客服。",
            "您的订单{1}已由{2}签收，如有疑问请联系客服。",
        ),
        ("您的退款¥{1}已原路退回，请注意查收。", "您的退款{1}元已原路退回，请注意查收。"),
        (
            "办理流程：①登录系统②填写资料③等待确认，请在本周内完成。",
            "办理流程：1.登录系统2.填写资料3.等待确认，请在本周内完成。",
        ),
        (
            "您的动态码是{1}，{2}分钟内有效，请勿告诉他人。",
            "您的验证码是{1}，{2}分钟内有效，请勿告诉他人。",
        ),
        ("Your one-time password is {1}. Do not share it.", "Your code is {1}. Do not share it."),
        (
            "尊敬的会员，新品已到店，欢迎前来选购，回T退订",
            "尊敬的会员，新品已到店，欢迎前来选购，拒收请回复R",
        ),
        ("尊敬的会员，新品已到店，拒收请回复R。", "尊敬的会员，新品已到店，拒收请回复R"),
        ("  您的预约　已确认，请  按时到场。", "您的预约 已确认，请 按时到场。"),
    ],
)
def test_a_fix_writes_what_a_person_would(text: str, fixed: str) -> None:
    sample = next(each for each in TEMPLATES if each.draft.content == text)
    assert fix_template(sample.draft, sample.facts, TABLE).content == fixed


@pytest.mark.parametrize(
    ("name", "fixed"),
    [("【示例科技】", "示例科技"), ("示例 科技", "示例科技"), ("示例\u200b科技", "示例科技")],
)
def test_a_signature_is_mended_to_its_name(name: str, fixed: str) -> None:
    sample = next(each for each in SIGNATURES if each.draft.name == name)
    assert fix_signature(sample.draft, sample.facts, TABLE).name == fixed
