"""A signal ends the work in order; a second one does not wait."""

import asyncio
import signal

import pytest

from bot.cli.stopping import until_stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_work_and_waits_for_its_end(number: signal.Signals) -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("ended in order")

    asyncio.run(until_stopped(work()))
    assert steps == ["ended in order"]


def test_a_second_ctrl_c_does_not_wait_for_the_end() -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
            steps.append("waited")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(until_stopped(work()))
    assert steps == []


def test_work_that_ends_by_itself_returns_and_leaves_no_handler() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def work() -> None:
        await asyncio.sleep(0)

    asyncio.run(until_stopped(work()))
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_the_work_raises_is_raised_on() -> None:
    async def work() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(until_stopped(work()))


def test_a_cancellation_that_is_no_signal_is_one() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(until_stopped(work()))
