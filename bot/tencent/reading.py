"""Answers of API 3.0, from bytes to types. Performs no I/O.

Strict: a field of the wrong type makes the whole answer unusable, since half an understanding of an
answer is how messages get lost. Fields we do not know are passed over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.tencent.callbacks import StatusReport
from bot.tencent.strict_json import BadJSONError, JSONObject, JSONValue, is_clean, parse
from bot.tencent.wire import (
    Answered,
    NumberAnswer,
    Package,
    PackageKind,
    QualificationState,
    RecordState,
    Refused,
    ReviewState,
    SendRecord,
    Side,
    Signature,
    Template,
    Unknown,
    UnknownReason,
)

T = TypeVar("T")

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
E164 = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
MAX_TEXT_CHARS = 8_192
MAX_MESSAGE_CHARS = 500
MAX_INT = 2**53
SIDES = {
    0: frozenset({Side.MAINLAND}),
    1: frozenset({Side.INTERNATIONAL}),
    # Not in the request's list of values, yet the answer knows it: a template for both.
    3: frozenset({Side.MAINLAND, Side.INTERNATIONAL}),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A whole HTTP answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands inside ``{"Response": …}`` of a success."""

    fields: JSONObject
    request_id: str


class ShapeError(ValueError):
    """A field is missing or of another type; the message is its name, never its content."""


def read_envelope(received: Received) -> Envelope | Refused | Unknown:
    """Tells a success from an error and both from what did not come from the API.

    The content type is not looked at: the body proves itself, and headers are what proxies change.
    """
    try:
        answer = _open(received.body)
    except (BadJSONError, ShapeError) as error:
        if received.status != 200:
            return Unknown(UnknownReason.STATUS, f"HTTP {received.status}")
        if isinstance(error, BadJSONError):
            return Unknown(UnknownReason.NOT_JSON, error.fault.value)
        return Unknown(UnknownReason.SHAPE, str(error))
    # A refusal with a 4xx status is still a refusal; with a 5xx it is a back end in trouble.
    refused_early = isinstance(answer, Refused) and 400 <= received.status < 500
    if received.status != 200 and not refused_early:
        return Unknown(UnknownReason.STATUS, f"HTTP {received.status}")
    return answer


def _open(body: bytes) -> Envelope | Refused:
    response = _object(_object(parse(body), "body").get("Response"), "Response")
    request_id = text_of(response, "RequestId")
    if response.get("Error") is None:
        return Envelope(response, request_id)
    error = _object(response["Error"], "Error")
    message = text_of(error, "Message")[:MAX_MESSAGE_CHARS]
    return Refused(code_of(error, "Code"), message, request_id)


def read_send(received: Received) -> Answered | Refused | Unknown:
    """What became of a SendSms."""
    answer = read_envelope(received)
    if not isinstance(answer, Envelope):
        return answer
    try:
        answers = tuple(read_set(answer, "SendStatusSet", _number_answer))
    except ShapeError as error:
        return Unknown(UnknownReason.SHAPE, str(error))
    return Answered(answers, answer.request_id)


def read_set(envelope: Envelope, name: str, read: Callable[[JSONObject], T]) -> list[T]:
    """The list under `name`, each element through `read`. Raises ShapeError."""
    items = envelope.fields.get(name)
    if not isinstance(items, list):
        raise ShapeError(name)
    return [read(_object(item, name)) for item in items]


def _number_answer(item: JSONObject) -> NumberAnswer:
    answer = NumberAnswer(
        # Not held to E.164: a number Tencent could not read may come back as it was sent, and must
        # not cost the others their answers.
        number=text_of(item, "PhoneNumber"),
        serial=text_of(item, "SerialNo"),
        fee_segments=int_of(item, "Fee", default=0),
        code=code_of(item, "Code"),
        message=text_of(item, "Message")[:MAX_MESSAGE_CHARS],
        iso_code=text_of(item, "IsoCode"),
        session_context=text_of(item, "SessionContext"),
    )
    if answer.accepted and not answer.serial:
        # Without its serial an acceptance can never be matched with its delivery report.
        raise ShapeError("SerialNo")
    return answer


def read_template(item: JSONObject) -> Template:
    return Template(
        template_id=id_of(item, "TemplateId"),
        name=text_of(item, "TemplateName"),
        content=text_of(item, "TemplateContent"),
        sides=_sides(item),
        review=ReviewState(int_of(item, "StatusCode")),
        review_reply=text_of(item, "ReviewReply"),
        created_at=moment_of(item, "CreateTime"),
    )


def read_signature(item: JSONObject) -> Signature:
    qualification_id = int_of(item, "QualificationId", default=0)
    return Signature(
        signature_id=id_of(item, "SignId"),
        name=text_of(item, "SignName"),
        side=_side(item),
        review=ReviewState(int_of(item, "StatusCode")),
        review_reply=text_of(item, "ReviewReply"),
        created_at=moment_of(item, "CreateTime"),
        qualification_id=str(qualification_id) if qualification_id else None,
        qualification_name=text_of(item, "QualificationName"),
        qualification=QualificationState(int_of(item, "QualificationStatusCode", default=0)),
    )


def read_package(item: JSONObject) -> Package:
    return Package(
        package_id=id_of(item, "PackageId"),
        amount_segments=int_of(item, "PackageAmount"),
        used_segments=int_of(item, "CurrentUsage"),
        kind=PackageKind(int_of(item, "PackageType")),
        created_at=moment_of(item, "PackageCreateTime"),
        effective_at=moment_of(item, "PackageEffectiveTime"),
        expires_at=moment_of(item, "PackageExpiredTime"),
    )


def read_record(item: JSONObject) -> SendRecord:
    return SendRecord(
        number=_number(item, "PhoneNumber"),
        serial=text_of(item, "SerialNo"),
        state=RecordState(int_of(item, "SendStatus")),
        request_code=text_of(item, "RequestCode"),
        carrier_code=text_of(item, "StatusCode"),
        iso_code=text_of(item, "IsoCode"),
        content=text_of(item, "Content"),
        sent_at=moment_of(item, "SendTime"),
        received_at=moment_of(item, "UserReceiveTime"),
    )


def read_pulled_status(item: JSONObject) -> StatusReport:
    """One status by PullSmsSendStatusByPhoneNumber; its Description is the carrier's code."""
    status = text_of(item, "ReportStatus")
    if status not in {"SUCCESS", "FAIL"}:
        raise ShapeError("ReportStatus")
    return StatusReport(
        serial=text_of(item, "SerialNo"),
        number=_number(item, "PhoneNumber"),
        success=status == "SUCCESS",
        carrier_code=text_of(item, "Description"),
        description="",
        received_at=moment_of(item, "UserReceiveTime"),
        session_context=text_of(item, "SessionContext"),
    )


def text_of(item: JSONObject, name: str) -> str:
    """The string under `name`; Tencent writes absent ones as null, "" or not at all."""
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS or not is_clean(value):
        raise ShapeError(name)
    return value


def int_of(item: JSONObject, name: str, *, default: int | None = None) -> int:
    value = item.get(name)
    if value is None and default is not None:
        return default
    # type() and not isinstance(): JSON's true is an int to Python.
    if type(value) is not int or abs(value) > MAX_INT:
        raise ShapeError(name)
    return value


def id_of(item: JSONObject, name: str) -> str:
    """An id as text: Tencent writes ids as strings in some answers and as integers in others."""
    value = item.get(name)
    if isinstance(value, str) and CODE.fullmatch(value):
        return value
    return str(int_of(item, name))


def code_of(item: JSONObject, name: str) -> str:
    value = text_of(item, name)
    if not CODE.fullmatch(value):
        raise ShapeError(name)
    return value


def moment_of(item: JSONObject, name: str) -> datetime | None:
    """A Unix time in seconds; 0 and null stand for "not yet"."""
    seconds = int_of(item, name, default=0)
    if seconds == 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise ShapeError(name) from None


def _number(item: JSONObject, name: str) -> str:
    value = text_of(item, name)
    if not E164.fullmatch(value):
        raise ShapeError(name)
    return value


def _sides(item: JSONObject) -> frozenset[Side]:
    sides = SIDES.get(int_of(item, "International"))
    if sides is None:
        raise ShapeError("International")
    return sides


def _side(item: JSONObject) -> Side:
    match int_of(item, "International"):
        case 0:
            return Side.MAINLAND
        case 1:
            return Side.INTERNATIONAL
        case _:
            raise ShapeError("International")


def _object(value: JSONValue, name: str) -> JSONObject:
    if not isinstance(value, dict):
        raise ShapeError(name)
    return value
