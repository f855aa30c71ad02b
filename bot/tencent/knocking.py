"""Knocks at our own addresses from outside, as Tencent and Slack would, and hears who opens.

What is posted is an empty list of delivery reports, which stores nothing. The secret in an address
is in no value of this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import httpx

from bot.tencent.exchange import Poster
from bot.tencent.reading import Received
from bot.tencent.strict_json import BadJSONError, JSONValue, parse
from bot.tencent.wire import Unknown, UnknownReason, Unsent

Judge = Callable[[Received], bool]
EMPTY = b"[]"
CONNECT_WITHIN_S, WITHIN_S = 3.0, 8.0


class Opened(StrEnum):
    """Who opened."""

    OURS = "ours"
    OTHER = "other"
    """Something answered, and it is not the bot behind this address."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Knocked:
    """What a knock came to: `why` is the HTTP status of another's answer, or what lay between."""

    opened: Opened
    why: str = ""


class Knocker:
    """One for a look at the whole set-up, closed with `close()`. Follows no redirect."""

    def __init__(self, within_s: float = WITHIN_S) -> None:
        self._poster = Poster(connect_timeout_s=CONNECT_WITHIN_S, deadline_s=within_s)

    async def close(self) -> None:
        await self._poster.close()

    async def at_callbacks(self, url: str, authorization: str = "") -> Knocked:
        """At an address for Tencent's callbacks, with its secret in it."""
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        return await self._knock(url, headers, lambda answer: _says(answer, 200, "result", 0))

    async def at_events(self, url: str) -> Knocked:
        """At the address Slack calls: without a signature it must refuse."""
        headers = {"Content-Type": "application/json"}
        return await self._knock(
            url, headers, lambda answer: _says(answer, 401, "error", "invalid request")
        )

    async def _knock(self, url: str, headers: Mapping[str, str], is_ours: Judge) -> Knocked:
        try:
            where = httpx.URL(url)
        except httpx.InvalidURL:
            return Knocked(Opened.NOBODY, "no address")
        answer = await self._poster.post(where, EMPTY, headers)
        match answer:
            case Received() if is_ours(answer):
                return Knocked(Opened.OURS)
            case Received():
                return Knocked(Opened.OTHER, str(answer.status))
            case Unsent():
                return Knocked(Opened.NOBODY, answer.reason.value)
            case Unknown():
                is_other = answer.reason in {UnknownReason.PROTOCOL, UnknownReason.TOO_LARGE}
                opened = Opened.OTHER if is_other else Opened.NOBODY
                return Knocked(opened, answer.reason.value)


def _says(answer: Received, status: int, name: str, value: JSONValue) -> bool:
    """Whether it is the bot's own answer: anybody's proxy may answer with the same status."""
    try:
        told = parse(answer.body)
    except BadJSONError:
        return False
    return answer.status == status and isinstance(told, dict) and told.get(name) == value
