"""Sending with legacy v5: by template or by text, to one number or to many."""

import secrets
import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.locales import Locale
from bot.sandbox.tencent.actions import check_numbers
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import SHANGHAI
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.refusals import sentence
from bot.sandbox.tencent.send import OK, Order, send
from bot.sandbox.tencent.v5_answers import Result, one_of, read_tel
from bot.sandbox.tencent.v5_codes import result_of
from bot.sandbox.tencent.v5_matching import read_message
from bot.sandbox.tencent.world import World

ALPHANUMERIC = string.ascii_letters + string.digits


def send_single(world: World, app: Application, fields: Fields) -> Result:
    """sendsms: one number, by template or by text."""
    country, mobile = read_tel(fields.mapping("tel"))
    return _send_one(world, app, fields, f"+{country}{mobile}", {})


def send_international(world: World, app: Application, fields: Fields) -> Result:
    """sendisms: one number in E.164."""
    number = read_number(fields.text("tel"))
    country = {"nationcode": number.country_code if number else ""}
    return _send_one(world, app, fields, fields.text("tel"), country)


def send_many(world: World, app: Application, fields: Fields) -> Result:
    """sendmultisms2: the same to up to 200 numbers of one side."""
    numbers = tuple("+{}{}".format(*read_tel(each)) for each in fields.mappings("tel"))
    check_numbers(numbers)
    outcome = send(world, _order(world, app, fields, numbers), v5_serial)
    payload = {
        "result": 0,
        "errmsg": "OK",
        "ext": fields.text("ext"),
        "detail": [_detail(attempt) for attempt in outcome.attempts],
    }
    return Result(payload, outcome)


def v5_serial(number: PhoneNumber, now: datetime) -> str:
    """A serial number as v5 has them: ``8:Cec7OojxNILq1xQ8AYn20180728``."""
    middle = "".join(secrets.choice(ALPHANUMERIC) for _ in range(19))
    return f"8:{middle}{now.astimezone(SHANGHAI):%Y%m%d}"


def _send_one(
    world: World, app: Application, fields: Fields, number: str, extra: Mapping[str, str]
) -> Result:
    outcome = send(world, _order(world, app, fields, (number,)), v5_serial)
    ext = fields.text("ext")
    if not outcome.attempts:  # cut off before anything was accepted
        return Result({}, outcome)
    attempt = outcome.attempts[0]
    if not attempt.accepted:
        return Result({**_verdict(attempt), "ext": ext}, outcome)
    rest = {"ext": ext, "fee": attempt.fee_segments, "sid": attempt.serial}
    return Result({**_verdict(attempt), **extra, **rest}, outcome)


def _order(world: World, app: Application, fields: Fields, numbers: tuple[str, ...]) -> Order:
    sdk_app_id, context = app.sdk_app_id, fields.text("ext")
    mainland = any(number and number.is_mainland for number in map(read_number, numbers))
    default_sign = world.config.credentials.sign if mainland else ""
    fields.text("extend")
    if fields.has("tpl_id"):
        sign = fields.text("sign") or default_sign
        values = fields.texts("params")
        return Order(numbers, sdk_app_id, fields.integer("tpl_id"), sign, values, context)
    kind = one_of(fields, "type", (0, 1))
    found = read_message(
        world, fields.text("msg"), default_sign, mainland=mainland, marketing=kind == 1
    )
    return Order(
        numbers, sdk_app_id, found.template_id, found.sign, found.values, context, found.lead
    )


def _verdict(attempt: Attempt) -> dict[str, Any]:
    if attempt.code == OK:
        return {"result": 0, "errmsg": "OK"}
    return {"result": result_of(attempt.code), "errmsg": sentence(attempt.code, Locale.EN)}


def _detail(attempt: Attempt) -> dict[str, Any]:
    number = read_number(attempt.number)
    row = {
        **_verdict(attempt),
        "mobile": number.subscriber if number else attempt.number.lstrip("+"),
        "nationcode": number.country_code if number else "",
    }
    if attempt.accepted:
        row |= {"sid": attempt.serial, "fee": attempt.fee_segments}
    return row
