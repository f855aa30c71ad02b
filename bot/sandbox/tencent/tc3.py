"""Verification of TC3-HMAC-SHA256 request signatures, from the raw bytes and the raw query.

Written from cloud.tencent.com/document/product/382/38766 (2024-09-02) alone, so that a mistake in
the client cannot be made here in the same way.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

MAX_SKEW_S = 300
UNSIGNED = "UNSIGNED-PAYLOAD"
AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<secret_id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)"
    r"/(?P<service>[^/,\s]+)/tc3_request, ?SignedHeaders=(?P<headers>[a-z0-9;-]+)"
    r", ?Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


class AuthFault(Enum):
    """Why a request was not believed; the value is the vendor's code."""

    INVALID_AUTHORIZATION = "AuthFailure.InvalidAuthorization"
    SIGNATURE_EXPIRE = "AuthFailure.SignatureExpire"
    SECRET_ID_NOT_FOUND = "AuthFailure.SecretIdNotFound"  # noqa: S105 - a code, not a secret
    SIGNATURE_FAILURE = "AuthFailure.SignatureFailure"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came in: header names in lower case, query and body untouched.

    `pairs` are the parameters of one signed the older way.
    """

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    pairs: Mapping[str, str] | None = None


def verify(request: RawRequest, secrets: Mapping[str, str], now: datetime) -> AuthFault | None:
    """Why `request` is not from the holder of one of `secrets` (id → key), or None if it is."""
    found = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    timestamp = request.headers.get("x-tc-timestamp", "")
    if found is None or not {"content-type", "host"} <= set(found["headers"].split(";")):
        return AuthFault.INVALID_AUTHORIZATION
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return AuthFault.SIGNATURE_EXPIRE
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW_S:
        return AuthFault.SIGNATURE_EXPIRE
    if found["secret_id"] not in secrets:
        return AuthFault.SECRET_ID_NOT_FOUND
    # The Node SDK sends the port in Host but signs without it; both are accepted in the field.
    host = request.headers.get("host", "")
    candidates = {host, re.sub(r":\d+$", "", host)}
    key = secrets[found["secret_id"]]
    if any(_matches(request, found, key, each) for each in candidates):
        return None
    return AuthFault.SIGNATURE_FAILURE


def secret_id_of(request: RawRequest) -> str:
    """Whose key a verified request was signed with."""
    if request.pairs is not None:
        return request.pairs["SecretId"]
    found = AUTHORIZATION.fullmatch(request.headers["authorization"])
    assert found is not None
    return found["secret_id"]


def _matches(request: RawRequest, found: re.Match[str], key: str, host: str) -> bool:
    timestamp = request.headers["x-tc-timestamp"]
    date = datetime.fromtimestamp(int(timestamp), UTC).date().isoformat()
    if date != found["date"]:
        return False
    headers = {**request.headers, "host": host}
    names = found["headers"].split(";")
    if not all(name in headers for name in names):
        return False
    # Any service name is taken from the scope: the Node SDK on loopback signs for "127".
    scope = f"{date}/{found['service']}/tc3_request"
    canonical = _canonical(request, headers, names)
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    expected = _mac(_signing_key(key, date, found["service"]), to_sign).hex()
    return hmac.compare_digest(expected, found["signature"])


def _canonical(request: RawRequest, headers: Mapping[str, str], names: list[str]) -> bytes:
    unsigned = request.headers.get("x-tc-content-sha256") == UNSIGNED
    payload = UNSIGNED.encode() if unsigned else request.body
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names)
    query = request.query if request.method == "GET" else ""
    digest = hashlib.sha256(payload).hexdigest()
    text = f"{request.method}\n/\n{query}\n{lines}\n{';'.join(names)}\n{digest}"
    # Header bytes that are no UTF-8 arrive as lone surrogates; they must hash, not raise.
    return text.encode("utf-8", "surrogateescape")


def _signing_key(key: str, date: str, service: str) -> bytes:
    by_date = _mac(f"TC3{key}".encode(), date)
    return _mac(_mac(by_date, service), "tc3_request")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
