"""What became of messages, and what people answered: asked for over API 3.0."""

from datetime import datetime

from bot.rules.numbers import cover_code
from bot.tencent.asking import Listing, read_what_can_be, understood
from bot.tencent.callbacks import StatusReport
from bot.tencent.incoming import Reply
from bot.tencent.line import Actions
from bot.tencent.reading import ShapeError, int_of, moment_of, number_of, text_of
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import RecordState, SendRecord

PAGE = 100
RECORDS_PAGE = 50


class Reports(Actions):
    """DescribeSendRecordList and the four Pull actions."""

    async def list_send_records(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[SendRecord, ...]:
        """Tencent's books on one number (E.164), at most 72 hours back. Raises TencentError."""
        return await self._line.ask_pages(
            "DescribeSendRecordList",
            by_number(number, sdk_app_id, since, until),
            Listing("SendRecordSet", read_record, RECORDS_PAGE),
        )

    async def pull_status_by_number(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[StatusReport, ...]:
        """The last hundred carrier reports on one number, at most seven days back; may be asked
        again and again. Raises TencentError."""
        fields: JSONObject = {**by_number(number, sdk_app_id, since, until)}
        envelope = await self._line.ask("PullSmsSendStatusByPhoneNumber", first_page(fields))
        return tuple(STATUSES.of(envelope))

    async def pull_replies_by_number(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[Reply, ...]:
        """The last hundred replies from one number, at most seven days back; may be asked again
        and again. Raises TencentError."""
        fields: JSONObject = {**by_number(number, sdk_app_id, since, until)}
        envelope = await self._line.ask("PullSmsReplyStatusByPhoneNumber", first_page(fields))
        return tuple(REPLIES.of(envelope))

    async def take_statuses(self, sdk_app_id: str) -> tuple[StatusReport, ...]:
        """Takes up to a hundred reports out of the application's queue; empty when it is.

        Each is handed out once, so this is asked once: after a lost answer the reports in it are
        found by number only. One that cannot be read is left out, so that the others are not lost
        with it. Off until support enables it. Raises TencentError.
        """
        fields: JSONObject = {"Limit": PAGE, "SmsSdkAppId": sdk_app_id}
        envelope = await self._line.ask_once("PullSmsSendStatus", fields)
        return understood(envelope, lambda found: read_what_can_be(found, STATUSES))

    async def take_replies(self, sdk_app_id: str) -> tuple[Reply, ...]:
        """Takes up to a hundred replies out of the application's queue; once, like the reports.
        Raises TencentError."""
        fields: JSONObject = {"Limit": PAGE, "SmsSdkAppId": sdk_app_id}
        return tuple(REPLIES.of(await self._line.ask_once("PullSmsReplyStatus", fields)))


def by_number(
    number: str, sdk_app_id: str, since: datetime, until: datetime | None
) -> dict[str, str | int]:
    """The fields that ask about one number in a span of time."""
    fields: dict[str, str | int] = {
        "PhoneNumber": number,
        "SmsSdkAppId": sdk_app_id,
        "BeginTime": int(since.timestamp()),
    }
    if until is not None:
        fields["EndTime"] = int(until.timestamp())
    return fields


def first_page(fields: JSONObject) -> JSONObject:
    """The only page there is: Tencent takes no other Offset than 0 here."""
    return {**fields, "Limit": PAGE, "Offset": 0}


def read_record(item: JSONObject) -> SendRecord:
    return SendRecord(
        number=number_of(item, "PhoneNumber"),
        serial=text_of(item, "SerialNo"),
        state=RecordState(int_of(item, "SendStatus")),
        request_code=text_of(item, "RequestCode"),
        carrier_code=cover_code(text_of(item, "StatusCode")),
        iso_code=text_of(item, "IsoCode"),
        content=text_of(item, "Content"),
        sent_at=moment_of(item, "SendTime"),
        received_at=moment_of(item, "UserReceiveTime"),
    )


def read_pulled_status(item: JSONObject) -> StatusReport:
    """One pulled status; its Description is the carrier's code."""
    status = text_of(item, "ReportStatus")
    if status not in {"SUCCESS", "FAIL"}:
        raise ShapeError("ReportStatus")
    return StatusReport(
        serial=text_of(item, "SerialNo"),
        number=number_of(item, "PhoneNumber"),
        success=status == "SUCCESS",
        carrier_code=cover_code(text_of(item, "Description")),
        description="",
        received_at=moment_of(item, "UserReceiveTime"),
        session_context=text_of(item, "SessionContext"),
    )


def read_pulled_reply(item: JSONObject) -> Reply:
    return Reply(
        number=number_of(item, "PhoneNumber"),
        text=text_of(item, "ReplyContent"),
        signature=text_of(item, "SignName"),
        extend_code=text_of(item, "ExtendCode"),
        port="",
        replied_at=moment_of(item, "ReplyTime"),
    )


STATUSES = Listing("PullSmsSendStatusSet", read_pulled_status, PAGE)
REPLIES = Listing("PullSmsReplyStatusSet", read_pulled_reply, PAGE)
