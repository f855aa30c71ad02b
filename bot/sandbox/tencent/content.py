"""Templates and signatures of the account, and those every new sandbox starts with."""

import re
from dataclasses import dataclass
from enum import IntEnum

from bot.sandbox.tencent.config import Credentials

VARIABLE = re.compile(r"\{(\d{1,3})\}", re.ASCII)
URL = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|org|io|top|xyz|cc|me)\b", re.I)


class Review(IntEnum):
    """StatusCode of the lists of API 3.0 (v5 counts differently: there 2 means rejected)."""

    USABLE = 0
    REVIEWING = 1
    NOT_YET_EFFECTIVE = 2
    REJECTED = -1


class Qualified(IntEnum):
    """QualificationStatusCode: how far the real-name qualification of a company has come."""

    PENDING = 0
    PASSED = 1
    REFUSED = 2
    INCOMPLETE = 3
    CHANGE_PENDING = 4
    CHANGE_REFUSED = 5


class SmsType(IntEnum):
    """SmsType of AddSmsTemplate since 2024-05-16."""

    MARKETING = 1
    NOTICE = 2
    OTP = 3


class Side(IntEnum):
    """`International`: which numbers something may be used for."""

    MAINLAND = 0
    INTERNATIONAL = 1
    BOTH = 3

    def covers(self, *, mainland: bool) -> bool:
        """Whether numbers of that side are served."""
        return self is Side.BOTH or (self is Side.MAINLAND) == mainland


@dataclass(frozen=True, slots=True)
class Template:
    """A text template; `content` holds its variables as ``{1}``, ``{2}``…

    While in review, `decide_at_ms` is when it is decided without a reviewer (None: never). When
    approved but not yet in effect, `effective_at_ms` is when that ends (None: not by itself).
    """

    template_id: int
    name: str
    content: str
    sms_type: SmsType
    international: Side
    status: Review
    review_reply: str
    created_at_ms: int
    remark: str = ""
    decide_at_ms: int | None = None
    effective_at_ms: int | None = None

    @property
    def variables(self) -> int:
        """How many values the template takes."""
        return count_variables(self.content)

    def fill(self, values: tuple[str, ...]) -> str:
        """The text with `values` put in; as many as there are variables."""
        return fill_in(self.content, values)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature; `name` is its content without brackets.

    `sign_type`, `document_type`, `purpose` are AddSmsSign's SignType, DocumentType, SignPurpose;
    `qualification_id` is 0 for none. The two moments are those of Template.
    """

    signature_id: int
    name: str
    international: Side
    status: Review
    review_reply: str
    created_at_ms: int
    sign_type: int = 0
    document_type: int = 0
    purpose: int = 0
    commissioned: bool = False
    qualification_id: int = 0
    remark: str = ""
    decide_at_ms: int | None = None
    effective_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Qualification:
    """A company's real-name qualification (实名资质); only the console makes them."""

    qualification_id: int
    name: str
    status: Qualified


def count_variables(content: str) -> int:
    """How many different variables a template's text has."""
    return len(set(VARIABLE.findall(content)))


def fill_in(content: str, values: tuple[str, ...]) -> str:
    """A template's text with `values` in the place of its variables."""
    return VARIABLE.sub(lambda found: _value(values, int(found[1])), content)


def wrap(sign: str, text: str, *, mainland: bool) -> str:
    """`text` as the handset shows it: 【…】 in front on the mainland, […] elsewhere if signed."""
    if not sign:
        return text
    return f"【{sign}】{text}" if mainland else f"[{sign}]{text}"


def mask_value(value: str) -> str:
    """A value as DescribeSendRecordList shows it: ``0****1``."""
    return f"{value[0]}****{value[-1]}" if value else ""


def _value(values: tuple[str, ...], position: int) -> str:
    return values[position - 1] if 1 <= position <= len(values) else ""


def seed_templates(created_at_ms: int) -> tuple[Template, ...]:
    """Approved ones of every kind, one in review, one approved but not in effect, one rejected."""
    rows = (
        (1109, "值班告警", "告警{1}尚无人确认，请尽快处理。", 2, 0, 0, ""),
        (1110, "登录验证码", "您的验证码是{1}，5分钟内有效，请勿泄露。", 3, 0, 0, ""),
        (1111, "发货通知", "您的订单{1}已发货，预计{2}送达。", 2, 0, 0, ""),
        (1112, "会员日", "会员日今日开始，到店出示本短信可享优惠，拒收请回复R", 1, 0, 0, ""),
        (1113, "Login code", "Your code is {1}. It expires in {2} minutes.", 3, 1, 0, ""),
        (1114, "预约提醒", "您预约的时间是{1}，请准时到达。", 2, 0, 1, ""),
        (1115, "限时活动", "点击领取您的专属红包！", 1, 0, -1, "营销内容须以“拒收请回复R”结尾。"),
        (1116, "退款通知", "您的退款{1}元已原路退回。", 2, 0, 2, ""),
        (1117, "Maintenance", "Scheduled maintenance starts at {1}.", 2, 3, 0, ""),
    )
    return tuple(
        Template(
            number, name, text, SmsType(kind), Side(side), Review(status), reply, created_at_ms
        )
        for number, name, text, kind, side, status, reply in rows
    )


def seed_signatures(credentials: Credentials, created_at_ms: int) -> tuple[Signature, ...]:
    """One approved for each side, one in review, one rejected."""
    rows = (
        (110, credentials.sign, 0, 0, "", 6001),
        (111, "新品预告", 0, 1, "", 6001),
        (112, "测试", 0, -1, "签名过于宽泛，请使用公司、商标或政府机构名称。", 6001),
        (113, "smsops", 1, 0, "", 0),
    )
    return tuple(
        Signature(
            number,
            name,
            Side(side),
            Review(status),
            reply,
            created_at_ms,
            qualification_id=qualification,
        )
        for number, name, side, status, reply, qualification in rows
    )


def seed_qualifications() -> tuple[Qualification, ...]:
    """One passed, one pending."""
    return (
        Qualification(6001, "示例资质", Qualified.PASSED),
        Qualification(6002, "新公司资质", Qualified.PENDING),
    )
