"""The actions of API 3.0: parameters in, the fields of ``Response`` out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.locales import Locale
from bot.sandbox.tencent import lists, tracks
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.send import Order, Outcome, sdk_serial, send
from bot.sandbox.tencent.world import World

MAX_NUMBERS = 200
MAX_CONTEXT_BYTES = 511
MAX_TEMPLATE_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of ``Response``, and for a send what came of it."""

    payload: Mapping[str, Any]
    outcome: Outcome | None = None


def send_sms(world: World, parameters: Mapping[str, object]) -> Answer:
    """SendSms. What is wrong with the request as a whole is refused here, the rest per number."""
    order = _read_order(world, parameters)
    outcome = send(world, order, sdk_serial)
    return Answer({"SendStatusSet": [_status(each) for each in outcome.attempts]}, outcome)


def check_numbers(numbers: tuple[str, ...]) -> None:
    """Refuse an empty list and one of more than 200."""
    if not numbers:
        raise CallError("MissingParameter.EmptyPhoneNumberSet")
    if len(numbers) > MAX_NUMBERS:
        raise CallError("LimitExceeded.PhoneNumberCountLimit")


def _read_order(world: World, parameters: Mapping[str, object]) -> Order:
    fields = Fields(
        parameters,
        required=("PhoneNumberSet", "SmsSdkAppId", "TemplateId"),
        optional=("SignName", "TemplateParamSet", "ExtendCode", "SessionContext", "SenderId"),
    )
    for name in ("ExtendCode", "SenderId"):
        fields.text(name)
    template_id = fields.text("TemplateId")
    usable = template_id.isascii() and template_id.isdigit()
    order = Order(
        numbers=fields.texts("PhoneNumberSet"),
        app=fields.text("SmsSdkAppId"),
        template_id=int(template_id[:MAX_TEMPLATE_ID_DIGITS]) if usable else None,
        sign=fields.text("SignName"),
        values=fields.texts("TemplateParamSet"),
        context=fields.text("SessionContext"),
    )
    check_numbers(order.numbers)
    lists.check_app(world, order.app)
    if len(order.context.encode()) > MAX_CONTEXT_BYTES:
        raise CallError("InvalidParameterValue", name="SessionContext")
    return order


def _status(attempt: Attempt) -> dict[str, Any]:
    return {
        "SerialNo": attempt.serial,
        "PhoneNumber": attempt.number,
        "Fee": attempt.fee_segments if attempt.accepted else 0,
        "SessionContext": attempt.context,
        "Code": attempt.code,
        # Real per-number messages are English whatever X-TC-Language asks for.
        "Message": sentence(attempt.code, Locale.EN),
        "IsoCode": attempt.iso_code,
    }


def _reading(
    read: Callable[[World, Mapping[str, object]], Mapping[str, Any]],
) -> Callable[[World, Mapping[str, object]], Answer]:
    return lambda world, parameters: Answer(read(world, parameters))


ACTIONS: Mapping[str, Callable[[World, Mapping[str, object]], Answer]] = MappingProxyType(
    {
        "SendSms": send_sms,
        "DescribeSmsTemplateList": _reading(lists.describe_templates),
        "DescribeSmsSignList": _reading(lists.describe_signs),
        "SmsPackagesStatistics": _reading(lists.packages_statistics),
        "DescribeSendRecordList": _reading(tracks.describe_send_records),
        "PullSmsSendStatusByPhoneNumber": _reading(tracks.pull_send_status_by_number),
    }
)
