"""The addresses of callbacks, over HTTP and on a real file: which there are, what each takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from aiohttp import web

from bot.mounts import front
from bot.mounts import http as http_routes
from bot.mounts.http import make_callback_server, make_web_server
from bot.settings import REPLIES, Settings, load
from bot.tencent.voice import Called, Callee
from handlers.services import Services
from storage import replies, voice_events
from storage.db import Database, Tx, open_database
from storage.voice_events import VoiceEventKind
from tests.handlers.flows.conftest import ENVIRON, ROOT
from tests.storage.rows import VAULT
from tests.tencent.sandboxes import (
    DELIVERED,
    api3_for,
    now,
    order_of,
    sandbox_of,
    soon,
    voice_for,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NEW, OLD = "n" * 40, "o" * 40
WHO = {"nationcode": "86", "mobile": "13800000001"}
CALLED = {**WHO, "callid": "call-1", "call_from": ""}
ENDED = {**CALLED, "result": "0", "fee": "1"}
SHAPES: dict[str, Any] = {
    "reports": [{**WHO, "report_status": "FAIL", "sid": "5000:1"}],
    "reply": {**WHO, "sign": "腾讯云", "text": "R", "time": 1_457_336_869},
    "a key": {"voicekey_callback": {**CALLED, "keypress": "2"}},
    "a text read out": {"voiceprompt_callback": ENDED},
    "a code read out": {"voicecode_callback": ENDED},
    "a failure": {"voice_failure_callback": {**CALLED, "failure_code": 8, "failure_reason": ""}},
}


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(tmp_path / "smsops.db", VAULT)
    yield opened
    opened.close()


@pytest.fixture
async def http(db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(front, "LINGER_S", 0.05)
    settings = load(ROOT / "app.yaml", ENVIRON)
    assert isinstance(settings, Settings), settings
    # Callbacks take nothing else of what a handler is given.
    none = cast(Any, None)
    services = Services(db, none, none, none, settings, none, lambda: NOW)
    async with AsyncExitStack() as stack:
        runner = web.ServerRunner(make_web_server(None, services, [NEW, OLD]))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        client = httpx.AsyncClient(trust_env=False, base_url=f"http://{host}:{port}")
        yield await stack.enter_async_context(client)


async def test_every_address_takes_every_shape_under_either_secret_and_all_of_it_once(
    db: Database, http: httpx.AsyncClient
) -> None:
    for place, secret, shape in product(("demo", REPLIES), (NEW, OLD), SHAPES):
        answer = await http.post(f"/callbacks/{secret}/{place}", json=SHAPES[shape])
        assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"}), shape
    assert await db.read(rows) == len(SHAPES)


async def test_a_wrong_secret_says_nothing_and_reads_nothing(
    db: Database, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = await http.post("/nowhere")

    async def megabytes() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1024 * 1024

    for path in (f"/callbacks/{'w' * 40}/demo", f"/callbacks/{NEW}/other", f"/callbacks/{NEW}"):
        answer = await http.post(path, json=SHAPES["reports"])
        assert (answer.status_code, answer.text) == (404, nowhere.text)
        assert dict(answer.headers) == dict(nowhere.headers)
    # The door may close while megabytes are still coming.
    with suppress(httpx.WriteError, httpx.ReadError):
        assert (await http.post("/callbacks/w/demo", content=megabytes())).status_code == 404
    assert await db.read(rows) == 0
    assert [record for record in caplog.records if record.name.startswith("smsops")] == []


def rows(tx: Tx) -> int:
    tables = ("receipts", "replies", "voice_events")
    return sum(len(tx.all(f"SELECT 1 FROM {table}")) for table in tables)


async def test_all_that_the_sandbox_pushes_is_kept(db: Database, http: httpx.AsyncClient) -> None:
    async with sandbox_of() as sandbox:
        of_app = f"{http.base_url}/callbacks/{NEW}/demo"
        await sandbox.set_callback_url(of_app)
        await sandbox.set_voice_url(of_app)
        await sandbox.set_reply_url(f"{http.base_url}/callbacks/{NEW}/{REPLIES}")
        client, voice = api3_for(sandbox), voice_for(sandbox)
        await client.send_sms(order_of(sandbox), signed_at=now())
        await soon(lambda: db.read(lambda tx: tx.all("SELECT 1 FROM receipts")))
        assert sandbox.world.replies.receive(DELIVERED, "退订", None)
        callee = Callee("+8613800000024", sandbox.credentials.sdk_app_id, "c-1")
        called = await voice.call_with_text(callee, "4356", ("4370",), signed_at=now())
        assert isinstance(called, Called)
        told = await soon(lambda: db.read(voice_events.of_call, called.call_id), least=2)
        (reply,) = await soon(lambda: db.read(replies.of_number, DELIVERED))
        await client.close()
        await voice.close()
    assert {event.kind for event in told} == {VoiceEventKind.KEY, VoiceEventKind.TEXT_ENDED}
    assert reply.is_optout


@asynccontextmanager
async def both(db: Database) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of the bot's own server and of that for callbacks, as app.yaml may ask for one."""
    settings = load(ROOT / "app.yaml", ENVIRON, {"callbacks.listen": {"port": 0}})
    assert isinstance(settings, Settings), settings
    none = cast(Any, None)
    services = Services(db, none, none, none, settings, none, lambda: NOW)
    made = make_web_server(None, services, [NEW]), make_callback_server(services, [NEW])
    async with AsyncExitStack() as stack:
        clients = []
        for server in made:
            runner = web.ServerRunner(server)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0]
            client = httpx.AsyncClient(trust_env=False, base_url=f"http://{host}:{port}")
            clients.append(await stack.enter_async_context(client))
        yield clients[0], clients[1]


async def test_callbacks_with_an_address_of_their_own_come_there_and_nothing_else_does(
    db: Database,
) -> None:
    path = f"/callbacks/{NEW}/demo"
    async with both(db) as (main, own):
        assert (await own.post(path, json=SHAPES["reports"])).status_code == 200
        assert (await main.post(path, json=SHAPES["reply"])).status_code == 404
        assert (await main.get("/healthz")).status_code == 200
        for other in ("/healthz", "/readyz", "/metrics", "/slack/events", "/"):
            assert (await own.get(other)).status_code == 404
    assert await db.read(rows) == 1


async def test_sockets_that_fill_the_callbacks_address_are_not_felt_at_the_other(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_routes, "CALLBACK_CONNECTIONS", 20)
    async with both(db) as (main, own), AsyncExitStack() as stack:
        for _ in range(100):
            _, writer = await asyncio.open_connection(own.base_url.host, own.base_url.port)
            stack.callback(writer.close)
            writer.write(b"POST /callbacks/")
        assert (await main.get("/healthz")).status_code == 200
        answer = await own.post(f"/callbacks/{NEW}/demo", json=SHAPES["reports"])
        assert answer.status_code == 200


PROBES: dict[str, tuple[str, str, dict[str, str]]] = {
    "a wrong secret": ("POST", f"/callbacks/{'w' * 40}/demo", {}),
    "a secret one letter off": ("POST", f"/callbacks/{NEW[:-1]}x/demo", {}),
    "the secret in the query": ("POST", f"/callbacks/demo?secret={NEW}", {}),
    "another app": ("POST", f"/callbacks/{NEW}/other", {}),
    "no app": ("POST", f"/callbacks/{NEW}", {}),
    "a slash behind": ("POST", f"/callbacks/{NEW}/demo/", {}),
    "a look": ("GET", f"/callbacks/{NEW}/demo", {}),
    "a glance": ("HEAD", f"/callbacks/{NEW}/demo", {}),
    "which methods": ("OPTIONS", f"/callbacks/{NEW}/demo", {}),
    "a file to put": ("PUT", f"/callbacks/{NEW}/demo", {}),
    "an expectation": ("POST", f"/callbacks/{NEW}/demo", {"Expect": "a-miracle"}),
    "no such page": ("GET", "/callbacks/", {}),
    "of another program": ("GET", "/.env", {}),
}


@pytest.mark.parametrize("probe", PROBES)
async def test_whoever_probes_hears_the_same_whatever_he_tries(
    db: Database, http: httpx.AsyncClient, probe: str, caplog: pytest.LogCaptureFixture
) -> None:
    method, path, headers = PROBES[probe]
    nowhere = await http.request(method, "/nowhere")
    answer = await http.request(method, path, headers=headers)
    assert answer.status_code == nowhere.status_code == 404
    assert (answer.content, _headers(answer)) == (nowhere.content, _headers(nowhere))
    assert await db.read(rows) == 0
    assert NEW not in caplog.text


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}
