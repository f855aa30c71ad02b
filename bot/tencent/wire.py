"""What goes to Tencent Cloud and what comes back, as types. Performs no I/O.

Field names are ours; Tencent's spelling stays in `bot.tencent.reading`. Source of shapes and
numbers: the official SDK, sms v20210111, and cloud.tencent.com/document/product/382/55981.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Self, TypeAlias

MAX_NUMBERS = 200
"""Numbers one SendSms may carry."""
MAX_CONTEXT_BYTES = 511
"""SessionContext must be shorter than 512 bytes."""
OK = "Ok"
"""The code of an accepted number: capital O, lower k."""


class Side(StrEnum):
    """Which numbers a template or signature is for; Tencent keeps two separate lists."""

    MAINLAND = "mainland"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class SendOrder:
    """One SendSms: one text to up to 200 numbers, all mainland or all not.

    Raises ValueError for what no caller may hand in: no number, too many, an over-long context.
    """

    numbers: tuple[str, ...]
    """E.164."""
    sdk_app_id: str
    template_id: str
    sign: str | None
    """The signature's content, without brackets; mainland numbers need one."""
    values: tuple[str, ...]
    session_context: str
    """Comes back with the answer, and with status callbacks where support enabled it."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.numbers) <= MAX_NUMBERS:
            raise ValueError(f"{len(self.numbers)} numbers in one order, not 1 to {MAX_NUMBERS}")
        check_context(self.session_context)


def check_context(session_context: str) -> None:
    """Raises ValueError for a session context Tencent would not take."""
    if len(session_context.encode()) > MAX_CONTEXT_BYTES:
        raise ValueError(f"the session context is longer than {MAX_CONTEXT_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """What Tencent said about one number. Accepted only where `code` is `OK`."""

    number: str
    """E.164, as Tencent normalised it."""
    serial: str
    """Empty where the number was refused."""
    fee_segments: int
    code: str
    message: str
    iso_code: str
    session_context: str

    @property
    def accepted(self) -> bool:
        return self.code == OK


class UnsentReason(StrEnum):
    """Why nothing left this machine."""

    CONNECT = "connect"
    """Refused, or no route."""
    CONNECT_TIMEOUT = "connect_timeout"
    """No connection in time: the network, or all of ours were busy."""
    DNS = "dns"
    TLS = "tls"


class UnknownReason(StrEnum):
    """Why nobody can say whether Tencent took the request."""

    DEADLINE = "deadline"
    DISCONNECTED = "disconnected"
    """The connection ended before the answer did."""
    PROTOCOL = "protocol"
    """What came back is not HTTP."""
    STATUS = "status"
    """An HTTP status that says nothing about the request: a redirect, a 5xx, a proxy's 4xx."""
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    SHAPE = "shape"
    """JSON, but not the answer the documents describe."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Tencent answered number by number; each may be accepted or refused."""

    answers: tuple[NumberAnswer, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Tencent answered with one error for the whole request.

    Not always a no: `bot.rules.retries` knows the codes that leave the outcome open.
    """

    code: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """Not one byte of the request left this machine; it may be sent again."""

    reason: UnsentReason
    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes may have left and no answer proves anything; it must not be sent again."""

    reason: UnknownReason
    detail: str


SendOutcome: TypeAlias = Answered | Refused | Unsent | Unknown


@dataclass(frozen=True, slots=True)
class Changed:
    """Tencent made a change: the template, signature or report under `id` is as was asked."""

    id: str
    request_id: str


ChangeOutcome: TypeAlias = Changed | Refused | Unsent | Unknown
"""What became of a change. Like a send it is never repeated by itself: a second AddSmsTemplate is
a second template."""


@dataclass(frozen=True, slots=True)
class Paired:
    """The answers set beside the numbers that were asked for."""

    found: Mapping[str, NumberAnswer]
    missing: tuple[str, ...]
    """Asked for and not answered: their outcome is unknown."""
    strangers: int
    """Answers for numbers nobody asked for; ignored, and worth a line in the log."""


def pair(numbers: Iterable[str], answers: Iterable[NumberAnswer]) -> Paired:
    """Sets `answers` beside `numbers`; where a number was answered twice, an acceptance counts."""
    wanted = dict.fromkeys(numbers)
    found: dict[str, NumberAnswer] = {}
    strangers = 0
    for answer in answers:
        if answer.number not in wanted:
            strangers += 1
        elif answer.number not in found or (answer.accepted and not found[answer.number].accepted):
            found[answer.number] = answer
    missing = tuple(number for number in wanted if number not in found)
    return Paired(found, missing, strangers)


class OpenEnum(Enum):
    """A vendor's numbers, where one that no document explains reads as UNKNOWN."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls["UNKNOWN"]


class ReviewState(OpenEnum):
    """Where the review of a template or signature stands; only USABLE may be sent with."""

    USABLE = 0
    IN_REVIEW = 1
    APPROVED_NOT_EFFECTIVE = 2
    """Approved, and waiting for the carriers; v5 uses 2 for rejected."""
    REJECTED = -1
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class Template:
    """A template as DescribeSmsTemplateList gives it; the list does not tell its SmsType."""

    template_id: str
    name: str
    content: str
    """With variables ``{1}``, ``{2}`` …; without the signature."""
    sides: frozenset[Side]
    review: ReviewState
    review_reply: str
    """The reviewer's reason, empty where there is none."""
    created_at: datetime | None


class QualificationState(OpenEnum):
    """Where the real-name qualification (实名资质) behind a mainland signature stands."""

    PENDING = 0
    PASSED = 1
    REFUSED = 2
    TO_BE_SUPPLEMENTED = 3
    CHANGE_PENDING = 4
    CHANGE_REFUSED = 5
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as DescribeSmsSignList gives it."""

    signature_id: str
    name: str
    side: Side
    review: ReviewState
    review_reply: str
    created_at: datetime | None
    qualification_id: str | None
    """None for international signatures, which need none."""
    qualification_name: str
    qualification: QualificationState


class PackageKind(OpenEnum):
    """Where a package came from."""

    GIFT = 0
    BOUGHT = 1
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class Package:
    """A prepaid package of billed segments; what is left is `amount_segments - used_segments`."""

    package_id: str
    amount_segments: int
    used_segments: int
    kind: PackageKind
    created_at: datetime | None
    effective_at: datetime | None
    expires_at: datetime | None


class RecordState(OpenEnum):
    """What Tencent's own books say about one message."""

    SUBMIT_FAILED = 1
    DELIVERED = 2
    IN_PROGRESS = 3
    DELIVERY_FAILED = 4
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class SendRecord:
    """One line of Tencent's books (DescribeSendRecordList): proof that a message was taken."""

    number: str
    serial: str
    state: RecordState
    request_code: str
    carrier_code: str
    iso_code: str
    content: str
    """The text with its values masked by Tencent."""
    sent_at: datetime | None
    received_at: datetime | None
