"""The older signature of API 3.0 (HmacSHA1, HmacSHA256): everything in the query or the form.

Source: cloud.tencent.com/document/product/382/38766 (2024-09-02) and the official SDK.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from bot.sandbox.tencent.tc3 import MAX_SKEW_S, AuthFault, RawRequest

FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 1024 * 1024
DIGESTS = MappingProxyType({"HmacSHA1": hashlib.sha1, "HmacSHA256": hashlib.sha256})
#: What newer requests say in headers.
HEADERS = MappingProxyType(
    {
        "Action": "x-tc-action",
        "Version": "x-tc-version",
        "Region": "x-tc-region",
        "Timestamp": "x-tc-timestamp",
        "Token": "x-tc-token",
        "Language": "x-tc-language",
        "RequestClient": "x-tc-requestclient",
    }
)
SIGNING = frozenset({"SecretId", "Signature", "SignatureMethod", "Nonce"})


def unfold(raw: RawRequest) -> RawRequest:
    """A request signed the older way as if it were a newer one: common parameters in headers, the
    others in the query, and all as they were signed in `pairs`. Any other request as it is."""
    form = raw.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    text = raw.query if raw.method == "GET" else raw.body.decode("utf-8", "replace") if form else ""
    if "authorization" in raw.headers or "Signature=" not in text or len(text) > MAX_FORM_BYTES:
        return raw
    pairs = dict(parse_qsl(text, keep_blank_values=True, errors="replace"))
    headers = {HEADERS[name]: value for name, value in pairs.items() if name in HEADERS}
    rest = {
        name: value for name, value in pairs.items() if name not in HEADERS and name not in SIGNING
    }
    return replace(raw, headers={**raw.headers, **headers}, query=urlencode(rest), pairs=pairs)


def verify_pairs(raw: RawRequest, secrets: Mapping[str, str], now: datetime) -> AuthFault | None:
    """Why an unfolded request is not from the holder of one of `secrets`, or None if it is."""
    pairs = raw.pairs or {}
    timestamp = pairs.get("Timestamp", "")
    digest = DIGESTS.get(pairs.get("SignatureMethod", "HmacSHA1"))
    if digest is None:
        return AuthFault.INVALID_AUTHORIZATION
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return AuthFault.SIGNATURE_EXPIRE
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW_S:
        return AuthFault.SIGNATURE_EXPIRE
    key = secrets.get(pairs.get("SecretId", ""))
    if key is None:
        return AuthFault.SECRET_ID_NOT_FOUND
    signed = pairs.get("Signature", "").encode("utf-8", "replace")
    host = raw.headers.get("host", "")
    for candidate in {host, re.sub(r":\d+$", "", host)}:
        text = _to_sign(raw.method, candidate, pairs).encode("utf-8", "replace")
        expected = base64.b64encode(hmac.new(key.encode(), text, digest).digest())
        if hmac.compare_digest(expected, signed):
            return None
    return AuthFault.SIGNATURE_FAILURE


def _to_sign(method: str, host: str, pairs: Mapping[str, str]) -> str:
    joined = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs) if name != "Signature")
    return f"{method}{host}/?{joined}"
