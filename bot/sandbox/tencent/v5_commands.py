"""The commands of legacy v5: fields of the body in, the answer's object out."""

import re
import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from bot.locales import Locale
from bot.sandbox.tencent.actions import check_numbers
from bot.sandbox.tencent.content import VARIABLE, Review, Side, Signature, SmsType, Template
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.frequency import SHANGHAI, from_ms
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.send import OK, Order, Outcome, send
from bot.sandbox.tencent.v5_codes import result_of
from bot.sandbox.tencent.world import World

T = TypeVar("T")
PAGE_MAX = 50
ALPHANUMERIC = string.ascii_letters + string.digits
#: v5 knows three states; 2 means rejected, where API 3.0 means "approved, not yet in effect".
STATUS = MappingProxyType(
    {
        Review.USABLE: 0,
        Review.REVIEWING: 1,
        Review.NOT_YET_EFFECTIVE: 1,
        Review.REJECTED: 2,
    }
)


@dataclass(frozen=True, slots=True)
class Result:
    """The answer's object, and for a send what came of it."""

    payload: Mapping[str, Any]
    outcome: Outcome | None = None


def read_tel(tel: Fields) -> tuple[str, str]:
    """Country code and number of a ``tel`` object."""
    return tel.text_or_integer("nationcode"), tel.text("mobile")


def send_single(world: World, fields: Fields) -> Result:
    """sendsms: one number, by template or by text."""
    country, mobile = read_tel(fields.mapping("tel"))
    return _send_one(world, fields, f"+{country}{mobile}", {})


def send_international(world: World, fields: Fields) -> Result:
    """sendisms: one number in E.164."""
    number = read_number(fields.text("tel"))
    country = {"nationcode": number.country_code if number else ""}
    return _send_one(world, fields, fields.text("tel"), country)


def send_many(world: World, fields: Fields) -> Result:
    """sendmultisms2: the same to up to 200 numbers of one side."""
    numbers = tuple("+{}{}".format(*read_tel(each)) for each in fields.mappings("tel"))
    check_numbers(numbers)
    outcome = send(world, _order(world, fields, numbers), v5_serial)
    payload = {
        "result": 0,
        "errmsg": "OK",
        "ext": fields.text("ext"),
        "detail": [_detail(attempt) for attempt in outcome.attempts],
    }
    return Result(payload, outcome)


def get_templates(world: World, fields: Fields) -> Result:
    """get_template: by ids or by page."""
    rows, total = _listed(fields, world.state.templates, "tpl")
    return Result(_listing([_template_row(each) for each in rows], total))


def get_signs(world: World, fields: Fields) -> Result:
    """get_sign: by ids or by page."""
    rows, total = _listed(fields, world.state.signatures, "sign")
    return Result(_listing([_sign_row(each) for each in rows], total))


def v5_serial(number: PhoneNumber, now: datetime) -> str:
    """A serial number as v5 has them: ``8:Cec7OojxNILq1xQ8AYn20180728``."""
    middle = "".join(secrets.choice(ALPHANUMERIC) for _ in range(19))
    return f"8:{middle}{now.astimezone(SHANGHAI):%Y%m%d}"


def _send_one(world: World, fields: Fields, number: str, extra: Mapping[str, str]) -> Result:
    outcome = send(world, _order(world, fields, (number,)), v5_serial)
    ext = fields.text("ext")
    if not outcome.attempts:  # cut off before anything was accepted
        return Result({}, outcome)
    attempt = outcome.attempts[0]
    if not attempt.accepted:
        return Result({**_verdict(attempt), "ext": ext}, outcome)
    rest = {"ext": ext, "fee": attempt.fee_segments, "sid": attempt.serial}
    return Result({**_verdict(attempt), **extra, **rest}, outcome)


def _order(world: World, fields: Fields, numbers: tuple[str, ...]) -> Order:
    app, context = world.config.credentials.sdk_app_id, fields.text("ext")
    mainland = any(number and number.is_mainland for number in map(read_number, numbers))
    default_sign = world.config.credentials.sign if mainland else ""
    fields.text("extend")
    if fields.has("tpl_id"):
        sign = fields.text("sign") or default_sign
        values = fields.texts("params")
        return Order(numbers, app, fields.integer("tpl_id"), sign, values, context)
    fields.integer("type")
    sign, text = _split_sign(world, fields.text("msg"), default_sign)
    template_id, values = _match(world, text, mainland=mainland)
    return Order(numbers, app, template_id, sign, values, context)


def _split_sign(world: World, message: str, default_sign: str) -> tuple[str, str]:
    """Signature and rest of a text. One that is not approved is silently replaced by the default,
    brackets left in the text: ``【default】[wrong]…`` was seen in the field."""
    found = re.match(r"【([^】]*)】", message)
    if not found:
        return default_sign, message
    approved = {
        each.name for each in world.state.signatures.values() if each.status is Review.USABLE
    }
    sign = found[1] if found[1] in approved else default_sign
    return sign, message[found.end() :]


def _match(world: World, text: str, *, mainland: bool) -> tuple[int | None, tuple[str, ...]]:
    """The approved template a text was written after, and the values in it."""
    for template in world.state.templates.values():
        usable = template.status is Review.USABLE
        if not usable or not template.international.covers(mainland=mainland):
            continue
        literals = [re.escape(part) for part in VARIABLE.split(template.content)[::2]]
        if found := re.fullmatch("(.*?)".join(literals), text, re.DOTALL):
            return template.template_id, found.groups()
    return None, ()


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


def _listed(fields: Fields, rows: Mapping[int, T], noun: str) -> tuple[Sequence[T], int | None]:
    if fields.has(f"{noun}_id") == fields.has(f"{noun}_page"):
        raise CallError("FailedOperation.FailResolvePacket")
    if fields.has(f"{noun}_id"):
        ids = fields.integers(f"{noun}_id")
        return [rows[key] for key in dict.fromkeys(ids) if key in rows], None
    page = fields.mapping(f"{noun}_page")
    most, offset = page.integer("max"), page.integer("offset")
    if not 0 <= most <= PAGE_MAX or offset < 0:
        raise CallError("FailedOperation.FailResolvePacket")
    return [rows[key] for key in sorted(rows)][offset : offset + most], len(rows)


def _listing(rows: list[dict[str, Any]], total: int | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"result": 0, "errmsg": "", "msg": "", "count": len(rows)}
    if total is not None:
        payload["total"] = total
    return {**payload, "data": rows}


def _template_row(template: Template) -> dict[str, Any]:
    return {
        "id": template.template_id,
        "international": int(template.international is Side.INTERNATIONAL),
        "text": template.content,
        "title": template.name,
        "type": int(template.sms_type is SmsType.MARKETING),
        **_review(template),
    }


def _sign_row(sign: Signature) -> dict[str, Any]:
    return {
        "id": sign.signature_id,
        "international": int(sign.international is Side.INTERNATIONAL),
        "text": sign.name,
        **_review(sign),
    }


def _review(content: Template | Signature) -> dict[str, Any]:
    at = from_ms(content.created_at_ms).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    replied_at = "" if content.status is Review.REVIEWING else at
    return {
        "status": STATUS[content.status],
        "reply": content.review_reply,
        "apply_time": at,
        "reply_time": replied_at,
    }


COMMANDS: Mapping[str, Callable[[World, Fields], Result]] = MappingProxyType(
    {
        "sendsms": send_single,
        "sendmultisms2": send_many,
        "sendisms": send_international,
        "get_template": get_templates,
        "get_sign": get_signs,
    }
)
