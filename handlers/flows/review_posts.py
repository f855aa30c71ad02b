"""Where word of a review goes: under the card of its request, and into the channel for reviews."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage import posts, requests
from storage.db import Tx
from storage.ids import RequestId


def tell(
    tx: Tx,
    key: str,
    kind: str,
    facts: Mapping[str, Any],
    *,
    request_id: RequestId | None,
    channel: str,
    now: datetime,
) -> None:
    """Says it once for each `key`, here and there: a channel does not show what its threads say.
    `channel` is the one for reviews, "" where there is none. Who asked is called in the thread
    alone."""
    request = None if request_id is None else requests.get_shown(tx, request_id)
    if request is not None:
        mine = {**facts, "requester": request.requester, "request_id": request.id}
        posts.add(tx, f"{key}:thread", kind, mine, request_id=request.id, now=now)
    if channel:
        named = {**facts, "requester": "", "request_id": request.id if request else ""}
        posts.add(tx, f"{key}:channel", kind, named, channel=channel, now=now)
