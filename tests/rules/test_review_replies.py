from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.locales import Locale, find
from bot.rules.lint import Rule
from bot.rules.review_replies import (
    PATTERNS,
    Cause,
    Reading,
    Refusal,
    SimilarRefusal,
    classify,
    similar_refusals,
)

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reply", "causes"),
    [
        ("营销短信模板末尾请添加“拒收请回复R”。", [Cause.UNSUBSCRIBE]),
        ("缺少退订方式", [Cause.UNSUBSCRIBE]),
        ("模板内容不能包含【】，签名由系统自动添加。", [Cause.BRACKET]),
        ("模板内容不能包含特殊符号。", [Cause.GLYPH]),
        ("含★等特殊字符，可能引起乱码", [Cause.GLYPH]),
        ("模板不能全部由变量组成。", [Cause.VARIABLE_ONLY]),
        ("不支持全变量模板", [Cause.VARIABLE_ONLY]),
        ("模板中两个变量不能相邻。", [Cause.VARIABLE_ADJACENT]),
        ("通知类短信不支持使用变量，请修改为固定内容", [Cause.VARIABLE_NOT_ALLOWED]),
        ("变量中不允许传入链接", [Cause.VARIABLE_LINK]),
        ("链接域名未备案", [Cause.LINK]),
        ("模板含短链接，请替换为完整网址", [Cause.LINK]),
        ("验证码模板须包含“验证码”字样。", [Cause.OTP_WORD]),
        ("验证码模板须包含 code 字样。", [Cause.OTP_WORD]),
        ("通知类短信不得夹带营销内容，请选择营销类型提交", [Cause.MARKETING_IN_NOTICE]),
        ("请选择正确的短信类型", [Cause.WRONG_TYPE]),
        ("暂不支持发送金融类短信", [Cause.TRADE]),
        ("内容涉及违禁行业", [Cause.TRADE]),
        ("不支持引导加微信", [Cause.CONTACT]),
        ("内容过长，请精简", [Cause.TOO_LONG]),
        ("签名过于宽泛，请使用公司、商标或政府机构名称。", [Cause.NEUTRAL_SIGNATURE]),
        ("不支持中性签名", [Cause.NEUTRAL_SIGNATURE]),
        ("签名只能由中文、字母和数字组成，且不少于两个字。", [Cause.SIGNATURE_CHARACTERS]),
        ("签名与营业执照名称不符", [Cause.SIGNATURE_MISMATCH]),
        ("国内短信不再支持 App 类签名。", [Cause.SIGNATURE_TYPE]),
        ("未关联审核通过的实名资质。", [Cause.QUALIFICATION]),
        ("他用签名须提交委托授权证明。", [Cause.COMMISSION]),
        ("证明图片不清晰，请重新上传", [Cause.PROOF_UNREADABLE]),
        ("证明类型与签名类型不符。", [Cause.PROOF_KIND]),
        ("运营商报备未通过", [Cause.NOT_FILED]),
        ("应用未上线，搜索不到", [Cause.NOT_ONLINE]),
        ("已存在相同的签名", [Cause.DUPLICATE]),
        ("请勿提交测试模板", [Cause.TEST]),
        ("模板用途不清晰，请补充使用场景。", [Cause.UNCLEAR]),
        ("变量格式错误，请从{1}开始编号", [Cause.VARIABLE_FORM]),
        ("变量长度超出限制", [Cause.VARIABLE_LENGTH]),
        ("验证码短信夹带其他内容", [Cause.OTP_MIXED]),
        ("含特殊符号，且末尾缺少退订方式", [Cause.UNSUBSCRIBE, Cause.GLYPH]),
        ("请联系客服", []),
        ("", []),
    ],
)
def test_a_reply_is_read_as_what_it_names(reply: str, causes: list[Cause]) -> None:
    assert [each.cause for each in classify(reply)] == causes


def test_a_cause_leads_to_the_rules_that_look_for_it() -> None:
    (reading,) = classify("模板内容不能包含特殊符号。")
    assert reading.rules == (Rule.GLYPH, Rule.SYMBOL)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_patterns_and_its_sentences(cause: Cause) -> None:
    assert PATTERNS[cause]
    reading = Reading(cause, ())
    for locale in Locale:
        assert find(locale, reading.meaning_key)
        assert find(locale, reading.cure_key)


@settings(deadline=None)
@given(st.text())
def test_any_reply_is_read(reply: str) -> None:
    causes = [each.cause for each in classify(reply)]
    assert len(causes) == len(set(causes))


def refusal(id: str, text: str, days_ago: int = 0) -> Refusal:
    return Refusal(id, text, "特殊符号", NOON - timedelta(days=days_ago))


def test_past_refusals_of_similar_texts_come_best_first_and_of_equals_the_latest() -> None:
    past = [
        refusal("far", "系统将于今晚升级维护"),
        refusal("old", "★您的订单{1}已发货，请注意查收", days_ago=9),
        refusal("new", "您的订单{2}已发货，请注意查收☆", days_ago=1),
        refusal("near", "您的订单{1}已发货，请查收"),
    ]
    found = similar_refusals("您的订单{1}已发货，请注意查收", past)
    assert [each.refusal.id for each in found] == ["new", "old", "near"]
    assert found[0] == SimilarRefusal(past[2], 1.0)
    assert 0.5 <= found[2].likeness < 1


def test_no_more_are_given_than_asked_for() -> None:
    past = [refusal(f"{i}", "您的订单已发货") for i in range(9)]
    assert len(similar_refusals("您的订单已发货", past, limit=2)) == 2
    assert similar_refusals("会议室预订已取消", past) == ()
