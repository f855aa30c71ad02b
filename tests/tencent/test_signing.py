"""TC3 signatures: the published vectors, and the official SDK as the judge."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.common.sign import Sign

from bot.tencent.signing import Credentials, HttpCall, canonical, sign, signing_key

CREDENTIALS = Credentials(
    "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001", "FAKESECRETKEYFAKESECRETKEY000001"
)
SIGNED_AT = datetime.fromtimestamp(1_700_000_000, UTC)
BODY_A = (
    rb'{"PhoneNumberSet": ["+8618501234444"], "SmsSdkAppId": "1400006666", "TemplateId": "1110",'
    rb' "SignName": "\u817e\u8baf\u4e91", "TemplateParamSet": ["4370"], "SessionContext": "ctx-1"}'
)
BODY_D = (
    '{"PhoneNumberSet":["+8618501234444"],"SmsSdkAppId":"1400006666","TemplateId":"1110",'
    '"SignName":"腾讯云","TemplateParamSet":["4370"],"SessionContext":"ctx-1"}'
).encode()
BODY_E = (
    b'{"TemplateId": "4356", "CalledNumber": "+8613788888888", "VoiceSdkAppid": "1400006666",'
    b' "TemplateParamSet": ["7652"], "PlayTimes": 2, "SessionContext": "sc-t"}'
)
A = HttpCall("POST", "sms.tencentcloudapi.com", "application/json", BODY_A)
C_QUERY = "International=0&TemplateIdSet.0=1110&TemplateIdSet.1=1111"
FORM = "application/x-www-form-urlencoded"
# The vectors of the fact sheet, §1.3: name, call, service, sha256(canonical), signature.
VECTORS = [
    pytest.param(
        A,
        "sms",
        "022ec5d651006f59d7884fe14daf503e18ef27064145458114fb0b94f6244c14",
        "bfd84a6cc0caecd286fc7751d7ca708eeda722bee4427746cc369d55e50571b1",
        id="A",
    ),
    pytest.param(
        replace(A, host="127.0.0.1:18080"),
        "sms",
        "9518e3fec863dec9a2a6fbb4da13447d797a8b49161222deb45bafcbd5a289b2",
        "20c1f4d67b60f490304a5885eefd5a3b4c059152c11860d4254f892fda449491",
        id="B",
    ),
    pytest.param(
        HttpCall("GET", "sms.tencentcloudapi.com", FORM, b"", C_QUERY),
        "sms",
        "bc94829a04936e5ce6d51c9ed451dfc75fceb81520054a21eee3949b06358619",
        "14055fc78bb80acd0854b014e835fc6eed8d2a87962908be32610ca515d4323d",
        id="C",
    ),
    pytest.param(
        replace(A, content_type="application/json; charset=utf-8", body=BODY_D),
        "sms",
        "c392bfaafb10a05e5693de5d596d4f658bf26b868e5cfdf875f96dc67a167f08",
        "6f4380d94f20a3d780b73d13dc774c5cc42fc19661ceeda342ec1e36d8f6fcd1",
        id="D",
    ),
    pytest.param(
        HttpCall("POST", "vms.tencentcloudapi.com", "application/json", BODY_E),
        "vms",
        "434ac50c0c3e6ee5d88e478e9965adfe2036302b2f3b8baecbe0684f66351864",
        "5d13a8d4f9a6e0b05dbe122aecbbb24dc30baed6d7d3ddbf06d7349d3eaab7cc",
        id="E",
    ),
]


@pytest.mark.parametrize(("call", "service", "canonical_hash", "signature"), VECTORS)
def test_the_published_vectors_come_out_exactly(
    call: HttpCall, service: str, canonical_hash: str, signature: str
) -> None:
    signed = {"content-type": call.content_type, "host": call.host}
    headers = sign(call, service=service, credentials=CREDENTIALS, signed_at=SIGNED_AT)
    assert sha256(canonical(call, signed)).hexdigest() == canonical_hash
    assert headers == {
        "Content-Type": call.content_type,
        "Host": call.host,
        "X-TC-Timestamp": "1700000000",
        "Authorization": (
            "TC3-HMAC-SHA256 "
            f"Credential=AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001/2023-11-14/{service}/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={signature}"
        ),
    }


def test_the_derived_key_is_the_published_one() -> None:
    key = signing_key(CREDENTIALS.secret_key, "2023-11-14", "sms")
    assert key.hex() == "42fdb4d5aa111ba11d4ebb7f7f86979d6ab286684a863b6760f11321dc978058"


@settings(deadline=None)
@given(
    secret=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    timestamp=st.integers(1_600_000_000, 3_800_000_000),
    body=st.binary(max_size=200),
)
def test_the_official_sdk_computes_the_same_signature(
    secret: str, timestamp: int, body: bytes
) -> None:
    at = datetime.fromtimestamp(timestamp, UTC)
    action = ("X-TC-Action", "SendSms")
    call = HttpCall("POST", "127.0.0.1:9", "application/json", body, more=(action,))
    headers = sign(call, service="sms", credentials=Credentials("id", secret), signed_at=at)
    date = at.strftime("%Y-%m-%d")
    request = (
        "POST\n/\n\ncontent-type:application/json\nhost:127.0.0.1:9\nx-tc-action:sendsms\n\n"
        f"content-type;host;x-tc-action\n{sha256(body).hexdigest()}"
    )
    to_sign = (
        f"TC3-HMAC-SHA256\n{timestamp}\n{date}/sms/tc3_request\n"
        f"{sha256(request.encode()).hexdigest()}"
    )
    assert headers["Authorization"].endswith(
        "SignedHeaders=content-type;host;x-tc-action, "
        f"Signature={Sign.sign_tc3(secret, date, 'sms', to_sign)}"
    )


def test_the_date_of_the_scope_is_that_of_utc() -> None:
    beijing = timezone(timedelta(hours=8))
    at = datetime(2026, 1, 1, 7, 0, tzinfo=beijing)
    headers = sign(A, service="sms", credentials=CREDENTIALS, signed_at=at)
    assert "/2025-12-31/sms/" in headers["Authorization"]


def test_a_time_without_zone_is_refused() -> None:
    naive = SIGNED_AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        sign(A, service="sms", credentials=CREDENTIALS, signed_at=naive)


def test_a_temporary_key_sends_its_token() -> None:
    temporary = replace(CREDENTIALS, token="session-token")
    headers = sign(A, service="sms", credentials=temporary, signed_at=SIGNED_AT)
    assert headers["X-TC-Token"] == "session-token"


def test_secrets_are_in_no_repr() -> None:
    shown = repr(replace(CREDENTIALS, token="session-token"))
    assert "AKIDEXAMPLE" in shown
    assert "FAKESECRET" not in shown
    assert "session-token" not in shown
