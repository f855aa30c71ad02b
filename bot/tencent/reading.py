"""Answers of Tencent's, from bytes to fields with types. Performs no I/O.

Strict: a field of the wrong type makes the whole answer unusable, since half an understanding of an
answer is how messages get lost. Fields we do not know are passed over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from bot.tencent.strict_json import BadJSONError, JSONObject, JSONValue, is_clean, parse
from bot.tencent.wire import Refused, Side, Unknown, UnknownReason, Unsent

T = TypeVar("T")

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
E164 = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
MAX_TEXT_CHARS = 8_192
MAX_MESSAGE_CHARS = 500
MAX_INT = 2**53


@dataclass(frozen=True, slots=True)
class Received:
    """A whole HTTP answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields of a success: in API 3.0 what stands inside ``{"Response": …}``."""

    fields: JSONObject
    request_id: str
    """Empty in legacy v5, which has none."""


class ShapeError(ValueError):
    """A field is missing or of another type; the message is its name, never its content."""


Opened: TypeAlias = Envelope | Refused | Unknown


def read_envelope(received: Received) -> Opened:
    """An answer of API 3.0: tells a success from an error and both from a stranger's page."""
    return judged(received, _open)


def judged(received: Received, open_body: Callable[[bytes], Envelope | Refused]) -> Opened:
    """What `open_body` finds in the answer, as far as its HTTP status lets it count.

    The content type is not looked at: the body proves itself, and headers are what proxies change.
    `open_body` may raise BadJSONError and ShapeError.
    """
    try:
        answer = open_body(received.body)
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
    response = object_of(object_of(parse(body), "body").get("Response"), "Response")
    request_id = text_of(response, "RequestId")
    if response.get("Error") is None:
        return Envelope(response, request_id)
    error = object_of(response["Error"], "Error")
    return Refused(code_of(error, "Code"), message_of(error, "Message"), request_id)


def proved(
    answer: Envelope | Refused | Unsent | Unknown, read: Callable[[Envelope], T]
) -> T | Refused | Unsent | Unknown:
    """`answer` through `read`; a success of a shape we do not know proves nothing."""
    if not isinstance(answer, Envelope):
        return answer
    try:
        return read(answer)
    except ShapeError as error:
        return Unknown(UnknownReason.SHAPE, str(error))


def read_set(envelope: Envelope, name: str, read: Callable[[JSONObject], T]) -> list[T]:
    """The list under `name`, each element through `read`. Raises ShapeError."""
    items = envelope.fields.get(name)
    if not isinstance(items, list):
        raise ShapeError(name)
    return [read(object_of(item, name)) for item in items]


def text_of(item: JSONObject, name: str) -> str:
    """The string under `name`; Tencent writes absent ones as null, "" or not at all."""
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS or not is_clean(value):
        raise ShapeError(name)
    return value


def message_of(item: JSONObject, name: str) -> str:
    """Tencent's own words, as much of them as a card or a log line holds."""
    return text_of(item, name)[:MAX_MESSAGE_CHARS]


def int_of(item: JSONObject, name: str, *, default: int | None = None) -> int:
    """A whole number, at most 2^53 away from 0; `default` where it is absent or null. Raises
    ShapeError."""
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
    """An error code. Raises ShapeError for a text that is none."""
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


def number_of(item: JSONObject, name: str) -> str:
    """A phone number in E.164."""
    value = text_of(item, name)
    if not E164.fullmatch(value):
        raise ShapeError(name)
    return value


def side_of(item: JSONObject, name: str) -> Side:
    """For which side of the border it is: 0 or 1. Raises ShapeError."""
    match int_of(item, name):
        case 0:
            return Side.MAINLAND
        case 1:
            return Side.INTERNATIONAL
        case _:
            raise ShapeError(name)


def object_of(value: JSONValue, name: str) -> JSONObject:
    """An object, by the `name` it has where it stands. Raises ShapeError."""
    if not isinstance(value, dict):
        raise ShapeError(name)
    return value
