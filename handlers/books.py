"""Tencent's books on one number: the two questions that doubts and missing receipts put to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.doubts import EVIDENCE_LIFE
from bot.tencent.callbacks import StatusReport
from bot.tencent.provider import SmsProvider
from bot.tencent.wire import SendRecord

#: DescribeSendRecordList reaches 72 hours back, PullSmsSendStatusByPhoneNumber seven days.
RECORDS_REACH = timedelta(hours=71)
REPORTS_REACH = EVIDENCE_LIFE - timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: a number (E.164) of an application, since when and until when; None: until
    now."""

    number: str
    sdk_app_id: str
    since: datetime
    until: datetime | None = None


async def read_records(tencent: SmsProvider, span: Span, now: datetime) -> tuple[SendRecord, ...]:
    """What went to the number, as far back as is known. Raises TencentError."""
    since = max(span.since, now - RECORDS_REACH)
    return await tencent.list_send_records(
        span.number, sdk_app_id=span.sdk_app_id, since=since, until=span.until
    )


async def read_reports(tencent: SmsProvider, span: Span, now: datetime) -> tuple[StatusReport, ...]:
    """What carriers said of it, as far back as is known: a hundred reports. Raises TencentError."""
    since = max(span.since, now - REPORTS_REACH)
    return await tencent.pull_status_by_number(
        span.number, sdk_app_id=span.sdk_app_id, since=since, until=span.until
    )
