"""The line to Slack's Web API: each call goes out once, is timed, and fails with a SlackError.

slack_sdk posts again by itself after a dropped connection; here its retry handlers are off, so a
post whose fate is unknown is found again by its metadata instead of posted twice.
"""

import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackError
from bot.meters import Wire
from bot.slack.refusals import Faults

#: Of one call, its answer included.
TIMEOUT_S = 8


class SlackLine:
    """One token, one shared connection pool."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession) -> None:
        self.web = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=session,
            timeout=TIMEOUT_S,
            retry_handlers=[],
        )
        self.wire = Wire()
        self._session = session
        self._api = tuple(urlsplit(api_url)[:2])

    def _is_of(self, host: str, url: str) -> bool:
        """Whether `url` leads to that host of Slack's, or to where the Web API is."""
        return _origin(url) in {("https", host), self._api}

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], (await self._answer(method, **arguments)).data)

    async def _answer(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        call = getattr(self.web, method.replace(".", "_"), None)
        began_s, end = time.perf_counter(), "broke"
        try:
            with Faults(method):
                answer = await (
                    call(**{k: v for k, v in arguments.items() if v is not None})
                    if call
                    else self.web.api_call(method, json=arguments)
                )
            end = "ok"
        except SlackError as fault:
            end = fault.code
            raise
        finally:
            self.wire.calls.note(method, end, time.perf_counter() - began_s)
        self.wire.dates.note(answer.headers.get("Date"))
        return answer


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address from outside, as they are written there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
