"""Addresses from outside lead nowhere but to Slack, by themselves or by a redirect."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from yarl import URL

from bot.errors import SlackError
from bot.registry import SlackMessage
from bot.slack.client import SlackClient
from bot.slack.fence import Fence, Fenced, SocketFence, fence_socket, open_session
from bot.slack.files import FileFault, Upload

TOKEN = "xoxb-local-0123456789abcdef"
SAID = SlackMessage("hello")
heard: web.AppKey[list[str]] = web.AppKey("heard", list)


@dataclass
class Streets:
    """Slack as it should be, and a host that nothing may lead to."""

    slack: TestServer
    elsewhere: TestServer
    client: SlackClient
    leads_to: list[str]

    def at(self, path: str) -> str:
        return str(self.slack.make_url(path))

    @property
    def heard_elsewhere(self) -> list[str]:
        return self.elsewhere.app[heard]


def everywhere(leads_to: list[str]) -> web.Application:
    """Takes everything, and sends whoever calls or answers on to where it `leads_to`."""
    app = web.Application()
    app[heard] = []

    async def hear(request: web.Request) -> web.Response:
        app[heard].append(f"{request.method} {request.path}")
        if request.path.startswith(("/api/", "/response/", "/moved")):
            raise web.HTTPTemporaryRedirect(leads_to[0])
        return web.json_response({"ok": True})

    app.router.add_route("*", "/{path:.*}", hear)
    return app


@pytest.fixture
async def streets(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Streets]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    leads_to = list[str]()
    elsewhere, slack = TestServer(everywhere([])), TestServer(everywhere(leads_to))
    async with elsewhere, slack:
        leads_to.append(str(elsewhere.make_url("/metadata")))
        api_url = str(slack.make_url("/api/"))
        async with open_session(api_url) as session:
            yield Streets(slack, elsewhere, SlackClient(TOKEN, api_url, session), leads_to)


FOREIGN = (
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:22/",
    "http://files.slack.com/files-pri/F1",
    "http://hooks.slack.com/actions/T1",
    "https://files.slack.com@evil.example/files-pri/F1",
    "https://evil.example\\@hooks.slack.com/actions/T1",
    "https://files.slack.com.evil.example/files-pri/F1",
    "https://hooks.slack.com:8443/actions/T1",
    "https://evil.example/?https://hooks.slack.com/",
    "//files.slack.com/files-pri/F1",
    "file:///etc/passwd",
    "https://[::1",
    "",
)


@pytest.mark.parametrize("url", FOREIGN)
async def test_an_address_that_is_not_slacks_is_not_even_looked_up(
    streets: Streets, url: str
) -> None:
    assert await streets.client.download(url, 1_000, 5) is FileFault.FOREIGN
    assert [piece async for piece in streets.client.download_stream(url, 1_000, 5)] == [
        FileFault.FOREIGN
    ]
    with pytest.raises(SlackError) as refused:
        await streets.client.respond(url, SAID, replace=False)
    assert (refused.value.code, refused.value.permanent) == ("foreign_host", True)
    # Nor by whoever forgets to look at it first.
    with pytest.raises((Fenced, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
        await streets.client._session.get(url)
    assert streets.slack.app[heard] == []


async def test_no_redirect_is_followed_by_a_call_an_answer_or_a_file(streets: Streets) -> None:
    client = streets.client
    with pytest.raises(SlackError):
        await client.post("C0SMS", SAID, "card")
    with pytest.raises(SlackError):
        await client.profile("U0MAYA")
    with pytest.raises(SlackError):
        await client.respond(streets.at("/response/1"), SAID, replace=False)
    assert await client.download(streets.at("/moved"), 1_000, 5) is FileFault.CLOSED
    assert len(streets.slack.app[heard]) == 4
    assert streets.heard_elsewhere == []


async def test_nor_back_to_slack_itself(streets: Streets) -> None:
    streets.leads_to[0] = streets.at("/elsewhere-in-slack")
    with pytest.raises(SlackError):
        await streets.client.post("C0SMS", SAID, "card")
    assert [each for each in streets.slack.app[heard] if "elsewhere" in each] == []


async def test_a_file_is_brought_to_slack_only(streets: Streets) -> None:
    with pytest.raises(SlackError) as refused:
        await streets.client._put(
            str(streets.elsewhere.make_url("/upload")), Upload("a.csv", BytesIO(b"a"), 1)
        )
    assert refused.value.code == "foreign_host"
    assert streets.heard_elsewhere == []


async def test_what_app_yaml_names_is_spoken_to_and_nothing_beside_it(streets: Streets) -> None:
    beat = str(streets.elsewhere.make_url("/beat"))
    async with open_session(streets.at("/api/"), beat) as session, session.get(beat) as answer:
        assert answer.status == 200
    assert streets.heard_elsewhere == ["GET /beat"]


SOCKETS = (
    "ws://127.0.0.1:9/link",
    "ws://wss-primary.slack.com/link",
    "wss://wss-primary.slack.com:8443/link",
    "wss://wss-primary.slack.com.evil.example/link",
    "wss://evilslack.com/link",
    "https://169.254.169.254/latest/meta-data/",
)


async def test_slacks_socket_leads_to_slack_alone_whatever_address_is_named(
    streets: Streets,
) -> None:
    client = SocketModeClient("xapp-1")
    await fence_socket(client, streets.at("/api/"))
    try:
        session = client.aiohttp_client_session
        for url in (*SOCKETS, str(streets.elsewhere.make_url("/link")).replace("http", "ws")):
            with pytest.raises(Fenced, match="is not spoken to"):
                await session.ws_connect(url)
        # There, it gets as far as an answer.
        for path, refusal in (("/link", aiohttp.WSServerHandshakeError), ("/moved", Fenced)):
            with pytest.raises(refusal):
                await session.ws_connect(streets.at(path).replace("http", "ws"))
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    assert streets.slack.app[heard] == ["GET /link", "GET /moved"]
    assert streets.heard_elsewhere == []


async def test_slacks_own_sockets_are_within() -> None:
    async def connect(request: aiohttp.ClientRequest) -> aiohttp.ClientResponse:
        raise ConnectionRefusedError(str(request.url))

    fence = partial(SocketFence("https://slack.com/api/"), handler=connect)
    for host in ("wss.slack.com", "wss-primary.slack.com", "wss-backup.slack.com"):
        request = aiohttp.ClientRequest(
            "GET", URL(f"wss://{host}/link/?ticket=1"), loop=asyncio.get_running_loop()
        )
        with pytest.raises(ConnectionRefusedError, match=host):
            await fence(request)


def test_slacks_own_hosts_are_within() -> None:
    hosts = ("slack.com", "files.slack.com", "hooks.slack.com")
    assert Fence("https://slack.com/api/")._origins == {("https", host, 443) for host in hosts}
