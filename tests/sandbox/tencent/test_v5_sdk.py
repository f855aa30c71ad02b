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
from bot.sandbox.tencent.voice_content import FileStatus, VoiceFile
from tests.sandbox.tencent.tried import Tried
from tests.sandbox.tencent.v5_sdk_conformance import CALLS, FID, MOBILE

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


@pytest.mark.parametrize("cell", CALLS, ids=str)
async def test_the_old_sdk_is_answered(sandbox: TencentSandbox, cell: Tried) -> None:
    sandbox.world.state.voice.files[FID] = VoiceFile(FID, 16_000, FileStatus.PASSED, 0)
    kind, method, values, holds = CALLS[cell]
    answer = await ask(sandbox, kind, method, *values)
    assert answer["result"] == 0
    assert holds(answer), answer
    assert [each.action for each in sandbox.requests] == [cell.action]


async def test_one_message_is_sent_by_text(sandbox: TencentSandbox) -> None:
    text = "您的验证码是4371，5分钟内有效，请勿泄露。"
    assert (await ask(sandbox, sms.SmsSingleSender, "send", 0, "86", MOBILE, text))["result"] == 0
    assert len(sandbox.phones.messages(f"+86{MOBILE}")) == 1


async def test_a_phone_that_rings_is_not_rung_again_at_once(sandbox: TencentSandbox) -> None:
    code = ("86", MOBILE, "1234")
    placed = await ask(sandbox, voice.CodeVoiceSender, "send", *code)
    (call,) = sandbox.world.state.voice.calls
    assert (placed["result"], placed["callid"]) == (0, call.callid)
    assert (await ask(sandbox, voice.CodeVoiceSender, "send", *code))["result"] == 1013


async def test_a_wrong_key_is_1001(sandbox: TencentSandbox) -> None:
    c = sandbox.credentials
    sender = sms.SmsSingleSender(int(c.sdk_app_id), "wrong", Client(sandbox.url))
    sent = await asyncio.to_thread(sender.send_with_param, "86", MOBILE, 1110, ["1"], "腾讯云")
    assert sent["result"] == 1001


async def test_a_recording_is_uploaded_and_played(sandbox: TencentSandbox) -> None:
    uploaded = await ask(sandbox, voice.VoiceFileUploader, "upload", b"ID3 sound")
    assert uploaded["result"] == 0
    placed = await ask(sandbox, voice.FileVoiceSender, "send", uploaded["fid"], MOBILE)
    assert placed["result"] == 0
