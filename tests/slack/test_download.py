"""A file from Slack: the token goes to Slack alone, and no file is larger than was asked for."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import SlackError
from bot.slack.client import SlackClient
from bot.slack.files import FileFault

TOKEN = "xoxb-local-0123456789abcdef"
BODY = b"\x89PNG" + bytes(200_000)
asked: web.AppKey[list[str | None]] = web.AppKey("asked", list)


async def serve(request: web.Request) -> web.StreamResponse:
    request.app[asked].append(request.headers.get("Authorization"))
    match request.match_info["name"]:
        case "licence.png":
            return web.Response(body=BODY)
        case "moved":
            raise web.HTTPFound("/files/licence.png")
        case "broken":
            return web.Response(status=503)
        case "busy":
            return web.Response(status=429)
        case "half":
            answer = web.StreamResponse(headers={"Content-Length": "1000"})
            await answer.prepare(request)
            await answer.write(b"x" * 10)
            assert request.transport is not None
            request.transport.abort()
            return answer
        case "page.csv":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        case _:
            return web.Response(status=404)


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    running = TestServer(files())
    async with running:
        yield running


def files() -> web.Application:
    app = web.Application()
    app[asked] = []
    app.router.add_get("/files/{name}", serve)
    return app


@pytest.fixture
async def slack(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackClient]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with aiohttp.ClientSession() as session:
        yield SlackClient(TOKEN, str(server.make_url("/api/")), session)


async def test_a_file_comes_with_our_token(slack: SlackClient, server: TestServer) -> None:
    url = str(server.make_url("/files/licence.png"))
    assert await slack.download(url, len(BODY), 5) == BODY
    assert server.app[asked] == [f"Bearer {TOKEN}"]


async def test_a_file_of_one_byte_too_many_is_not_read_to_its_end(
    slack: SlackClient, server: TestServer
) -> None:
    url = str(server.make_url("/files/licence.png"))
    assert await slack.download(url, len(BODY) - 1, 5) is FileFault.TOO_LARGE


@pytest.mark.parametrize("name", ["moved", "gone"])
async def test_a_file_that_is_not_ours_to_read_is_closed_and_no_redirect_followed(
    slack: SlackClient, server: TestServer, name: str
) -> None:
    assert await slack.download(str(server.make_url(f"/files/{name}")), 9, 5) is FileFault.CLOSED
    assert len(server.app[asked]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://files.slack.com.evil.example/files-pri/T-F/a.png",
        "https://files.slack.com@evil.example/a.png",
        "http://files.slack.com/files-pri/T-F/a.png",
        "file:///etc/passwd",
        "http://127.0.0.1:1/a.png",
        "",
    ],
)
async def test_the_token_goes_nowhere_else(
    slack: SlackClient, server: TestServer, url: str
) -> None:
    assert await slack.download(url, 9, 5) is FileFault.FOREIGN


async def test_the_same_machine_at_another_port_is_somebody_else(slack: SlackClient) -> None:
    other = TestServer(files())
    async with other:
        url = str(other.make_url("/files/licence.png"))
        assert await slack.download(url, len(BODY), 5) is FileFault.FOREIGN
        assert other.app[asked] == []


@pytest.mark.parametrize("name", ["broken", "busy", "half"])
async def test_trouble_of_slacks_is_an_error_that_may_pass(
    slack: SlackClient, server: TestServer, name: str
) -> None:
    with pytest.raises(SlackError) as raised:
        await slack.download(str(server.make_url(f"/files/{name}")), 9_000, 5)
    assert not raised.value.permanent


async def pieces(slack: SlackClient, url: str, max_bytes: int) -> list[bytes | FileFault]:
    return [piece async for piece in slack.download_stream(url, max_bytes, idle_s=5)]


async def test_a_file_may_come_in_pieces(slack: SlackClient, server: TestServer) -> None:
    url = str(server.make_url("/files/licence.png"))
    found = await pieces(slack, url, len(BODY))
    assert len(found) > 1
    assert b"".join(piece for piece in found if isinstance(piece, bytes)) == BODY
    assert server.app[asked] == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize(
    ("name", "max_bytes", "fault"),
    [
        ("licence.png", len(BODY) - 1, FileFault.TOO_LARGE),
        ("gone", 9, FileFault.CLOSED),
        ("moved", 9, FileFault.CLOSED),
        # What Slack shows whom it does not know.
        ("page.csv", 9_000, FileFault.CLOSED),
    ],
)
async def test_the_last_piece_says_what_is_wrong_with_the_file(
    slack: SlackClient, server: TestServer, name: str, max_bytes: int, fault: FileFault
) -> None:
    *before, last = await pieces(slack, str(server.make_url(f"/files/{name}")), max_bytes)
    assert last is fault
    assert all(isinstance(piece, bytes) for piece in before)


async def test_no_piece_is_asked_of_anybody_but_slack(slack: SlackClient) -> None:
    found = await pieces(slack, "https://files.slack.com.evil.example/a.csv", 9)
    assert found == [FileFault.FOREIGN]


@pytest.mark.parametrize("name", ["broken", "busy", "half"])
async def test_a_stream_that_breaks_off_is_an_error_that_may_pass(
    slack: SlackClient, server: TestServer, name: str
) -> None:
    with pytest.raises(SlackError) as raised:
        await pieces(slack, str(server.make_url(f"/files/{name}")), 9_000)
    assert not raised.value.permanent
