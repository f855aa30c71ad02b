"""The review of signatures and templates: what it objects to, and what time does to its verdicts.

The objections follow the published rules where those are clear; whatever they let pass is approved.
Reasons are in Chinese, as the vendor's reviewers write them whatever the language of the caller.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.sandbox.tencent.config import SandboxConfig
from bot.sandbox.tencent.contacts import AlertKind
from bot.sandbox.tencent.content import (
    VARIABLE,
    Qualification,
    Qualified,
    Review,
    Side,
    Signature,
    SmsType,
    Template,
)
from bot.sandbox.tencent.state import State

Content = TypeVar("Content", Template, Signature)

ADJACENT = re.compile(r"\{\d+\}\s*\{\d+\}", re.ASCII)
#: Named as not allowed in cloud.tencent.com/document/product/382/39023 (2025-06-17).
SYMBOLS = re.compile("[¥￥★☆]")
NAME = re.compile(r"[0-9A-Za-z\u3400-\u9fff]{2,}")
GENERIC_NAMES = frozenset({"测试", "通知", "提醒", "客服", "验证码", "test"})
#: Which proof goes with which kind of signature (AddSmsSign, product/382/55967).
PROOFS: Mapping[int, frozenset[int]] = {
    0: frozenset({0, 1}),
    1: frozenset({0, 1, 2, 3, 4}),
    4: frozenset({7}),
    5: frozenset({2, 3}),
}
APP_SIGN = 1
FOR_ANOTHER = 1


def template_objection(template: Template) -> str:
    """Why a template is rejected, or "" if it is approved."""
    text = template.content
    if "【" in text or "】" in text:
        return "模板内容不能包含【】，签名由系统自动添加。"
    if SYMBOLS.search(text):
        return "模板内容不能包含特殊符号。"
    if not VARIABLE.sub("", text).strip():
        return "模板不能全部由变量组成。"
    if ADJACENT.search(text):
        return "模板中两个变量不能相邻。"
    return "" if template.sms_type is not SmsType.OTP else _otp_objection(template)


def signature_objection(sign: Signature, qualifications: Mapping[int, Qualification]) -> str:
    """Why a signature is rejected, or "" if it is approved."""
    if objection := _name_objection(sign.name) or _proof_objection(sign):
        return objection
    if sign.international is Side.INTERNATIONAL:
        return ""
    if sign.sign_type == APP_SIGN:
        return "国内短信不再支持 App 类签名。"
    known = qualifications.get(sign.qualification_id)
    passed = known is not None and known.status is Qualified.PASSED
    return "" if passed else "未关联审核通过的实名资质。"


def approve(content: Content, config: SandboxConfig, now_ms: int) -> Content:
    """Approved. A mainland signature is not usable before the carriers have it on file."""
    if _is_filed(content):
        effective_at_ms = now_ms + round(1000 * config.filing_delay_s)
        return _decided(content, Review.NOT_YET_EFFECTIVE, "", effective_at_ms)
    return _decided(content, Review.USABLE)


def approve_unusable(content: Content) -> Content:
    """Approved, and for as long as nobody says otherwise not in effect."""
    return _decided(content, Review.NOT_YET_EFFECTIVE)


def reject(content: Content, reason: str) -> Content:
    """Rejected for a reason."""
    return _decided(content, Review.REJECTED, reason)


def settle(state: State, config: SandboxConfig, now_ms: int) -> bool:
    """Let time do its work: whatever is due is decided or takes effect. Whether anything changed.

    Done whenever somebody looks, so that no task has to wait for it.
    """
    known = state.account.qualifications
    templates = _settle_all(state.templates, config, now_ms, template_objection)
    signatures = _settle_all(
        state.signatures, config, now_ms, lambda sign: signature_objection(sign, known)
    )
    for name in (*(each.name for each in templates), *(each.name for each in signatures)):
        state.alert(now_ms, AlertKind.REVIEW, name)
    return bool(templates or signatures)


def next_due(state: State) -> int | None:
    """When the next item is decided or takes effect without a reviewer, None for never."""
    moments = (
        *(_due(each) for each in state.templates.values()),
        *(_due(each) for each in state.signatures.values()),
    )
    return min((each for each in moments if each is not None), default=None)


def _settle_all(
    rows: dict[int, Content],
    config: SandboxConfig,
    now_ms: int,
    objection: Callable[[Content], str],
) -> list[Content]:
    changed = []
    for key, content in rows.items():
        settled = _settled(content, config, now_ms, objection)
        if settled is not content:
            rows[key] = settled
            changed.append(settled)
    return changed


def _settled(
    content: Content, config: SandboxConfig, now_ms: int, objection: Callable[[Content], str]
) -> Content:
    due_at_ms = _due(content)
    if content.status is Review.REVIEWING and due_at_ms is not None and due_at_ms <= now_ms:
        reason = objection(content)
        content = reject(content, reason) if reason else approve(content, config, due_at_ms)
        due_at_ms = _due(content)
    if due_at_ms is not None and due_at_ms <= now_ms:
        content = _decided(content, Review.USABLE)
    return content


def _due(content: Template | Signature) -> int | None:
    """When time alone changes it next."""
    if content.status is Review.REVIEWING:
        return content.decide_at_ms
    return content.effective_at_ms if content.status is Review.NOT_YET_EFFECTIVE else None


def _is_filed(content: Template | Signature) -> bool:
    return isinstance(content, Signature) and content.international is not Side.INTERNATIONAL


def _decided(
    content: Content, status: Review, reply: str = "", effective_at_ms: int | None = None
) -> Content:
    return replace(
        content,
        status=status,
        review_reply=reply,
        decide_at_ms=None,
        effective_at_ms=effective_at_ms,
    )


def _name_objection(name: str) -> str:
    if not NAME.fullmatch(name):
        return "签名只能由中文、字母和数字组成，且不少于两个字。"
    if name.lower() in GENERIC_NAMES:
        return "签名过于宽泛，请使用公司、商标或政府机构名称。"
    return ""


def _proof_objection(sign: Signature) -> str:
    if sign.document_type not in PROOFS.get(sign.sign_type, ()):
        return "证明类型与签名类型不符。"
    if sign.purpose == FOR_ANOTHER and not sign.commissioned:
        return "他用签名须提交委托授权证明。"
    return ""


def _otp_objection(template: Template) -> str:
    if template.international is Side.INTERNATIONAL:
        return "" if "code" in template.content.lower() else "验证码模板须包含 code 字样。"
    return "" if "验证码" in template.content else "验证码模板须包含“验证码”字样。"
