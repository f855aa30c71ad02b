"""Callbacks that go wrong to order: lost, doubled, late, or overtaken by the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from bot.sandbox.tencent.faults import CallbackFaultKind, Faults


class Disturbance:
    """Stands between one kind of callback and the line."""

    def __init__(self, faults: Faults, action: str) -> None:
        self._faults = faults
        self._action = action
        self._next = asyncio.Event()

    async def send(self, push: Callable[[], Awaitable[None]], app: str) -> None:
        """Run `push`, which is for an application, as often and as late as an ordered fault has it;
        without one, once, now."""
        fault = self._faults.take_callback(self._action, app)
        if fault is None:
            await self._pass(push)
            return
        match fault.kind:
            case CallbackFaultKind.LOSE:
                return
            case CallbackFaultKind.DUPLICATE:
                await self._pass(push)
            case CallbackFaultKind.DELAY:
                await asyncio.sleep(fault.latency_ms / 1000)
            case CallbackFaultKind.REORDER:
                await self._be_overtaken(fault.latency_ms / 1000)
            case _:
                assert_never(fault.kind)
        await self._pass(push)

    async def _pass(self, push: Callable[[], Awaitable[None]]) -> None:
        await push()
        self._next.set()
        self._next = asyncio.Event()

    async def _be_overtaken(self, longest_s: float) -> None:
        """Until the next callback is through, but not for ever: there may be none."""
        try:
            await asyncio.wait_for(self._next.wait(), longest_s)
        except TimeoutError:
            return
