"""The official SDK of the voice service, unmodified, judges both of its actions."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vms.v20200902 import models, vms_client

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.voice_actions import VOICE_ACTIONS
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.test_tc3 import VECTORS
from tests.sandbox.tencent.tried import Tried
from tests.sandbox.tencent.voice_conformance import CLOSED, REFUSED, SUCCESSES, TRIALS


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TencentSandbox]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)  # the SDK would obey them, even for loopback
    sandbox = TencentSandbox(config=SandboxConfig())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


async def call(
    sandbox: TencentSandbox, action: str, parameters: dict[str, Any], *, method: str = "POST"
) -> dict[str, Any]:
    """The answer, as the SDK's own model has it."""
    c = sandbox.credentials
    endpoint = sandbox.url.removeprefix("http://")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5, reqMethod=method)
    pair = credential.Credential(c.secret_id, c.secret_key)
    client = vms_client.VmsClient(pair, "ap-guangzhou", ClientProfile(httpProfile=http))
    request = getattr(models, f"{action}Request")()
    request._deserialize(parameters)
    answer = await asyncio.to_thread(getattr(client, action), request)
    response: dict[str, Any] = json.loads(answer.to_json_string())
    return response


@pytest.mark.parametrize("cell", SUCCESSES, ids=str)
async def test_a_call_is_placed(sandbox: TencentSandbox, cell: Tried) -> None:
    wanted = {**TRIALS[cell.action][0], "PlayTimes": 3, "SessionContext": "sc"}
    answer = await call(sandbox, cell.action, wanted, method=cell.way)
    (placed,) = sandbox.world.state.voice.calls
    assert answer["SendStatus"] == {"CallId": placed.callid, "SessionContext": "sc"}
    assert placed.play_times == 3


@pytest.mark.parametrize("cell", REFUSED, ids=str)
async def test_a_refusal_is_an_exception_with_the_vendors_code(
    sandbox: TencentSandbox, cell: Tried
) -> None:
    parameters = {**TRIALS[cell.action][0], **REFUSED[cell]}
    assert await refusal(sandbox, cell.action, parameters) == cell.code


@pytest.mark.parametrize("cell", CLOSED, ids=str)
async def test_what_the_console_has_closed_is_an_exception_too(
    sandbox: TencentSandbox, cell: Tried
) -> None:
    page, changes = CLOSED[cell]
    async with aiohttp.ClientSession() as session:
        await Caller(sandbox, session).admin("PUT", f"console/{page}", changes)
    assert await refusal(sandbox, cell.action, TRIALS[cell.action][0]) == cell.code


async def refusal(sandbox: TencentSandbox, action: str, parameters: dict[str, Any]) -> str:
    """The code the SDK raises."""
    with pytest.raises(TencentCloudSDKException) as raised:
        await call(sandbox, action, parameters)
    assert raised.value.requestId
    return str(raised.value.code)


def test_every_action_is_tried_and_refused() -> None:
    assert {cell.action for cell in SUCCESSES} == VOICE_ACTIONS.keys()
    assert {cell.action for cell in REFUSED} == VOICE_ACTIONS.keys()


async def test_the_published_voice_vector_places_a_call(caller: Caller, clock: Clock) -> None:
    clock.now = datetime.fromtimestamp(1700000000, UTC)
    vector = VECTORS["E"]
    headers = {
        **vector.headers,
        "x-tc-action": "SendTtsVoice",
        "x-tc-version": "2020-09-02",
        "x-tc-region": "ap-guangzhou",
    }
    url = f"{caller.sandbox.url}/"
    async with caller.session.post(url, data=vector.body, headers=headers) as answer:
        assert (await answer.json())["Response"]["SendStatus"]["SessionContext"] == "sc-t"
    (placed,) = caller.sandbox.world.state.voice.calls
    assert placed.text == "您的验证码是7652，请勿告诉他人。"
