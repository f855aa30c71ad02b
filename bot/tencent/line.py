"""The line to one service of API 3.0: signs every request, and posts it once."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.tencent.asking import ENDS, Listing, Posted, ask, failure, pages
from bot.tencent.exchange import Poster, endpoint_url
from bot.tencent.reading import Envelope, Received, read_envelope
from bot.tencent.signing import Credentials, HttpCall, sign
from bot.tencent.strict_json import JSONObject

T = TypeVar("T")
Fields = Mapping[str, str | int]

CONTENT_TYPE = "application/json"
CONNECT_TIMEOUT_S = 3.0
DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True)
class Service:
    """A product of API 3.0, as its credential scope and version header name it."""

    name: str
    version: str


SMS = Service("sms", "2021-01-11")
VOICE = Service("vms", "2020-09-02")


def utc_now() -> datetime:
    """The clock of a client that was given none."""
    return datetime.now(UTC)


class ApiLine:
    """One account, one service, one endpoint."""

    def __init__(
        self,
        service: Service,
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
        self._service = service
        self._url = endpoint_url(endpoint)
        self._host = self._url.netloc.decode("ascii")
        self._credentials = credentials
        self._region = region
        self._poster = Poster(connect_timeout_s=connect_timeout_s, deadline_s=deadline_s)
        self._pause = pause
        self.clock = clock
        self.wire = self._poster.wire

    async def close(self) -> None:
        """Hangs up. Questions still open end in TencentUnreachable, all else in Unknown."""
        await self._poster.close()

    async def post(self, action: str, fields: JSONObject, *, signed_at: datetime) -> Posted:
        """Sends `action` once, signed as of `signed_at`.

        Tencent refuses it five minutes after `signed_at`, however late it arrives. Never raises for
        what the network or Tencent does.
        """
        # ASCII with escapes, like the official SDK: no surrogate can break the encoding.
        body = json.dumps(fields, separators=(",", ":")).encode("ascii")
        call = HttpCall("POST", self._host, CONTENT_TYPE, body, more=(("X-TC-Action", action),))
        headers = sign(
            call, service=self._service.name, credentials=self._credentials, signed_at=signed_at
        )
        headers |= {
            "X-TC-Version": self._service.version,
            "X-TC-Region": self._region,
            "X-TC-Language": "en-US",
        }
        began_s = time.perf_counter()
        received = await self._poster.post(self._url, body, headers)
        answer = read_envelope(received) if isinstance(received, Received) else received
        self.wire.calls.note(action, ENDS[type(answer)], time.perf_counter() - began_s)
        return answer

    async def ask(self, action: str, fields: JSONObject) -> Envelope:
        """One question that changes nothing, repeated as the rule allows. Raises TencentError."""
        return await ask(
            action, lambda: self.post(action, fields, signed_at=self.clock()), self._pause
        )

    async def ask_once(self, action: str, fields: JSONObject) -> Envelope:
        """One question whose answer is given only once. Raises TencentError."""
        answer = await self.post(action, fields, signed_at=self.clock())
        if isinstance(answer, Envelope):
            return answer
        raise failure(action, answer)

    async def ask_pages(self, action: str, fields: Fields, listing: Listing[T]) -> tuple[T, ...]:
        """Everything in a list. The Limit is always written out: the template list takes 0 for
        granted and then answers with nothing. Raises TencentError."""
        return await pages(
            action,
            listing,
            lambda offset: self.ask(action, {**fields, "Limit": listing.page, "Offset": offset}),
        )


class Actions:
    """A group of actions; it shares its line with the others of one client."""

    def __init__(self, line: ApiLine) -> None:
        self._line = line
