from datetime import date

import pytest

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState
from bot.rules.lint import (
    KnownText,
    LintFacts,
    LintTable,
    Rule,
    Severity,
    Span,
    TemplateDraft,
    Variables,
    extend,
    lint_template,
    lint_values,
    own_table,
    remember,
    worst,
)
from tests.rules.lint.samples import TODAY

TABLE = own_table()
FACTS = LintFacts(TODAY, signature="示例科技", variables=Variables.ALLOWED)
NOTICE, OTP, MARKETING = TemplateClass.NOTICE, TemplateClass.OTP, TemplateClass.MARKETING
ORDER = "您的订单{1}已发货，预计{2}送达，请注意查收。"


def found(
    text: str,
    class_: TemplateClass = NOTICE,
    facts: LintFacts = FACTS,
    *,
    abroad: bool = False,
    table: LintTable = TABLE,
    remark: str = "",
) -> dict[Rule, dict[str, str | int]]:
    draft = TemplateDraft(text, class_, abroad, remark)
    return {each.rule: each.values for each in lint_template(draft, facts, table)}


def laid_over(more: dict[str, object]) -> LintTable:
    table = extend(TABLE, more)
    assert isinstance(table, LintTable)
    return table


@pytest.mark.parametrize(
    ("body", "characters"),
    [pytest.param(494, None, id="500_in_all"), pytest.param(495, 501, id="one_more")],
)
def test_a_text_is_too_long_with_its_signature(body: int, characters: int | None) -> None:
    values = found("字" * body).get(Rule.LENGTH)
    assert values == (None if characters is None else {"characters": characters, "limit": 500})


def test_a_text_without_a_known_signature_is_as_long_as_with_the_shortest() -> None:
    unsigned = LintFacts(TODAY)
    assert Rule.LENGTH not in found("字" * 496, facts=unsigned)
    assert Rule.LENGTH in found("字" * 497, facts=unsigned)


def test_abroad_a_text_may_have_2000_characters_and_no_signature_counts() -> None:
    assert Rule.LENGTH not in found("word " * 400, abroad=True)
    assert found("word " * 401, abroad=True)[Rule.LENGTH] == {"characters": 2005, "limit": 2000}


def test_what_is_only_too_long_with_its_values_is_told_as_that() -> None:
    body = "字" * 480 + "{1}字{2}"
    values = found(body)
    assert values[Rule.LENGTH_WITH_VALUES] == {"characters": 6 + 481 + 24, "limit": 500}
    assert Rule.LENGTH not in values
    six = LintFacts(TODAY, "示例科技", Variables.ALLOWED, longest_value=6)
    assert Rule.LENGTH_WITH_VALUES not in found(body, facts=six)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        pytest.param(64, None, id="one_segment"),
        pytest.param(65, {"over": 1, "segments": 2}, id="one_over"),
        pytest.param(70, {"over": 6, "segments": 2}, id="six_over"),
        pytest.param(71, None, id="too_much_to_take_out"),
        pytest.param(67 * 2 - 6 + 1, {"over": 1, "segments": 3}, id="one_over_two"),
    ],
)
def test_a_few_characters_over_a_segment_are_told(body: int, values: dict[str, int] | None) -> None:
    assert found("字" * body).get(Rule.SEGMENTS) == values


def test_one_dear_character_abroad_is_told_only_where_it_costs() -> None:
    short = "Your order has shipped – thank you."
    assert Rule.GSM not in found(short, abroad=True)
    assert found(short * 3, abroad=True)[Rule.GSM] == {"characters": "–", "segments": 2}
    assert Rule.GSM not in found("您好" * 60, abroad=False)


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (FACTS, None),
        (LintFacts(TODAY, variables=Variables.REFUSED), Severity.REFUSED),
        (LintFacts(TODAY, variables=Variables.UNKNOWN), Severity.ADVICE),
    ],
    ids=["allowed", "refused", "unknown"],
)
def test_variables_in_notices_depend_on_the_account(
    facts: LintFacts, severity: Severity | None
) -> None:
    draft = TemplateDraft(ORDER, NOTICE, international=False)
    all_found = lint_template(draft, facts, TABLE)
    told = [each.severity for each in all_found if each.rule is Rule.VARIABLE_FORBIDDEN]
    assert told == ([] if severity is None else [severity])
    assert Rule.VARIABLE_FORBIDDEN not in found("验证码{1}，请勿泄露。", OTP, facts)
    assert Rule.VARIABLE_FORBIDDEN not in found("Order {1} has shipped.", facts=facts, abroad=True)


@pytest.mark.parametrize(
    ("day", "is_found"),
    [(date(2025, 6, 16), False), (date(2025, 6, 17), True), (date(2026, 11, 22), True)],
)
def test_a_rule_holds_from_its_day_on(day: date, is_found: bool) -> None:
    values = found("您的快递{1}{2}已到，请尽快领取。", facts=LintFacts(day))
    assert (Rule.VARIABLE_ADJACENT in values) is is_found


def test_a_rule_ends_on_its_last_day() -> None:
    table = laid_over({"rules": {"T-GLYPH": {"until": date(2025, 12, 31)}}})
    text = "★系统升级通知★"
    assert Rule.GLYPH in found(text, facts=LintFacts(date(2025, 12, 31)), table=table)
    assert Rule.GLYPH not in found(text, facts=LintFacts(date(2026, 1, 1)), table=table)


@pytest.mark.parametrize(
    ("text", "is_joined"),
    [
        ("时间{1}-{2}，请准时参加。", True),
        ("时间{1}：{2}，请准时参加。", True),
        ("时间{1}、{2}，请准时参加。", True),
        ("时间{1}，{2}，请准时参加。", False),
        ("时间{1}至{2}，请准时参加。", False),
        ("时间{1}_{2}，请准时参加。", True),
    ],
)
def test_variables_joined_by_punctuation_are_told_those_in_two_clauses_not(
    text: str, is_joined: bool
) -> None:
    assert (Rule.VARIABLE_COMBINED in found(text)) is is_joined
    assert Rule.VARIABLE_ADJACENT not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Total ${1} was charged to your account today.",
        "Room #{1} is ready for you and your guests.",
        "已完成100%，感谢您对本次工作的支持。",
    ],
)
def test_a_price_a_number_sign_and_a_percentage_are_no_variables(text: str) -> None:
    assert Rule.VARIABLE_FORM not in found(text, abroad=True)


@pytest.mark.parametrize(
    ("tail", "is_found"),
    [
        ("，拒收请回复R", False),
        ("拒收请回复R", False),
        ("，拒收请回复r", True),
        ("，拒收请回复Ｒ", True),
        ("，拒收请回复 R", True),
        ("，拒收请回复R ", True),
        ("（退订回T）", True),
        ("，请回复TD退订。", True),
        ("，拒收请回复R，谢谢", True),
        ("", True),
    ],
)
def test_marketing_ends_with_the_way_out_letter_by_letter(tail: str, is_found: bool) -> None:
    draft = TemplateDraft(f"尊敬的会员，新品已到店{tail}", MARKETING, international=False)
    hits = [each for each in lint_template(draft, FACTS, TABLE) if each.rule is Rule.UNSUBSCRIBE]
    assert len(hits) == is_found
    if hits and "谢谢" not in tail:
        assert hits[0].fixed == "尊敬的会员，新品已到店，拒收请回复R"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("请看 https://www.example.cn/a?b=1。", "https://www.example.cn/a?b=1"),
        ("详情见example.cn查看", "example.cn"),
        ("访问 www.example.com/x，谢谢", "www.example.com/x"),
        ("See http://example.cn/x.", "http://example.cn/x"),
        ("ＷＷＷ．ＥＸＡＭＰＬＥ．ＣＮ 欢迎您的访问", "www.example.cn"),
        ("请登录样例.中国，谢谢", "请登录样例.中国"),
        ("版本2.1.0已发布，请尽快升级您的设备", None),
        ("第1.公司简介，第2.产品说明，请您查阅", None),
    ],
)
def test_a_link_is_found_from_its_first_letter_to_its_last(text: str, link: str | None) -> None:
    values = found(text).get(Rule.LINK)
    assert values == (None if link is None else {"link": link})


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("联系13800138000咨询", True),
        ("联系 138 0013 8000 咨询", True),
        ("联系+86-13800138000咨询", True),
        ("联系１３８００１３８０００咨询", True),
        ("联系400-800-1234咨询", False),
        ("联系010-12345678咨询", False),
        ("单号2138001380001已签收", False),
    ],
)
def test_only_somebodys_own_mobile_number_is_told(text: str, is_found: bool) -> None:
    assert (Rule.MOBILE in found(text)) is is_found


@pytest.mark.parametrize(
    "text",
    [
        "您的贷款已到账",
        "您的贷 款已到账",
        "您的贷\u200b款已到账",
        "Your LOAN is ready",
        "Ｌｏａｎ ready",
    ],
)
def test_a_word_is_found_however_it_is_hidden(text: str) -> None:
    assert Rule.TRADE in found(text)


def test_an_english_word_is_found_as_a_word_only() -> None:
    assert Rule.TRADE not in found("Please download the form.", abroad=True)


def test_the_place_of_a_word_is_the_place_in_the_text_as_typed() -> None:
    text = "好的，您的\u200b贷 款已到账"
    draft = TemplateDraft(text, NOTICE, international=False)
    span = next(each.span for each in lint_template(draft, FACTS, TABLE) if each.rule is Rule.TRADE)
    assert text[span.start : span.end] == "贷 款"


def test_property_and_education_may_send_codes() -> None:
    assert Rule.TRADE in found("您预约的看房时间已确认，请到售楼处。")
    assert Rule.TRADE not in found("您在售楼处登记的验证码为{1}，请勿泄露。", OTP)


def test_a_team_has_its_own_words_rules_and_figures() -> None:
    table = laid_over(
        {
            "words": {"codenames": {"words": ["蓝鲸*项目"], "severity": "refused", "note": "保密"}},
            "rules": {
                "T-LINK": {"severity": "ignored"},
                "T-TRADE": {"severity": "ignored"},
                "T-SPACE": {"severity": "likely"},
            },
            "figures": {"segment_slack": 1},
        }
    )
    text = "蓝鲸二期项目 已启动，不是游戏，见 https://www.example.cn/a "
    draft = TemplateDraft(text, NOTICE, international=False)
    told = {each.rule: each for each in lint_template(draft, FACTS, table)}
    assert told[Rule.OWN_WORD].severity is Severity.REFUSED
    assert told[Rule.OWN_WORD].values == {"word": "蓝鲸二期项目", "note": "保密"}
    assert told[Rule.OWN_WORD].dated is None
    assert told[Rule.SPACE].severity is Severity.LIKELY
    assert Rule.LINK not in told
    assert Rule.TRADE not in told
    assert Rule.SEGMENTS not in found("字" * 66, table=table)


def test_a_team_can_have_the_way_out_under_notices_too() -> None:
    table = laid_over({"rules": {"T-UNSUBSCRIBE-NOTICE": {"severity": "advice"}}})
    assert Rule.UNSUBSCRIBE_NOTICE not in found("您的预约已确认。")
    assert Rule.UNSUBSCRIBE_NOTICE in found("您的预约已确认。", table=table)


def test_the_one_that_is_edited_is_not_compared_with_itself() -> None:
    known = remember([KnownText("7", ORDER, False, ReviewState.USABLE)])
    facts = LintFacts(TODAY, templates=known)
    for edited, is_found in (("", True), ("7", False)):
        draft = TemplateDraft(ORDER, NOTICE, False, template_id=edited)
        rules = {each.rule for each in lint_template(draft, facts, TABLE)}
        assert (Rule.DUPLICATE in rules) is is_found


def test_a_text_abroad_is_compared_with_those_abroad() -> None:
    known = remember([KnownText("7", ORDER, True, ReviewState.USABLE)])
    assert Rule.DUPLICATE not in found(ORDER, facts=LintFacts(TODAY, templates=known))


def test_what_was_rejected_is_told_when_nothing_was_changed_and_not_when_it_was_mended() -> None:
    known = remember([KnownText("7", "★您的订单已发货", False, ReviewState.REJECTED, "含特殊符号")])
    facts = LintFacts(TODAY, templates=known)
    assert found("★您的订单 已发货", facts=facts).get(Rule.RESUBMITTED) is None
    assert found(" ★您的订单已发货", facts=facts)[Rule.RESUBMITTED] == {
        "id": "7",
        "reply": "含特殊符号",
    }
    assert Rule.RESUBMITTED not in found("您的订单已发货", facts=facts)
    edited = TemplateDraft("★您的订单已发货", NOTICE, False, template_id="7")
    assert Rule.RESUBMITTED in {each.rule for each in lint_template(edited, facts, TABLE)}


def test_a_remark_speaks_for_a_short_text() -> None:
    assert Rule.REMARK in found("您的快递到了。")
    assert Rule.REMARK not in found("您的快递到了。", remark="例：您的快递到了。")


def test_findings_come_worst_first_and_the_worst_is_told() -> None:
    draft = TemplateDraft("★ 贷款 {1}　", NOTICE, international=False)
    all_found = lint_template(draft, FACTS, TABLE)
    ranks = [list(Severity).index(each.severity) for each in all_found]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 3
    assert worst(all_found) is Severity.REFUSED
    assert worst(()) is None


def test_a_text_beyond_any_limit_is_told_that_alone() -> None:
    assert list(found("★" * 10_001)) == [Rule.LENGTH]


@pytest.mark.parametrize(
    ("value", "rule", "variable", "piece"),
    [
        pytest.param("贷款", Rule.TRADE, 1, "贷款", id="word"),
        pytest.param("★", Rule.GLYPH, 1, "★", id="glyph"),
        pytest.param("好😀", Rule.SYMBOL, 1, "😀", id="emoji"),
        pytest.param("13800138000", Rule.MOBILE, 1, "13800138000", id="mobile"),
    ],
)
def test_what_a_value_brings_in_is_told_with_its_variable(
    value: str, rule: Rule, variable: int, piece: str
) -> None:
    draft = TemplateDraft("您好，{2}的{1}已确认。", NOTICE, international=False)
    (finding,) = lint_values(draft, [value, "明天"], FACTS, TABLE)
    assert (finding.rule, finding.severity) == (rule, Severity.LIKELY)
    assert finding.values["variable"] == variable
    filled = f"您好，明天的{value}已确认。"
    assert filled[finding.span.start : finding.span.end] == piece


def test_a_word_made_of_text_and_value_is_told() -> None:
    draft = TemplateDraft("您的贷{1}已确认，请留意。", NOTICE, international=False)
    (finding,) = lint_values(draft, ["款申请"], FACTS, TABLE)
    assert (finding.rule, finding.span) == (Rule.TRADE, Span(2, 4))


def test_what_the_approved_template_says_itself_is_not_told_again() -> None:
    draft = TemplateDraft("您的贷款{1}已确认，请留意。", NOTICE, international=False)
    assert lint_values(draft, ["A1"], FACTS, TABLE) == ()
    assert [each.rule for each in lint_values(draft, ["★"], FACTS, TABLE)] == [Rule.GLYPH]
