"""The vendor's own client code, unmodified, believes it talks to the voice service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.voice_actions import VOICE_ACTIONS
from tests.sandbox.tencent.callers import Caller, Clock
from tests.sandbox.tencent.test_tc3 import VECTORS
from tests.sandbox.tencent.voice_conformance import JUDGED_VOICE, TRIALS


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
    c = sandbox.credentials
    endpoint = sandbox.url.removeprefix("http://")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5, reqMethod=method)
    pair = credential.Credential(c.secret_id, c.secret_key)
    client = CommonClient(
        "vms", "2020-09-02", pair, "ap-guangzhou", ClientProfile(httpProfile=http)
    )
    answer = await asyncio.to_thread(client.call_json, action, parameters)
    response: dict[str, Any] = answer["Response"]
    return response


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("action", TRIALS)
async def test_a_call_is_placed(sandbox: TencentSandbox, action: str, method: str) -> None:
    wanted = {**TRIALS[action][0], "PlayTimes": 3, "SessionContext": "sc"}
    answer = await call(sandbox, action, wanted, method=method)
    (placed,) = sandbox.world.state.voice.calls
    assert answer["SendStatus"] == {"CallId": placed.callid, "SessionContext": "sc"}
    assert placed.play_times == 3


@pytest.mark.parametrize(
    ("action", "code"), [(action, code) for action, (_, codes) in TRIALS.items() for code in codes]
)
async def test_a_refusal_is_an_exception_with_the_vendors_code(
    sandbox: TencentSandbox, action: str, code: str
) -> None:
    parameters, failures = TRIALS[action]
    with pytest.raises(TencentCloudSDKException) as raised:
        await call(sandbox, action, {**parameters, **failures[code]})
    assert raised.value.code == code
    assert raised.value.requestId


def test_no_cell_of_the_table_is_empty() -> None:
    assert JUDGED_VOICE.keys() == VOICE_ACTIONS.keys()
    assert all(success and codes for success, codes in JUDGED_VOICE.values())


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
