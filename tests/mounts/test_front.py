"""The front of the HTTP server, as bytes on a connection show it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from bot.mounts.front import CONTINUE, Methods, make_server


async def echo(request: web.BaseRequest) -> web.Response:
    return web.Response(body=await request.read())


async def well(_: web.BaseRequest) -> web.Response:
    return web.Response(text="well")


async def broken(_: web.BaseRequest) -> web.Response:
    raise LookupError("a secret")


class Line:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *lines: str) -> None:
        self.put("\r\n".join([*lines, "Host: here", "", ""]).encode())

    def put(self, data: bytes) -> None:
        self._writer.write(data)

    async def see(self, length: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(length), 10)

    async def answer(self) -> tuple[bytes, bytes]:
        """The head and the body of the next answer."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 10)
        (length,) = [
            int(line.partition(b":")[2])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length:")
        ]
        return head, await self.see(length)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    routes: dict[str, Methods] = {
        "/echo": {"POST": echo},
        "/well": {"GET": well, "HEAD": well},
        "/bad": {"GET": broken},
    }
    async with AsyncExitStack() as stack:
        runner = web.ServerRunner(make_server(routes))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        stack.push_async_callback(writer.wait_closed)
        stack.callback(writer.close)
        yield Line(reader, writer)


async def test_a_path_and_its_method_lead_to_the_handler(line: Line) -> None:
    line.send("POST /echo?with=query HTTP/1.1", "Content-Length: 4")
    line.put(b"text")
    head, body = await line.answer()
    assert (head.split()[1], body) == (b"200", b"text")


async def test_another_path_is_nowhere_and_another_method_is_told_which(line: Line) -> None:
    for path in ("/", "/echo/", "/echo/x", "/ECHO", "//echo"):
        line.send(f"POST {path} HTTP/1.1", "Content-Length: 0")
        assert (await line.answer())[0].split()[1] == b"404", path
    line.send("DELETE /well HTTP/1.1")
    head, _ = await line.answer()
    assert head.split()[1] == b"405"
    assert b"\r\nAllow: GET,HEAD\r\n" in head


async def test_a_caller_who_waits_to_be_asked_for_the_body_is_asked(line: Line) -> None:
    line.send("POST /echo HTTP/1.1", "Content-Length: 4", "Expect: 100-continue")
    assert await line.see(len(CONTINUE)) == CONTINUE
    line.put(b"text")
    head, body = await line.answer()
    assert (head.split()[1], body) == (b"200", b"text")


async def test_any_other_expectation_is_refused(line: Line) -> None:
    line.send("POST /echo HTTP/1.1", "Content-Length: 0", "Expect: a-miracle")
    assert (await line.answer())[0].split()[1] == b"417"


async def test_a_handler_that_breaks_is_a_500_that_says_nothing(line: Line) -> None:
    line.send("GET /bad HTTP/1.1")
    head, body = await line.answer()
    assert head.split()[1] == b"500"
    assert b"secret" not in body
