"""A Tencent sandbox that delays nothing and has everything opened, and clients pointed at it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import Account
from bot.sandbox.tencent.voice_config import VoiceConfig
from bot.tencent.client import TencentClient
from bot.tencent.legacy import LegacyClient
from bot.tencent.provider import SmsProvider
from bot.tencent.signing import Credentials
from bot.tencent.voice import VoiceClient
from bot.tencent.wire import ReviewState, SendOrder, Side
from tests.tencent.raw_server import no_pause

T = TypeVar("T")
DELIVERED, EMPTY_NUMBER = "+8613800000001", "+8613800000002"
OPEN = SandboxConfig(
    report_delay_s=0,
    delay_scale=0,
    callback_retry_s=0.05,
    review_delay_s=None,
    api_rates=False,
    account=Account(pulls_enabled=True, conversion_enabled=True),
    voice=VoiceConfig(answer_delay_s=0, seconds_per_character=0, callback_retry_s=0.05),
)


def now() -> datetime:
    return datetime.now(UTC)


async def soon(ask: Callable[[], Awaitable[Sequence[T]]], least: int = 1) -> Sequence[T]:
    """Asks until there is enough to see; the sandbox works in tasks of its own."""
    async with asyncio.timeout(30):
        while len(found := await ask()) < least:  # noqa: ASYNC110 - behind HTTP there is no event
            await asyncio.sleep(0.01)
        return found


@asynccontextmanager
async def sandbox_of(**changes: Any) -> AsyncIterator[TencentSandbox]:
    sandbox = TencentSandbox(config=replace(OPEN, **changes))
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


async def order_abroad(sandbox: TencentSandbox, client: SmsProvider, number: str) -> SendOrder:
    """An order to a number outside the mainland, with a template that may go there."""
    listed = await client.list_templates(international=True)
    usable = next(
        each
        for each in listed
        if each.review is ReviewState.USABLE and each.sides == {Side.INTERNATIONAL}
    )
    values = ("4370",) * len(re.findall(r"\{\d+\}", usable.content))
    order = order_of(sandbox, number)
    return replace(order, template_id=usable.template_id, values=values, sign=None)


def order_of(sandbox: TencentSandbox, *numbers: str) -> SendOrder:
    known = sandbox.credentials
    return SendOrder(
        numbers=numbers or (DELIVERED,),
        sdk_app_id=known.sdk_app_id,
        template_id=known.template_id,
        sign=known.sign,
        values=("4370",),
        session_context="attempt-1",
    )


def api3_for(
    sandbox: TencentSandbox, *, secret_key: str | None = None, deadline_s: float = 10.0
) -> TencentClient:
    known = sandbox.credentials
    return TencentClient(
        endpoint=sandbox.url,
        credentials=Credentials(known.secret_id, secret_key or known.secret_key),
        region="ap-guangzhou",
        deadline_s=deadline_s,
        pause=no_pause,
    )


def legacy_for(sandbox: TencentSandbox, app_key: str | None = None) -> LegacyClient:
    known = sandbox.credentials
    return LegacyClient(
        endpoint=sandbox.url,
        app_keys={known.sdk_app_id: app_key or known.app_key},
        pause=no_pause,
    )


def voice_for(sandbox: TencentSandbox) -> VoiceClient:
    known = sandbox.credentials
    return VoiceClient(
        endpoint=sandbox.url,
        credentials=Credentials(known.secret_id, known.secret_key),
        region="ap-guangzhou",
    )
