"""One POST over the network: bytes out, bytes in, and what is known when that fails.

A send has no idempotency key, so the one question that matters about a failure is whether a byte
of the request can have left. Only what provably happened before that is Unsent.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from functools import partial
from typing import cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.meters import Wire
from bot.tencent.reading import Received
from bot.tencent.wire import Unknown, UnknownReason, Unsent, UnsentReason

MAX_ANSWER_BYTES = 1_000_000
MAX_CONNECTIONS = 50
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "smsops",
}
KEEPALIVE_S = 5.0
"""Short, so that we seldom write to a connection the other end has just closed."""


def open_transport() -> AiohttpTransport:
    """httpx's way to the network, with aiohttp underneath: httpx's own pool costs the square of its
    open requests.

    The transport alone, no client around it: a client would bring cookies, redirects and proxies
    that must all be switched off again, and costs as much as the request itself (measured: 300 µs a
    request with it, 150 without). Close it with ``aclose()``; its connections belong to the running
    event loop.
    """
    # The environment may name certificates (SSL_CERT_FILE); a proxy it may not.
    tls = httpx.create_ssl_context()
    return AiohttpTransport(verify=tls, client=partial(_open_session, tls), trust_env=False)


def _open_session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_S, ssl=tls)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


class Poster:
    """Posts bytes, each once, and tells what is known of what became of them."""

    def __init__(self, *, connect_timeout_s: float, deadline_s: float) -> None:
        self._transport = open_transport()
        # "pool" is aiohttp's limit for getting a connection at all: waiting, look-up, TLS.
        timeout = httpx.Timeout(None, connect=connect_timeout_s, pool=connect_timeout_s)
        self._extensions = {"timeout": timeout.as_dict()}
        self._deadline_s = deadline_s
        self.wire = Wire()

    async def close(self) -> None:
        """Hangs up: what is still open ends as Unknown."""
        await self._transport.aclose()

    async def post(
        self, url: httpx.URL, body: bytes, headers: Mapping[str, str]
    ) -> Received | Unsent | Unknown:
        """Sends `body` once and reads the whole answer, all within the deadline.

        Never raises for anything the other end or the network does.
        """
        request = httpx.Request(
            "POST",
            url,
            content=body,
            headers={**HEADERS, **headers},
            extensions=self._extensions,
        )
        try:
            # One deadline round everything: httpx's read timeout starts anew at every byte.
            async with asyncio.timeout(self._deadline_s):
                return await self._send(request)
        except TimeoutError:
            return Unknown(UnknownReason.DEADLINE, f"no whole answer within {self._deadline_s:g} s")
        except aiohttp.ClientError as error:
            # httpx-aiohttp lets some through unmapped: an answer that is not HTTP, for one.
            return Unknown(UnknownReason.PROTOCOL, type(error).__name__)
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError) as error:
            return judge(error)

    async def _send(self, request: httpx.Request) -> Received | Unknown:
        response = await self._transport.handle_async_request(request)
        self.wire.dates.note(response.headers.get("Date"))
        stream = cast(httpx.AsyncByteStream, response.stream)
        try:
            body = bytearray()
            # Raw: we ask for no compression, so a bomb is counted as it arrives.
            async for chunk in stream:
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    return Unknown(UnknownReason.TOO_LARGE, f"more than {MAX_ANSWER_BYTES} bytes")
            return Received(response.status_code, bytes(body))
        finally:
            # Trouble while hanging up takes nothing away from an answer already read.
            with contextlib.suppress(httpx.HTTPError, aiohttp.ClientError, OSError):
                await stream.aclose()


def endpoint_url(endpoint: str) -> httpx.URL:
    """`endpoint` (scheme, host, perhaps port) as an address without a path. Raises ValueError."""
    try:
        url = httpx.URL(endpoint).copy_with(raw_path=b"/")
    except httpx.InvalidURL as error:
        raise ValueError("the endpoint is not an http or https address") from error
    # A name and password in the address would replace our Authorization header.
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the endpoint is not an http or https address")
    return url


def judge(error: Exception) -> Unsent | Unknown:
    """What `error` proves about the request.

    Looks at aiohttp's exception under httpx's: httpx-aiohttp 0.2.0 names a connection lost in the
    middle of a request ConnectTimeout, the very error that otherwise means nothing was sent.
    """
    cause = error.__cause__
    detail = type(cause if isinstance(cause, aiohttp.ClientError) else error).__name__
    match cause:
        case aiohttp.ConnectionTimeoutError():
            return Unsent(UnsentReason.CONNECT_TIMEOUT, detail)
        case aiohttp.ClientConnectorDNSError():
            return Unsent(UnsentReason.DNS, detail)
        case aiohttp.ClientConnectorSSLError() | aiohttp.ClientConnectorCertificateError():
            return Unsent(UnsentReason.TLS, detail)
        case aiohttp.ClientConnectorError():
            return Unsent(UnsentReason.CONNECT, detail)
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
            return Unknown(UnknownReason.DISCONNECTED, detail)
        case _:
            return Unknown(UnknownReason.PROTOCOL, detail)
