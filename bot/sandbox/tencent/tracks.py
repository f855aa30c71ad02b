"""Reading back what became of the messages to one number (API 3.0)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.lists import check_app, page
from bot.sandbox.tencent.numbers import PhoneNumber, read_number
from bot.sandbox.tencent.pulls import reply_row
from bot.sandbox.tencent.refusals import CallError
from bot.sandbox.tencent.world import World

DAY_S = 86_400
RECORDS_KEPT_S = 3 * DAY_S
REPORTS_KEPT_S = 7 * DAY_S


def describe_send_records(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """DescribeSendRecordList: every attempt to a number within 72 hours, newest first."""
    fields = _window_fields(parameters, optional=("EndTime", "Limit", "Offset"))
    if fields.integer("Offset") > 1000:
        raise CallError("InvalidParameterValue.OffsetVerifyFail")
    found = _within(world, fields, _number(fields), RECORDS_KEPT_S)
    rows = page(fields, found[::-1], default_limit=20, least=1, most=50)
    return {"TotalCount": len(found), "SendRecordSet": [_record_row(each) for each in rows]}


def pull_send_status_by_number(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """PullSmsSendStatusByPhoneNumber: delivery reports of a number within seven days.

    Unlike the pull without a number it hands out the same report as often as it is asked.
    """
    fields = _window_fields(parameters, ("Limit", "Offset"), optional=("EndTime",))
    if fields.integer("Offset") != 0:
        raise CallError("InvalidParameterValue.OffsetVerifyFail")
    number = _number(fields)
    found = _within(world, fields, number, REPORTS_KEPT_S)
    reported = [each for each in found if each.reported_at_ms is not None]
    rows = page(fields, reported, default_limit=0)
    return {"PullSmsSendStatusSet": [_status_row(each, number) for each in rows]}


def pull_replies_by_number(world: World, parameters: Mapping[str, object]) -> dict[str, Any]:
    """PullSmsReplyStatusByPhoneNumber: replies of a number within seven days, again and again."""
    fields = _window_fields(parameters, ("Limit", "Offset"), optional=("EndTime",))
    if fields.integer("Offset") != 0:
        raise CallError("InvalidParameterValue.OffsetVerifyFail")
    number = _number(fields)
    begin_s, end_s = _window(world, fields, REPORTS_KEPT_S)
    found = [
        each
        for each in world.state.account.replies
        if each.number == number.e164
        and each.app == fields.text("SmsSdkAppId")
        and begin_s <= each.at_ms // 1000 <= end_s
    ]
    rows = page(fields, found, default_limit=0)
    return {"PullSmsReplyStatusSet": [reply_row(each) for each in rows]}


def _window_fields(
    parameters: Mapping[str, object], required: tuple[str, ...] = (), *, optional: tuple[str, ...]
) -> Fields:
    always = ("PhoneNumber", "SmsSdkAppId", "BeginTime")
    return Fields(parameters, required=always + required, optional=optional)


def _number(fields: Fields) -> PhoneNumber:
    number = read_number(fields.text("PhoneNumber"))
    if number is None:
        raise CallError("InvalidParameterValue.IncorrectPhoneNumber")
    return number


def _window(world: World, fields: Fields, kept_s: int) -> tuple[int, int]:
    """The first and the last second asked for."""
    check_app(world, fields.text("SmsSdkAppId"))
    now_s = world.now_ms // 1000
    begin_s = fields.integer("BeginTime")
    end_s = fields.integer("EndTime", now_s)
    if not now_s - kept_s <= begin_s <= now_s:
        raise CallError("InvalidParameterValue.BeginTimeVerifyFail")
    if end_s < begin_s:
        raise CallError("InvalidParameterValue.EndTimeVerifyFail")
    return begin_s, end_s


def _within(world: World, fields: Fields, number: PhoneNumber, kept_s: int) -> list[Attempt]:
    begin_s, end_s = _window(world, fields, kept_s)
    return [
        each
        for each in world.state.ledger.of(number.e164)
        if each.app == fields.text("SmsSdkAppId") and begin_s <= each.asked_at_ms // 1000 <= end_s
    ]


def _send_status(attempt: Attempt) -> int:
    """1 refused, 2 delivered, 3 on its way, 4 not delivered."""
    if not attempt.accepted:
        return 1
    if attempt.reported_at_ms is None:
        return 3
    return 2 if attempt.reported_success else 4


def _record_row(attempt: Attempt) -> dict[str, Any]:
    return {
        "PhoneNumber": attempt.number,
        "SerialNo": attempt.serial,
        "SendStatus": _send_status(attempt),
        "RequestCode": attempt.code,
        "StatusCode": attempt.reported_code,
        "IsoCode": attempt.iso_code,
        "Content": attempt.masked,
        "SendTime": attempt.asked_at_ms // 1000,
        "UserReceiveTime": (attempt.reported_at_ms or 0) // 1000,
    }


def _status_row(attempt: Attempt, number: PhoneNumber) -> dict[str, Any]:
    return {
        "UserReceiveTime": (attempt.reported_at_ms or 0) // 1000,
        "CountryCode": number.country_code,
        "SubscriberNumber": number.subscriber,
        "PhoneNumber": number.e164,
        "SerialNo": attempt.serial,
        "ReportStatus": "SUCCESS" if attempt.reported_success else "FAIL",
        "Description": attempt.reported_code,
        "SessionContext": "",
    }
