"""Everything Tencent Cloud posts to us, told apart by its shape alone. Performs no I/O.

Sources under cloud.tencent.com/document/product: 382/42907 (2025-01-03) for replies (短信回复通知),
382/5809 for their older form with ``port``, 1128/51535 and 382/5815, 5816, 6532 for voice; names of
API 3.0 as in `bot.tencent.generations`. As with status reports, nothing proves who sent it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.tencent.callbacks import (
    MAX_SERIAL_CHARS,
    MAX_TEXT_CHARS,
    BadCallback,
    BadCallbackReason,
    BadFieldError,
    StatusReport,
    absent_or_wrong,
    is_digits,
    moment,
    number_field,
    read_local_time,
    read_status_reports,
    text_field,
)
from bot.tencent.generations import as_pushed, is_reply, is_report
from bot.tencent.strict_json import BadJSONError, JSONObject, JSONValue, is_clean, parse
from bot.tencent.wire import OpenEnum

MAX_CODE_CHARS = 64
MAX_UNIX_DIGITS = 11
MAX_FEE_DIGITS = 6
MAX_FAILURE_CODE = 10_000
KEYS = re.compile(r"[0-9*#]{1,32}", re.ASCII)
MAINLAND = "86"
WITH_COUNTRY = re.compile(r"(?:\+|00)?86(1[0-9]{10})", re.ASCII)
REPLY_TEXTS = ("text", "sign", "extend", "port")
UNCLEAN = re.compile("[\x00\ud800-\udfff]")
#: Stands for what cannot be stored: a NUL, or half of a surrogate pair.
UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class StatusReports:
    """What carriers said about up to a thousand messages; empty in a ping."""

    reports: tuple[StatusReport, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered to a message, within 72 hours of it.

    It names neither the message nor the application: number, signature and time lead there.
    """

    number: str
    """E.164."""
    text: str
    """Text from outside: never markup."""
    signature: str
    """Of the message that was answered, without brackets; empty in the older form."""
    extend_code: str
    """The sub-number it was sent with; usually empty."""
    port: str
    """The sender's whole number (``106901333914``); only the older form has it."""
    replied_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key pressed during a call (voicekey_callback)."""

    call_id: str
    number: str
    keys: str
    """Digits, ``*`` and ``#``."""
    caller: str
    """The number that called; may be empty."""


class CallKind(StrEnum):
    """What was read out."""

    TEXT = "text"
    CODE = "code"


class CallEnd(OpenEnum):
    """How a call ended."""

    ANSWERED = "0"
    NOT_ANSWERED = "1"
    FAILED = "2"
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over (voiceprompt_callback, voicecode_callback)."""

    kind: CallKind
    call_id: str
    number: str
    caller: str
    end: CallEnd
    fee_minutes: int
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A call reached nobody (voice_failure_callback)."""

    call_id: str
    number: str
    caller: str
    failure_code: int
    """1 to 31, where 14 and 21 have no meaning: 1 off, 5 no answer, 8 empty number …"""
    reason: str
    """The same in Chinese words. Text from outside: never markup."""


Callback: TypeAlias = StatusReports | Reply | KeyPress | CallEnded | CallFailed


def parse_callback(body: bytes) -> Callback | BadCallback:
    """What `body`, whose size the caller has bounded, is: a list is status reports and so is a
    single one, an object with a voice key is a call's, one with a text is a reply."""
    try:
        value = parse(body)
    except BadJSONError as error:
        return BadCallback(BadCallbackReason(error.fault.value), "body")
    if isinstance(value, dict) and is_report(value):
        value = [value]
    if isinstance(value, list):
        reports = read_status_reports(value)
        return reports if isinstance(reports, BadCallback) else StatusReports(reports)
    if not isinstance(value, dict):
        return BadCallback(BadCallbackReason.NOT_AN_OBJECT, "body")
    try:
        return _event(value)
    except BadFieldError as refused:
        return BadCallback(refused.reason, refused.field)


def _event(item: JSONObject) -> Reply | KeyPress | CallEnded | CallFailed:
    found = VOICE.keys() & item.keys()
    if len(found) == 1:
        name = found.pop()
        return VOICE[name](_inside(item[name], name))
    if not found and is_reply(item):
        return _reply(as_pushed(item))
    raise BadFieldError(BadCallbackReason.UNKNOWN_SHAPE, "body")


def _inside(value: JSONValue, name: str) -> JSONObject:
    if not isinstance(value, dict):
        raise BadFieldError(BadCallbackReason.NOT_AN_OBJECT, name)
    return value


def _reply(item: JSONObject) -> Reply:
    """Read as far as it can be: refused, it would be lost, and somebody's opt-out with it."""
    clean = {**item, **{name: _clean(item.get(name)) for name in REPLY_TEXTS}}
    return Reply(
        number=number_field(_addressed(item)),
        text=text_field(clean, "text", MAX_TEXT_CHARS),
        signature=_unbroken(text_field(clean, "sign", MAX_CODE_CHARS)),
        extend_code=text_field(clean, "extend", MAX_CODE_CHARS),
        port=text_field(clean, "port", MAX_CODE_CHARS),
        replied_at=_unix(item.get("time")),
    )


def _clean(value: JSONValue) -> JSONValue:
    """A text in which what cannot be stored is replaced; anything else as it is."""
    if not isinstance(value, str) or is_clean(value):
        return value
    return UNCLEAN.sub(UNREADABLE, value)


def _unbroken(name: str) -> str:
    """A name of which a part could not be read is none, and the reply counts for every one."""
    return "" if UNREADABLE in name else name


def _addressed(item: JSONObject) -> JSONObject:
    """Its number as it is meant.

    The older form knows mainland numbers only, and says no country. A mainland mobile may carry its
    country too: it has eleven digits, so that it cannot be taken for another one.
    """
    country, mobile = item.get("nationcode"), item.get("mobile")
    if country is None:
        country = MAINLAND
    found = WITH_COUNTRY.fullmatch(mobile) if isinstance(mobile, str) else None
    is_twice = found is not None and str(country).removeprefix("+") == MAINLAND
    return {**item, "nationcode": country, "mobile": found[1] if found and is_twice else mobile}


def _key_press(item: JSONObject) -> KeyPress:
    keys = text_field(item, "keypress", MAX_CODE_CHARS, required=True)
    if not KEYS.fullmatch(keys):
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, "keypress")
    return KeyPress(_call_id(item), number_field(item), keys, _caller(item))


def _text_ended(item: JSONObject) -> CallEnded:
    return _ended(item, CallKind.TEXT)


def _code_ended(item: JSONObject) -> CallEnded:
    return _ended(item, CallKind.CODE)


def _ended(item: JSONObject, kind: CallKind) -> CallEnded:
    return CallEnded(
        kind=kind,
        call_id=_call_id(item),
        number=number_field(item),
        caller=_caller(item),
        end=CallEnd(text_field(item, "result", MAX_CODE_CHARS, required=True)),
        fee_minutes=int(_digits(item, "fee", MAX_FEE_DIGITS) or 0),
        started_at=_unix_text(item, "start_calltime"),
        answered_at=_unix_text(item, "accept_time"),
        ended_at=_unix_text(item, "end_calltime"),
    )


def _failed(item: JSONObject) -> CallFailed:
    code = item.get("failure_code")
    # type() and not isinstance(): JSON's true is an int to Python.
    if type(code) is not int:
        raise BadFieldError(absent_or_wrong(code), "failure_code")
    if not 0 <= code <= MAX_FAILURE_CODE:
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, "failure_code")
    reason = text_field(item, "failure_reason", MAX_TEXT_CHARS)
    return CallFailed(_call_id(item), number_field(item), _caller(item), code, reason)


VOICE: Mapping[str, Callable[[JSONObject], KeyPress | CallEnded | CallFailed]] = {
    "voicekey_callback": _key_press,
    "voiceprompt_callback": _text_ended,
    "voicecode_callback": _code_ended,
    "voice_failure_callback": _failed,
}


def _call_id(item: JSONObject) -> str:
    return text_field(item, "callid", MAX_SERIAL_CHARS, required=True)


def _caller(item: JSONObject) -> str:
    return text_field(item, "call_from", MAX_CODE_CHARS)


def _digits(item: JSONObject, name: str, most: int) -> str:
    """The digits under `name`, which the voice service writes as text; empty where none are."""
    text = text_field(item, name, MAX_CODE_CHARS)
    if text and not is_digits(text, 1, most):
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, name)
    return text


def _unix_text(item: JSONObject, name: str) -> datetime | None:
    """A Unix time written as text; nothing, or 0, where the moment never came."""
    return moment(int(_digits(item, name, MAX_UNIX_DIGITS) or 0))


def _unix(value: JSONValue) -> datetime | None:
    """A Unix time, or one as Tencent writes it for people; None for anything else."""
    if isinstance(value, str):
        return read_local_time(value)
    # type() and not isinstance(): JSON's true is an int to Python.
    return moment(value) if type(value) is int else None
