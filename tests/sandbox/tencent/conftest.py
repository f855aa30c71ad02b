"""A running sandbox, somebody who calls it, and somebody it calls back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from tests.sandbox.tencent.callers import Caller, Clock, Receiver

Start = Callable[..., Awaitable[Caller]]
ORIGIN = "http://127.0.0.1:9999"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def start(clock: Clock, receiver: Receiver) -> AsyncIterator[Start]:
    """Starts a sandbox that reports to `receiver`; keywords change its settings."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def begin(state_path: Path | None = None, **changes: object) -> Caller:
            settings: dict[str, object] = {
                "report_delay_s": 0.0,
                "delay_scale": 0.0,
                "callback_retry_s": 0.0,
                "callback_url": receiver.url,
                "allowed_origins": frozenset({ORIGIN}),
                **changes,
            }
            config = SandboxConfig(**settings)  # type: ignore[arg-type] # names checked at run time
            sandbox = TencentSandbox(config=config, clock=clock, state_path=state_path)
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
            return Caller(sandbox, session)

        yield begin


@pytest.fixture
async def caller(start: Start) -> Caller:
    return await start()
