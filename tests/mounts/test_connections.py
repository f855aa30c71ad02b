"""How many connections there may be and how slow they may be, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.mounts import connections, front
from bot.mounts.connections import Connection
from bot.mounts.front import make_server

WELL = b"GET /well HTTP/1.1\r\nHost: here\r\n\r\n"
#: More than lies in the buffers of both ends together.
MUCH = b"GET /much HTTP/1.1\r\nHost: here\r\n\r\n" * 16
SLOW = b"POST /slow HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Room:
    """A server of a few connections, and callers of it."""

    server: web.Server
    address: tuple[str, int]
    stack: AsyncExitStack
    entered: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, sent: bytes = b"") -> "Call":
        reader, writer = await asyncio.open_connection(*self.address)
        self.stack.callback(writer.close)
        writer.write(sent)
        return Call(reader, writer)

    async def is_well(self) -> bool:
        return await (await self.call(WELL)).status() == 200


@dataclass
class Call:
    """One connection, seen from the other end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int:
        """Of the next answer, which is read to its end."""
        async with asyncio.timeout(30):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split()[0])
            await self.reader.readexactly(length)
        return int(head.split()[1])

    async def is_closed(self) -> bool:
        """Waits until the server hangs up without another word."""
        async with asyncio.timeout(30):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.2)
    monkeypatch.setattr(connections, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(front, "LINGER_S", 0.05)

    async def well(_: web.BaseRequest) -> web.Response:
        return web.Response(text="well")

    async def slow(_: web.BaseRequest) -> web.Response:
        made.entered.put_nowait(None)
        await made.let_go.wait()
        return web.Response(text="at last")

    async def much(_: web.BaseRequest) -> web.Response:
        return web.Response(body=bytes(1024 * 1024))

    async with AsyncExitStack() as stack:
        routes = {"/well": {"GET": well}, "/slow": {"POST": slow}, "/much": {"GET": much}}
        server = make_server(routes, connections=4)
        runner = web.ServerRunner(server)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made = Room(server, runner.addresses[0], stack)
        yield made
        made.let_go.set()


async def test_who_says_nothing_or_only_half_is_not_waited_for(room: Room) -> None:
    silent, half = await room.call(), await room.call(WELL[:20])
    assert await silent.is_closed()
    assert await half.is_closed()


async def test_a_head_that_comes_byte_by_byte_is_not_waited_for(room: Room) -> None:
    call = await room.call(b"GET /well HTTP/1.1\r\n")
    closed = asyncio.create_task(call.is_closed())
    for byte in b"X-Pad: " + b"a" * 2_000:
        if closed.done():
            break
        call.writer.write(bytes([byte]))
        await asyncio.sleep(0.005)
    assert closed.done()
    assert await closed


async def test_a_proxy_may_keep_its_connection_but_not_half_a_request_on_it(room: Room) -> None:
    call = await room.call(WELL)
    assert await call.status() == 200
    await asyncio.sleep(0.5)
    call.writer.write(WELL)
    assert await call.status() == 200
    call.writer.write(WELL[:20])
    assert await call.is_closed()


async def test_a_crowd_of_idle_sockets_keeps_nobody_out(room: Room) -> None:
    kept = await room.call(WELL)
    assert await kept.status() == 200
    crowd = [await room.call() for _ in range(60)]
    assert await room.is_well()
    # Whoever has asked for something before is not the one to go.
    kept.writer.write(WELL)
    assert await kept.status() == 200
    assert len(room.server.connections) <= 5
    for call in crowd:
        assert await call.is_closed()


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if look():
                return
            await asyncio.sleep(0.005)


def connected(room: Room) -> list[Connection]:
    return [each for each in room.server.connections if isinstance(each, Connection)]


async def deaf(room: Room, count: int) -> None:
    """So many who ask for much and read none of it."""
    for _ in range(count):
        await room.call(MUCH)
    await until(lambda: sum(each.is_deaf for each in connected(room)) == count)


async def test_who_asks_and_reads_no_answer_is_not_waited_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deaf(room, 3)
    monkeypatch.setattr(connections, "READ_WITHIN_S", 0.05)
    await until(lambda: not room.server.connections)
    assert await room.is_well()


async def test_a_crowd_that_reads_no_answers_keeps_nobody_out(room: Room) -> None:
    await deaf(room, 4)
    assert await room.is_well()
    assert await room.is_well()


async def test_who_is_being_answered_is_never_the_one_to_go(room: Room) -> None:
    calls = [await room.call(SLOW) for _ in range(4)]
    async with asyncio.timeout(30):
        for _ in calls:
            await room.entered.get()
    assert await (await room.call(WELL)).is_closed()
    room.let_go.set()
    assert [await call.status() for call in calls] == [200] * 4
    assert await room.is_well()


@pytest.mark.parametrize(
    "garbage",
    [b"\x00" * 400, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n" * 50, b"A" * 100_000],
    ids=["zeros", "tls", "no path", "endless"],
)
async def test_garbage_after_a_request_ends_the_connection_and_nothing_else(
    room: Room, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    call = await room.call(WELL)
    assert await call.status() == 200
    call.writer.write(garbage)
    assert await call.status() == 400
    assert await call.is_closed()
    assert await room.is_well()
    # Neither line by line nor at all: it may hold half an address with a secret in it.
    (told,) = [vars(record) for record in caplog.records]
    assert (told["event"], told["times"]) == ("http_garbage", 1)
    assert caplog.text.count("\n") == 1


async def test_a_hundred_requests_at_once_on_one_connection_are_answered_in_turn(
    room: Room,
) -> None:
    call = await room.call(WELL * 100)
    assert [await call.status() for _ in range(100)] == [200] * 100
