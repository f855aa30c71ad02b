"""The test numbers: what becomes of a message to each of them, always the same.

Like the test cards of a payment provider. Any number that is not in the table is delivered.
Receipt codes are the carriers' own; their Chinese explanations are sent as the vendor sends them,
whatever the language of the reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Ending(Enum):
    """How the HTTP exchange that carries the message ends."""

    ANSWER = "answer"
    DROP_BEFORE_ACCEPT = "drop_before_accept"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    HALF_BODY = "half_body"


class Arrival(Enum):
    """When the handset shows the message."""

    AT_ONCE = "at_once"
    WITH_REPORT = "with_report"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery report to come, `extra_delay_s` (scaled) after the usual delay."""

    success: bool
    code: str
    description: str
    extra_delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message to one number.

    `refusal` is the per-number code with which the API refuses it, if it does. `receipts` are
    pushed in their order; with `receipt_first` the first one is pushed before the API answers.
    """

    name: str
    number: str | None = None
    refusal: str | None = None
    receipts: tuple[Receipt, ...] = ()
    arrival: Arrival = Arrival.NEVER
    ending: Ending = Ending.ANSWER
    receipt_first: bool = False

    @property
    def label_key(self) -> str:
        return f"sandbox.number.{self.name}"


DELIVERED = Receipt(True, "DELIVRD", "用户短信送达成功")
EMPTY_NUMBER = Receipt(False, "MK:0001", "空号")
SWITCHED_OFF = Receipt(False, "MK:0004", "关机")
KEYWORD_BLOCKED = Receipt(False, "MK:0118", "运营商关键字拦截")
CARRIER_CAP = Receipt(False, "DB:0142", "超过运营商单日发送上限")
UNDELIVERED = Receipt(False, "UNDELIV", "空号、关机或停机")
LATE = Receipt(True, "DELIVRD", "用户短信送达成功", extra_delay_s=30.0)

ORDINARY = Fate("ordinary", receipts=(DELIVERED,), arrival=Arrival.AT_ONCE)

FATES = (
    Fate("delivered", "+8613800000001", receipts=(DELIVERED,), arrival=Arrival.AT_ONCE),
    Fate("empty_number", "+8613800000002", receipts=(EMPTY_NUMBER,)),
    Fate("switched_off", "+8613800000003", receipts=(SWITCHED_OFF,)),
    Fate("unsubscribed", "+8613800000004", refusal="FailedOperation.PhoneNumberInBlacklist"),
    Fate("keyword_blocked", "+8613800000005", receipts=(KEYWORD_BLOCKED,)),
    Fate("never_reported", "+8613800000006", arrival=Arrival.AT_ONCE),
    Fate("daily_limit", "+8613800000007", refusal="LimitExceeded.PhoneNumberDailyLimit"),
    Fate("late", "+8613800000008", receipts=(LATE,), arrival=Arrival.WITH_REPORT),
    Fate(
        "reported_twice",
        "+8613800000009",
        receipts=(DELIVERED, DELIVERED),
        arrival=Arrival.AT_ONCE,
    ),
    Fate(
        "dropped_after_accept",
        "+8613800000010",
        receipts=(DELIVERED,),
        arrival=Arrival.AT_ONCE,
        ending=Ending.DROP_AFTER_ACCEPT,
    ),
    Fate("dropped_before_accept", "+8613800000011", ending=Ending.DROP_BEFORE_ACCEPT),
    Fate("timeout", "+8613800000012", refusal="InternalError.Timeout"),
    Fate(
        "package_empty",
        "+8613800000013",
        refusal="FailedOperation.InsufficientBalanceInSmsPackage",
    ),
    Fate(
        "report_first",
        "+8613800000014",
        receipts=(DELIVERED,),
        arrival=Arrival.AT_ONCE,
        receipt_first=True,
    ),
    Fate(
        "out_of_order",
        "+8613800000015",
        receipts=(UNDELIVERED, DELIVERED),
        arrival=Arrival.AT_ONCE,
    ),
    Fate("carrier_cap", "+8613800000016", receipts=(CARRIER_CAP,)),
    Fate(
        "half_body",
        "+8613800000017",
        receipts=(DELIVERED,),
        arrival=Arrival.AT_ONCE,
        ending=Ending.HALF_BODY,
    ),
    Fate("international", "+14155550101", receipts=(DELIVERED,), arrival=Arrival.AT_ONCE),
)

BY_NUMBER: Mapping[str, Fate] = MappingProxyType(
    {fate.number: fate for fate in FATES if fate.number is not None}
)


def fate_of(e164: str) -> Fate:
    """The fate of a message to `e164`."""
    return BY_NUMBER.get(e164, ORDINARY)
