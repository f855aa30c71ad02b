"""The callback route over HTTP, before a door that keeps nothing: what it lets through."""

import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from aiohttp import web

from bot.mounts.front import make_server
from bot.mounts.http import CALLBACK_BODY_MAX, CallbackRoute
from bot.tencent.callbacks import BadCallback

PATH = "/callbacks/secret/demo"
ZIPPED = {"Content-Encoding": "gzip"}


class Open:
    """A door that lets everything in."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        self.bodies.append(body)
        return 1


@pytest.fixture
def door() -> Open:
    return Open()


@pytest.fixture
async def http(door: Open) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        server = make_server({PATH: {"POST": CallbackRoute(door, "demo").take}})
        runner = web.ServerRunner(server)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        client = httpx.AsyncClient(trust_env=False, base_url=f"http://{host}:{port}")
        yield await stack.enter_async_context(client)


@pytest.mark.parametrize("size", [0, 1, 70_000, CALLBACK_BODY_MAX])
async def test_a_body_of_any_allowed_size_comes_through_whole(
    http: httpx.AsyncClient, door: Open, size: int
) -> None:
    sent = b"7" * size
    assert (await http.post(PATH, content=sent)).status_code == 200
    assert (await http.post(PATH, content=gzip.compress(sent), headers=ZIPPED)).status_code == 200
    assert (await http.post(PATH, content=in_pieces(sent))).status_code == 200
    assert door.bodies == [sent] * 3


async def test_a_longer_body_is_refused_also_where_it_is_sent_small(
    http: httpx.AsyncClient, door: Open
) -> None:
    sent = b"7" * (CALLBACK_BODY_MAX + 1)
    assert (await http.post(PATH, content=sent)).status_code == 413
    assert (await http.post(PATH, content=gzip.compress(sent), headers=ZIPPED)).status_code == 413
    assert (await http.post(PATH, content=in_pieces(sent))).status_code == 413
    assert door.bodies == []


async def test_what_only_says_it_is_zipped_is_a_bad_request(
    http: httpx.AsyncClient, door: Open
) -> None:
    assert (await http.post(PATH, content=b"plain", headers=ZIPPED)).status_code == 400
    assert door.bodies == []


async def in_pieces(sent: bytes) -> AsyncIterator[bytes]:
    """Without a Content-Length."""
    for start in range(0, len(sent), 10_000):
        yield sent[start : start + 10_000]
