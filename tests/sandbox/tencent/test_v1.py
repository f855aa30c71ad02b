"""The older signature: the vendor's vector, the official SDK, and nothing that was changed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

from bot.sandbox.tencent import TencentSandbox
from bot.sandbox.tencent.tc3 import AuthFault, RawRequest
from bot.sandbox.tencent.v1 import FORM, unfold, verify_pairs
from tests.sandbox.tencent.test_sdk import order, sandbox

__all__ = ["sandbox"]

SECRET_ID = "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001"
SECRETS = {SECRET_ID: "FAKESECRETKEYFAKESECRETKEY000001"}
NOW = datetime.fromtimestamp(1_700_000_000, UTC)
#: Vector F of the published ones.
PAIRS = {
    "Action": "SendSms",
    "Language": "zh-CN",
    "Nonce": "12345",
    "PhoneNumberSet.0": "+8618501234444",
    "Region": "ap-guangzhou",
    "RequestClient": "SDK_PYTHON_3.1.153",
    "SecretId": SECRET_ID,
    "SessionContext": "ctx-1",
    "SignName": "腾讯云",
    "SignatureMethod": "HmacSHA256",
    "SmsSdkAppId": "1400006666",
    "TemplateId": "1110",
    "TemplateParamSet.0": "4370",
    "Timestamp": "1700000000",
    "Version": "2021-01-11",
    "Signature": "cM1IJRV89u/b5x0zgPlemkdxaIWJ8Uh/3DPzdc6XtYI=",
}


def request(**changes: str) -> RawRequest:
    body = urlencode({**PAIRS, **changes}).encode()
    headers = {"content-type": FORM, "host": "sms.tencentcloudapi.com"}
    return unfold(RawRequest("POST", "", headers, body))


def test_the_published_vector_is_believed() -> None:
    assert verify_pairs(request(), SECRETS, NOW) is None


@given(st.sampled_from(sorted(PAIRS)), st.text(max_size=8))
def test_whatever_else_is_in_it_is_not(name: str, value: str) -> None:
    assert value == PAIRS[name] or verify_pairs(request(**{name: value}), SECRETS, NOW)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SecretId": "AKIDOTHER"}, AuthFault.SECRET_ID_NOT_FOUND),
        ({"Timestamp": "1699999699"}, AuthFault.SIGNATURE_EXPIRE),
        ({"Timestamp": "x"}, AuthFault.SIGNATURE_EXPIRE),
        ({"SignatureMethod": "MD5"}, AuthFault.INVALID_AUTHORIZATION),
        ({"Nonce": "1"}, AuthFault.SIGNATURE_FAILURE),
    ],
)
def test_each_fault_has_its_code(changes: dict[str, str], fault: AuthFault) -> None:
    assert verify_pairs(request(**changes), SECRETS, NOW) is fault


def test_a_request_with_an_authorization_header_is_left_alone() -> None:
    raw = RawRequest("GET", "Signature=x", {"authorization": "x"}, b"")
    assert unfold(raw) is raw
    assert unfold(replace(raw, headers={})).pairs == {"Signature": "x"}


def client(
    sandbox: TencentSandbox, method: str, signature: str, key: str | None = None
) -> sms_client.SmsClient:
    known = sandbox.credentials
    endpoint = sandbox.url.removeprefix("http://")
    http = HttpProfile(protocol="http", endpoint=endpoint, reqTimeout=5, reqMethod=method)
    pair = credential.Credential(known.secret_id, key or known.secret_key)
    return sms_client.SmsClient(pair, "ap-guangzhou", ClientProfile(signature, http))


@pytest.mark.parametrize("signature", ["HmacSHA1", "HmacSHA256"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_official_sdk_may_sign_the_older_way(
    sandbox: TencentSandbox, method: str, signature: str
) -> None:
    caller = client(sandbox, method, signature)
    answer = await asyncio.to_thread(caller.SendSms, order("+8613800000001"))
    assert answer.SendStatusSet[0].Code == "Ok"
    assert sandbox.requests[-1].action == "SendSms"
    lists = models.DescribeSmsTemplateListRequest()
    lists.International, lists.TemplateIdSet = 0, [1110, 1111]
    found = await asyncio.to_thread(caller.DescribeSmsTemplateList, lists)
    assert [row.TemplateId for row in found.DescribeTemplateStatusSet] == [1110, 1111]


async def test_a_wrong_key_is_refused_in_the_language_asked_for(sandbox: TencentSandbox) -> None:
    caller = client(sandbox, "POST", "HmacSHA256", key="wrong")
    with pytest.raises(TencentCloudSDKException) as raised:
        await asyncio.to_thread(caller.SendSms, order("+8613800000001"))
    assert raised.value.code == "AuthFailure.SignatureFailure"
    assert "签名" in raised.value.message
