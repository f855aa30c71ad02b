"""The sandbox's reviewer, who learnt the standard on its own, finds nothing the linter did not."""

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.lint import Severity, fix_template, lint_template, own_table
from bot.rules.review_replies import classify
from bot.sandbox.tencent.content import Review, Side, SmsType, Template
from bot.sandbox.tencent.review import template_objection
from tests.rules.lint.samples import Sample, template_samples

TABLE = own_table()
TYPES = {
    TemplateClass.OTP: SmsType.OTP,
    TemplateClass.NOTICE: SmsType.NOTICE,
    TemplateClass.ALERT: SmsType.NOTICE,
    TemplateClass.MARKETING: SmsType.MARKETING,
}


def objection(sample: Sample, content: str) -> str:
    side = Side.INTERNATIONAL if sample.draft.international else Side.MAINLAND
    kind = TYPES[sample.draft.class_]
    return template_objection(Template(1, "", content, kind, side, Review.REVIEWING, "", 0))


REFUSED = [each for each in template_samples() if objection(each, each.draft.content)]


def test_the_reviewer_objects_to_much_of_the_corpus() -> None:
    assert len(REFUSED) >= 10


@pytest.mark.parametrize("sample", REFUSED, ids=range(len(REFUSED)))
def test_what_the_reviewer_refuses_the_linter_calls_refused_and_its_reason_is_read(
    sample: Sample,
) -> None:
    found = lint_template(sample.draft, sample.facts, TABLE)
    assert Severity.REFUSED in {each.severity for each in found}
    assert classify(objection(sample, sample.draft.content)) != ()


@pytest.mark.parametrize("sample", REFUSED, ids=range(len(REFUSED)))
def test_what_the_linter_mended_to_the_end_the_reviewer_lets_pass(sample: Sample) -> None:
    mended = fix_template(sample.draft, sample.facts, TABLE)
    left = {each.severity for each in lint_template(mended, sample.facts, TABLE)}
    assert Severity.REFUSED in left or objection(sample, mended.content) == ""
