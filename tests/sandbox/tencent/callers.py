"""Clients and receivers for the sandbox's tests; signing is written here once more, on purpose."""

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.sandbox.tencent import TencentSandbox

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


SMS_DOOR = "tlssmssvr"
VOICE_DOOR = "tlsvoicesvr"


class Clock:
    """A clock that only moves when told."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def tc3_headers(
    secret_id: str,
    secret_key: str,
    *,
    host: str,
    timestamp: int,
    body: bytes = b"",
    method: str = "POST",
    query: str = "",
    content_type: str = "application/json",
    service: str = "sms",
    signed_payload: bytes | None = None,
) -> dict[str, str]:
    """The headers a client adds."""
    payload = body if signed_payload is None else signed_payload
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    canonical = "\n".join(
        [
            method,
            "/",
            query,
            f"content-type:{content_type}",
            f"host:{host}",
            "",
            "content-type;host",
            hashlib.sha256(payload).hexdigest(),
        ]
    )
    scope = f"{date}/{service}/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("TC3" + secret_key).encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return {
        "Host": host,
        "Content-Type": content_type,
        "X-TC-Timestamp": str(timestamp),
        "Authorization": (
            f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, "
            f"SignedHeaders=content-type;host, Signature={signature}"
        ),
    }


def v5_sig(app_key: str, random: int, time_s: int, tail: str) -> str:
    """The v5 signature."""
    text = "appkey=" + app_key + "&random=" + str(random) + "&time=" + str(time_s) + tail
    return hashlib.sha256(text.encode()).hexdigest()


class Caller:
    """Speaks API 3.0 and v5 to one sandbox over real HTTP."""

    def __init__(self, sandbox: TencentSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    @property
    def host(self) -> str:
        return self.sandbox.url.removeprefix("http://")

    def order(self, *numbers: str, **changes: Any) -> dict[str, Any]:
        """The parameters of a SendSms that passes; a None takes one away."""
        c = self.sandbox.credentials
        order = {
            "PhoneNumberSet": list(numbers),
            "SmsSdkAppId": c.sdk_app_id,
            "TemplateId": c.template_id,
            "SignName": c.sign,
            "TemplateParamSet": ["123456"],
        }
        return {k: v for k, v in {**order, **changes}.items() if v is not None}

    async def post(
        self, action: str, body: bytes, headers: dict[str, str | None] | None = None, **how: Any
    ) -> tuple[int, str, bytes]:
        """A signed POST; `headers` change or (None) remove some. Status, content type, body."""
        c = self.sandbox.credentials
        signed = {
            "X-TC-Action": action,
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": "ap-guangzhou",
            **tc3_headers(
                how.pop("secret_id", c.secret_id),
                how.pop("secret_key", c.secret_key),
                host=how.pop("host", self.host),
                timestamp=how.pop("timestamp", int(self.sandbox.world.clock().timestamp())),
                body=body,
                **how,
            ),
        }
        merged = {k: v for k, v in {**signed, **(headers or {})}.items() if v is not None}
        data = io.BytesIO(body)
        async with self.session.post(f"{self.sandbox.url}/", data=data, headers=merged) as answer:
            return answer.status, answer.headers["Content-Type"], await answer.read()

    async def call(self, action: str, parameters: object, **how: Any) -> dict[str, Any]:
        """The ``Response`` object to a JSON body."""
        status, content_type, body = await self.post(action, json.dumps(parameters).encode(), **how)
        assert (status, content_type) == (200, "application/json")
        response: dict[str, Any] = json.loads(body)["Response"]
        return response

    async def refusal(self, action: str, parameters: object, **how: Any) -> str:
        """The code of the top-level error."""
        code: str = (await self.call(action, parameters, **how))["Error"]["Code"]
        return code

    async def send(self, *numbers: str, **changes: Any) -> list[dict[str, Any]]:
        """The SendStatusSet of a send."""
        response = await self.call("SendSms", self.order(*numbers, **changes))
        rows: list[dict[str, Any]] = response["SendStatusSet"]
        return rows

    async def code(self, number: str, **changes: Any) -> str:
        """The per-number code of a send to one number."""
        (row,) = await self.send(number, **changes)
        code: str = row["Code"]
        return code

    async def v5(
        self,
        command: str,
        body: dict[str, Any],
        tail: str,
        *,
        door: str = SMS_DOOR,
        keys: tuple[str, str] | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """A signed v5 command, with the id and the AppKey of the first application unless others
        are given; `changes` go into the body after signing."""
        c = self.sandbox.credentials
        sdk_app_id, app_key = keys or (c.sdk_app_id, c.app_key)
        now_s = int(self.sandbox.world.clock().timestamp())
        whole = {**body, "sig": v5_sig(app_key, 4711, now_s, tail), "time": now_s, **changes}
        url = f"{self.sandbox.url}/v5/{door}/{command}?sdkappid={sdk_app_id}&random=4711"
        async with self.session.post(url, data=json.dumps(whole).encode()) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
            result: dict[str, Any] = json.loads(await answer.read())
            return result

    async def admin(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """An admin call that works."""
        url = f"{self.sandbox.url}/_sandbox/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


class Receiver:
    """A customer's callback endpoint; `answers` are given one by one, then the usual success."""

    def __init__(self) -> None:
        self.posts: list[Any] = []
        self.answers: list[tuple[int, str]] = []
        self.url = ""
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/callback", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/callback"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def wait_for(self, posts: int) -> list[Any]:
        """The first posts, as soon as there are so many."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.posts) >= posts)
        return self.posts

    async def _receive(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/json"
        async with self._news:
            self.posts.append(await request.json())
            self._news.notify_all()
        status, text = self.answers.pop(0) if self.answers else (200, '{"result":0,"errmsg":"OK"}')
        headers = {"Location": self.url} if status == 307 else {}
        return web.Response(status=status, text=text, headers=headers)


async def idle(sandbox: TencentSandbox) -> None:
    """Wait until no report is pending any more."""
    async with asyncio.timeout(30):
        while sandbox.world.state.pending:  # noqa: ASYNC110 - nobody announces an empty list
            await asyncio.sleep(0.005)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds, where nobody announces it."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.005)
