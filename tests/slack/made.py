"""Messages made of the longest and strangest things that can be put into them."""

from datetime import UTC, datetime
from typing import Any

from bot.rules.classes import TemplateClass
from bot.rules.content import ReviewState, Template
from bot.rules.delivery import MessageState
from bot.rules.limits import Sent, Wanted, judge
from bot.rules.lint import Finding, LintFacts, TemplateDraft, lint_values, own_table
from bot.rules.numbers import Number
from bot.rules.policies import CLASSIC
from bot.rules.segments import count
from bot.rules.sending import Draft, Plan
from bot.slack.messages.cards import SendCard

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U1> *b* _i_ `c` & <https://a.cn|x>"
NOW_MS = int(NOW.timestamp() * 1000)
#: An hour with more messages than usual, as its alert shows it.
UNUSUAL: dict[str, Any] = {
    "id": "demo.volume.1",
    "app": "demo",
    "kind": "volume",
    "hour_s": NOW_MS // 1000,
    "many": 12_640,
    "total": 12_640,
    "usual": 80,
    "measure": "",
    "new_countries": [],
    "new_prefixes": 0,
    "countries": [["CN", 12_600], ["", 40]],
    "stop": None,
    "ended_at_ms": None,
    "ended_how": "",
    "ignored_by": "",
    "ignored_until_ms": None,
}
CONSOLE_URL = "https://console.cloud.tencent.com/smsv2/app-manage/detail/1400006666"
#: An answer of Tencent's that contradicts what is declared of its console.
DRIFT: dict[str, Any] = {
    "app": "demo",
    "sdk_app_id": "1400006666",
    "url": CONSOLE_URL,
    "key": "number.day",
    "direction": "stricter",
    "declared": 10,
    "is_declared": True,
    "counted": 2,
    "is_proof": True,
    "exclusive": True,
    "code": "LimitExceeded.PhoneNumberDailyLimit",
    "number": "+86 138****0001",
    "request_id": "R-7K3Q",
    "at_ms": NOW_MS,
    "by": "U0MAYA",
    "declared_ms": NOW_MS,
    "confirmed_by": "",
}


def make_template(**changes: Any) -> Template:
    fields: dict[str, Any] = {
        "template_id": "1111",
        "name": "名" * 200,
        "content": "您的订单{1}已发货，预计{2}送达。" + "长" * 300,
        "mainland": True,
        "international": False,
        "review": ReviewState.USABLE,
        "review_reply": "",
    }
    return Template(**(fields | changes))


def make_draft(values: tuple[str, ...] = (HOSTILE, "9:00"), *, hit: bool = False) -> Draft:
    template = make_template()
    text = f"【腾讯云】{template.content}".replace("{1}", values[0]).replace("{2}", values[1])
    history = [Sent(NOW, "same", TemplateClass.NOTICE)] if hit else []
    plan = Plan(
        number=Number("+8613800000001", "CN", is_mainland=True),
        template=template,
        class_=TemplateClass.NOTICE,
        signature="腾讯云",
        values=values,
        text=text,
        segments=count(text),
    )
    wanted = Wanted(TemplateClass.NOTICE, "same", "CN")
    verdict = judge(CLASSIC.policy, wanted, history, {}, NOW)
    return Draft("R-7K3Q", "a" * 64, "demo", plan, verdict, 1000, NOW, NOW)


def make_findings() -> tuple[Finding, ...]:
    """What hostile values bring into a harmless template."""
    draft = TemplateDraft("您的订单{1}，{2}。", TemplateClass.NOTICE, international=False)
    values = (f"加微信 {HOSTILE}", "🙂")
    return lint_values(draft, values, LintFacts(NOW.date()), own_table())


def make_card(state: MessageState, **changes: Any) -> SendCard:
    fields: dict[str, Any] = {
        "request_id": "R-7K3Q",
        "requester": "U0LIN",
        "app": "demo",
        "number": "+8613800000001",
        "template_id": "1110",
        "template_name": "登录验证码",
        "content": "您的验证码是{1}。",
        "signature": "腾讯云",
        "values": ("123456",),
        "class_": TemplateClass.OTP,
        "message_id": "m1",
        "attempt": "a1",
        "state": state,
        "attempts": 1,
        "due_at": NOW,
        "signed_at": NOW,
        "accepted_at": NOW,
        "final_at": NOW,
        "serial": "5000:1045710669157053657849499619",
        "fee_segments": 1,
        "code": "",
        "detail": "",
        "tencent_request_id": "b5b41468-520d-4192-b42f-595cc34b6c1c",
        "carrier_code": "",
        "hint": "",
        "is_asked": False,
        "settled_by": "answer",
    }
    return SendCard(**(fields | changes))
