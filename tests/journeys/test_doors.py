"""The two HTTP doors, from outside: forged, stale, replayed, malformed, oversized."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.cli.local import Local
from bot.settings import SlackMode
from storage.db import Tx
from tests.journeys.people import MAYA, SMS, Page, sends_of, words_of

pytestmark = pytest.mark.parametrize("mode", [SlackMode.HTTP], indirect=True)
OK_ANSWER = b'{"result":0,"errmsg":"OK"}'
SHUT = (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError)


@pytest.fixture
async def http(local: Local) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, base_url=local.bot.url) as client:
        yield client


class Caller:
    """Slack's side of a slash command, with a signature of one's own making."""

    def __init__(self, local: Local, http: httpx.AsyncClient) -> None:
        secret = local.settings.secrets.slack_signing_secret
        self._secret = secret.get_secret_value() if secret else ""
        self._http = http

    async def command(self, *, trigger: str = "1.2.a", **headers: str) -> httpx.Response:
        body = urlencode(
            {
                "command": "/sms",
                "text": "help",
                "user_id": MAYA,
                "channel_id": SMS,
                "team_id": "T0LOCAL",
                "trigger_id": trigger,
            }
        )
        return await self.post(body.encode(), **headers)

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        at = headers.pop("at", "now+0")
        if at.startswith("now"):
            at = str(int(time.time()) + int(at[3:]))
        base = f"v0:{at}:".encode() + body
        signature = "v0=" + hmac.new(self._secret.encode(), base, hashlib.sha256).hexdigest()
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": headers.pop("signature", signature),
        }
        return await self._http.post("/slack/events", content=body, headers=sent)


@pytest.fixture
def caller(local: Local, http: httpx.AsyncClient) -> Caller:
    return Caller(local, http)


async def test_a_signed_command_is_answered_and_its_replay_is_not(caller: Caller) -> None:
    first = await caller.command()
    assert (first.status_code, "/sms help" in first.text) == (200, True)
    again = await caller.command()
    assert (again.status_code, again.text) == (200, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": "v0=" + "0" * 64},
        {"signature": "v0=xyz"},
        {"signature": ""},
        {"signature": "v0=" + "0" * 5000},
        {"at": "0"},
        {"at": "abc"},
        {"at": "9" * 4000},
        {"at": "now-400"},
        {"at": "now+400"},
    ],
    ids=lambda headers: next(iter(headers.items()))[0] + "-" + next(iter(headers.values()))[:12],
)
async def test_a_wrong_signature_or_time_is_401_without_a_word(
    caller: Caller, headers: dict[str, str]
) -> None:
    answer = await caller.command(**headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid request"})


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=", b"payload=%7B", b"payload=[]", b"{}", b"[]", b"null", b"\xff\xfe", b"a" * 9],
)
async def test_signed_junk_never_breaks_the_door(caller: Caller, body: bytes) -> None:
    answer = await caller.post(body)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text


async def heard_out(post: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer to megabytes. Whoever sends them has a second to come to it, and is now and then
    slower than that: then the door is shut, and they are sent once more."""
    for _ in range(9):
        with suppress(*SHUT):
            return await post()
    raise AssertionError("never answered")


async def test_a_body_beyond_all_measure_is_refused(caller: Caller) -> None:
    body = b"text=" + b"a" * 2_000_000
    assert (await heard_out(lambda: caller.post(body))).status_code == 413


def callback_path(local: Local) -> str:
    secret = local.settings.secrets.callback_secrets[0].get_secret_value()
    return f"/callbacks/{secret}/demo"


def report(**changes: Any) -> dict[str, Any]:
    return {
        "user_receive_time": "2026-11-23 11:00:02",
        "nationcode": "86",
        "mobile": "13800000001",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": "5000:1045710669157053657849499619",
    } | changes


async def test_a_report_on_an_unknown_serial_is_kept_and_acknowledged(
    local: Local, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        answer = await http.post(callback_path(local), json=[report()])
        assert (answer.status_code, answer.content) == (200, OK_ANSWER)
        assert answer.headers["Content-Type"] == "application/json"
    assert await _kept(local) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"{}", 400),
        (b'"text"', 400),
        (b"[1]", 400),
        (b"[" * 100_000, 400),
        (b"[{}]", 400),
        (json.dumps([report(), report(mobile=1.5)]).encode(), 400),
        (json.dumps([report(report_status="MAYBE")]).encode(), 400),
        (b'[{"sid":"\\ud800"}]', 400),
        (b"\xff\xfe[]", 400),
        (b" " * (11 * 1024 * 1024), 413),
        (json.dumps([report(description="x" * 400_000)]).encode(), 413),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_bad_callback_is_refused_whole(
    local: Local, http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await heard_out(lambda: http.post(callback_path(local), content=body))
    assert (answer.status_code, answer.json()["result"]) == (status, 1)
    assert await _kept(local) == 0


async def test_a_body_of_unknown_length_is_bounded_too(
    local: Local, http: httpx.AsyncClient
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    answer = await heard_out(lambda: http.post(callback_path(local), content=endless()))
    assert answer.status_code == 413


async def test_a_wrong_secret_or_app_looks_like_any_wrong_address(
    local: Local, http: httpx.AsyncClient
) -> None:
    nowhere = await http.post("/nowhere/at/all", json=[report()])
    for path in (
        f"/callbacks/{'x' * 43}/demo",
        "/callbacks/é/demo",
        callback_path(local).replace("/demo", "/other"),
    ):
        answer = await http.post(path, json=[report()])
        assert (answer.status_code, answer.text) == (404, nowhere.text)
    assert (await http.get(callback_path(local))).status_code == 404
    assert await _kept(local) == 0


async def test_late_repeated_and_contrary_reports_change_nothing(
    local: Local, page: Page, http: httpx.AsyncClient
) -> None:
    await page.send(MAYA, "/sms send +8613800000001 1110 code=123456")
    await page.see_card("Delivered in")
    serial = next(row["serial"] for row in await local.bot.services.db.read(_messages))
    for changes in ({}, {"report_status": "FAIL", "errmsg": "MK:0001"}, {}):
        answer = await http.post(callback_path(local), json=[report(sid=serial, **changes)])
        assert answer.status_code == 200
    assert "Delivered in" in words_of(page.cards()[0])
    assert [row["state"] for row in await local.bot.services.db.read(_messages)] == [7]
    assert len(sends_of(local)) == 1


async def test_a_report_under_the_right_serial_for_another_number_is_not_believed(
    local: Local, page: Page, http: httpx.AsyncClient
) -> None:
    await page.send(MAYA, "/sms send +8613800000006 1110 code=123456")
    await page.see_card("Accepted by Tencent")
    serial = next(row["serial"] for row in await local.bot.services.db.read(_messages))
    await http.post(callback_path(local), json=[report(sid=serial, mobile="13800000099")])
    assert [row["state"] for row in await local.bot.services.db.read(_messages)] == [4]


async def test_health_is_told_and_no_door_is_one_of_the_stand_ins(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"ok": True}
    for path in ("/", "/app.js", "/ui/boot", "/ui/faults", "/api/auth.test"):
        assert (await http.get(path)).status_code == 404


async def _kept(local: Local) -> int:
    return await local.bot.services.db.read(
        lambda tx: int(tx.all("SELECT count(*) AS n FROM receipts")[0]["n"])
    )


def _messages(tx: Tx) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.all("SELECT serial, state FROM messages")]
