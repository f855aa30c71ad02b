"""A raw TCP server that misbehaves to order, and a client pointed at it."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from bot.tencent.client import TencentClient
from bot.tencent.legacy import LegacyClient
from bot.tencent.signing import Credentials
from bot.tencent.voice import VoiceClient
from bot.tencent.wire import SendOrder

SIGNED_AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
CREDENTIALS = Credentials(
    "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001", "FAKESECRETKEYFAKESECRETKEY000001"
)
APP_KEY = "0123456789abcdef0123456789abcdef"
ORDER = SendOrder(
    numbers=("+8618501234444",),
    sdk_app_id="1400006666",
    template_id="1110",
    sign="腾讯云",
    values=("4370",),
    session_context="attempt-1",
)


class Request:
    """One whole request as it came in."""

    def __init__(self, head: bytes, body: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.headers = {
            name.lower(): value for name, _, value in (x.partition(": ") for x in lines[1:] if x)
        }
        self.body = body


class Connection:
    """One accepted connection; a behaviour reads requests from it and writes what it likes."""

    def __init__(
        self, server: "RawServer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer

    async def request(self) -> Request:
        """The next request, counted as soon as it is whole. IncompleteReadError at the end."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = Request(head, b"").headers.get("content-length", "0")
        request = Request(head, await self._reader.readexactly(int(length)))
        self._server.requests.append(request)
        return request

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, body: bytes, status: str = "200 OK", more: str = "") -> None:
        """A whole answer with its length."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
        kind = "" if "Content-Type" in more else "Content-Type: application/json\r\n"
        await self.write((head + kind + more + "\r\n").encode() + body)

    def reset_on_close(self) -> None:
        """Lets the coming close be a TCP reset."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def wait_closed_by_client(self) -> None:
        """Returns when the other side hangs up."""
        while await self._reader.read(65536):
            pass


Behaviour: TypeAlias = Callable[[Connection], Awaitable[None]]


class RawServer:
    """Counts connections and requests, and treats every connection as it was told."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.connections = 0
        self.requests: list[Request] = []
        self.closed = asyncio.Event()
        """Set whenever the server has closed a connection of its own accord."""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._behaviour(Connection(self, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.closed.set()


@asynccontextmanager
async def raw_server(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    server = RawServer(behaviour)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(server.serve(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def no_pause(_seconds: float) -> None:
    """Waits for nothing between two tries, but lets others run."""
    await asyncio.sleep(0)


@asynccontextmanager
async def client_of(
    url: str, now: datetime = SIGNED_AT, **more: float
) -> AsyncIterator[TencentClient]:
    """A client of `url` that waits for nothing between two tries."""
    client = TencentClient(
        endpoint=url,
        credentials=CREDENTIALS,
        region="ap-guangzhou",
        clock=lambda: now,
        pause=no_pause,
        **{"connect_timeout_s": 5.0, "deadline_s": 10.0, **more},
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def legacy_of(
    url: str, now: datetime = SIGNED_AT, **more: float
) -> AsyncIterator[LegacyClient]:
    """The same over v5."""
    client = LegacyClient(
        endpoint=url,
        app_keys={"1400006666": APP_KEY},
        clock=lambda: now,
        pause=no_pause,
        **{"connect_timeout_s": 5.0, "deadline_s": 10.0, **more},
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def voice_of(url: str, **more: float) -> AsyncIterator[VoiceClient]:
    """A voice client of `url`."""
    client = VoiceClient(
        endpoint=url,
        credentials=CREDENTIALS,
        region="ap-guangzhou",
        **{"connect_timeout_s": 5.0, "deadline_s": 10.0, **more},
    )
    try:
        yield client
    finally:
        await client.close()
