"""The official Python SDK, unmodified, believes it talks to Tencent Cloud."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

from bot.sandbox.tencent import SandboxConfig, TencentSandbox


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TencentSandbox]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)  # the SDK would obey them, even for loopback
    sandbox = TencentSandbox(config=SandboxConfig(report_delay_s=0.0, delay_scale=0.0))
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def client(
    sandbox: TencentSandbox, *, method: str = "POST", key: str | None = None, unsigned: bool = False
) -> sms_client.SmsClient:
    c = sandbox.credentials
    endpoint = sandbox.url.removeprefix("http://")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5, reqMethod=method)
    pair = credential.Credential(c.secret_id, key or c.secret_key)
    profile = ClientProfile(httpProfile=http)
    profile.unsignedPayload = unsigned
    return sms_client.SmsClient(pair, "ap-guangzhou", profile)


def order(number: str) -> models.SendSmsRequest:
    request = models.SendSmsRequest()
    request.PhoneNumberSet = [number]
    request.SmsSdkAppId = "1400006666"
    request.TemplateId = "1110"
    request.SignName = "腾讯云"
    request.TemplateParamSet = ["4370"]
    return request


@pytest.mark.parametrize("unsigned", [False, True])
async def test_a_message_is_sent(sandbox: TencentSandbox, unsigned: bool) -> None:
    answer = await asyncio.to_thread(
        client(sandbox, unsigned=unsigned).SendSms, order("+8613800000001")
    )
    (status,) = answer.SendStatusSet
    assert (status.Code, status.PhoneNumber, status.Fee) == ("Ok", "+8613800000001", 1)
    (received,) = sandbox.phones.messages("+8613800000001")
    assert received.serial == status.SerialNo


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_templates_are_listed_by_either_method(sandbox: TencentSandbox, method: str) -> None:
    request = models.DescribeSmsTemplateListRequest()
    request.International = 0
    request.TemplateIdSet = [1110, 1114]
    caller = client(sandbox, method=method)
    answer = await asyncio.to_thread(caller.DescribeSmsTemplateList, request)
    found = [(row.TemplateId, row.StatusCode) for row in answer.DescribeTemplateStatusSet]
    assert found == [(1110, 0), (1114, 1)]


async def test_signatures_packages_and_reports_can_be_read(sandbox: TencentSandbox) -> None:
    caller = client(sandbox)
    signs = models.DescribeSmsSignListRequest()
    signs.International = 0
    listed = await asyncio.to_thread(caller.DescribeSmsSignList, signs)
    assert "腾讯云" in [row.SignName for row in listed.DescribeSignListStatusSet]
    packages = models.SmsPackagesStatisticsRequest()
    packages.SmsSdkAppId, packages.Limit, packages.Offset = "1400006666", 10, 0
    packages.BeginTime, packages.EndTime = "2020010100", "2021010100"
    bought = await asyncio.to_thread(caller.SmsPackagesStatistics, packages)
    assert bought.SmsPackagesStatisticsSet == []


async def test_a_wrong_key_is_an_exception_with_the_vendors_code(sandbox: TencentSandbox) -> None:
    caller = client(sandbox, key="wrong")
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(caller.SendSms, order("+8613800000001"))
    assert raised.value.code == "AuthFailure.SignatureFailure"
    assert raised.value.requestId


async def test_a_dropped_connection_is_a_network_error(sandbox: TencentSandbox) -> None:
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(client(sandbox).SendSms, order("+8613800000010"))
    assert raised.value.code == "ClientNetworkError"
    assert len(sandbox.phones.messages("+8613800000010")) == 1
