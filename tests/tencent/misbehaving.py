"""Servers that lose, cut, drip or garble what they answer."""

import asyncio
from itertools import count

from tests.tencent.raw_server import Behaviour, Connection

REQUEST_ID = "a0aabda6-cf91-4f3e-a81f-9198114a2279"
HALF_AN_ANSWER = (
    b'{"Response": {"SendStatusSet": [{"SerialNo": "5000:1045710669157053657849499619", "P'
)


async def drop_at_once(link: Connection) -> None:
    """Hangs up before reading anything."""


async def drop_after_reading(link: Connection) -> None:
    await link.request()


async def half_a_head(link: Connection) -> None:
    await link.request()
    await link.write(b"HTTP/1.1 200 OK\r\nContent-Le")


async def half_a_body(link: Connection) -> None:
    await link.request()
    await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + HALF_AN_ANSWER)


async def half_a_chunk(link: Connection) -> None:
    await link.request()
    await link.write(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + HALF_AN_ANSWER
    )


async def not_http(link: Connection) -> None:
    await link.request()
    await link.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def silence(link: Connection) -> None:
    await link.request()
    await link.wait_closed_by_client()


async def drip(link: Connection) -> None:
    await link.request()
    await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await link.write(b" ")
        await asyncio.sleep(0.01)


async def endless_headers(link: Connection) -> None:
    await link.request()
    await link.write(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        await link.write(f"X-Filler-{number}: {'x' * 1000}\r\n".encode())
        await asyncio.sleep(0)


async def hundred_megabytes(link: Connection) -> None:
    await link.request()
    await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(100):
        await link.write(b" " * 1_000_000)


async def redirect(link: Connection) -> None:
    while True:
        await link.request()
        await link.answer(b"", "307 Temporary Redirect", "Location: /elsewhere\r\n")


def answering(body: bytes, status: str = "200 OK", more: str = "") -> Behaviour:
    async def behave(link: Connection) -> None:
        while True:
            await link.request()
            await link.answer(body, status, more)

    return behave
