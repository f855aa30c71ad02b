"""The official Python SDK of the voice service, unmodified, believes it talks to Tencent Cloud."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vms.v20200902 import models, vms_client

from bot.sandbox.tencent import SandboxConfig, TencentSandbox

CALLEE = "+8618501234444"


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TencentSandbox]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)  # the SDK would obey them, even for loopback
    sandbox = TencentSandbox(config=SandboxConfig())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def client(sandbox: TencentSandbox, key: str | None = None) -> vms_client.VmsClient:
    c = sandbox.credentials
    endpoint = sandbox.url.removeprefix("http://")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5)
    pair = credential.Credential(c.secret_id, key or c.secret_key)
    return vms_client.VmsClient(pair, "ap-guangzhou", ClientProfile(httpProfile=http))


def code_call(code: str = "1234") -> models.SendCodeVoiceRequest:
    request = models.SendCodeVoiceRequest()
    request.CodeMessage, request.CalledNumber = code, CALLEE
    request.VoiceSdkAppid, request.PlayTimes, request.SessionContext = "1400006666", 3, "sc"
    return request


def notice(template_id: str, *values: str) -> models.SendTtsVoiceRequest:
    request = models.SendTtsVoiceRequest()
    request.TemplateId, request.TemplateParamSet = template_id, list(values)
    request.CalledNumber, request.VoiceSdkAppid = CALLEE, "1400006666"
    return request


async def test_a_code_is_called_out(sandbox: TencentSandbox) -> None:
    answer = await asyncio.to_thread(client(sandbox).SendCodeVoice, code_call())
    (call,) = sandbox.world.state.voice.calls
    assert (answer.SendStatus.CallId, answer.SendStatus.SessionContext) == (call.callid, "sc")
    assert (call.text, call.play_times) == ("您的验证码是1234", 3)


async def test_a_notice_is_called_out(sandbox: TencentSandbox) -> None:
    answer = await asyncio.to_thread(client(sandbox).SendTtsVoice, notice("4356", "7652"))
    (call,) = sandbox.world.state.voice.calls
    assert answer.SendStatus.CallId == call.callid
    assert call.text == "您的验证码是7652，请勿告诉他人。"


async def test_a_code_that_is_none_is_an_exception_with_the_vendors_code(
    sandbox: TencentSandbox,
) -> None:
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(client(sandbox).SendCodeVoice, code_call("x"))
    assert raised.value.code == "FailedOperation.InvalidParameters"
    assert raised.value.requestId


async def test_a_template_that_is_none_is_an_exception_with_the_vendors_code(
    sandbox: TencentSandbox,
) -> None:
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(client(sandbox).SendTtsVoice, notice("1"))
    assert raised.value.code == "FailedOperation.TemplateIncorrectOrUnapproved"


async def test_a_wrong_key_is_refused(sandbox: TencentSandbox) -> None:
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(client(sandbox, "wrong").SendCodeVoice, code_call())
    assert raised.value.code == "AuthFailure.SignatureFailure"
