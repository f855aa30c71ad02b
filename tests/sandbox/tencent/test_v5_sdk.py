"""qcloudsms_py 0.1.4, the vendor's old SDK, unmodified, believes it talks to Tencent Cloud.

Its own HTTP client cannot read answers on Python 3.9 and later (it passes json.loads an argument
that was removed); the library takes another client as an argument, which is what happens here.
"""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
from qcloudsms_py import sms, voice
from qcloudsms_py.httpclient import HTTPRequest

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.voice_config import VoiceConfig

MOBILE, OTHER = "18501234444", "18501234445"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer:
    """What the library wants back from a client."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def ok(self) -> bool:
        return True

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A client the library can be given: sends what it is told, as it is."""

    def __init__(self, sandbox_url: str) -> None:
        self._url = sandbox_url

    def fetch(self, request: HTTPRequest) -> Answer:
        path = request.url.split(".tim.qq.com", 1)[1]
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        sent = urllib.request.Request(self._url + path, data=body, headers=request.headers)
        with DIRECT.open(sent, timeout=5) as answer:
            return Answer(answer.read())

    def close(self) -> None:
        """Nothing stays open."""


@pytest.fixture
async def sandbox() -> AsyncIterator[TencentSandbox]:
    config = SandboxConfig(
        report_delay_s=0.0,
        account=Account(pulls_enabled=True),
        voice=VoiceConfig(prompts_enabled=True, file_review_s=0.0),
    )
    sandbox = TencentSandbox(config=config)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


async def ask(sandbox: TencentSandbox, kind: Any, method: str, *values: Any, **named: Any) -> Any:
    """The library's answer, from a thread of its own: it blocks."""
    c = sandbox.credentials
    made = kind(int(c.sdk_app_id), c.app_key, Client(sandbox.url))
    return await asyncio.to_thread(getattr(made, method), *values, **named)


async def test_one_message_is_sent_by_template_and_by_text(sandbox: TencentSandbox) -> None:
    by_template = ("86", MOBILE, 1110, ["4370"], "腾讯云")
    sent = await ask(sandbox, sms.SmsSingleSender, "send_with_param", *by_template)
    assert (sent["result"], sent["fee"]) == (0, 1)
    text = "您的验证码是4371，5分钟内有效，请勿泄露。"
    assert (await ask(sandbox, sms.SmsSingleSender, "send", 0, "86", MOBILE, text))["result"] == 0
    assert len(sandbox.phones.messages(f"+86{MOBILE}")) == 2


async def test_several_numbers_are_sent_to(sandbox: TencentSandbox) -> None:
    order = ("86", [MOBILE, OTHER], 1110, ["4370"], "腾讯云")
    sent = await ask(sandbox, sms.SmsMultiSender, "send_with_param", *order)
    assert [row["result"] for row in sent["detail"]] == [0, 0]


async def test_a_wrong_key_is_1001(sandbox: TencentSandbox) -> None:
    c = sandbox.credentials
    sender = sms.SmsSingleSender(int(c.sdk_app_id), "wrong", Client(sandbox.url))
    sent = await asyncio.to_thread(sender.send_with_param, "86", MOBILE, 1110, ["1"], "腾讯云")
    assert sent["result"] == 1001


async def test_reports_are_pulled(sandbox: TencentSandbox) -> None:
    pulled = await ask(sandbox, sms.SmsStatusPuller, "pull_callback", 10)
    assert (pulled["result"], pulled["count"]) == (0, 0)
    window = ("86", MOBILE, 1, 2_000_000_000, 10)
    pulled = await ask(sandbox, sms.SmsMobileStatusPuller, "pull_callback", *window)
    assert pulled["result"] == 0


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (voice.CodeVoiceSender, ("86", MOBILE, "1234")),
        (voice.TtsVoiceSender, (4357, ["A1", "明天"], MOBILE)),
        (voice.PromptVoiceSender, ("86", MOBILE, 2, "您的验证码是1，请勿告诉他人。")),
    ],
)
async def test_a_phone_rings(sandbox: TencentSandbox, kind: Any, values: tuple[Any, ...]) -> None:
    placed = await ask(sandbox, kind, "send", *values)
    (call,) = sandbox.world.state.voice.calls
    assert (placed["result"], placed["callid"]) == (0, call.callid)
    again = await ask(sandbox, kind, "send", *values)
    assert again["result"] == 1013


async def test_a_recording_is_uploaded_and_played(sandbox: TencentSandbox) -> None:
    uploaded = await ask(sandbox, voice.VoiceFileUploader, "upload", b"ID3 sound")
    assert uploaded["result"] == 0
    placed = await ask(sandbox, voice.FileVoiceSender, "send", uploaded["fid"], MOBILE)
    assert placed["result"] == 0
