"""Reading back reports, replies and messages with legacy v5."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.locales import Locale
from bot.sandbox.tencent.account import QueuedReport
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.content import SmsType
from bot.sandbox.tencent.fields import Fields
from bot.sandbox.tencent.ledger import Attempt
from bot.sandbox.tencent.pending import PendingReport
from bot.sandbox.tencent.pulls import take_replies, take_reports
from bot.sandbox.tencent.receipts import report_row
from bot.sandbox.tencent.refusals import CallError, sentence
from bot.sandbox.tencent.replies import reply_payload
from bot.sandbox.tencent.v5_answers import MALFORMED, Result, local_time, one_of, read_mobile
from bot.sandbox.tencent.v5_codes import result_of
from bot.sandbox.tencent.world import World

REPORTS, REPLIES = 0, 1
MAX_ROWS = 100
MAX_TEXT_CHARACTERS = 100


def pull_status(world: World, app: Application, fields: Fields) -> Result:
    """pullstatus: the oldest reports (type 0) or replies (1) nobody has pulled yet."""
    kind, most = one_of(fields, "type", (REPORTS, REPLIES)), _most(fields)
    if not world.state.account.settings.pulls_enabled:
        raise CallError("UnauthorizedOperation.RequestPermissionDeny")
    if kind == REPORTS:
        taken = take_reports(world.state, app, most)
        rows = [row for each in taken if (row := _queued_row(world, each))]
    else:
        rows = [reply_payload(each) for each in take_replies(world.state, app, most)]
    world.save()
    return _pulled(rows)


def pull_status_of_mobile(world: World, app: Application, fields: Fields) -> Result:
    """pullstatus4mobile: the same of one number, as often as it is asked."""
    kind, most, number = (
        one_of(fields, "type", (REPORTS, REPLIES)),
        _most(fields),
        read_mobile(fields),
    )
    begin_s, end_s = _window(fields)
    if kind == REPLIES:
        replies = [
            reply_payload(each)
            for each in world.state.account.replies
            if each.number == number.e164
            and each.app == app.sdk_app_id
            and begin_s <= each.at_ms // 1000 <= end_s
        ]
        return _pulled(replies[:most])
    reports = [
        _latest_row(each) for each in _asked(world, app, fields) if each.reported_at_ms is not None
    ]
    return _pulled(reports[:most])


def query_mobile(world: World, app: Application, fields: Fields) -> Result:
    """querysms4mobile: every message to one number, the first hundred of them."""
    asked = _asked(world, app, fields)
    payload = {
        "result": 0,
        "errmsg": "OK",
        "real_count": len(asked),
        "truncated": int(len(asked) > MAX_ROWS),
        "data": [_message_row(each, fields) for each in asked[:MAX_ROWS]],
    }
    return Result(payload)


def _most(fields: Fields) -> int:
    most = fields.integer("max")
    if not 0 <= most <= MAX_ROWS:
        raise CallError(MALFORMED)
    return most


def _window(fields: Fields) -> tuple[int, int]:
    begin_s, end_s = fields.integer("begin_time"), fields.integer("end_time")
    if not 0 < begin_s <= end_s:
        raise CallError(MALFORMED)
    return begin_s, end_s


def _asked(world: World, app: Application, fields: Fields) -> list[Attempt]:
    number = read_mobile(fields)
    begin_s, end_s = _window(fields)
    return [
        each
        for each in world.state.ledger.of(number.e164)
        if each.app == app.sdk_app_id and begin_s <= each.asked_at_ms // 1000 <= end_s
    ]


def _pulled(rows: list[dict[str, Any]] | list[dict[str, str]]) -> Result:
    return Result({"result": 0, "errmsg": "ok", "count": len(rows), "data": rows})


def _queued_row(world: World, report: QueuedReport) -> dict[str, str] | None:
    """A queued report as the callback has it, None if its message is forgotten by now."""
    attempt = world.state.ledger.by_serial(report.serial)
    if attempt is None:
        return None
    told = PendingReport(
        app=report.app,
        batch="",
        wave=0,
        serial=report.serial,
        success=report.success,
        code=report.code,
        description=report.description,
        due_at_ms=report.at_ms,
    )
    return report_row(told, replace(attempt, reported_at_ms=report.at_ms), with_ext=False)


def _latest_row(attempt: Attempt) -> dict[str, str]:
    told = PendingReport(
        app=attempt.app,
        batch="",
        wave=0,
        serial=attempt.serial,
        success=bool(attempt.reported_success),
        code=attempt.reported_code,
        description=attempt.reported_code,
        due_at_ms=attempt.reported_at_ms or 0,
    )
    return report_row(told, attempt, with_ext=False)


def _message_row(attempt: Attempt, fields: Fields) -> Mapping[str, Any]:
    number = read_mobile(fields)
    row = {
        "nationcode": number.country_code,
        "mobile": number.subscriber,
        "sign": attempt.sign,
        "text": attempt.masked[:MAX_TEXT_CHARACTERS],
        "send_time": local_time(attempt.asked_at_ms),
        "type": int(attempt.sms_type == SmsType.MARKETING),
        "result": result_of(attempt.code),
        "errmsg": sentence(attempt.code, Locale.EN),
    }
    return {**row, **_fate(attempt)} if attempt.accepted else row


def _fate(attempt: Attempt) -> dict[str, str]:
    """What the carrier said; empty until it says something."""
    if attempt.reported_at_ms is None:
        return {
            "sid": attempt.serial,
            "user_receive_time": "",
            "report_status": "",
            "status": "",
            "description": "",
        }
    row = _latest_row(attempt)
    return {
        "sid": attempt.serial,
        "user_receive_time": row["user_receive_time"],
        "report_status": row["report_status"],
        "status": attempt.reported_code,
        "description": row["description"],
    }
