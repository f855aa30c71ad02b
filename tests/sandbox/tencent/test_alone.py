"""The sandbox on its own says first how it is reached, and stops cleanly."""

import asyncio
import io
import json
from contextlib import suppress

import aiohttp
import pytest

from bot.locales import Locale
from bot.sandbox.tencent import SandboxConfig
from bot.sandbox.tencent.alone import serve


async def output(*, json_line: bool, locale: Locale = Locale.EN) -> str:
    """What is printed until the sandbox runs; it is stopped then."""
    printed = asyncio.Event()

    class Paper(io.StringIO):
        def flush(self) -> None:
            printed.set()

    out = Paper()
    task = asyncio.create_task(
        serve("127.0.0.1", 0, json_line=json_line, config=SandboxConfig(), out=out, locale=locale)
    )
    async with asyncio.timeout(30):
        await printed.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return out.getvalue()


async def test_the_first_line_is_one_object_with_all_a_client_needs() -> None:
    found = json.loads(await output(json_line=True))
    url = found.pop("url")
    assert found == {
        "secret_id": "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001",
        "secret_key": "FAKESECRETKEYFAKESECRETKEY000001",
        "sdk_app_id": "1400006666",
        "app_key": "0123456789abcdef0123456789abcdef",
        "sign": "腾讯云",
        "template_id": "1110",
        "temporary_secret_id": "AKIDTEMPORARYTEMPORARYTEMPORARY00001",
        "temporary_secret_key": "FAKETEMPORARYKEYFAKETEMPORARY001",
        "temporary_token": "FAKETOKENFAKETOKENFAKETOKEN00001",
    }
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


@pytest.mark.parametrize(("locale", "word"), [(Locale.EN, "Delivered"), (Locale.ZH_CN, "送达")])
async def test_a_person_reads_the_address_and_the_test_numbers(locale: Locale, word: str) -> None:
    text = await output(json_line=False, locale=locale)
    assert "http://127.0.0.1:" in text
    assert f"+8613800000001  {word}" in text
    assert "+14155550101" in text


async def test_a_port_that_is_taken_is_an_oserror() -> None:
    async def nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(nobody, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(OSError, match=str(port)):
        await serve("127.0.0.1", port, json_line=True, config=SandboxConfig(), out=io.StringIO())
    server.close()
    await server.wait_closed()
