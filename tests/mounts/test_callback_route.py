"""A callback's route over HTTP, before doors that keep nothing: whom and what it lets through."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from ipaddress import ip_network

import httpx
import pytest
from aiohttp import web

from bot.errors import StorageError
from bot.meters import Meters
from bot.mounts import callback_route
from bot.mounts.callback_route import BODY_MAX, CallbackRoute, Door, Gate
from bot.mounts.front import make_server
from bot.rules.callers import Certificate, Entry
from bot.tencent.callbacks import BadCallback, BadCallbackReason

PATH = "/callbacks/secret/demo"
ZIPPED = {"Content-Encoding": "gzip"}
OPEN = Entry()
HERE = (ip_network("127.0.0.1"),)


class Open:
    """A door that lets everything in."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        self.bodies.append(body)
        return 1


class Slow(Open):
    """A door behind which everybody waits until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.arrived = asyncio.Queue[None]()

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        self.arrived.put_nowait(None)
        await self.opened.wait()
        return await super().take(app, body)


class Broken(Open):
    """A door behind which nothing can be stored."""

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        raise StorageError("disk full")


class Picky(Open):
    """A door at which nothing is good enough."""

    async def take(self, app: str, body: bytes) -> int | BadCallback:
        return BadCallback(BadCallbackReason.MISSING, "item 0: sid")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def serve(
    stack: AsyncExitStack, door: Door, entry: Entry = OPEN, gate: Gate | None = None
) -> httpx.AsyncClient:
    """A client of a server with one address."""
    route = CallbackRoute(door, "demo", gate or Gate(1_000), entry, Meters())
    runner = web.ServerRunner(make_server({PATH: {"POST": route.take}}))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    client = httpx.AsyncClient(trust_env=False, base_url=f"http://{host}:{port}")
    return await stack.enter_async_context(client)


@pytest.mark.parametrize("size", [0, 1, 70_000, BODY_MAX])
async def test_a_body_of_any_allowed_size_comes_through_whole(
    stack: AsyncExitStack, size: int
) -> None:
    http, sent = await serve(stack, door := Open()), b"7" * size
    assert (await http.post(PATH, content=sent)).status_code == 200
    assert (await http.post(PATH, content=gzip.compress(sent), headers=ZIPPED)).status_code == 200
    assert (await http.post(PATH, content=in_pieces(sent))).status_code == 200
    assert door.bodies == [sent] * 3


async def test_a_longer_body_is_refused_also_where_it_is_sent_small(stack: AsyncExitStack) -> None:
    http, sent = await serve(stack, door := Open()), b"7" * (BODY_MAX + 1)
    assert (await http.post(PATH, content=sent)).status_code == 413
    assert (await http.post(PATH, content=gzip.compress(sent), headers=ZIPPED)).status_code == 413
    assert (await http.post(PATH, content=in_pieces(sent))).status_code == 413
    assert door.bodies == []


async def test_what_only_says_it_is_zipped_is_a_bad_request(stack: AsyncExitStack) -> None:
    http = await serve(stack, door := Open())
    assert (await http.post(PATH, content=b"plain", headers=ZIPPED)).status_code == 400
    assert door.bodies == []


async def test_a_body_that_does_not_end_is_not_waited_for(
    stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_route, "BODY_WITHIN_S", 0.01)
    http = await serve(stack, door := Open())
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n[".encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    assert door.bodies == []


async def test_what_is_not_stored_in_time_is_not_taken(
    stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_route, "STORED_WITHIN_S", 0.01)
    answer = await (await serve(stack, Slow())).post(PATH, content=b"[]")
    assert (answer.status_code, answer.json()["result"]) == (503, 1)


async def test_what_cannot_be_stored_is_to_be_pushed_again(stack: AsyncExitStack) -> None:
    answer = await (await serve(stack, Broken())).post(PATH, content=b"[]")
    assert (answer.status_code, answer.json()) == (503, {"result": 1, "errmsg": "try again"})
    assert answer.headers["Retry-After"] == "1"


async def test_what_is_no_callback_is_refused_with_the_reason_and_nothing_of_it(
    stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    http = await serve(stack, Picky())
    for _ in range(3):
        answer = await http.post(PATH, content=b"13800000001")
        assert (answer.status_code, answer.json()) == (400, {"result": 1, "errmsg": "missing"})
    # A flood of them is not one in the log.
    (told,) = [vars(record) for record in caplog.records if record.name == "smsops.http"]
    assert (told["event"], told["detail"]) == ("callback_refused", "item 0: sid")
    assert "13800000001" not in caplog.text


async def test_what_is_too_much_is_shed_unread_and_nothing_taken_is_lost(
    stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    door = Slow()
    http = await serve(stack, door, gate=Gate(1_000, at_once=3))
    posts = [asyncio.create_task(http.post(PATH, content=b"%d" % nth)) for nth in range(8)]
    for _ in range(3):
        await door.arrived.get()
    waiting = set(posts)
    while len(waiting) > 3:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    door.opened.set()
    answers = [await post for post in posts]
    taken = {b"%d" % nth for nth, each in enumerate(answers) if each.status_code == 200}
    assert sorted(each.status_code for each in answers) == [200] * 3 + [503] * 5
    assert set(door.bodies) == taken
    # Said once, not five times; and there is room again.
    assert [vars(r)["event"] for r in caplog.records if r.name == "smsops.http"] == [
        "callback_shed"
    ]
    assert (await http.post(PATH, content=b"again")).status_code == 200


async def test_more_than_so_many_a_second_are_shed(stack: AsyncExitStack) -> None:
    now = [100.0]
    gate = Gate(3, clock=lambda: now[0])
    http = await serve(stack, Open(), gate=gate)

    async def answers(count: int) -> list[int]:
        return [(await http.post(PATH, content=b"[]")).status_code for _ in range(count)]

    assert await answers(4) == [200, 200, 200, 503]
    now[0] += 0.34
    assert await answers(2) == [200, 503]
    now[0] += 60
    assert await answers(4) == [200, 200, 200, 503]


@pytest.mark.parametrize(
    ("entry", "headers", "status"),
    [
        (Entry(allow_from=HERE), {}, 200),
        (Entry(allow_from=HERE), {"X-Forwarded-For": "203.0.113.7"}, 200),
        (Entry(allow_from=HERE, proxies=HERE), {"X-Forwarded-For": "203.0.113.7"}, 404),
        (Entry(allow_from=(ip_network("203.0.113.7"),)), {}, 404),
        (
            Entry(allow_from=(ip_network("203.0.113.7"),), proxies=HERE),
            {"X-Forwarded-For": "198.51.100.7, 203.0.113.7"},
            200,
        ),
        (Entry(proxies=HERE, certificate=Certificate("X-Verify", "SUCCESS")), {}, 404),
        (
            Entry(proxies=HERE, certificate=Certificate("X-Verify", "SUCCESS")),
            {"x-verify": "SUCCESS"},
            200,
        ),
        (Entry(passwords=("tencent:password",)), {"Authorization": "Basic dGVuY2VudDo="}, 401),
        (
            Entry(passwords=("tencent:password",)),
            {"Authorization": "Basic dGVuY2VudDpwYXNzd29yZA=="},
            200,
        ),
    ],
)
async def test_a_stranger_stays_outside(
    stack: AsyncExitStack,
    caplog: pytest.LogCaptureFixture,
    entry: Entry,
    headers: dict[str, str],
    status: int,
) -> None:
    http = await serve(stack, door := Open(), entry)
    nowhere = await http.post("/nowhere")
    answer = await http.post(PATH, content=b"[]", headers=headers)
    assert answer.status_code == status
    assert door.bodies == ([b"[]"] if status == 200 else [])
    if status == 404:
        # The secret alone must not tell that the address is one.
        assert (answer.text, dict(answer.headers)) == (nowhere.text, dict(nowhere.headers))
    assert ("Basic" in answer.headers.get("WWW-Authenticate", "")) is (status == 401)
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == (status != 200)


async def in_pieces(sent: bytes) -> AsyncIterator[bytes]:
    """Without a Content-Length."""
    for start in range(0, len(sent), 10_000):
        yield sent[start : start + 10_000]
