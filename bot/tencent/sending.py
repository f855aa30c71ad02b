"""Sending over API 3.0: each request goes out once, and what became of it is a value."""

from dataclasses import dataclass
from datetime import datetime

from bot.errors import TencentBadAnswer
from bot.tencent.line import Actions
from bot.tencent.reading import (
    Envelope,
    ShapeError,
    code_of,
    int_of,
    message_of,
    object_of,
    proved,
    read_set,
    text_of,
)
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import (
    MAX_NUMBERS,
    OK,
    Answered,
    Changed,
    ChangeOutcome,
    NumberAnswer,
    Refused,
    SendOrder,
    SendOutcome,
    check_context,
)


@dataclass(frozen=True, slots=True)
class GlobalMessage:
    """One message of a `GlobalOrder`. Raises ValueError for an over-long context."""

    number: str
    """E.164, outside mainland China."""
    template_id: str
    values: tuple[str, ...]
    session_context: str
    sender_id: str | None = None
    """A sender registered with support; None takes the shared one."""

    def __post_init__(self) -> None:
        check_context(self.session_context)


@dataclass(frozen=True, slots=True)
class GlobalOrder:
    """One SendMultiGlobalSms: up to 200 messages, each with a text of its own. Raises ValueError
    for no message or too many."""

    sdk_app_id: str
    messages: tuple[GlobalMessage, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.messages) <= MAX_NUMBERS:
            raise ValueError(f"{len(self.messages)} messages in one order, not 1 to {MAX_NUMBERS}")


class Sending(Actions):
    """SendSms, SendMultiGlobalSms, ReportConversion."""

    async def send_sms(self, order: SendOrder, *, signed_at: datetime) -> SendOutcome:
        """Sends `order` once, signed as of `signed_at`: the time that was committed before.

        Tencent refuses it five minutes after `signed_at`, however late it arrives. Never raises
        for what the network or Tencent does; cancelled, the outcome is unknown.
        """
        answer = await self._line.post("SendSms", send_fields(order), signed_at=signed_at)
        return proved(answer, lambda found: _answered(found, "SendStatusSet"))

    async def try_to_send(self, sdk_app_id: str) -> None:
        """Asks to send to nobody, which Tencent never does: what it is refused with tells whether
        the key may send (``MissingParameter.EmptyPhoneNumberSet``) or may not.

        Raises TencentError, in any case: an answer that is none of a refusal has no meaning here.
        """
        fields: JSONObject = {
            "PhoneNumberSet": [],
            "SmsSdkAppId": sdk_app_id,
            "TemplateId": "1",
            "SignName": "",
        }
        await self._line.ask_once("SendSms", fields)
        raise TencentBadAnswer("SendSms to nobody was not refused")

    async def send_global(self, order: GlobalOrder, *, signed_at: datetime) -> SendOutcome:
        """Sends different texts to numbers outside mainland China; once, like `send_sms`."""
        fields = global_fields(order)
        answer = await self._line.post("SendMultiGlobalSms", fields, signed_at=signed_at)
        return proved(answer, lambda found: _answered(found, "SendMultiStatusSet"))

    async def report_conversion(
        self, serial: str, *, sdk_app_id: str, converted_at: datetime, signed_at: datetime
    ) -> ChangeOutcome:
        """Tells Tencent that the code under `serial` was used. Only for customers it allowed to.

        Posted once, signed as of `signed_at`; never raises for what the network or Tencent does.
        """
        fields: JSONObject = {
            "SmsSdkAppId": sdk_app_id,
            "SerialNo": serial,
            "ConversionTime": int(converted_at.timestamp()),
        }
        answer = await self._line.post("ReportConversion", fields, signed_at=signed_at)
        return proved(answer, lambda found: _reported(found, serial))


def send_fields(order: SendOrder) -> JSONObject:
    """The body of a SendSms."""
    fields: JSONObject = {
        "PhoneNumberSet": list(order.numbers),
        "SmsSdkAppId": order.sdk_app_id,
        "TemplateId": order.template_id,
        "TemplateParamSet": list(order.values),
        "SessionContext": order.session_context,
    }
    if order.sign is not None:
        fields["SignName"] = order.sign
    return fields


def global_fields(order: GlobalOrder) -> JSONObject:
    """The body of a SendMultiGlobalSms."""
    return {
        "SmsSdkAppId": order.sdk_app_id,
        "MultiSmsInfoSet": [_global_message(message) for message in order.messages],
    }


def _global_message(message: GlobalMessage) -> JSONObject:
    fields: JSONObject = {
        "PhoneNumber": message.number,
        "TemplateId": message.template_id,
        "TemplateParamSet": list(message.values),
        "SessionContext": message.session_context,
    }
    if message.sender_id is not None:
        fields["SenderId"] = message.sender_id
    return fields


def _answered(envelope: Envelope, name: str) -> Answered:
    return Answered(tuple(read_set(envelope, name, _number_answer)), envelope.request_id)


def _number_answer(item: JSONObject) -> NumberAnswer:
    answer = NumberAnswer(
        # Not held to E.164: a number Tencent could not read may come back as it was sent, and must
        # not cost the others their answers.
        number=text_of(item, "PhoneNumber"),
        serial=text_of(item, "SerialNo"),
        fee_segments=int_of(item, "Fee", default=0),
        code=code_of(item, "Code"),
        message=message_of(item, "Message"),
        iso_code=text_of(item, "IsoCode"),
        session_context=text_of(item, "SessionContext"),
    )
    if answer.accepted and not answer.serial:
        # Without its serial an acceptance can never be matched with its delivery report.
        raise ShapeError("SerialNo")
    return answer


def _reported(envelope: Envelope, serial: str) -> Changed | Refused:
    """The one status that says "OK" in capitals, and "ok" in its documentation."""
    status = object_of(envelope.fields.get("ReportConversionStatus"), "ReportConversionStatus")
    code = code_of(status, "Code")
    if code.casefold() == OK.casefold():
        return Changed(serial, envelope.request_id)
    return Refused(code, message_of(status, "Message"), envelope.request_id)
