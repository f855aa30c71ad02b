"""The two queues of each application for pulling reports and replies: an entry is handed out once.

They are off until the vendor's support opens them; what comes in before that is never queued.
"""

from dataclasses import replace
from itertools import islice
from typing import Any

from bot.sandbox.tencent.account import QueuedReport, Reply
from bot.sandbox.tencent.apps import Application
from bot.sandbox.tencent.numbers import read_number
from bot.sandbox.tencent.pending import PendingReport
from bot.sandbox.tencent.state import State

#: The oldest are forgotten beyond this.
CAPACITY = 10_000


def queue_report(state: State, report: PendingReport, now_ms: int) -> None:
    """Keep a delivery report for a pull, if pulling is open."""
    account = state.account
    if account.settings.pulls_enabled:
        queued = QueuedReport(
            report.app, report.serial, report.success, report.code, report.description, now_ms
        )
        account.report_queue = [*account.report_queue, queued][-CAPACITY:]


def take_reports(state: State, app: Application, limit: int) -> list[QueuedReport]:
    """The application's oldest reports, gone from the queue."""
    account = state.account
    taken: list[QueuedReport] = []
    left: list[QueuedReport] = []
    for report in account.report_queue:
        is_taken = report.app == app.sdk_app_id and len(taken) < limit
        (taken if is_taken else left).append(report)
    account.report_queue = left
    return taken


def take_replies(state: State, app: Application, limit: int) -> list[Reply]:
    """The application's oldest replies that wait for a pull, which they do no longer."""
    account = state.account
    waiting = (each for each in account.replies if each.queued and each.app == app.sdk_app_id)
    taken = list(islice(waiting, limit))
    ids = {each.reply_id for each in taken}
    account.replies = [
        replace(each, queued=False) if each.reply_id in ids else each for each in account.replies
    ]
    return taken


def reply_row(reply: Reply) -> dict[str, Any]:
    """A reply as API 3.0 shows it."""
    number = read_number(reply.number)
    assert number is not None
    return {
        "ExtendCode": "",
        "CountryCode": number.country_code,
        "PhoneNumber": number.e164,
        "SignName": reply.sign,
        "ReplyContent": reply.text,
        "ReplyTime": reply.at_ms // 1000,
        "SubscriberNumber": number.subscriber,
    }


def report_pull_row(state: State, report: QueuedReport) -> dict[str, Any] | None:
    """A queued report as API 3.0 shows it, None if its message is forgotten by now."""
    attempt = state.ledger.by_serial(report.serial)
    number = read_number(attempt.number) if attempt else None
    if attempt is None or number is None:
        return None
    return {
        "UserReceiveTime": report.at_ms // 1000,
        "CountryCode": number.country_code,
        "SubscriberNumber": number.subscriber,
        "PhoneNumber": number.e164,
        "SerialNo": report.serial,
        "ReportStatus": "SUCCESS" if report.success else "FAIL",
        "Description": report.code,
        "SessionContext": "",
    }
