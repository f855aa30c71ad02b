"""Tencent Cloud SMS over API 3.0 (version 2021-01-11): all 20 public actions, typed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.tencent.content import Content
from bot.tencent.figures import Figures
from bot.tencent.line import CONNECT_TIMEOUT_S, DEADLINE_S, SMS, ApiLine, utc_now
from bot.tencent.provider import SmsProvider
from bot.tencent.reports import Reports
from bot.tencent.sending import Sending
from bot.tencent.signing import Credentials


class TencentClient(Sending, Content, Reports, Figures, SmsProvider):
    """One account and endpoint.

    What sends or changes answers with a value and goes out exactly once; what asks is repeated as
    `bot.rules.retries` allows and raises the TencentError branch of `bot.errors`.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        credentials: Credentials,
        region: str,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`endpoint` is scheme and host: ``https://sms.tencentcloudapi.com``; `pause` waits the
        seconds between two tries of a question. Raises ValueError for another kind of address."""
        line = ApiLine(
            SMS,
            endpoint=endpoint,
            credentials=credentials,
            region=region,
            connect_timeout_s=connect_timeout_s,
            deadline_s=deadline_s,
            clock=clock,
            pause=pause,
        )
        super().__init__(line)
        self.wire = line.wire

    async def close(self) -> None:
        """Hangs up. Questions still open end in TencentUnreachable, all else in Unknown."""
        await self._line.close()
