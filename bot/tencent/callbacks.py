"""Status reports (短信下发状态通知) that Tencent Cloud posts to us. Performs no I/O.

Source: cloud.tencent.com/document/product/382/59178 (2026-01-05). Nothing in a callback proves who
sent it: it is read as if an attacker had written it, and what it says is a hint until an
authenticated question confirms it. The same facts under the names of API 3.0 are read as well
(`bot.tencent.generations`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from bot.rules.numbers import cover_code
from bot.tencent.generations import as_pushed
from bot.tencent.strict_json import BadJSONError, JSONObject, JSONValue, is_clean, parse

MAX_REPORTS = 1_000
"""Tencent documents up to 100 a POST; more is allowed for, a flood is not."""
MAX_SERIAL_CHARS = 128
MAX_CODE_CHARS = 128
MAX_TEXT_CHARS = 2_048
MAX_E164_DIGITS = 15
MIN_SUBSCRIBER_DIGITS = 4
MAX_COUNTRY_DIGITS = 4
# The document states no zone; the service runs on Beijing time, which has had no summer time
# since 1991.
BEIJING_AHEAD = timedelta(hours=8)
DOCUMENTED = itemgetter(
    "sid", "nationcode", "mobile", "report_status", "errmsg", "description", "user_receive_time"
)
MAINLAND, MAINLAND_DIGITS = "86", 11
# Not a set: what stands in the field may not be hashable.
OUTCOMES = ("SUCCESS", "FAIL")


# A NamedTuple: made for every report, and a frozen dataclass takes three times as long to make.
class StatusReport(NamedTuple):
    """What a carrier said about one message."""

    serial: str
    number: str
    """E.164."""
    success: bool
    carrier_code: str
    """An open string (``DELIVRD``, ``MK:0001``); `bot.rules.receipts` sorts it."""
    description: str
    """The carrier's own words, usually Chinese. Text from outside: never markup."""
    received_at: datetime | None
    """When the handset had it, in UTC; None where Tencent gave no readable time."""
    session_context: str
    """Ours, echoed; empty unless Tencent's support enabled it."""


class BadCallbackReason(StrEnum):
    """Why a whole POST is refused."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NOT_A_LIST = "not_a_list"
    TOO_MANY = "too_many"
    NOT_AN_OBJECT = "not_an_object"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    WRONG_VALUE = "wrong_value"
    TOO_LONG = "too_long"
    UNCLEAN_TEXT = "unclean_text"
    """A NUL, or half of a surrogate pair."""
    UNKNOWN_SHAPE = "unknown_shape"
    """JSON, but none of the callbacks the documents describe."""


@dataclass(frozen=True, slots=True)
class BadCallback:
    """The POST is refused as a whole, so that nothing of it is half applied."""

    reason: BadCallbackReason
    detail: str
    """Where: ``item 3: mobile``. Never what stood there."""


class BadFieldError(Exception):
    """A field a callback cannot be read with; it never leaves the parsers."""

    def __init__(self, reason: BadCallbackReason, field: str) -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field


def parse_status_reports(body: bytes) -> tuple[StatusReport, ...] | BadCallback:
    """The reports in `body`, whose size the caller has bounded; an empty list is a valid ping."""
    try:
        items = parse(body)
    except BadJSONError as error:
        return BadCallback(BadCallbackReason(error.fault.value), "body")
    if not isinstance(items, list):
        return BadCallback(BadCallbackReason.NOT_A_LIST, "body")
    return read_status_reports(items)


def read_status_reports(items: list[JSONValue]) -> tuple[StatusReport, ...] | BadCallback:
    """The reports in a list that was JSON; legacy v5 answers with the same ones."""
    if len(items) > MAX_REPORTS:
        return BadCallback(BadCallbackReason.TOO_MANY, f"{len(items)} reports")
    reports: list[StatusReport] = []
    for item in items:
        try:
            reports.append(_report(item))
        except BadFieldError as refused:
            return BadCallback(refused.reason, f"item {len(reports)}: {refused.field}")
    return tuple(reports)


def _report(item: JSONValue) -> StatusReport:
    if not isinstance(item, dict):
        raise BadFieldError(BadCallbackReason.NOT_AN_OBJECT, "report")
    item = as_pushed(item)
    return _documented(item) or _read(item)


def _documented(item: JSONObject) -> StatusReport | None:
    """A mainland report just as the document has it; None where any of it must be looked at.

    Nearly all are such, and read so they take half as long.
    """
    try:
        serial, country, mobile, status, code, description, time = DOCUMENTED(item)
        # One text to look at; what is no string cannot be joined.
        joined = "".join((serial, code, description))
        received_at = _known_time(time)
    except (KeyError, TypeError):
        return None
    if not (
        country == MAINLAND
        and mobile.__class__ is str
        and len(mobile) == MAINLAND_DIGITS
        and mobile.isascii()
        and mobile.isdigit()
        and status in OUTCOMES
        and serial
        and len(joined) <= MAX_CODE_CHARS
        and is_clean(joined)
        and "ext" not in item
    ):
        return None
    # By position, in the order of the class: by name it takes twice as long.
    return StatusReport(
        serial,
        f"+86{mobile}",
        status == "SUCCESS",
        cover_code(code),
        cover_code(description),
        received_at,
        "",
    )


def _read(item: JSONObject) -> StatusReport:
    return StatusReport(
        text_field(item, "sid", MAX_SERIAL_CHARS, required=True),
        number_field(item),
        _success(item),
        cover_code(text_field(item, "errmsg", MAX_CODE_CHARS)),
        cover_code(text_field(item, "description", MAX_TEXT_CHARS)),
        _time(item),
        text_field(item, "ext", MAX_TEXT_CHARS),
    )


def text_field(item: JSONObject, name: str, most: int, *, required: bool = False) -> str:
    """The string under `name`; absent and null are empty, which `required` refuses."""
    value = item.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise BadFieldError(BadCallbackReason.WRONG_TYPE, name)
    if len(value) > most:
        raise BadFieldError(BadCallbackReason.TOO_LONG, name)
    if required and not value:
        raise BadFieldError(BadCallbackReason.MISSING, name)
    if not is_clean(value):
        raise BadFieldError(BadCallbackReason.UNCLEAN_TEXT, name)
    return value


def number_field(item: JSONObject) -> str:
    """E.164 out of ``nationcode`` and ``mobile``."""
    country = item.get("nationcode")
    # v5 senders write the country as a number, everybody else as a string; True is an int too.
    if type(country) is int:
        country = str(country) if 0 < country < 10**MAX_COUNTRY_DIGITS else ""
    elif isinstance(country, str):
        country = country.removeprefix("+")
    else:
        raise BadFieldError(absent_or_wrong(country), "nationcode")
    mobile = item.get("mobile")
    if not isinstance(mobile, str):
        raise BadFieldError(absent_or_wrong(mobile), "mobile")
    if not (is_digits(country, 1, MAX_COUNTRY_DIGITS) and country[0] != "0"):
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, "nationcode")
    if not is_digits(mobile, MIN_SUBSCRIBER_DIGITS, MAX_E164_DIGITS - len(country)):
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, "mobile")
    return f"+{country}{mobile}"


def is_digits(text: str, least: int, most: int) -> bool:
    # isdigit alone would take Arabic-Indic and full-width digits.
    """Whether `text` is so many ASCII digits."""
    return least <= len(text) <= most and text.isascii() and text.isdigit()


def absent_or_wrong(value: JSONValue) -> BadCallbackReason:
    """Why a field could not be read: it is not there, or of another type."""
    return BadCallbackReason.MISSING if value is None else BadCallbackReason.WRONG_TYPE


def _success(item: JSONObject) -> bool:
    status = item.get("report_status")
    if status == "SUCCESS":
        return True
    if status == "FAIL":
        return False
    if isinstance(status, str):
        raise BadFieldError(BadCallbackReason.WRONG_VALUE, "report_status")
    raise BadFieldError(absent_or_wrong(status), "report_status")


def _time(item: JSONObject) -> datetime | None:
    value = item.get("user_receive_time")
    if value is None:
        return None
    # type() and not isinstance(): JSON's true is an int to Python.
    if type(value) is int:
        return moment(value)
    if not isinstance(value, str):
        raise BadFieldError(BadCallbackReason.WRONG_TYPE, "user_receive_time")
    return read_local_time(value)


def moment(seconds: int) -> datetime | None:
    """A Unix time in UTC; None for 0, which stands for never, and for what no calendar has."""
    if seconds == 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_local_time(value: str) -> datetime | None:
    """A time as Tencent writes it for people, in UTC; None where it is not one."""
    # "2015-10-17 08:03:04" and nothing else that fromisoformat would read.
    if len(value) != 19 or value[10] != " " or value[13] != ":" or value[16] != ":":
        return None
    try:
        return datetime.fromisoformat(f"{value}+00:00") - BEIJING_AHEAD
    except (ValueError, OverflowError):
        return None


#: Reports come by the second, many of each. Raises TypeError for what is no text.
_known_time = lru_cache(maxsize=1024)(read_local_time)
