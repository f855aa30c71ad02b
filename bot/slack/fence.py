"""Whom the bot speaks to beside Tencent: Slack's hosts, and an address that app.yaml names.

Addresses come from outside as well: of files, of answers, in redirects. What leads anywhere else is
not connected to, and no redirect is followed, whoever asks and however.
"""

from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

#: docs.slack.dev, Web API, file objects and interactivity (2026-08).
SLACK = ("https://slack.com", "https://files.slack.com", "https://hooks.slack.com")
#: Where Slack's sockets are: docs.slack.dev, apps.connections.open (2026-08).
SOCKETS = ".slack.com"
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fenced(aiohttp.ClientConnectionError):
    """It led to where the bot does not go."""


class Fence:
    """A middleware of aiohttp's sessions: each request passes it, redirected ones too."""

    def __init__(self, api_url: str, *others: str) -> None:
        self._api = urlsplit(api_url).path
        self._origins = frozenset(_origin(URL(each)) for each in (*SLACK, api_url, *others))

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        url = request.url
        if _origin(url) not in self._origins:
            raise Fenced(f"{url.host} is not spoken to")
        answer = await handler(request)
        # Whoever downloads a file wants to see that it moved, and goes no further.
        is_call = request.method != "GET" or url.path.startswith(self._api)
        if is_call and answer.status in REDIRECTS:
            answer.close()
            raise Fenced("a redirect is not followed")
        return answer


class SocketFence:
    """As `Fence`, for Slack's socket, whose address Slack names: one of its own hosts, or, with
    `api_url` somewhere else, that one."""

    def __init__(self, api_url: str) -> None:
        api = URL(api_url)
        self._own = _origin(api.with_scheme("wss" if api.scheme == "https" else "ws"))

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        url = request.url
        is_slacks = (url.scheme, url.port) == ("wss", 443) and (url.host or "").endswith(SOCKETS)
        if not is_slacks and _origin(url) != self._own:
            raise Fenced(f"{url.host} is not spoken to")
        answer = await handler(request)
        if answer.status in REDIRECTS:
            answer.close()
            raise Fenced("a redirect is not followed")
        return answer


class HasSession(Protocol):
    """A client that opens a session of its own: slack_sdk's for Socket Mode."""

    aiohttp_client_session: aiohttp.ClientSession


async def fence_socket(client: HasSession, api_url: str) -> None:
    """Gives the client a session that goes to Slack alone; it closes that one with itself."""
    await client.aiohttp_client_session.close()
    client.aiohttp_client_session = aiohttp.ClientSession(middlewares=(SocketFence(api_url),))


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


def open_session(api_url: str, *others: str) -> aiohttp.ClientSession:
    """The session for all of that; `others` are further addresses. Whoever has it closes it."""
    fence = Fence(api_url, *others)
    return aiohttp.ClientSession(middlewares=(fence,), cookie_jar=aiohttp.DummyCookieJar())
