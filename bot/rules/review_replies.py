"""What a reviewer's answer means: from Tencent's free Chinese text to causes with a cure.

Tencent publishes no list of its reasons (its page 382/42833 is empty), so the patterns stand on the
review standards (product/382/39023 of 2025-06-17, 382/39022), on template questions
(faq/382/13301 of 2025-04-18) and on the published reasons of another SMS cloud
(support.huaweicloud.com/msgsms_faq/sms_faq_0075 and 0076, 2024-09). What none of them names is
shown as it is. Meaning and cure stand in the catalogue area ``review_replies``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.lint.findings import Rule
from bot.rules.lint.folding import fold, squeeze
from bot.rules.lint.likeness import likeness, print_of
from bot.rules.lint.patterns import compiled

AREA = "review_replies"
# A reply is a sentence or two; what is longer is still shown, but read no further.
READ_LIMIT = 2_000
ALIKE_AT_LEAST = 0.5


class Cause(StrEnum):
    """Why something was rejected; the value names its sentences. The first ones tell most."""

    UNSUBSCRIBE = "unsubscribe"
    BRACKET = "bracket"
    GLYPH = "glyph"
    VARIABLE_ADJACENT = "variable_adjacent"
    VARIABLE_ONLY = "variable_only"
    VARIABLE_NOT_ALLOWED = "variable_not_allowed"
    VARIABLE_LENGTH = "variable_length"
    VARIABLE_FORM = "variable_form"
    VARIABLE_LINK = "variable_link"
    LINK = "link"
    OTP_WORD = "otp_word"
    OTP_MIXED = "otp_mixed"
    MARKETING_IN_NOTICE = "marketing_in_notice"
    WRONG_TYPE = "wrong_type"
    CONTACT = "contact"
    TRADE = "trade"
    TOO_LONG = "too_long"
    NEUTRAL_SIGNATURE = "neutral_signature"
    SIGNATURE_CHARACTERS = "signature_characters"
    SIGNATURE_MISMATCH = "signature_mismatch"
    SIGNATURE_TYPE = "signature_type"
    QUALIFICATION = "qualification"
    COMMISSION = "commission"
    PROOF_UNREADABLE = "proof_unreadable"
    PROOF_KIND = "proof_kind"
    NOT_FILED = "not_filed"
    NOT_ONLINE = "not_online"
    DUPLICATE = "duplicate"
    TEST = "test"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """One cause a reply names. `rules` are the lint rules that look for the same."""

    cause: Cause
    rules: tuple[Rule, ...]

    @property
    def meaning_key(self) -> str:
        return f"{AREA}.{self.cause.value}.meaning"

    @property
    def cure_key(self) -> str:
        return f"{AREA}.{self.cause.value}.cure"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A text that was rejected, with the reviewer's words."""

    id: str
    text: str
    reply: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SimilarRefusal:
    """A past refusal and how much like the draft its text is, from 0.0 to 1.0."""

    refusal: Refusal
    likeness: float


# A `*` stands for up to six characters.
PATTERNS: Mapping[Cause, tuple[str, ...]] = {
    Cause.UNSUBSCRIBE: (
        "拒收请回复r",
        "退订方式",
        "退订标识",
        "缺少退订",
        "添加退订",
        "unsubscri*",
    ),
    Cause.BRACKET: (
        "【】",
        "含有*【",
        "包含*【",
        "额外*签名",
        "重复签名",
        "去除签名",
        "正文*带签名",
    ),
    Cause.GLYPH: ("特殊符号", "严禁符号", "特殊字符", "乱码", "表情", "special character*"),
    Cause.VARIABLE_ADJACENT: ("变量*相邻", "连续变量", "变量*连续", "组合变量", "变量前后"),
    Cause.VARIABLE_ONLY: (
        "全变量",
        "全部*变量",
        "都是变量",
        "变量过多",
        "变量太多",
        "固定文本太少",
    ),
    Cause.VARIABLE_NOT_ALLOWED: (
        "不支持变量",
        "不支持*使用变量",
        "不支持*添加变量",
        "不能使用变量",
        "不能添加变量",
        "不能有变量",
        "不可使用变量",
        "去掉变量",
        "去除变量",
        "不允许*变量",
    ),
    Cause.VARIABLE_LENGTH: ("变量*长度", "变量*字数", "变量*过长", "变量*超"),
    Cause.VARIABLE_FORM: ("变量格式", "变量*编号", "变量*不规范", "变量*错误", "变量名"),
    Cause.VARIABLE_LINK: ("变量*链接", "链接*变量", "链接*常量", "变量*网址"),
    Cause.LINK: ("链接*备案", "网址*备案", "域名*备案", "短链接", "短链", "链接*无法", "icp备案"),
    Cause.OTP_WORD: (
        "含有*验证码",
        "包含*验证码",
        "含*验证码*字样",
        "缺少*验证码",
        "code字样",
        "关键词code",
    ),
    Cause.OTP_MIXED: ("不是纯验证码", "验证码*夹带", "验证码*营销", "验证码*不能*带"),
    Cause.MARKETING_IN_NOTICE: (
        "夹带营销",
        "含*营销",
        "带*营销",
        "属于营销",
        "涉及营销",
        "营销内容",
        "推广内容",
        "营销推广",
        "marketing content",
    ),
    Cause.WRONG_TYPE: ("短信类型", "类型错误", "类型不符", "类型*不一致", "类别错误", "选择*类型"),
    Cause.CONTACT: ("联系方式", "个人手机", "手机号", "加群", "加*微信", "加*qq", "私人*微信"),
    Cause.TRADE: (
        "暂不支持发送",
        "不支持发送",
        "不支持*类短信",
        "禁止发送",
        "违禁",
        "违规",
        "敏感词",
        "敏感内容",
        "涉及金融",
        "金融*内容",
        "行业*不支持",
        "不支持*行业",
        "cannot be sen*",
    ),
    Cause.TOO_LONG: (
        "字数*超",
        "内容长度",
        "正文长度",
        "短信*过长",
        "内容过长",
        "正文过长",
        "超过*500",
        "字数限制",
    ),
    Cause.NEUTRAL_SIGNATURE: (
        "中性",
        "过于宽泛",
        "签名*宽泛",
        "无法辨别",
        "无法*辨认",
        "不能*辨别",
        "没有实际意义",
    ),
    Cause.SIGNATURE_CHARACTERS: (
        "签名*只能",
        "签名*字符",
        "签名*不少于",
        "签名*组成",
        "签名长度",
        "纯数字",
    ),
    Cause.SIGNATURE_MISMATCH: (
        "名称不一致",
        "名称不符",
        "名称不匹配",
        "主体不一致",
        "主体不符",
        "与*执照*不",
        "与*证明*不符",
        "签名*不一致",
        "未查询到*商标",
        "未核实到*商标",
    ),
    Cause.SIGNATURE_TYPE: ("不再支持app", "app类签名", "签名来源"),
    Cause.QUALIFICATION: ("实名资质", "资质*审核", "资质*未", "未关联*资质", "资质不"),
    Cause.COMMISSION: ("授权委托", "委托书", "授权书", "他用签名", "委托授权"),
    Cause.PROOF_UNREADABLE: (
        "图片*不清",
        "照片*不清",
        "资料*不清",
        "证明*不清",
        "执照*不清",
        "模糊",
        "无法显示",
        "看不清",
        "图片*损坏",
        "无法查看",
        "未加盖",
    ),
    Cause.PROOF_KIND: ("证明类型", "证明材料", "证明文件", "补充*材料", "请上传*证"),
    Cause.NOT_FILED: ("报备", "运营商*实名", "实名报备", "运营商*未通过", "备案未完成"),
    Cause.NOT_ONLINE: ("未上线", "搜索不到", "未查询到", "找不到*应用", "找不到*小程序"),
    Cause.DUPLICATE: ("已存在", "重复提交", "重复申请", "相同*模板", "相同*签名"),
    Cause.TEST: ("测试内容", "测试模板", "测试签名", "请勿提交测试"),
    Cause.UNCLEAR: (
        "不清晰",
        "内容不清",
        "使用场景",
        "用途*不",
        "无法判断",
        "无法识别",
        "内容不完整",
        "定义不清",
        "描述不清",
        "不明确",
        "业务*不",
        "场景说明",
    ),
}
SEARCHES: Mapping[Cause, re.Pattern[str]] = {
    cause: compiled(patterns) for cause, patterns in PATTERNS.items()
}

RULES: Mapping[Cause, tuple[Rule, ...]] = {
    Cause.UNSUBSCRIBE: (Rule.UNSUBSCRIBE, Rule.UNSUBSCRIBE_ABROAD),
    Cause.BRACKET: (Rule.BRACKET,),
    Cause.GLYPH: (Rule.GLYPH, Rule.SYMBOL),
    Cause.VARIABLE_ADJACENT: (Rule.VARIABLE_ADJACENT, Rule.VARIABLE_COMBINED),
    Cause.VARIABLE_ONLY: (Rule.VARIABLE_ONLY, Rule.VARIABLE_THIN),
    Cause.VARIABLE_NOT_ALLOWED: (Rule.VARIABLE_FORBIDDEN,),
    Cause.VARIABLE_FORM: (Rule.VARIABLE_FORM, Rule.VARIABLE_NUMBERING),
    Cause.VARIABLE_LINK: (Rule.LINK_VARIABLE,),
    Cause.LINK: (Rule.LINK, Rule.LINK_SHORT, Rule.LINK_IP),
    Cause.OTP_WORD: (Rule.OTP_WORD,),
    Cause.OTP_MIXED: (Rule.TYPE_MARKETING, Rule.OTP_LINK),
    Cause.MARKETING_IN_NOTICE: (Rule.TYPE_MARKETING,),
    Cause.WRONG_TYPE: (Rule.TYPE_OTP, Rule.TYPE_MARKETING),
    Cause.CONTACT: (Rule.CONTACT, Rule.MOBILE),
    Cause.TRADE: (Rule.TRADE, Rule.SIGNATURE_TRADE),
    Cause.TOO_LONG: (Rule.LENGTH, Rule.LENGTH_WITH_VALUES),
    Cause.NEUTRAL_SIGNATURE: (Rule.SIGNATURE_NEUTRAL,),
    Cause.SIGNATURE_CHARACTERS: (Rule.SIGNATURE_LENGTH, Rule.SIGNATURE_CHARACTER),
    Cause.SIGNATURE_TYPE: (Rule.SIGNATURE_TYPE,),
    Cause.QUALIFICATION: (Rule.SIGNATURE_QUALIFICATION,),
    Cause.COMMISSION: (Rule.SIGNATURE_COMMISSION,),
    Cause.PROOF_KIND: (Rule.SIGNATURE_DOCUMENT,),
    Cause.DUPLICATE: (Rule.SIGNATURE_DUPLICATE,),
    Cause.TEST: (Rule.TEST, Rule.SIGNATURE_TEST),
    Cause.UNCLEAR: (Rule.VARIABLE_THIN, Rule.REMARK),
}
# Said of nearly everything, or part of another cause's words: told only where nothing else is.
VAGUE = frozenset({Cause.UNCLEAR, Cause.WRONG_TYPE, Cause.VARIABLE_FORM})


def classify(reply: str) -> tuple[Reading, ...]:
    """The causes a ReviewReply names, the most telling first; () where none is known.

    Takes any text.
    """
    text = squeeze(fold(reply[:READ_LIMIT])).text
    named = [cause for cause in Cause if SEARCHES[cause].search(text)]
    telling = [cause for cause in named if cause not in VAGUE] or named
    return tuple(Reading(cause, RULES.get(cause, ())) for cause in telling)


def similar_refusals(
    draft: str, past: Iterable[Refusal], limit: int = 3
) -> tuple[SimilarRefusal, ...]:
    """Past refusals of texts like `draft`, the most alike first, of equals the latest."""
    mine = print_of(draft)
    scored = (SimilarRefusal(each, likeness(mine, print_of(each.text))) for each in past)
    alike = [each for each in scored if each.likeness >= ALIKE_AT_LEAST]
    alike.sort(key=lambda each: (each.likeness, each.refusal.at), reverse=True)
    return tuple(alike[:limit])
