"""Tencent Cloud SMS over API 3.0: one send, and the questions that prove what became of it.

`send_sms` answers with a value and sends exactly once. The questions change nothing, are repeated
as `bot.rules.retries` allows, and raise the TencentError branch of `bot.errors`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Generic, TypeVar, assert_never

import httpx

from bot.errors import TencentBadAnswer, TencentError, TencentRefusal, TencentUnreachable
from bot.rules.codes import code_of
from bot.rules.retries import Exchange, judge_read
from bot.tencent.callbacks import StatusReport
from bot.tencent.exchange import exchange, open_http
from bot.tencent.reading import (
    Envelope,
    Received,
    ShapeError,
    read_envelope,
    read_package,
    read_pulled_status,
    read_record,
    read_send,
    read_set,
    read_signature,
    read_template,
)
from bot.tencent.signing import Credentials, HttpCall, sign
from bot.tencent.strict_json import JSONObject
from bot.tencent.wire import (
    Package,
    Refused,
    SendOrder,
    SendOutcome,
    SendRecord,
    Signature,
    Template,
    Unknown,
    UnknownReason,
    Unsent,
)

T = TypeVar("T")

SERVICE = "sms"
VERSION = "2021-01-11"
CONTENT_TYPE = "application/json"
CONNECT_TIMEOUT_S = 3.0
DEADLINE_S = 15.0
PAGE = 100
RECORDS_PAGE = 50
PACKAGES_PAGE = 500
MAX_PAGES = 100
"""An end to paging, should the other side never send a short page."""
PACKAGES_SINCE = timedelta(days=3 * 365)
"""Packages are valid for two years; the window filters by when they were created."""
SHANGHAI = timezone(timedelta(hours=8))


def utc_now() -> datetime:
    """The clock of a client that was given none."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list in an answer: its name, how one element is read, how many fit a page."""

    name: str
    read: Callable[[JSONObject], T]
    page: int

    def of(self, envelope: Envelope) -> list[T]:
        """The elements in `envelope`. Raises TencentBadAnswer."""
        try:
            return read_set(envelope, self.name, self.read)
        except ShapeError as error:
            raise TencentBadAnswer(f"unexpected {error} in {self.name}") from error


class TencentClient:
    """One account and endpoint; one for the life of the process, closed with `close()`."""

    def __init__(
        self,
        *,
        endpoint: str,
        credentials: Credentials,
        region: str,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`endpoint` is scheme and host: ``https://sms.tencentcloudapi.com``; `pause` waits the
        seconds between two tries of a question. Raises ValueError for another kind of address."""
        self._url = endpoint_url(endpoint)
        self._host = self._url.netloc.decode("ascii")
        self._credentials = credentials
        self._region = region
        self._http = open_http()
        # "pool" is aiohttp's limit for getting a connection at all: waiting, look-up, TLS.
        self._timeout = httpx.Timeout(None, connect=connect_timeout_s, pool=connect_timeout_s)
        self._deadline_s = deadline_s
        self._clock = clock
        self._pause = pause

    async def close(self) -> None:
        """Hangs up. Questions still open end in TencentUnreachable, sends in Unknown."""
        await self._http.aclose()

    async def send_sms(self, order: SendOrder, *, signed_at: datetime) -> SendOutcome:
        """Sends `order` once, signed as of `signed_at`: the time that was committed before.

        Tencent refuses it five minutes after `signed_at`, however late it arrives. Never raises
        for what the network or Tencent does; cancelled, the outcome is unknown.
        """
        received = await self._exchange("SendSms", send_fields(order), signed_at)
        return read_send(received) if isinstance(received, Received) else received

    async def list_templates(self, *, international: bool) -> tuple[Template, ...]:
        """All templates of one side. Raises TencentError."""
        return await self._pages(
            "DescribeSmsTemplateList",
            {"International": int(international)},
            Listing("DescribeTemplateStatusSet", read_template, PAGE),
        )

    async def list_signatures(self, *, international: bool) -> tuple[Signature, ...]:
        """All signatures of one side. Raises TencentError."""
        return await self._pages(
            "DescribeSmsSignList",
            {"International": int(international)},
            Listing("DescribeSignListStatusSet", read_signature, PAGE),
        )

    async def list_packages(self, sdk_app_id: str) -> tuple[Package, ...]:
        """All packages made in the last three years, up to the full hour. Raises TencentError."""
        now = self._clock().astimezone(SHANGHAI)
        window = {"BeginTime": f"{now - PACKAGES_SINCE:%Y%m%d%H}", "EndTime": f"{now:%Y%m%d%H}"}
        return await self._pages(
            "SmsPackagesStatistics",
            {"SmsSdkAppId": sdk_app_id, **window},
            Listing("SmsPackagesStatisticsSet", read_package, PACKAGES_PAGE),
        )

    async def list_send_records(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[SendRecord, ...]:
        """Tencent's books on one number (E.164), at most 72 hours back. Raises TencentError."""
        return await self._pages(
            "DescribeSendRecordList",
            by_number(number, sdk_app_id, since, until),
            Listing("SendRecordSet", read_record, RECORDS_PAGE),
        )

    async def pull_status_by_number(
        self, number: str, *, sdk_app_id: str, since: datetime, until: datetime | None = None
    ) -> tuple[StatusReport, ...]:
        """The last hundred carrier reports on one number, at most seven days back; may be asked
        again and again. Raises TencentError."""
        fields = by_number(number, sdk_app_id, since, until)
        envelope = await self._ask(
            "PullSmsSendStatusByPhoneNumber", {**fields, "Limit": PAGE, "Offset": 0}
        )
        return tuple(Listing("PullSmsSendStatusSet", read_pulled_status, PAGE).of(envelope))

    async def _pages(
        self, action: str, fields: Mapping[str, str | int], listing: Listing[T]
    ) -> tuple[T, ...]:
        """Page after page until one is short. The Limit is always written out: the template list
        takes 0 for granted and then answers with nothing."""
        found: list[T] = []
        for number in range(MAX_PAGES):
            paging = {"Limit": listing.page, "Offset": number * listing.page}
            batch = listing.of(await self._ask(action, {**fields, **paging}))
            found += batch
            if len(batch) < listing.page:
                return tuple(found)
        raise TencentBadAnswer(f"{action}: more than {MAX_PAGES} full pages")

    async def _ask(self, action: str, fields: Mapping[str, str | int]) -> Envelope:
        """One question, repeated as the rule allows. Raises TencentError."""
        tries = 0
        while True:
            tries += 1
            received = await self._exchange(action, dict(fields), self._clock())
            answer = read_envelope(received) if isinstance(received, Received) else received
            if isinstance(answer, Envelope):
                return answer
            wait_s = judge_failure(answer, tries)
            if wait_s is None:
                raise failure(action, answer)
            await self._pause(wait_s)

    async def _exchange(
        self, action: str, fields: JSONObject, signed_at: datetime
    ) -> Received | Unsent | Unknown:
        # ASCII with escapes, like the official SDK: no surrogate can break the encoding.
        body = json.dumps(fields, separators=(",", ":")).encode("ascii")
        call = HttpCall("POST", self._host, CONTENT_TYPE, body, more=(("X-TC-Action", action),))
        headers = sign(call, service=SERVICE, credentials=self._credentials, signed_at=signed_at)
        headers |= {
            "X-TC-Version": VERSION,
            "X-TC-Region": self._region,
            "X-TC-Language": "en-US",
            "Accept": CONTENT_TYPE,
            "Accept-Encoding": "identity",
            "User-Agent": "smsops",
        }
        request = self._http.build_request(
            "POST", self._url, content=body, headers=headers, timeout=self._timeout
        )
        return await exchange(self._http, request, deadline_s=self._deadline_s)


def endpoint_url(endpoint: str) -> httpx.URL:
    """`endpoint` as the one address everything is posted to. Raises ValueError."""
    try:
        url = httpx.URL(endpoint).copy_with(raw_path=b"/")
    except httpx.InvalidURL as error:
        raise ValueError("the endpoint is not an http or https address") from error
    # A name and password in the address would replace our Authorization header.
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the endpoint is not an http or https address")
    return url


def send_fields(order: SendOrder) -> JSONObject:
    """The body of a SendSms."""
    fields: JSONObject = {
        "PhoneNumberSet": list(order.numbers),
        "SmsSdkAppId": order.sdk_app_id,
        "TemplateId": order.template_id,
        "TemplateParamSet": list(order.values),
        "SessionContext": order.session_context,
    }
    if order.sign is not None:
        fields["SignName"] = order.sign
    return fields


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


def judge_failure(answer: Refused | Unsent | Unknown, tries: int) -> float | None:
    """Seconds until a question may be asked again after `answer`, or None."""
    match answer:
        case Refused():
            return judge_read(Exchange.REFUSED, timed_out=False, code=answer.code, tries=tries)
        case Unsent():
            return judge_read(Exchange.UNSENT, timed_out=False, tries=tries)
        case Unknown():
            return judge_read(Exchange.UNKNOWN, timed_out=is_silence(answer), tries=tries)
        case never:
            assert_never(never)


def is_silence(answer: Unknown) -> bool:
    """Whether nothing, rather than something wrong, came back."""
    return answer.reason in {UnknownReason.DEADLINE, UnknownReason.DISCONNECTED}


def failure(action: str, answer: Refused | Unsent | Unknown) -> TencentError:
    """The error that tells a caller of `action` what its question ended in."""
    match answer:
        case Refused():
            permanent = code_of(answer.code).permanent
            return TencentRefusal(answer.code, answer.request_id, permanent=permanent)
        case Unknown() if not is_silence(answer):
            return TencentBadAnswer(f"{action}: {answer.reason.value}, {answer.detail}")
        case Unknown() | Unsent():
            return TencentUnreachable(f"{action}: {answer.reason.value}, {answer.detail}")
        case never:
            assert_never(never)
