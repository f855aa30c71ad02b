"""Where the sandbox listens, and what it says of those who speak no HTTP."""

import asyncio
import logging

import pytest

from bot.sandbox.tencent import TencentSandbox
from tests.sandbox.tencent.callers import Caller


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
async def test_it_listens_on_this_machine_only(host: str) -> None:
    sandbox = TencentSandbox()
    with pytest.raises(ValueError, match="loopback"):
        await sandbox.start(host)
    assert sandbox.url == ""


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET / HTTP/9.x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    ],
)
async def test_what_is_not_http_leaves_one_line_and_no_traceback(
    caller: Caller, caplog: pytest.LogCaptureFixture, junk: bytes
) -> None:
    caplog.set_level(logging.INFO)
    name, _, port = caller.host.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(junk)
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    assert b" 400 " in answer.partition(b"\r\n")[0]
    (record,) = caplog.records
    assert record.getMessage().startswith("not HTTP: ")
    assert "\n" not in caplog.text.rstrip("\n")
    assert await caller.code("+8613800000001") == "Ok"
