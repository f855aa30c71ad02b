"""The signature of legacy v5: SHA-256 over AppKey, a random number and the time. No I/O, no clock.

Source: the vendor's v5 documentation (snapshot of 2021-07-20) and the examples in it.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256


def legacy_signature(app_key: str, *, random: int, signed_at: datetime, tail: str = "") -> str:
    """The ``sig`` of a request whose URL has `random` and whose body has the time `signed_at`.

    `tail` is what of the body is signed besides: `mobile_tail`, `tel_tail`, or nothing. The rest of
    the body is not covered. Tencent refuses a request whose time is more than ten minutes from its
    own clock. Raises ValueError for a naive time.
    """
    if signed_at.tzinfo is None:
        raise ValueError("signed_at has no time zone")
    text = f"appkey={app_key}&random={random}&time={int(signed_at.timestamp())}{tail}"
    return sha256(text.encode()).hexdigest()


def mobile_tail(mobiles: Iterable[str]) -> str:
    """For numbers without their country, in the order of the body."""
    return f"&mobile={','.join(mobiles)}"


def tel_tail(number: str) -> str:
    """For one number in E.164; the plus sign is signed as it is."""
    return f"&tel={number}"
