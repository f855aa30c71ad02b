"""The published signature vectors pass, and nothing that differs from them does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.tencent.tc3 import AuthFault, RawRequest, verify

SECRETS = {"AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001": "FAKESECRETKEYFAKESECRETKEY000001"}
NOW = datetime.fromtimestamp(1700000000, UTC)
BODY = (
    rb'{"PhoneNumberSet": ["+8618501234444"], "SmsSdkAppId": "1400006666", "TemplateId": "1110",'
    rb' "SignName": "\u817e\u8baf\u4e91", "TemplateParamSet": ["4370"], "SessionContext": "ctx-1"}'
)
COMPACT = (
    '{"PhoneNumberSet":["+8618501234444"],"SmsSdkAppId":"1400006666","TemplateId":"1110",'
    '"SignName":"腾讯云","TemplateParamSet":["4370"],"SessionContext":"ctx-1"}'
).encode()
VOICE = (
    b'{"TemplateId": "4356", "CalledNumber": "+8613788888888", "VoiceSdkAppid": "1400006666",'
    b' "TemplateParamSet": ["7652"], "PlayTimes": 2, "SessionContext": "sc-t"}'
)


def vector(
    signature: str,
    *,
    host: str = "sms.tencentcloudapi.com",
    body: bytes = BODY,
    content_type: str = "application/json",
    service: str = "sms",
    query: str | None = None,
) -> RawRequest:
    headers = {
        "host": host,
        "content-type": content_type,
        "x-tc-timestamp": "1700000000",
        "authorization": (
            "TC3-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0001/2023-11-14/"
            f"{service}/tc3_request, SignedHeaders=content-type;host, Signature={signature}"
        ),
    }
    return RawRequest("POST" if query is None else "GET", query or "", headers, body)


A = vector("bfd84a6cc0caecd286fc7751d7ca708eeda722bee4427746cc369d55e50571b1")
VECTORS = {
    "A": A,
    "B": vector(
        "20c1f4d67b60f490304a5885eefd5a3b4c059152c11860d4254f892fda449491", host="127.0.0.1:18080"
    ),
    "C": vector(
        "14055fc78bb80acd0854b014e835fc6eed8d2a87962908be32610ca515d4323d",
        body=b"",
        content_type="application/x-www-form-urlencoded",
        query="International=0&TemplateIdSet.0=1110&TemplateIdSet.1=1111",
    ),
    "D": vector(
        "6f4380d94f20a3d780b73d13dc774c5cc42fc19661ceeda342ec1e36d8f6fcd1",
        body=COMPACT,
        content_type="application/json; charset=utf-8",
    ),
    "E": vector(
        "5d13a8d4f9a6e0b05dbe122aecbbb24dc30baed6d7d3ddbf06d7349d3eaab7cc",
        host="vms.tencentcloudapi.com",
        body=VOICE,
        service="vms",
    ),
}


def with_header(request: RawRequest, name: str, value: str) -> RawRequest:
    return replace(request, headers={**request.headers, name: value})


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_vector_is_believed(name: str) -> None:
    assert verify(VECTORS[name], SECRETS, NOW) is None


def test_the_bodies_of_the_vectors_have_their_published_lengths() -> None:
    assert [len(BODY), len(COMPACT), len(VOICE)] == [180, 160, 159]


def test_a_host_signed_without_its_port_is_believed_as_the_node_sdk_signs() -> None:
    assert verify(with_header(A, "host", "sms.tencentcloudapi.com:8080"), SECRETS, NOW) is None


@given(name=st.sampled_from(["A", "B", "D", "E"]), at=st.integers(0), bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_body_is_refused(name: str, at: int, bit: int) -> None:
    request = VECTORS[name]
    body = bytearray(request.body)
    body[at % len(body)] ^= 1 << bit
    flipped = replace(request, body=bytes(body))
    assert verify(flipped, SECRETS, NOW) is AuthFault.SIGNATURE_FAILURE


@given(name=st.sampled_from(sorted(VECTORS)), at=st.integers(0), bit=st.integers(0, 6))
def test_a_flipped_bit_in_the_authorization_is_refused(name: str, at: int, bit: int) -> None:
    text = bytearray(VECTORS[name].headers["authorization"].encode())
    text[at % len(text)] ^= 1 << bit
    flipped = with_header(VECTORS[name], "authorization", text.decode("latin-1"))
    assert verify(flipped, SECRETS, NOW) is not None


@given(name=st.sampled_from(sorted(VECTORS)), at=st.integers(0), bit=st.integers(0, 6))
def test_a_flipped_bit_in_the_timestamp_is_refused(name: str, at: int, bit: int) -> None:
    text = bytearray(b"1700000000")
    text[at % len(text)] ^= 1 << bit
    flipped = with_header(VECTORS[name], "x-tc-timestamp", text.decode("latin-1"))
    assert verify(flipped, SECRETS, NOW) is not None


@given(at=st.integers(0), bit=st.integers(0, 6))
def test_a_flipped_bit_in_the_query_is_refused(at: int, bit: int) -> None:
    text = bytearray(VECTORS["C"].query.encode())
    text[at % len(text)] ^= 1 << bit
    flipped = replace(VECTORS["C"], query=text.decode("latin-1"))
    assert verify(flipped, SECRETS, NOW) is AuthFault.SIGNATURE_FAILURE


def test_a_sorted_query_is_not_the_query_that_was_signed() -> None:
    query = "TemplateIdSet.0=1110&TemplateIdSet.1=1111&International=0"
    assert verify(replace(VECTORS["C"], query=query), SECRETS, NOW) is AuthFault.SIGNATURE_FAILURE


@pytest.mark.parametrize(("off_s", "expected"), [(300, None), (301, "expired")])
@pytest.mark.parametrize("direction", [1, -1])
def test_five_minutes_of_skew_are_forgiven(
    off_s: int, expected: str | None, direction: int
) -> None:
    now = datetime.fromtimestamp(1700000000 + direction * off_s, UTC)
    assert verify(A, SECRETS, now) is (AuthFault.SIGNATURE_EXPIRE if expected else None)


def test_another_key_is_a_wrong_signature_and_another_id_is_unknown() -> None:
    assert verify(A, {next(iter(SECRETS)): "other"}, NOW) is AuthFault.SIGNATURE_FAILURE
    assert verify(A, {"AKIDOTHER": "other"}, NOW) is AuthFault.SECRET_ID_NOT_FOUND


def test_content_type_and_host_must_both_be_signed() -> None:
    text = A.headers["authorization"].replace("content-type;host", "host")
    unsigned = with_header(A, "authorization", text)
    assert verify(unsigned, SECRETS, NOW) is AuthFault.INVALID_AUTHORIZATION


@pytest.mark.parametrize("text", ["", "SKIP", "TC3-HMAC-SHA256", "Basic dTpw", "\udc80"])
def test_another_authorization_is_in_a_wrong_format(text: str) -> None:
    request = with_header(A, "authorization", text)
    assert verify(request, SECRETS, NOW) is AuthFault.INVALID_AUTHORIZATION


@given(
    st.dictionaries(
        st.sampled_from(["authorization", "host", "content-type", "x-tc-timestamp"]), st.text()
    )
)
def test_no_header_whatever_raises(headers: dict[str, str]) -> None:
    assert verify(replace(A, headers=headers), SECRETS, NOW) is not None
