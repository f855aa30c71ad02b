"""JSON from outside, read strictly: UTF-8, no key twice, no NaN, no bombs. Callers bound size."""

import json
from enum import Enum
from typing import TypeAlias

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"
JSONObject: TypeAlias = dict[str, JSONValue]
BYTE_ORDER_MARK = "\ufeff"
WHITESPACE = " \t\n\r"


class JSONFault(Enum):
    """Why a body is no JSON we accept."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"


class BadJSONError(ValueError):
    """The body is refused; `fault` says why. Nothing of the body is in the message."""

    def __init__(self, fault: JSONFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def parse(body: bytes) -> JSONValue:
    """The value in `body`; one UTF-8 byte order mark is passed over. Raises BadJSONError."""
    try:
        # json.loads would guess UTF-16 and UTF-32; the vendor's documents say UTF-8.
        text = body.decode().removeprefix(BYTE_ORDER_MARK).strip(WHITESPACE)
    except UnicodeDecodeError:
        raise BadJSONError(JSONFault.NOT_UTF8) from None
    value: JSONValue
    try:
        value, end = DECODER.raw_decode(text)
    except BadJSONError:
        raise
    except ValueError:
        # Also an integer of more than 4,300 digits, which Python refuses to read.
        raise BadJSONError(JSONFault.NOT_JSON) from None
    except RecursionError:
        raise BadJSONError(JSONFault.TOO_DEEP) from None
    if end != len(text):
        raise BadJSONError(JSONFault.NOT_JSON)
    return value


def _object(pairs: list[tuple[str, JSONValue]]) -> JSONObject:
    made = dict(pairs)
    # Readers differ in which of two equal keys they take; that difference is an attacker's tool.
    if len(made) != len(pairs):
        raise BadJSONError(JSONFault.DUPLICATE_KEY)
    return made


def _constant(_name: str) -> JSONValue:
    raise BadJSONError(JSONFault.NOT_JSON)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
"""Made once: json.loads with arguments builds a decoder on every call."""


def is_clean(text: str) -> bool:
    """Whether `text` can be stored and shown: no NUL, no half of a surrogate pair."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
