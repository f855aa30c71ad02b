"""The review: what it objects to, how long it takes, and what an approval is worth."""

from dataclasses import replace

import pytest

from bot.sandbox.tencent.content import (
    Qualification,
    Qualified,
    Review,
    Side,
    Signature,
    SmsType,
    Template,
)
from bot.sandbox.tencent.review import signature_objection, template_objection
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.conftest import Start
from tests.sandbox.tencent.parameters import sign, template

NUMBER = "+8613800000001"
GOOD = Template(1, "n", "您的快递{1}已到。", SmsType.NOTICE, Side.MAINLAND, Review.REVIEWING, "", 0)
SIGN = Signature(1, "新的签名", Side.MAINLAND, Review.REVIEWING, "", 0, qualification_id=6001)
KNOWN = {
    6001: Qualification(6001, "a", Qualified.PASSED),
    6002: Qualification(6002, "b", Qualified.INCOMPLETE),
}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("【某某】您好", "【】"),
        ("到账¥{1}", "特殊符号"),
        ("{1}", "全部由变量"),
        ("{1} {2}", "全部由变量"),
        ("您好{1}{2}", "相邻"),
        ("您好{1} {2}", "相邻"),
    ],
)
def test_a_template_against_the_published_rules_is_rejected_with_the_reason(
    content: str, word: str
) -> None:
    assert word in template_objection(replace(GOOD, content=content))


def test_a_code_template_must_say_that_it_brings_a_code() -> None:
    otp = replace(GOOD, sms_type=SmsType.OTP)
    assert "验证码" in template_objection(otp)
    assert template_objection(replace(otp, content="验证码{1}")) == ""
    abroad = replace(otp, international=Side.INTERNATIONAL)
    assert template_objection(replace(abroad, content="Your Code: {1}")) == ""
    assert "code" in template_objection(replace(abroad, content="{1} it is"))


def test_what_breaks_no_rule_is_approved() -> None:
    assert template_objection(GOOD) == ""
    assert signature_objection(SIGN, KNOWN) == ""


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (replace(SIGN, name="签"), "不少于两个字"),
        (replace(SIGN, name="新 签名"), "中文、字母和数字"),
        (replace(SIGN, name="测试"), "宽泛"),
        (replace(SIGN, document_type=7), "证明类型"),
        (replace(SIGN, sign_type=1), "App"),
        (replace(SIGN, purpose=1), "授权"),
        (replace(SIGN, qualification_id=0), "实名资质"),
        (replace(SIGN, qualification_id=6002), "实名资质"),
    ],
)
def test_a_signature_against_the_published_rules_is_rejected(changed: Signature, word: str) -> None:
    assert word in signature_objection(changed, KNOWN)


def test_abroad_no_qualification_is_asked_for() -> None:
    abroad = replace(SIGN, international=Side.INTERNATIONAL, qualification_id=0, sign_type=1)
    assert signature_objection(abroad, KNOWN) == ""


async def status(caller: Caller, template_id: int) -> tuple[int, str]:
    asked = {"International": 0, "TemplateIdSet": [template_id]}
    response = await caller.call("DescribeSmsTemplateList", asked)
    (row,) = response["DescribeTemplateStatusSet"]
    return row["StatusCode"], row["ReviewReply"]


async def test_a_template_can_be_used_once_its_review_is_over(caller: Caller, clock: Clock) -> None:
    response = await caller.call("AddSmsTemplate", template())
    template_id = response["AddTemplateStatus"]["TemplateId"]
    order = {"TemplateId": template_id, "TemplateParamSet": ["x"]}
    clock.advance(seconds=19)
    assert await status(caller, int(template_id)) == (1, "")
    assert await caller.code(NUMBER, **order) == "FailedOperation.TemplateUnapprovedOrNotExist"
    clock.advance(seconds=1)
    assert await status(caller, int(template_id)) == (0, "")
    assert await caller.code(NUMBER, **order) == "Ok"


async def test_a_rejected_template_can_be_mended(caller: Caller, clock: Clock) -> None:
    bad = template(TemplateContent="您好{1}{2}")
    response = await caller.call("AddSmsTemplate", bad)
    template_id = int(response["AddTemplateStatus"]["TemplateId"])
    clock.advance(seconds=20)
    assert await status(caller, template_id) == (-1, "模板中两个变量不能相邻。")
    await caller.call("ModifySmsTemplate", template(TemplateId=template_id))
    assert await status(caller, template_id) == (1, "")
    clock.advance(seconds=20)
    assert await status(caller, template_id) == (0, "")


async def test_an_approved_signature_waits_for_the_carriers(caller: Caller, clock: Clock) -> None:
    response = await caller.call("AddSmsSign", sign())
    asked = {"International": 0, "SignIdSet": [response["AddSignStatus"]["SignId"]]}
    seen = []
    for wait_s in (0, 20, 9, 1):
        clock.advance(seconds=wait_s)
        listed = await caller.call("DescribeSmsSignList", asked)
        seen.append(
            (
                listed["DescribeSignListStatusSet"][0]["StatusCode"],
                await caller.code(NUMBER, SignName="新的签名"),
            )
        )
    wrong = "FailedOperation.SignatureIncorrectOrUnapproved"
    assert seen == [(1, wrong), (2, wrong), (2, wrong), (0, "Ok")]


async def test_without_a_delay_only_the_desk_decides(start: Start, clock: Clock) -> None:
    caller = await start(review_delay_s=None)
    response = await caller.call("AddSmsTemplate", template())
    clock.advance(days=30)
    template_id = int(response["AddTemplateStatus"]["TemplateId"])
    assert await status(caller, template_id) == (1, "")
    approved = {"verdict": "approve"}
    await caller.admin("POST", f"reviews/templates/{template_id}", approved)
    assert await status(caller, template_id) == (0, "")
