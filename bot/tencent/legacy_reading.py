"""Answers of legacy v5, from bytes to the types of API 3.0. Performs no I/O."""

from datetime import datetime

from bot.rules.legacy_codes import legacy_code
from bot.rules.numbers import cover_code
from bot.tencent.asking import Listing, read_what_can_be
from bot.tencent.callbacks import (
    BadCallback,
    BadFieldError,
    StatusReport,
    number_field,
    read_local_time,
    read_status_reports,
)
from bot.tencent.figures import CallbackFigures, SendFigures
from bot.tencent.reading import (
    Envelope,
    ShapeError,
    id_of,
    int_of,
    message_of,
    object_of,
    read_set,
    side_of,
    text_of,
)
from bot.tencent.strict_json import JSONObject, parse
from bot.tencent.wire import (
    OK,
    Answered,
    NumberAnswer,
    Package,
    PackageKind,
    QualificationState,
    RecordState,
    Refused,
    ReviewState,
    SendRecord,
    Signature,
    Template,
)

TAKEN_MOST = 100
# v5 counts differently: its 2 is a rejection, where API 3.0 has "approved, not yet in effect".
REVIEWS = {0: ReviewState.USABLE, 1: ReviewState.IN_REVIEW, 2: ReviewState.REJECTED}
REPORTED = {
    "": RecordState.IN_PROGRESS,
    "SUCCESS": RecordState.DELIVERED,
    "FAIL": RecordState.DELIVERY_FAILED,
}


def open_legacy(body: bytes) -> Envelope | Refused:
    """Tells a success from both envelopes of an error: the service's and its gateway's.

    Raises BadJSONError and ShapeError.
    """
    fields = object_of(parse(body), "body")
    if fields.get("ActionStatus") is not None:
        if fields.get("result") is not None:
            raise ShapeError("ActionStatus")
        message = message_of(fields, "ErrorInfo")
        return Refused(legacy_code(int_of(fields, "ErrorCode")), message, "")
    result = int_of(fields, "result")
    if result == 0:
        return Envelope(fields, "")
    return Refused(legacy_code(result), message_of(fields, "errmsg"), "")


def read_single(envelope: Envelope, number: str) -> Answered:
    """What became of a sendsms or sendisms to `number`, which the answer does not repeat whole."""
    return Answered((_accepted(envelope.fields, number, envelope.fields),), "")


def read_many(envelope: Envelope) -> Answered:
    """What became of a sendmultisms2, number by number."""

    def read(item: JSONObject) -> NumberAnswer:
        return _number_answer(item, envelope.fields)

    return Answered(tuple(read_set(envelope, "detail", read)), "")


def _number_answer(item: JSONObject, answer: JSONObject) -> NumberAnswer:
    country = item.get("nationcode")
    # Not held to E.164: a number Tencent could not read must not cost the others their answers.
    digits = str(country) if type(country) is int else text_of(item, "nationcode")
    number = f"+{digits}{text_of(item, 'mobile')}"
    result = int_of(item, "result")
    if result == 0:
        return _accepted(item, number, answer)
    code, message = legacy_code(result), message_of(item, "errmsg")
    return NumberAnswer(number, "", 0, code, message, "", text_of(answer, "ext"))


def _accepted(item: JSONObject, number: str, answer: JSONObject) -> NumberAnswer:
    serial = text_of(item, "sid")
    if not serial:
        # Without its serial an acceptance can never be matched with its delivery report.
        raise ShapeError("sid")
    fee_segments = int_of(item, "fee", default=0)
    message, context = message_of(item, "errmsg"), text_of(answer, "ext")
    return NumberAnswer(number, serial, fee_segments, OK, message, "", context)


def read_template(item: JSONObject) -> Template:
    return Template(
        template_id=id_of(item, "id"),
        name=text_of(item, "title"),
        content=text_of(item, "text"),
        sides=frozenset({side_of(item, "international")}),
        review=_review(item),
        review_reply=text_of(item, "reply"),
        created_at=_time(item, "apply_time"),
    )


def read_signature(item: JSONObject) -> Signature:
    return Signature(
        signature_id=id_of(item, "id"),
        name=text_of(item, "text"),
        side=side_of(item, "international"),
        review=_review(item),
        review_reply=text_of(item, "reply"),
        created_at=_time(item, "apply_time"),
        qualification_id=None,
        qualification_name="",
        qualification=QualificationState.UNKNOWN,
    )


def read_package(item: JSONObject) -> Package:
    return Package(
        package_id=id_of(item, "package_id"),
        amount_segments=int_of(item, "amount"),
        used_segments=int_of(item, "used"),
        kind=PackageKind(int_of(item, "type")),
        created_at=_time(item, "create_time"),
        effective_at=_time(item, "from_time"),
        expires_at=_time(item, "to_time"),
    )


def read_records(envelope: Envelope) -> tuple[SendRecord, ...]:
    """The rows of a querysms4mobile; cut short, they prove nothing about what is missing."""
    if int_of(envelope.fields, "truncated", default=0):
        raise ShapeError("truncated")
    return tuple(read_set(_with_rows(envelope, "real_count"), "data", _record))


def _record(item: JSONObject) -> SendRecord:
    result = int_of(item, "result")
    reported = REPORTED.get(text_of(item, "report_status"), RecordState.UNKNOWN)
    try:
        number = number_field(item)
    except BadFieldError as error:
        raise ShapeError(error.field) from None
    return SendRecord(
        number=number,
        serial=text_of(item, "sid"),
        state=RecordState.SUBMIT_FAILED if result else reported,
        request_code=legacy_code(result) if result else OK,
        carrier_code=cover_code(text_of(item, "status")),
        iso_code="",
        content=text_of(item, "text"),
        sent_at=_time(item, "send_time"),
        received_at=_time(item, "user_receive_time"),
    )


def read_reports(envelope: Envelope) -> tuple[StatusReport, ...]:
    """The rows of a pullstatus4mobile, which are those of the status callback."""
    rows = _with_rows(envelope, "count").fields.get("data")
    if not isinstance(rows, list):
        raise ShapeError("data")
    reports = read_status_reports(rows)
    if isinstance(reports, BadCallback):
        raise ShapeError(reports.detail)
    return reports


def read_taken(envelope: Envelope) -> tuple[StatusReport, ...]:
    """The rows of a pullstatus, each by itself: they are handed out once."""
    return read_what_can_be(_with_rows(envelope, "count"), Listing("data", _taken, TAKEN_MOST))


def _taken(item: JSONObject) -> StatusReport:
    found = read_status_reports([item])
    if isinstance(found, BadCallback):
        raise ShapeError(found.detail)
    return found[0]


def read_send_figures(envelope: Envelope) -> SendFigures:
    """The counts of a pullsendstatus."""
    data = object_of(envelope.fields.get("data"), "data")
    return SendFigures(
        asked=int_of(data, "request"),
        accepted=int_of(data, "success"),
        fee_segments=int_of(data, "bill_number"),
    )


def read_callback_figures(envelope: Envelope) -> CallbackFigures:
    """The counts of a pullcallbackstatus."""
    data = object_of(envelope.fields.get("data"), "data")
    return CallbackFigures(
        accepted=int_of(data, "success"),
        reported=int_of(data, "status"),
        delivered=int_of(data, "status_success"),
        failed=int_of(data, "status_fail"),
        carrier_error=int_of(data, "status_fail_0"),
        invalid_number=int_of(data, "status_fail_1"),
        switched_off=int_of(data, "status_fail_2"),
        blacklisted=int_of(data, "status_fail_3"),
        carrier_frequency=int_of(data, "status_fail_4"),
    )


def _with_rows(envelope: Envelope, count: str) -> Envelope:
    """`envelope` with the list that may be left out where there is nothing to list."""
    if envelope.fields.get("data") is None and int_of(envelope.fields, count) == 0:
        return Envelope({**envelope.fields, "data": []}, envelope.request_id)
    return envelope


def _review(item: JSONObject) -> ReviewState:
    return REVIEWS.get(int_of(item, "status"), ReviewState.UNKNOWN)


def _time(item: JSONObject, name: str) -> datetime | None:
    return read_local_time(text_of(item, name))
