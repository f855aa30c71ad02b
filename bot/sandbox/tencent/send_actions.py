"""The two actions that send, SendSms and SendMultiGlobalSms (API 3.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.locales import Locale
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.lists import check_app
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.send import Order, Outcome, sdk_serial, send, send_each
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


def send_multi_global(world: World, parameters: Mapping[str, object]) -> Answer:
    """SendMultiGlobalSms: a text of its own for each number outside the mainland, unsigned."""
    fields = Fields(parameters, required=("SmsSdkAppId", "MultiSmsInfoSet"))
    rows = fields.mappings("MultiSmsInfoSet")
    if not rows:
        raise CallError("InvalidParameterValue.MultiSmsInfoSetEmpty")
    if len(rows) > MAX_NUMBERS:
        raise CallError("LimitExceeded.PhoneNumberCountLimit")
    app = fields.text("SmsSdkAppId")
    orders = [_read_row(row, app, f"MultiSmsInfoSet.{at}") for at, row in enumerate(rows)]
    check_app(world, app)
    numbers = (read_number(order.numbers[0]) for order in orders)
    if any(number is not None and number.is_mainland for number in numbers):
        raise CallError("UnsupportedOperation.ContainDomesticPhoneNumber")
    outcome = send_each(world, orders, sdk_serial)
    return Answer({"SendMultiStatusSet": [_status(each) for each in outcome.attempts]}, outcome)


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
    order = Order(
        numbers=fields.texts("PhoneNumberSet"),
        app=fields.text("SmsSdkAppId"),
        template_id=_template_id(fields),
        sign=fields.text("SignName"),
        values=fields.texts("TemplateParamSet"),
        context=_context(fields, "SessionContext"),
    )
    check_numbers(order.numbers)
    check_app(world, order.app)
    return order


def _read_row(row: Fields, app: str, name: str) -> Order:
    row.check_names(
        name,
        required=("PhoneNumber", "TemplateId"),
        optional=("TemplateParamSet", "SenderId", "SessionContext"),
    )
    row.text("SenderId")
    return Order(
        numbers=(row.text("PhoneNumber"),),
        app=app,
        template_id=_template_id(row),
        sign="",
        values=row.texts("TemplateParamSet"),
        context=_context(row, f"{name}.SessionContext"),
    )


def _template_id(fields: Fields) -> int | None:
    text = fields.text("TemplateId")
    usable = text.isascii() and text.isdigit() and len(text) <= MAX_TEMPLATE_ID_DIGITS
    return int(text) if usable else None


def _context(fields: Fields, name: str) -> str:
    context = fields.text("SessionContext")
    if len(context.encode()) > MAX_CONTEXT_BYTES:
        raise CallError("InvalidParameterValue", name=name)
    return context


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
