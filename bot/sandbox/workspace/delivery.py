"""Carrying something to the app over signed HTTP, with Slack's three-second rule."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.workspace.refusals import Json
from bot.sandbox.workspace.strict_json import read_json
from bot.sandbox.workspace.trace import Direction, Trace

_ANSWER_LIMIT_BYTES = 1_000_000


class DeliveryKind(StrEnum):
    """The three doors of an app; the values are Socket Mode's names."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


class RetryReason(StrEnum):
    """What ``X-Slack-Retry-Reason`` says (docs.slack.dev, Events API, 2026-08)."""

    HTTP_TIMEOUT = "http_timeout"
    CONNECTION_FAILED = "connection_failed"
    HTTP_ERROR = "http_error"
    UNKNOWN_ERROR = "unknown_error"


@dataclass(frozen=True, slots=True)
class Retry:
    """The how-many-eth repetition, counted from 1, and why the try before it failed."""

    number: int
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing for the app. `what` names it in the trace."""

    kind: DeliveryKind
    what: str
    url: str
    payload: Json
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The app acknowledged; `payload` is what it said with that, if anything."""

    payload: Json


@dataclass(frozen=True, slots=True)
class Failed:
    """The app did not acknowledge. `final`: it asked not to be tried again."""

    reason: RetryReason
    final: bool = False

    @property
    def error(self) -> str:
        """The name Slack shows the person who waits."""
        return "operation_timeout" if self.reason is RetryReason.HTTP_TIMEOUT else "dispatch_failed"


Outcome = Answered | Failed


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Slack's v0 signature (docs.slack.dev, "Verifying requests from Slack", 2026-08)."""
    signed = b"v0:%d:%s" % (timestamp, body)
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class HttpCarrier:
    """POSTs to the URLs of the manifest. Ignores proxy settings: the app is on this machine."""

    def __init__(self, trace: Trace, clock: Callable[[], datetime]) -> None:
        self._trace = trace
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(
            trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), raise_for_status=False
        )

    async def stop(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def deliver(self, delivery: Delivery, secret: str, within_s: float) -> Outcome:
        """One POST, one answer; a failure is a value."""
        status, said = 0, ""
        try:
            async with asyncio.timeout(within_s):
                outcome, status, said = await self._post(delivery, secret)
        except TimeoutError:
            outcome = Failed(RetryReason.HTTP_TIMEOUT)
        except (aiohttp.ClientError, OSError, ValueError):
            outcome = Failed(RetryReason.CONNECTION_FAILED)
        shown = said or (outcome.reason.value if isinstance(outcome, Failed) else "")
        self._trace.add(Direction.OUT, delivery.what, status, delivery.payload, shown)
        return outcome

    async def _post(self, delivery: Delivery, secret: str) -> tuple[Outcome, int, str]:
        assert self._session is not None
        body, content_type = _encode(delivery)
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (local simulator)"}
        timestamp = int(self._clock().timestamp())
        headers["X-Slack-Request-Timestamp"] = str(timestamp)
        headers["X-Slack-Signature"] = signature(secret, timestamp, body)
        if delivery.retry is not None:
            headers["X-Slack-Retry-Num"] = str(delivery.retry.number)
            headers["X-Slack-Retry-Reason"] = delivery.retry.reason.value
        async with self._session.post(
            delivery.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            raw = await response.content.read(_ANSWER_LIMIT_BYTES)
            return _judge(response, raw), response.status, raw.decode(errors="replace")


def _encode(delivery: Delivery) -> tuple[bytes, str]:
    match delivery.kind:
        case DeliveryKind.COMMAND:
            return urlencode(delivery.payload).encode(), "application/x-www-form-urlencoded"
        case DeliveryKind.INTERACTIVE:
            form = urlencode({"payload": json.dumps(delivery.payload)})
            return form.encode(), "application/x-www-form-urlencoded"
        case DeliveryKind.EVENT:
            return json.dumps(delivery.payload).encode(), "application/json"


def _judge(response: aiohttp.ClientResponse, raw: bytes) -> Outcome:
    if not 200 <= response.status < 300:
        final = response.headers.get("X-Slack-No-Retry") == "1"
        return Failed(RetryReason.HTTP_ERROR, final)
    said = raw.decode(errors="replace").strip()
    if not said:
        return Answered({})
    if response.content_type != "application/json":
        return Answered({"text": said})
    try:
        payload = read_json(raw)
    except ValueError:
        return Failed(RetryReason.HTTP_ERROR)
    return Answered(payload) if isinstance(payload, dict) else Failed(RetryReason.HTTP_ERROR)
