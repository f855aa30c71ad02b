"""The admin API: who may use it, and what it shows and changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.tencent.callers import Caller, Clock, idle
from tests.sandbox.tencent.conftest import ORIGIN, Start

NUMBER = "+8613800000001"
DOORS = [
    ("GET", "ids"),
    ("GET", "phones"),
    ("GET", "events"),
    ("PUT", "callback"),
    ("GET", "state"),
    ("POST", "state"),
    ("POST", "reset"),
    ("GET", "requests"),
    ("POST", "faults"),
    ("POST", "templates"),
    ("POST", "signatures"),
    ("POST", "package"),
    ("GET", "reviews"),
    ("POST", "reviews/templates/1114"),
    ("POST", "reviews/signatures/111"),
    ("POST", "qualifications"),
    ("POST", "phones/+8613800000001/reply"),
    ("GET", "console/account"),
    ("PUT", "console/account"),
]


async def status_of(
    caller: Caller, method: str, path: str, data: bytes = b"", **headers: str
) -> tuple[int, str | None]:
    url = f"{caller.sandbox.url}/_sandbox/{path}"
    async with caller.session.request(method, url, data=data, headers=headers) as answer:
        return answer.status, answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9998"])
@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_pages_of_other_origins_are_refused_everywhere(
    caller: Caller, method: str, path: str, origin: str
) -> None:
    assert await status_of(caller, method, path, Origin=origin) == (403, None)
    assert await status_of(caller, "OPTIONS", path, Origin=origin) == (403, None)


async def test_a_page_of_an_allowed_origin_is_let_in(caller: Caller) -> None:
    assert await status_of(caller, "GET", "phones", Origin=ORIGIN) == (200, ORIGIN)
    assert await status_of(caller, "OPTIONS", "faults", Origin=ORIGIN) == (204, ORIGIN)
    assert await status_of(caller, "POST", "faults", b"{", Origin=ORIGIN) == (400, ORIGIN)


async def test_a_name_rebound_to_loopback_is_refused(caller: Caller) -> None:
    assert await status_of(caller, "GET", "ids", Host="evil.example:80") == (403, None)
    assert await status_of(caller, "GET", "ids", Host="localhost:80") == (200, None)


async def test_the_ids_are_all_a_client_needs(caller: Caller) -> None:
    ids = await caller.admin("GET", "ids")
    assert ids["url"] == caller.sandbox.url
    assert {name: ids[name] for name in ("sdk_app_id", "sign", "template_id")} == {
        "sdk_app_id": "1400006666",
        "sign": "腾讯云",
        "template_id": "1110",
    }
    assert {each["status"] for each in ids["templates"]} == {0, 1, 2, -1}
    assert {each["status"] for each in ids["signatures"]} == {0, 1, -1}


async def test_the_phone_book_lists_test_numbers_and_whoever_was_written_to(
    caller: Caller, clock: Clock
) -> None:
    (row,) = await caller.send(NUMBER)
    await caller.send("+8618501234444")
    book = {each["number"]: each for each in (await caller.admin("GET", "phones"))["phones"]}
    assert len(book) == 19
    assert book[NUMBER] == {
        "number": NUMBER,
        "label_key": "sandbox.number.delivered",
        "fate": "delivered",
        "messages": [
            {
                "serial": row["SerialNo"],
                "sign": "腾讯云",
                "text": "【腾讯云】您的验证码是123456，5分钟内有效，请勿泄露。",
                "received_at_ms": round(clock.now.timestamp() * 1000),
                "app": "1400006666",
            }
        ],
        "replies": [],
    }
    assert book["+8618501234444"]["label_key"] == "sandbox.number.ordinary"


async def test_a_message_is_streamed_as_it_arrives(caller: Caller) -> None:
    headers = {"Origin": ORIGIN}
    url = f"{caller.sandbox.url}/_sandbox/events"
    async with asyncio.timeout(30), caller.session.get(url, headers=headers) as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["Access-Control-Allow-Origin"] == ORIGIN
        await stream.content.readuntil(b"\n\n")
        await caller.send(NUMBER)
        frame = await stream.content.readuntil(b"\n\n")
        event = json.loads(frame.removeprefix(b"data: "))
        await caller.sandbox.stop()
        assert await stream.content.read() == b""
    assert (event["type"], event["number"]) == ("sms", NUMBER)
    assert event["message"]["text"].startswith("【腾讯云】")


async def test_the_callback_url_can_be_set_and_taken_away(caller: Caller) -> None:
    await caller.admin("PUT", "callback", {"url": "http://127.0.0.1:1/x"})
    assert caller.sandbox.world.app.status_url == "http://127.0.0.1:1/x"
    await caller.admin("PUT", "callback", {"url": None})
    assert caller.sandbox.world.app.status_url is None


async def test_a_template_and_a_signature_can_be_seeded_and_used(caller: Caller) -> None:
    template = {
        "template_id": 2000,
        "name": "n",
        "content": "再见{1}",
        "sms_type": 2,
        "international": 0,
        "status": 0,
    }
    sign = {"signature_id": 200, "name": "新签名", "international": 0, "status": 0}
    await caller.admin("POST", "templates", template)
    await caller.admin("POST", "signatures", sign)
    changes = {"TemplateId": "2000", "TemplateParamSet": ["了"], "SignName": "新签名"}
    assert await caller.code(NUMBER, **changes) == "Ok"
    (received,) = caller.sandbox.phones.messages(NUMBER)
    assert received.text == "【新签名】再见了"


async def test_a_package_can_be_replaced_by_one_that_is_used_up(caller: Caller) -> None:
    used_up = {"package_id": 7001, "amount_segments": 5, "used_segments": 5}
    await caller.admin("POST", "package", used_up)
    assert await caller.code(NUMBER) == "FailedOperation.InsufficientBalanceInSmsPackage"
    await caller.admin("POST", "package", {"package_id": 7002, "amount_segments": 1})
    assert await caller.code(NUMBER) == "Ok"


async def test_a_reset_forgets_messages_requests_and_faults(caller: Caller) -> None:
    await caller.send(NUMBER)
    await idle(caller.sandbox)
    await caller.admin("POST", "faults", {"action": "*", "kind": "http_500"})
    await caller.admin("POST", "reset")
    assert caller.sandbox.requests == []
    assert await caller.code(NUMBER) == "Ok"


@pytest.mark.parametrize("path", ["callback", "state", "faults", "templates", "package"])
@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"x":1}', b"[" * 100_000])
async def test_a_bad_body_is_a_400_in_words(caller: Caller, path: str, body: bytes) -> None:
    method = "PUT" if path == "callback" else "POST"
    if path == "callback" and body == b'{"x":1}':
        body = b'{"url":"ftp://x"}'
    assert (await status_of(caller, method, path, body))[0] == 400


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "SendSms"},
        {"action": 1, "kind": "hang"},
        {"action": "SendSms", "kind": "explode"},
        {"action": "SendSms", "kind": "hang", "times": 0},
        {"action": "SendSms", "kind": "latency_ms", "latency_ms": -1},
        {"action": "SendSms", "kind": "latency_ms", "latency_ms": True},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    caller: Caller, fault: dict[str, Any]
) -> None:
    body = json.dumps(fault).encode()
    assert (await status_of(caller, "POST", "faults", body))[0] == 400


async def test_another_door_or_method_is_not_found(caller: Caller) -> None:
    assert (await status_of(caller, "GET", "nowhere"))[0] == 404
    assert (await status_of(caller, "DELETE", "state"))[0] == 404


async def test_state_too_large_is_refused(start: Start) -> None:
    caller = await start()
    url = f"{caller.sandbox.url}/_sandbox/state"
    async with caller.session.post(url, data=_megabytes(11)) as answer:
        assert answer.status == 413


async def _megabytes(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 1024 * 1024
