"""TC3-HMAC-SHA256, the signature of Tencent Cloud API 3.0. Performs no I/O and reads no clock.

Source: cloud.tencent.com/document/product/382/38766 (2024-09-02) and the official Python SDK.
"""

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

ALGORITHM = "TC3-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key of Tencent Cloud; `token` only with temporary (STS) keys."""

    secret_id: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpCall:
    """The parts of one HTTP request that the signature covers, exactly as they go out."""

    method: str
    host: str
    """The Host header, with the port where the URL has one."""
    content_type: str
    body: bytes
    query: str = ""
    """The raw query string as sent: it is neither sorted nor encoded again."""
    more: tuple[tuple[str, str], ...] = ()
    """Further headers to sign, beyond Content-Type and Host."""


def sign(
    call: HttpCall, *, service: str, credentials: Credentials, signed_at: datetime
) -> dict[str, str]:
    """All headers that make `call` an authentic one at `signed_at`, those of `call` included.

    Tencent refuses a request whose time is more than five minutes from its own clock, so signing
    with a committed time is what makes a late copy harmless. Raises ValueError for a naive time.
    """
    if signed_at.tzinfo is None:
        raise ValueError("signed_at has no time zone")
    timestamp = int(signed_at.timestamp())
    date = signed_at.astimezone(UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    headers = {"Content-Type": call.content_type, "Host": call.host, **dict(call.more)}
    signed = {name.lower(): value.strip().lower() for name, value in headers.items()}
    names = ";".join(sorted(signed))
    text = f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(canonical(call, signed)).hexdigest()}"
    key = signing_key(credentials.secret_key, date, service)
    signature = hmac.new(key, text.encode(), sha256).hexdigest()
    headers["X-TC-Timestamp"] = str(timestamp)
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.secret_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    if credentials.token is not None:
        headers["X-TC-Token"] = credentials.token
    return headers


def canonical(call: HttpCall, signed: dict[str, str]) -> bytes:
    """The canonical request; `signed` maps lower-case header names to trimmed lower-case values."""
    lines = [call.method, "/", call.query]
    lines += [f"{name}:{signed[name]}" for name in sorted(signed)]
    # The header block ends in a line feed of its own, hence the empty line after it.
    lines += ["", ";".join(sorted(signed)), sha256(call.body).hexdigest()]
    return "\n".join(lines).encode()


@lru_cache(maxsize=16)
def signing_key(secret_key: str, date: str, service: str) -> bytes:
    """The key of one day (UTC, ``2023-11-14``) and service, derived once and kept."""
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
