"""Every action that sends or changes something, with what must go out and what comes back."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.tencent.drafts import DocumentType, SignatureDraft, SignType, SmsType, TemplateDraft
from bot.tencent.sending import GlobalMessage, GlobalOrder
from bot.tencent.voice import Called, Callee, CallOutcome
from bot.tencent.wire import Answered, Changed, ChangeOutcome, NumberAnswer, SendOutcome, Side
from tests.tencent.misbehaving import REQUEST_ID
from tests.tencent.raw_server import ORDER, SIGNED_AT, client_of, legacy_of, voice_of

Outcome: TypeAlias = SendOutcome | ChangeOutcome | CallOutcome
TEMPLATE = TemplateDraft(
    name="login code",
    content="{1}为您的登录验证码",
    sms_type=SmsType.OTP,
    side=Side.MAINLAND,
    remark="sign-in of our app",
)
TEMPLATE_FIELDS = {
    "TemplateName": "login code",
    "TemplateContent": "{1}为您的登录验证码",
    "SmsType": 3,
    "International": 0,
    "Remark": "sign-in of our app",
}
SIGNATURE = SignatureDraft(
    name="腾讯云",
    sign_type=SignType.COMPANY,
    document_type=DocumentType.BUSINESS_LICENCE,
    side=Side.MAINLAND,
    proof_image=b"\x89PNG licence",
    for_another_party=True,
    commission_image=b"\xff\xd8 letter",
    remark="our name",
    qualification_id="77",
)
SIGNATURE_FIELDS = {
    "SignName": "腾讯云",
    "SignType": 0,
    "DocumentType": 1,
    "International": 0,
    "SignPurpose": 1,
    "ProofImage": "iVBORyBsaWNlbmNl",
    "CommissionImage": "/9ggbGV0dGVy",
    "Remark": "our name",
    "QualificationId": 77,
}
GLOBAL = GlobalOrder(
    sdk_app_id="1400006666",
    messages=(
        GlobalMessage("+12025550123", "2110", ("4370",), "a-1", sender_id="Acme"),
        GlobalMessage("+60123456789", "2111", (), "a-2"),
    ),
)
CALLEE = Callee("+8613788888888", "1400006666", "sc-t")
TEL = {"nationcode": "86", "mobile": "18501234444"}
TEXT = {"sign": "腾讯云", "tpl_id": 1110, "params": ["4370"], "extend": "", "ext": "attempt-1"}


@dataclass(frozen=True)
class Change:
    """One action: how it is called, the fields it must post, the fields of a success, its value."""

    name: str
    open: Callable[..., AbstractAsyncContextManager[Any]]
    call: Callable[[Any], Awaitable[Outcome]]
    fields: dict[str, Any]
    success: dict[str, Any]
    value: Outcome

    @property
    def is_legacy(self) -> bool:
        return self.open is legacy_of

    @property
    def answer(self) -> dict[str, Any]:
        """The whole body of a success."""
        if self.is_legacy:
            return {"result": 0, "errmsg": "OK", "ext": "attempt-1", **self.success}
        return {"Response": {**self.success, "RequestId": REQUEST_ID}}

    def refusal(self, code: str, number: int) -> dict[str, Any]:
        """The body of an error for the whole request: `number` is what v5 has for `code`."""
        if self.is_legacy:
            return {"result": number, "errmsg": "no", "ext": ""}
        error = {"Code": code, "Message": "no"}
        return {"Response": {"Error": error, "RequestId": REQUEST_ID}}


def _number(number: str, serial: str, iso: str, context: str) -> NumberAnswer:
    return NumberAnswer(number, serial, 1, "Ok", "send success", iso, context)


def _row(answer: NumberAnswer) -> dict[str, Any]:
    return {
        "SerialNo": answer.serial,
        "PhoneNumber": answer.number,
        "Fee": answer.fee_segments,
        "SessionContext": answer.session_context,
        "Code": answer.code,
        "Message": answer.message,
        "IsoCode": answer.iso_code,
    }


SENT = _number("+8618501234444", "5000:1", "CN", "attempt-1")
ABROAD = (
    _number("+12025550123", "b5a0-1", "US", "a-1"),
    _number("+60123456789", "b5a0-2", "MY", "a-2"),
)
LEGACY_SENT = replace(SENT, serial="8:Cec7", message="OK", iso_code="")
SECOND = "+8618501234445"
DELETED = {"DeleteStatus": "return successfully!", "DeleteTime": 1_700_000_000}

CHANGES = [
    Change(
        "SendSms",
        client_of,
        lambda client: client.send_sms(ORDER, signed_at=SIGNED_AT),
        {
            "PhoneNumberSet": ["+8618501234444"],
            "SmsSdkAppId": "1400006666",
            "TemplateId": "1110",
            "SignName": "腾讯云",
            "TemplateParamSet": ["4370"],
            "SessionContext": "attempt-1",
        },
        {"SendStatusSet": [_row(SENT)]},
        Answered((SENT,), REQUEST_ID),
    ),
    Change(
        "SendMultiGlobalSms",
        client_of,
        lambda client: client.send_global(GLOBAL, signed_at=SIGNED_AT),
        {
            "SmsSdkAppId": "1400006666",
            "MultiSmsInfoSet": [
                {
                    "PhoneNumber": "+12025550123",
                    "TemplateId": "2110",
                    "TemplateParamSet": ["4370"],
                    "SenderId": "Acme",
                    "SessionContext": "a-1",
                },
                {
                    "PhoneNumber": "+60123456789",
                    "TemplateId": "2111",
                    "TemplateParamSet": [],
                    "SessionContext": "a-2",
                },
            ],
        },
        {"SendMultiStatusSet": [_row(answer) for answer in ABROAD]},
        Answered(ABROAD, REQUEST_ID),
    ),
    Change(
        "ReportConversion",
        client_of,
        lambda client: client.report_conversion(
            "5000:1",
            sdk_app_id="1400006666",
            converted_at=datetime.fromtimestamp(1_700_000_060, UTC),
            signed_at=SIGNED_AT,
        ),
        {"SmsSdkAppId": "1400006666", "SerialNo": "5000:1", "ConversionTime": 1_700_000_060},
        {"ReportConversionStatus": {"Code": "OK", "Message": "success"}},
        Changed("5000:1", REQUEST_ID),
    ),
    Change(
        "AddSmsTemplate",
        client_of,
        lambda client: client.add_template(TEMPLATE, signed_at=SIGNED_AT),
        TEMPLATE_FIELDS,
        {"AddTemplateStatus": {"TemplateId": "1120"}},
        Changed("1120", REQUEST_ID),
    ),
    Change(
        "ModifySmsTemplate",
        client_of,
        lambda client: client.modify_template("1120", TEMPLATE, signed_at=SIGNED_AT),
        {"TemplateId": 1120, **TEMPLATE_FIELDS},
        {"ModifyTemplateStatus": {"TemplateId": 1120}},
        Changed("1120", REQUEST_ID),
    ),
    Change(
        "DeleteSmsTemplate",
        client_of,
        lambda client: client.delete_template("1120", signed_at=SIGNED_AT),
        {"TemplateId": 1120},
        {"DeleteTemplateStatus": DELETED},
        Changed("1120", REQUEST_ID),
    ),
    Change(
        "AddSmsSign",
        client_of,
        lambda client: client.add_signature(SIGNATURE, signed_at=SIGNED_AT),
        SIGNATURE_FIELDS,
        {"AddSignStatus": {"SignId": 42}},
        Changed("42", REQUEST_ID),
    ),
    Change(
        "ModifySmsSign",
        client_of,
        lambda client: client.modify_signature("42", SIGNATURE, signed_at=SIGNED_AT),
        {"SignId": 42, **SIGNATURE_FIELDS},
        {"ModifySignStatus": {"SignId": 42}},
        Changed("42", REQUEST_ID),
    ),
    Change(
        "DeleteSmsSign",
        client_of,
        lambda client: client.delete_signature("42", signed_at=SIGNED_AT),
        {"SignId": 42},
        {"DeleteSignStatus": DELETED},
        Changed("42", REQUEST_ID),
    ),
    Change(
        "SendTtsVoice",
        voice_of,
        lambda client: client.call_with_text(CALLEE, "4356", ("7652",), signed_at=SIGNED_AT),
        # The fields of the published vector E.
        {
            "TemplateId": "4356",
            "CalledNumber": "+8613788888888",
            "VoiceSdkAppid": "1400006666",
            "TemplateParamSet": ["7652"],
            "PlayTimes": 2,
            "SessionContext": "sc-t",
        },
        {"SendStatus": {"CallId": "call-1", "SessionContext": "sc-t"}},
        Called("call-1", "sc-t", REQUEST_ID),
    ),
    Change(
        "SendCodeVoice",
        voice_of,
        lambda client: client.call_with_code(CALLEE, "4370", signed_at=SIGNED_AT),
        {
            "CodeMessage": "4370",
            "CalledNumber": "+8613788888888",
            "VoiceSdkAppid": "1400006666",
            "PlayTimes": 2,
            "SessionContext": "sc-t",
        },
        {"SendStatus": {"CallId": "call-1", "SessionContext": "sc-t"}},
        Called("call-1", "sc-t", REQUEST_ID),
    ),
    Change(
        "sendsms",
        legacy_of,
        lambda client: client.send_sms(ORDER, signed_at=SIGNED_AT),
        {"tel": TEL, **TEXT},
        {"fee": 1, "sid": "8:Cec7"},
        Answered((LEGACY_SENT,), ""),
    ),
    Change(
        "sendisms",
        legacy_of,
        lambda client: client.send_sms(
            replace(ORDER, numbers=("+12025550123",), sign=None), signed_at=SIGNED_AT
        ),
        {"tel": "+12025550123", **TEXT, "sign": ""},
        {"nationcode": "1", "fee": 1, "sid": "8:Cec7"},
        Answered((replace(LEGACY_SENT, number="+12025550123"),), ""),
    ),
    Change(
        "sendmultisms2",
        legacy_of,
        lambda client: client.send_sms(
            replace(ORDER, numbers=(*ORDER.numbers, SECOND)), signed_at=SIGNED_AT
        ),
        {"tel": [TEL, {**TEL, "mobile": "18501234445"}], **TEXT},
        {
            "detail": [
                {"result": 0, "errmsg": "OK", **TEL, "sid": "8:Cec7", "fee": 1},
                {
                    "result": 1025,
                    "errmsg": "daily limit",
                    "nationcode": 86,
                    "mobile": "18501234445",
                },
            ]
        },
        Answered(
            (
                LEGACY_SENT,
                NumberAnswer(
                    number=SECOND,
                    serial="",
                    fee_segments=0,
                    code="LimitExceeded.PhoneNumberDailyLimit",
                    message="daily limit",
                    iso_code="",
                    session_context="attempt-1",
                ),
            ),
            "",
        ),
    ),
]
